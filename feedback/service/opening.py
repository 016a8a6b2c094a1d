"""Opening tickets: the facts that give a pattern the tickets it should have."""

from collections.abc import Iterable, Sequence

from feedback.domain.facts import TicketKind, TicketOpened
from feedback.domain.ticket import Ticket, ticket_id_of
from feedback.storage.patterns import JudgedPattern

__all__ = ["openings"]

_FIRST_OPENING = 1


def openings(
    pattern: JudgedPattern, kinds: Iterable[TicketKind], tickets: Sequence[Ticket], because: str
) -> list[TicketOpened]:
    """
    Return the openings of these kinds that are due, beside the `tickets` that the pattern has.

    A pattern never has a second ticket of a kind, whatever became of the first; and none at all while one of its
    tickets is merged into another's: that one stands for it.
    """
    if any(ticket.merged_into for ticket in tickets):
        return []
    present = {ticket.kind for ticket in tickets}
    return [
        TicketOpened(
            ticket_id=ticket_id_of(pattern.pattern_id, kind, _FIRST_OPENING),
            kind=kind,
            pattern_id=pattern.pattern_id,
            category=pattern.category,
            template=pattern.template_name,
            locus=pattern.locus,
            opening=_FIRST_OPENING,
            high_risk=pattern.high_risk,
            because=because,
        )
        for kind in kinds
        if kind not in present
    ]
