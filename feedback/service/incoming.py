"""What comes in item by item, what became of each, and what is refused of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feedback.domain.failure import FailureEvent
from feedback.errors import Fault
from feedback.storage import dead_letters
from feedback.storage.database import Store
from feedback.storage.dead_letters import Refused

__all__ = ["Incoming", "Kind", "Status", "Verdict", "keep_refused"]

Kind = Literal["failure", "exposure"]
Status = Literal["accepted", "duplicate", "conflict", "rejected"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """The bytes of one item, and where they come from: a file or address, and the place in it."""

    source: str
    place: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What became of one item: a failure, or an exposure.

    Both ids are None where they could not be told; `event` is the failure that was accepted, else None. `counts` is
    false where that is a draft's or of test traffic, as `recurrence.ignored` says.
    """

    item: Incoming
    status: Status
    event_id: str | None
    faults: tuple[Fault, ...] = ()
    event: FailureEvent | None = None
    kind: Kind = "failure"
    exposure_id: str | None = None
    counts: bool = True


def keep_refused(store: Store, verdicts: Sequence[Verdict], *, now: datetime) -> None:
    """Keep what was rejected or in conflict as dead letters; run it inside `store.writing()`."""
    refused = [Refused(v.item.source, v.item.place, v.item.raw, v.faults) for v in verdicts if v.faults]
    dead_letters.keep(store, refused, now=now)
