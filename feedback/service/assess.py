"""Assessing what waits: the pipeline's word on each reported failure becomes a fact, and its pattern is judged."""

from collections.abc import Sequence

from feedback.domain.assessment import Assessment, Attribution, fingerprint_of
from feedback.domain.canonical import canonical_json
from feedback.domain.facts import Fact, FailureAssessed
from feedback.domain.failure import FailureEvent
from feedback.pipeline import Assessor
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.storage import payloads
from feedback.storage.failures import still_waiting, waiting
from feedback.storage.recording import record
from feedback.storage.registrations import Registrations

__all__ = ["catch_up", "record_assessments"]


def catch_up(service: Service, assessor: Assessor) -> int:
    """
    Assess every failure that waits, batch by batch, and return how many were.

    Each batch is one transaction; killed in between, the next call goes on where this one stopped.
    """
    assessed = 0
    while batch := waiting(service.store, service.settings.ingest.batch_size):
        identified = [(one.event_id, FailureEvent.model_validate_json(one.content)) for one in batch]
        assessed += record_assessments(service, assessor.assess(identified))
    return assessed


def record_assessments(service: Service, assessments: Sequence[Assessment]) -> int:
    """
    Record the assessments of reported failures, judge their patterns, and return how many were new.

    The first assessment of a failure wins. A registered sample names its template before a text does.
    """
    store, now = service.store, service.clock()
    with store.writing():
        origins = still_waiting(store, [one.event_id for one in assessments])
        fresh = [one for one in assessments if one.event_id in origins]
        registrations = Registrations(store.db.conn, "")
        settled = [_settled(one, registrations, *origins[one.event_id]) for one in fresh]
        evidence = [canonical_json([e.model_dump(exclude_none=True) for e in one.evidence]) for one in settled]
        refs = payloads.add(store, evidence)
        facts: list[Fact] = [
            FailureAssessed(
                event_id=one.event_id,
                category=one.category,
                probability=one.probability,
                alternatives={alternative.category: alternative.probability for alternative in one.alternatives},
                rules=tuple(dict.fromkeys(e.name for e in one.evidence if e.kind == "rule")),
                template=one.template,
                locus=one.locus,
                fingerprint=one.fingerprint,
                taxonomy_version=one.taxonomy_version,
                classifier_version=one.classifier_version,
                payload=ref,
            )
            for one, ref in zip(settled, refs, strict=True)
        ]
        judge(service, record(store, facts, now=now), now=now)
    return len(fresh)


def _settled(
    one: Assessment,
    registrations: Registrations,
    sample_id: str | None,
    dataset: str | None,
    dataset_version: str | None,
) -> Assessment:
    """Return the assessment with the template that its registered sample names, where no reference does."""
    if sample_id is None or (one.template is not None and one.template.method == "reference"):
        return one
    origin = registrations.template_of_sample(sample_id, dataset, dataset_version)
    if origin is None:
        return one
    template = Attribution(name=origin[0], version=origin[1], score=1.0, method="sample")
    return one.model_copy(
        update={"template": template, "fingerprint": fingerprint_of(one.category, template.name, one.locus)}
    )
