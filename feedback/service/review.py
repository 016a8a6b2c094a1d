"""Reviewing: what people decide about a ticket, and what they say beside it, becomes a fact."""

from collections.abc import Callable

from feedback.domain.actor import UNVERIFIED
from feedback.domain.comment import words_of
from feedback.domain.facts import PayloadRef, RejectReason, TicketFact
from feedback.domain.ticket import Action, Command, Ticket, decide, evolve
from feedback.errors import NotFound, TicketChanged
from feedback.service.bootstrap import Service
from feedback.service.history import changes_since
from feedback.storage import payloads
from feedback.storage.patterns import proposed_cases
from feedback.storage.recording import record
from feedback.storage.tickets import find_ticket, pattern_ids_of

__all__ = ["UNVERIFIED", "act", "change"]


def act(
    service: Service,
    ticket_id: str,
    action: Action,
    *,
    actor: str,
    reason: RejectReason | None = None,
    assignee: str | None = None,
    comment: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """
    Take, assign, comment, approve, reject or reopen a ticket, and return it as it then is.

    Args:
        actor: Who does it, as `domain/actor` writes it.
        assignee: The actor to assign it to; None is nobody.
        comment: Why, in the actor's own words; they may be erased later without a trace in the log.
        expected_version: The version the actor has seen; None takes whatever is there.

    Raises:
        NotFound: There is no such ticket.
        TicketChanged: It has changed since `expected_version`.
        ForbiddenAction: Its state does not allow the action, or the action lacks something.
        InvalidInput: The comment cannot be kept, or is all there is to be and says nothing.
    """

    def decided(ticket: Ticket, said: PayloadRef | None) -> TicketFact:
        cases = 0
        if action == "approve":
            cases = sum(len(proposed_cases(service.store, each)) for each in pattern_ids_of(service.store, ticket))
        command = Command(action=action, actor=actor, reason=reason, cases=cases, assignee=assignee, comment=said)
        return decide(command, ticket)

    return change(service, ticket_id, decided, comment=comment, expected_version=expected_version)


def change(
    service: Service,
    ticket_id: str,
    decided: Callable[[Ticket, PayloadRef | None], TicketFact | None],
    *,
    comment: str | None,
    expected_version: int | None,
) -> Ticket:
    """
    Record what is `decided` of a ticket as it stands, and of where the comment stands; return it as it then is.

    All or nothing, in one transaction; where nothing is decided the ticket is returned as it was.

    Raises:
        NotFound, TicketChanged, InvalidInput: As `act`; and whatever deciding raises.
    """
    store = service.store
    words = words_of(comment)
    with store.writing():
        found = find_ticket(store, ticket_id)
        if found is None:
            raise NotFound("ticket", ticket_id, "`feedback tickets list --snoozed` shows all")
        ticket = found.ticket
        if expected_version not in (None, ticket.version):
            seen = expected_version or 0
            raise TicketChanged(ticket_id, seen, ticket.version, changes_since(service, ticket_id, seen))
        fact = decided(ticket, payloads.add(store, [words])[0] if words else None)
        if fact is None:
            return ticket
        record(store, [fact], now=service.clock(), expected_versions={f"ticket:{ticket_id}": ticket.version})
    return evolve(ticket, fact)
