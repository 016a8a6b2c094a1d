"""Reporting: a batch of failure events and exposures becomes facts, each with a verdict; what is refused is kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from feedback.domain.exposure import Exposure
from feedback.domain.facts import Fact, FailureReported, PayloadRef
from feedback.domain.ignored import Mark, is_marked
from feedback.errors import Fault, InvalidInput
from feedback.intake.exposures import exposure_in, is_exposure
from feedback.intake.native import Received, failure_in, opened
from feedback.service.bootstrap import Service
from feedback.service.expose import expose
from feedback.service.incoming import Incoming, Kind, Status, Verdict, keep_refused
from feedback.storage import payloads
from feedback.storage.database import Store
from feedback.storage.failures import known_payloads
from feedback.storage.recording import record

__all__ = ["Incoming", "Read", "Status", "Verdict", "read", "report", "report_parsed", "report_read"]


@dataclass(frozen=True, slots=True)
class Read:
    """What an item is, and what it says, or why it is refused."""

    kind: Kind
    said: Received | Exposure | InvalidInput


def report(service: Service, items: Sequence[Incoming]) -> list[Verdict]:
    """
    Record the failure events and exposures in `items` and return a verdict an item, in order; all is durable on return.

    An object with an `exposure_id` is an exposure. The same content under the same id is a duplicate and changes
    nothing. Other content under a known id is a conflict. Conflicts and rejected items are kept as dead letters.

    Raises:
        StoreBusy: Nothing was recorded.
    """
    return report_read(service, items, [read(item) for item in items])


def read(item: Incoming, kind: Kind | None = None) -> Read:
    """Return what an item says, taken to be of this kind, or else to be what it looks like."""
    try:
        found = opened(item.raw)
    except InvalidInput as error:
        return Read(kind or "failure", error)
    kind = kind or ("exposure" if is_exposure(found) else "failure")
    try:
        return Read(kind, exposure_in(found) if kind == "exposure" else failure_in(found))
    except InvalidInput as error:
        return Read(kind, error)


def report_read(service: Service, items: Sequence[Incoming], found: Sequence[Read]) -> list[Verdict]:
    """Do as `report` does with items that `read` has read."""
    failures = {
        n: one.said for n, one in enumerate(found) if not isinstance(one.said, Exposure) and one.kind == "failure"
    }
    exposures = {
        n: one.said for n, one in enumerate(found) if not isinstance(one.said, Received) and one.kind == "exposure"
    }
    with service.store.writing():
        reported = report_parsed(service, [items[n] for n in failures], list(failures.values()))
        exposed = expose(service, [items[n] for n in exposures], list(exposures.values()))
    verdicts = dict(zip([*failures, *exposures], [*reported, *exposed], strict=True))
    return [verdicts[n] for n in range(len(items))]


def report_parsed(
    service: Service, items: Sequence[Incoming], parsed: Sequence[Received | InvalidInput]
) -> list[Verdict]:
    """Do as `report` does with failures that somebody has parsed: what each says, or why it is refused."""
    received = [one for one in parsed if isinstance(one, Received)]
    store, now = service.store, service.clock()
    marks = service.settings.recurrence.marks
    with store.writing():
        known = _known_contents(store, [one.event_id for one in received])
        verdicts: list[Verdict] = []
        fresh: list[Received] = []
        for item, one in zip(items, parsed, strict=True):
            verdict = _verdict(item, one, known, marks)
            if verdict.status == "accepted" and isinstance(one, Received):
                known[one.event_id] = one.content
                fresh.append(one)
            verdicts.append(verdict)
        refs = payloads.add(store, [one.content for one in fresh])
        accepted = [verdict for verdict in verdicts if verdict.status == "accepted"]
        facts: list[Fact] = [_reported(*each) for each in zip(fresh, refs, accepted, strict=True)]
        record(store, facts, now=now)
        keep_refused(store, verdicts, now=now)
    return verdicts


def _known_contents(store: Store, event_ids: Sequence[str]) -> dict[str, str | None]:
    """Return the content of each known event; None where it was erased and can no longer be compared."""
    known = known_payloads(store, event_ids)
    bodies = payloads.bodies(store, list(known.values()))
    return {event_id: bodies.get(payload_id) for event_id, payload_id in known.items()}


def _verdict(
    item: Incoming, one: Received | InvalidInput, known: dict[str, str | None], marks: Sequence[Mark]
) -> Verdict:
    if isinstance(one, InvalidInput):
        return Verdict(item, "rejected", None, one.faults)
    if one.event_id not in known:
        counts = not (marks and is_marked(json.loads(one.content), marks))
        return Verdict(item, "accepted", one.event_id, event=one.event, counts=counts)
    if known[one.event_id] in (None, one.content):
        return Verdict(item, "duplicate", one.event_id)
    fault = Fault(
        "event_id", f"{one.event_id!r} was received before with other content: send the change under a new id"
    )
    return Verdict(item, "conflict", one.event_id, (fault,))


def _reported(one: Received, ref: PayloadRef, verdict: Verdict) -> FailureReported:
    event = one.event
    return FailureReported(
        event_id=one.event_id,
        occurred_at=event.occurred_at.isoformat(timespec="microseconds"),
        channel=event.channel,
        source=event.source,
        dataset=event.dataset,
        dataset_version=event.dataset_version,
        training_version=event.training_version,
        sample_id=event.sample_id,
        session_id=event.session_id,
        template=event.template,
        labels=event.labels,
        has_request=event.request is not None and bool(event.request.messages),
        counts=verdict.counts,
        payload=ref,
    )
