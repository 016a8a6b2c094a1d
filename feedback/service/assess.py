"""Assessing what waits: the pipeline's word on each reported failure becomes a fact."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from feedback.domain.assessment import Assessment
from feedback.domain.canonical import canonical_json
from feedback.domain.facts import Fact, FailureAssessed
from feedback.domain.failure import FailureEvent
from feedback.service.bootstrap import Service
from feedback.storage import payloads
from feedback.storage.failures import still_waiting, waiting
from feedback.storage.recording import record

if TYPE_CHECKING:
    from feedback.pipeline import Assessor  # brings scikit-learn, which recording does not need

__all__ = ["assess_next", "catch_up", "record_assessments"]


def catch_up(service: Service, assessor: "Assessor") -> int:
    """
    Assess every failure that waits, batch by batch, and return how many were; their patterns wait to be judged.

    Each batch is one transaction; killed in between, the next call goes on where this one stopped.
    """
    assessed = 0
    while assessments := assess_next(service, assessor, service.settings.ingest.batch_size):
        assessed += record_assessments(service, assessments)
    return assessed


def assess_next(service: Service, assessor: "Assessor", most: int) -> list[Assessment]:
    """Return what the assessor makes of the first `most` failures that wait, in their order; nothing is recorded."""
    batch = waiting(service.store, most)
    return assessor.assess([(one.event_id, FailureEvent.model_validate_json(one.content)) for one in batch])


def record_assessments(service: Service, assessments: Sequence[Assessment]) -> int:
    """
    Record the assessments of reported failures, and return how many were new; their patterns wait to be judged.

    The first assessment of a failure wins. The fold puts it down to its registered sample before a text.
    """
    store, now = service.store, service.clock()
    with store.writing():
        unassessed = still_waiting(store, [one.event_id for one in assessments])
        # reversed, so that of two assessments of one failure the first stands
        fresh = list({one.event_id: one for one in reversed(assessments) if one.event_id in unassessed}.values())[::-1]
        evidence = [canonical_json([e.model_dump(exclude_none=True) for e in one.evidence]) for one in fresh]
        refs = payloads.add(store, evidence)
        facts: list[Fact] = [
            FailureAssessed(
                event_id=one.event_id,
                category=one.category,
                probability=one.probability,
                alternatives={alternative.category: alternative.probability for alternative in one.alternatives},
                rules=one.rules,
                template=one.template,
                locus=one.locus,
                fingerprint=one.fingerprint,
                taxonomy_version=one.taxonomy_version,
                classifier_version=one.classifier_version,
                payload=ref,
            )
            for one, ref in zip(fresh, refs, strict=True)
        ]
        record(store, facts, now=now)
    return len(fresh)
