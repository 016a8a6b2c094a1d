"""Snoozing: people set tickets aside until they grow, and wake them."""

from datetime import datetime

from feedback.domain.facts import PayloadRef, TicketSnoozed
from feedback.domain.snooze import snoozed
from feedback.domain.ticket import Ticket
from feedback.service.bootstrap import Service
from feedback.service.review import change
from feedback.storage.failures import newest_seen
from feedback.storage.patterns import patterns

__all__ = ["snooze", "wake"]


def snooze(
    service: Service,
    ticket_id: str,
    *,
    actor: str,
    until: datetime | None = None,
    failures: int | None = None,
    comment: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """
    Set a ticket aside until a time (aware) or until its pattern has this many failures more, whichever comes first.

    The ticket is returned as it then is; its state does not change. A snooze before gives way to this one.

    Raises:
        NotFound: There is no such ticket.
        ForbiddenAction: In its state it waits for nothing.
        InvalidInput: No end is named, or one that is no end, or the comment cannot be kept.
        TicketChanged: It has changed since `expected_version`.
    """

    def decided(ticket: Ticket, said: PayloadRef | None) -> TicketSnoozed:
        (pattern,) = patterns(service.store, [ticket.pattern_id])
        return snoozed(
            ticket,
            actor=actor,
            until=until,
            failures=failures,
            failures_seen=pattern.failures,
            newest=newest_seen(service.store) or pattern.last_seen,
            comment=said,
        )

    return change(service, ticket_id, decided, comment=comment, expected_version=expected_version)


def wake(
    service: Service,
    ticket_id: str,
    *,
    actor: str,
    comment: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """
    End a ticket's snooze, and return the ticket as it then is; nothing is recorded where it has none and nothing is said.

    Raises:
        NotFound: There is no such ticket.
        InvalidInput: The comment cannot be kept.
        TicketChanged: It has changed since `expected_version`.
    """

    def decided(ticket: Ticket, said: PayloadRef | None) -> TicketSnoozed | None:
        if ticket.snooze is None and said is None:
            return None
        return TicketSnoozed(ticket_id=ticket_id, actor=actor, payload=said)

    return change(service, ticket_id, decided, comment=comment, expected_version=expected_version)
