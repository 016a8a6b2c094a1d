"""The classifier that assesses for a store: the shipped one, or the one promoted, made of corrections up to a position."""

from pathlib import Path

from feedback.classification.cases import CORPUS, CORRECTION, LabelledCase
from feedback.classification.model import Classifier
from feedback.classification.training import Progress
from feedback.domain.failure import FailureEvent
from feedback.pipeline import Assessor
from feedback.service.assessor import build_assessor, trained_classifier
from feedback.service.bootstrap import Service
from feedback.storage.classifiers import promotion_mark, standing
from feedback.storage.corrections import labelled
from feedback.storage.registry import all_templates, templates_mark

__all__ = [
    "assessing_mark",
    "made_anew",
    "promoted_classifier",
    "promoted_teaching",
    "store_assessor",
    "teaching",
]


def teaching(service: Service, upto: int | None = None) -> list[LabelledCase]:
    """
    Return the latest word of a person on each failure as a case to learn from, by position in the log.

    A case counts as much as the setting `classifier.correction_weight` says. Its batch is its template, else its session,
    else the failure itself: what belongs together is never parted between learning and testing.

    Args:
        upto: The last position of the log that counts; None takes the whole of it.
    """
    weight = service.settings.classifier.correction_weight
    return [
        LabelledCase(
            FailureEvent.model_validate_json(one.content).model_copy(update={"event_id": one.event_id}),
            one.category,
            f"{CORRECTION}{one.template_name or one.session_id or one.event_id}",
            weight,
        )
        for one in labelled(service.store, upto)
    ]


def promoted_teaching(service: Service) -> list[LabelledCase]:
    """Return the corrections that the promoted classifier is made of; none where it is the shipped one."""
    found = standing(service.store)
    return [] if not found or found[-1].corrections_upto is None else teaching(service, found[-1].corrections_upto)


def promoted_classifier(service: Service, progress: Progress | None = None, folder: Path = CORPUS) -> Classifier:
    """
    Return the classifier that assesses for this store: the one kept, else one trained now from the very corrections.

    It is always made by today's code and settings, and of the texts that are still there: where these are as they were it
    has the version that was promoted, and else one of its own (`made_anew` says so).
    """
    return trained_classifier(progress, service.settings.classifier, promoted_teaching(service), folder)


def made_anew(service: Service, version: str) -> str | None:
    """Return a sentence where the classifier of this version assesses in the place of the one promoted; else None."""
    found = standing(service.store)
    if not found or found[-1].corrections_upto is None or found[-1].classifier_version == version:
        return None
    return (
        f"The promoted classifier {found[-1].classifier_version} was made by other code or settings, or of texts that are"
        f" gone: {version}, made of the same corrections by today's, assesses in its place."
    )


def assessing_mark(service: Service) -> tuple[int, int]:
    """Return what changes whenever a template is registered or a classifier promoted: an assessor made before is old."""
    return templates_mark(service.store), promotion_mark(service.store)


def store_assessor(service: Service, progress: Progress | None = None) -> Assessor:
    """Return the assessor of a store: its templates, and its promoted classifier."""
    classifier = promoted_classifier(service, progress)
    return build_assessor(all_templates(service.store), service.settings, progress, classifier)
