"""Regressing: which revised tickets come back, since a failure that they stand for happened on their fix or later."""

from collections.abc import Iterable, Iterator

from feedback.domain.facts import TicketRegressed
from feedback.domain.ticket import Ticket, regression
from feedback.storage.database import Store
from feedback.storage.patterns import patterns, versions_of
from feedback.storage.registry import versions_resolving
from feedback.storage.tickets import find_ticket, merged_tickets

__all__ = ["regressions"]


def regressions(store: Store, tickets: Iterable[Ticket]) -> list[TicketRegressed]:
    """Return the regressions of these tickets, and of those they are merged into, each once, in their order."""
    standing = {one.ticket_id: one for one in (_standing(store, ticket) for ticket in tickets)}
    return [fact for one in standing.values() if one.fixed_in and (fact := _regression(store, one, one.fixed_in))]


def _standing(store: Store, ticket: Ticket) -> Ticket:
    found = find_ticket(store, ticket.merged_into) if ticket.merged_into else None
    return found.ticket if found else ticket


def _regression(store: Store, ticket: Ticket, fixed_in: str) -> TicketRegressed | None:
    for pattern_id, fix in _fixes(store, ticket, fixed_in):
        fact = regression(ticket, list(versions_of(store, pattern_id)), fix)
        if fact is not None:
            return fact
    return None


def _fixes(store: Store, ticket: Ticket, fixed_in: str) -> Iterator[tuple[str, str]]:
    """
    Yield each pattern that a ticket stands for, with the version of its template that is the fix there.

    Versions compare within one template only. In another template than the ticket's, the fix is the lowest version
    that was registered to resolve the ticket or the one merged into it; without such a version nothing regresses.
    """
    yield ticket.pattern_id, fixed_in
    merged = merged_tickets(store, ticket.ticket_id)
    if not merged:
        return
    (own,) = patterns(store, [ticket.pattern_id])
    for one in merged:
        if one.template_name == own.template_name:
            yield one.ticket.pattern_id, fixed_in
            continue
        resolving = versions_resolving(store, one.template_name, {ticket.ticket_id, one.ticket.ticket_id})
        if resolving:
            yield one.ticket.pattern_id, resolving[0]
