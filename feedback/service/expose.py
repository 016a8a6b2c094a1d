"""Exposures: how much of a template's traffic went by becomes facts, each with a verdict; what is refused is kept."""

from collections.abc import Mapping, Sequence

from feedback.domain.exposure import Exposure
from feedback.domain.facts import ExposureReported
from feedback.errors import Fault, InvalidInput
from feedback.service.bootstrap import Service
from feedback.service.incoming import Incoming, Verdict, keep_refused
from feedback.storage.exposures import known_exposures
from feedback.storage.recording import record

__all__ = ["expose"]


def expose(service: Service, items: Sequence[Incoming], parsed: Sequence[Exposure | InvalidInput]) -> list[Verdict]:
    """
    Record exposures that somebody has parsed and return a verdict an item, in order; all is durable on return.

    What counts is what the fact holds, which knows whole hours: the same of it under the same id is a duplicate, other
    a conflict. Conflicts and rejected items are kept as dead letters. The patterns of their templates wait to be judged.

    Raises:
        StoreBusy: Nothing was recorded.
    """
    store, now = service.store, service.clock()
    with store.writing():
        known = known_exposures(store, [one.exposure_id for one in parsed if isinstance(one, Exposure)])
        verdicts: list[Verdict] = []
        fresh: list[ExposureReported] = []
        for item, one in zip(items, parsed, strict=True):
            if isinstance(one, InvalidInput):
                verdicts.append(Verdict(item, "rejected", None, one.faults, kind="exposure"))
                continue
            fact = _reported(one)
            verdicts.append(_verdict(item, fact, known))
            if verdicts[-1].status == "accepted":
                known[fact.exposure_id] = fact
                fresh.append(fact)
        record(store, fresh, now=now)
        keep_refused(store, verdicts, now=now)
    return verdicts


def _verdict(item: Incoming, fact: ExposureReported, known: Mapping[str, ExposureReported]) -> Verdict:
    exposure_id = fact.exposure_id
    if exposure_id not in known:
        return Verdict(item, "accepted", None, kind="exposure", exposure_id=exposure_id)
    if known[exposure_id] == fact:
        return Verdict(item, "duplicate", None, kind="exposure", exposure_id=exposure_id)
    fault = Fault(
        "exposure_id", f"{exposure_id!r} was received before with other content: send what is missing under a new id"
    )
    return Verdict(item, "conflict", None, (fault,), kind="exposure", exposure_id=exposure_id)


def _reported(one: Exposure) -> ExposureReported:
    return ExposureReported(
        exposure_id=one.exposure_id,
        template=one.template.name,
        version=one.template.version,
        training_version=one.training_version,
        first_hour=one.first_hour,
        hours=one.hours,
        interactions=one.interactions,
        sessions=one.sessions,
    )
