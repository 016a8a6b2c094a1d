"""One failure with all that is known of it: what came in, what was said of it and by whom, and its three levels."""

import json
from dataclasses import asdict
from typing import Any

from feedback.domain.assessment import Attribution
from feedback.domain.facts import FailureAssessed, FailureReported
from feedback.domain.levels import sample_level, template_level, training_level
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage import log
from feedback.storage.corrections import Correction, corrections
from feedback.storage.database import Store
from feedback.storage.failures import FoundFailure, failures_before, find_failure
from feedback.storage.patterns import patterns, tickets_of
from feedback.storage.registry import fitting_samples, known_training_version, known_version

__all__ = ["correction_data", "failure_rows", "failure_view"]


def correction_data(one: Correction) -> dict[str, Any]:
    """Return a correction as JSON values."""
    template = one.template.model_dump(mode="json") if one.template else None
    return asdict(one) | {"aspects": list(one.aspects), "template": template}


def failure_rows(service: Service, *, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """
    Return failures in short, the last reported first: `limit` at most, those reported before position `before`, or all.

    What follows from assessing is None where a failure still waits for it.
    """
    rows = failures_before(service.store, before, limit)
    return [row | {"counts": bool(row["counts"]), "waiting": row["category"] is None} for row in rows]


def failure_view(service: Service, event_id: str) -> dict[str, Any]:
    """
    Return all that is known of one failure, as JSON values.

    `event` is the failure as it was received, None where it was erased. `assessment` is what the classifier said first, as
    section 5 of the contract writes it, and `standing` how the failure stands after corrections and registrations; both
    are None before it is assessed. `corrections` come oldest first. Each of `levels` has a `status`: registered here,
    only named by the failure, or unknown.

    Raises:
        NotFound: It was never taken in.
    """
    store = service.store
    found = find_failure(store, event_id)
    if found is None:
        raise NotFound("failure", event_id, "it was never taken in here; `feedback ingest` takes it in")
    judged = patterns(store, [found.pattern_id]) if found.pattern_id else []
    return {
        "event_id": event_id,
        "event": None if found.content is None else json.loads(found.content),
        "assessment": _assessment(store, found),
        "standing": _standing(found),
        "corrections": [correction_data(one) for one in corrections(store, event_id=event_id)],
        "counts": found.counts,
        "pattern_id": found.pattern_id,
        "ticket_ids": [one.ticket_id for tickets in tickets_of(store, judged).values() for one in tickets],
        "levels": _levels(store, found),
    }


def _assessment(store: Store, found: FoundFailure) -> dict[str, Any] | None:
    """Return the first assessment, as its fact and its evidence say."""
    fact = _fact(store, found.assessed_position)
    if not isinstance(fact, FailureAssessed):
        return None
    ranked = sorted(fact.alternatives.items(), key=lambda one: (-one[1], one[0]))
    said = fact.model_dump(mode="json", exclude={"v", "type", "rules", "payload"})
    return said | {
        "alternatives": [{"category": category, "probability": probability} for category, probability in ranked],
        "evidence": [] if found.evidence is None else json.loads(found.evidence),
    }


def _standing(found: FoundFailure) -> dict[str, Any] | None:
    if found.category is None:
        return None
    return {
        "category": found.category,
        "locus": found.locus,
        "fingerprint": found.fingerprint,
        "said_locus": found.said_locus,
        "template": found.template.model_dump(mode="json") if found.template else None,
        "risk_level": found.risk_level,
    }


def _levels(store: Store, found: FoundFailure) -> dict[str, Any]:
    origin = found.template
    if found.category is None:  # not settled yet: what the event itself names is all there is
        reported = _fact(store, found.position)
        named = reported.template if isinstance(reported, FailureReported) else None
        origin = Attribution(name=named.name, version=named.version, score=1.0, method="reference") if named else None
    training = known_training_version(store, found.training_version) if found.training_version else None
    trained = [ref.version for ref in training.templates if origin and ref.name == origin.name] if training else []
    name, version = (origin.name, origin.version) if origin else (None, None)
    samples = fitting_samples(store, found.sample_id, found.dataset, found.dataset_version)
    return {
        "template": template_level(
            origin,
            known_version(store, name, version),
            effective_version=found.effective_version,
            effective=known_version(store, name, found.effective_version),
            trained_version=trained[0] if trained else None,
        ),
        "sample": sample_level(found.sample_id, found.dataset, found.dataset_version, samples),
        "training": training_level(found.training_version, training),
    }


def _fact(store: Store, position: int | None) -> object:
    if position is None:
        return None
    (recorded,) = log.read(store, after=position - 1, limit=1)
    return recorded.fact
