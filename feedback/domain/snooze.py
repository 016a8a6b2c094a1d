"""Snoozing: a ticket is set aside until a time or until its pattern has grown; no clock is asked, and no state changes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from feedback.domain.facts import PayloadRef, TicketSnoozed
from feedback.domain.ticket import Snooze, State, Ticket
from feedback.errors import Fault, ForbiddenAction, InvalidInput

__all__ = ["SNOOZABLE", "Snoozed", "ends_of", "lasting", "snoozed"]

SNOOZABLE: tuple[State, ...] = ("open", "in_review", "approved", "revised", "regressed")
"""The states in which a ticket still waits for somebody or something."""


@dataclass(frozen=True, slots=True)
class Snoozed:
    """
    A snooze that lasts: until `time`, or until `of` further failures, whichever comes first; None where that is no end.

    `failures` is how many the pattern has grown by since.
    """

    time: str | None
    failures: int
    of: int | None

    @property
    def sentence(self) -> str:
        """Say how long it lasts."""
        so_far = f" ({self.failures} so far)" if self.of is not None else ""
        return f"snoozed until {' or '.join(ends_of(self.time, self.of))}{so_far}"


def ends_of(until: str | None, failures: int | None) -> list[str]:
    """Return what ends a snooze, in words; nothing where it was woken."""
    ends = [f"an event of {until} or later is seen"] if until else []
    return ends + ([f"the pattern has grown by {failures} failures"] if failures is not None else [])


def lasting(snooze: Snooze | None, *, failures: int, newest: str) -> Snoozed | None:
    """
    Return a snooze as it is shown while it lasts, or None where there is none, or none any more.

    Args:
        failures: Those of the ticket's pattern by now.
        newest: When the newest event seen occurred, in UTC as the store writes times: that is the time it is.
    """
    if snooze is None or (snooze.until is not None and newest >= snooze.until):
        return None
    grown = max(0, failures - snooze.failures_seen)
    if snooze.failures is not None and grown >= snooze.failures:
        return None
    return Snoozed(time=snooze.until, failures=grown, of=snooze.failures)


def snoozed(
    ticket: Ticket,
    *,
    actor: str,
    until: datetime | None,
    failures: int | None,
    failures_seen: int,
    newest: str,
    comment: PayloadRef | None = None,
) -> TicketSnoozed:
    """
    Return the fact that a ticket is set aside until a time (aware), or this many failures more than were seen, or either.

    Raises:
        ForbiddenAction: The ticket is in a state in which it waits for nothing.
        InvalidInput: Neither end is named, the time has come already, or the number is none.
    """
    if ticket.state not in SNOOZABLE:
        raise ForbiddenAction(ticket.ticket_id, "snooze", ticket.state, " or ".join(SNOOZABLE))
    if until is None and failures is None:
        raise InvalidInput(Fault("", "a snooze needs an end: a time, a number of failures, or both"))
    if failures is not None and failures < 1:
        raise InvalidInput(Fault("failures", f"expected 1 or more further failures, found {failures}"))
    stamp = None if until is None else _utc(until)
    if stamp is not None and stamp <= newest:
        message = f"expected a time after the newest event seen, {newest}, by which it is measured; found {stamp}"
        raise InvalidInput(Fault("until", message))
    return TicketSnoozed(
        ticket_id=ticket.ticket_id,
        actor=actor,
        payload=comment,
        until=stamp,
        failures=failures,
        failures_seen=failures_seen,
    )


def _utc(time: datetime) -> str:
    try:
        return time.astimezone(UTC).isoformat(timespec="microseconds")
    except OverflowError:
        message = f"{time.isoformat()} is outside the years 1 to 9999 in UTC"
        raise InvalidInput(Fault("until", message)) from None
