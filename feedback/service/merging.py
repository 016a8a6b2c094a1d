"""Merging: people say that a ticket is about the same fault as another, which then stands for both."""

from feedback.domain.facts import TicketsMerged
from feedback.domain.merging import merged
from feedback.domain.ticket import TRANSITIONS, Ticket
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.storage.database import Store
from feedback.storage.patterns import patterns, tickets_of
from feedback.storage.recording import record
from feedback.storage.tickets import find_ticket, merged_tickets

__all__ = ["merge_tickets"]


def merge_tickets(
    service: Service, ticket_id: str, into: str, *, actor: str, expected_version: int | None = None
) -> list[Ticket]:
    """
    Merge a ticket into another, judge, and return all that were merged, this one first.

    Into a merged ticket means into the one that stands for it; what is merged into `ticket_id` goes along. With a
    revision its regression set is merged into the other's, where both are open or in review.

    Raises:
        NotFound: There is no such ticket.
        ForbiddenAction: It is the same ticket or one of another kind, or the state of one of them does not allow it.
        VersionConflict: It has changed since `expected_version`.
    """
    store = service.store
    with store.writing():
        ticket, target = _found(store, ticket_id), _standing(store, _found(store, into))
        facts = _merges(store, ticket, target, actor)
        if ticket.kind == "template_revision" and ticket.pattern_id != target.pattern_id:
            sets = [_set_in_work(store, one) for one in (ticket, target)]
            facts += _merges(store, sets[0], sets[1], actor) if sets[0] and sets[1] else []
        expected = ticket.version if expected_version is None else expected_version
        record(store, facts, now=service.clock(), expected_versions={f"ticket:{ticket_id}": expected})
        judge(service)
        return [_found(store, fact.ticket_id) for fact in facts]


def _found(store: Store, ticket_id: str) -> Ticket:
    found = find_ticket(store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
    return found.ticket


def _standing(store: Store, ticket: Ticket) -> Ticket:
    return _found(store, ticket.merged_into) if ticket.merged_into else ticket


def _merges(store: Store, ticket: Ticket, target: Ticket, actor: str) -> list[TicketsMerged]:
    first = merged(ticket, target, actor=actor)
    along = [one.ticket.ticket_id for one in merged_tickets(store, ticket.ticket_id)]
    return [first, *(TicketsMerged(ticket_id=each, into=target.ticket_id, actor=actor) for each in along)]


def _set_in_work(store: Store, revision: Ticket) -> Ticket | None:
    """Return the regression set linked with a revision where it is open or in review, else None."""
    in_work, _ = TRANSITIONS["regression_set"]["reject"]
    linked = tickets_of(store, patterns(store, [revision.pattern_id])).get(revision.pattern_id, [])
    return next((one for one in linked if one.kind == "regression_set" and one.state in in_work), None)
