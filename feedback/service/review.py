"""Reviewing: what people decide about a ticket becomes a fact."""

from feedback.domain.facts import RejectReason
from feedback.domain.ticket import Action, Command, Ticket, decide, evolve
from feedback.errors import ForbiddenAction, NotFound
from feedback.service.bootstrap import Service
from feedback.storage.patterns import proposed_cases
from feedback.storage.recording import record
from feedback.storage.tickets import find_ticket, pattern_ids_of

__all__ = ["UNVERIFIED", "act"]

UNVERIFIED = "unverified:"
"""Begins the name of an actor who showed no token."""


def act(
    service: Service,
    ticket_id: str,
    action: Action,
    *,
    actor: str,
    reason: RejectReason | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """
    Take, approve, reject or reopen a ticket, and return it as it then is.

    Args:
        actor: Who does it; a name that nobody verified begins with `UNVERIFIED`.
        expected_version: The version the actor has seen; None takes whatever is there.

    Raises:
        NotFound: There is no such ticket.
        ForbiddenAction: Its state does not allow the action, or the action lacks something.
        VersionConflict: It has changed since `expected_version`.
    """
    with service.store.writing():
        found = find_ticket(service.store, ticket_id)
        if found is None:
            raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
        ticket = found.ticket
        if action == "approve" and ticket.high_risk and actor.startswith(UNVERIFIED):
            needed = "two reviewers with a token each, since its risk is high; a name on the command line is none"
            raise ForbiddenAction(ticket_id, action, ticket.state, needed)
        cases = sum(len(proposed_cases(service.store, each)) for each in pattern_ids_of(service.store, ticket))
        fact = decide(Command(action=action, actor=actor, reason=reason, cases=cases), ticket)
        expected = ticket.version if expected_version is None else expected_version
        record(service.store, [fact], now=service.clock(), expected_versions={f"ticket:{ticket_id}": expected})
    return evolve(ticket, fact)
