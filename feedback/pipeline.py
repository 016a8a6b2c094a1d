"""Assessing: classify, attribute, locate, fingerprint. Batch-wise, without state and without I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.attribution import Attributed, Attributor
from feedback.classification.model import Classified, Classifier
from feedback.domain.assessment import Alternative, Assessment, fingerprint_of
from feedback.domain.failure import FailureEvent
from feedback.domain.locus import locate
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.settings import ClassifierSettings

__all__ = ["Assessor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessor:
    """A classifier, an attributor and the settings by which they speak."""

    classifier: Classifier
    attributor: Attributor
    settings: ClassifierSettings
    taxonomy_version: str

    def assess(self, identified: Sequence[tuple[str, FailureEvent]]) -> list[Assessment]:
        """Return one assessment for each (event id, event), in order; no answer depends on another event."""
        events = [event for _, event in identified]
        answers = self.classifier.classify(events, explained_terms=self.settings.explained_terms)
        attributed = self.attributor.attribute(events)
        return [
            self._assessment(event_id, event, answer, found)
            for (event_id, event), answer, found in zip(identified, answers, attributed, strict=True)
        ]

    def _assessment(self, event_id: str, event: FailureEvent, answer: Classified, found: Attributed) -> Assessment:
        ranked = sorted(answer.probabilities.items(), key=lambda item: (-item[1], item[0]))
        first, probability = ranked[0]
        sure = answer.sure
        category = first if sure else NEEDS_TRIAGE
        locus = locate(event, category, answer.findings)
        return Assessment.model_construct(
            event_id=event_id,
            category=category,
            probability=probability,
            # ours and known to be right: checking nine of them an event would cost more than classifying it
            alternatives=tuple(
                Alternative.model_construct(category=name, probability=p)
                for name, p in (ranked[1:] if sure else ranked)
            ),
            evidence=(*answer.evidence, *found.evidence),
            template=found.template,
            locus=locus,
            fingerprint=fingerprint_of(category, found.template.name if found.template else None, locus),
            taxonomy_version=self.taxonomy_version,
            classifier_version=self.classifier.version,
        )
