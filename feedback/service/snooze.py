"""Snoozing: people set tickets aside until they grow, and wake them."""

from datetime import datetime

from feedback.domain.facts import TicketSnoozed
from feedback.domain.snooze import snoozed
from feedback.domain.ticket import Ticket, evolve
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage.failures import newest_seen
from feedback.storage.patterns import patterns
from feedback.storage.recording import record
from feedback.storage.tickets import find_ticket

__all__ = ["snooze", "wake"]


def snooze(
    service: Service,
    ticket_id: str,
    *,
    actor: str,
    until: datetime | None = None,
    failures: int | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """
    Set a ticket aside until a time (aware) or until its pattern has this many failures more, whichever comes first.

    The ticket is returned as it then is; its state does not change. A snooze before gives way to this one.

    Raises:
        NotFound: There is no such ticket.
        ForbiddenAction: In its state it waits for nothing.
        InvalidInput: No end is named, or one that is no end.
        VersionConflict: It has changed since `expected_version`.
    """
    with service.store.writing():
        ticket = _ticket(service, ticket_id)
        (pattern,) = patterns(service.store, [ticket.pattern_id])
        fact = snoozed(
            ticket,
            actor=actor,
            until=until,
            failures=failures,
            failures_seen=pattern.failures,
            newest=newest_seen(service.store) or pattern.last_seen,
        )
        return _record(service, ticket, fact, expected_version)


def wake(service: Service, ticket_id: str, *, actor: str, expected_version: int | None = None) -> Ticket:
    """
    End a ticket's snooze, and return the ticket as it then is; nothing is recorded where it has none.

    Raises:
        NotFound: There is no such ticket.
        VersionConflict: It has changed since `expected_version`.
    """
    with service.store.writing():
        ticket = _ticket(service, ticket_id)
        if ticket.snooze is None and expected_version in (None, ticket.version):
            return ticket
        return _record(service, ticket, TicketSnoozed(ticket_id=ticket_id, actor=actor), expected_version)


def _ticket(service: Service, ticket_id: str) -> Ticket:
    found = find_ticket(service.store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list --snoozed` shows all")
    return found.ticket


def _record(service: Service, ticket: Ticket, fact: TicketSnoozed, expected_version: int | None) -> Ticket:
    expected = ticket.version if expected_version is None else expected_version
    record(service.store, [fact], now=service.clock(), expected_versions={f"ticket:{ticket.ticket_id}": expected})
    return evolve(ticket, fact)
