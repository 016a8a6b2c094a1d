"""Merging: which ticket may be called the same fault as which other."""

from feedback.domain.facts import TicketsMerged
from feedback.domain.ticket import TRANSITIONS, Ticket
from feedback.errors import ForbiddenAction

__all__ = ["merged"]


def merged(ticket: Ticket, into: Ticket, *, actor: str) -> TicketsMerged:
    """
    Return the fact that a ticket is the same fault as another: it is rejected as its duplicate, by that row of the table.

    Raises:
        ForbiddenAction: It is the same ticket or one of another kind, the state does not allow a rejection, or `into` is
            rejected.
    """
    allowed, _ = TRANSITIONS[ticket.kind]["reject"]
    needed = None
    if into.ticket_id == ticket.ticket_id:
        needed = "another ticket to merge it into, and not one that is merged into it"
    elif into.kind != ticket.kind:
        needed = f"a ticket of its own kind, and {into.ticket_id} is a {into.kind}"
    elif ticket.state not in allowed:
        needed = " or ".join(allowed)
    elif into.state == "rejected":
        needed = f"a ticket that is not rejected: reopen {into.ticket_id}, or name another"
    if needed:
        raise ForbiddenAction(ticket.ticket_id, "merge", ticket.state, needed)
    return TicketsMerged(ticket_id=ticket.ticket_id, into=into.ticket_id, actor=actor)
