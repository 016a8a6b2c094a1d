"""What happened to a ticket: read from the log, with the words that people said beside it."""

from collections.abc import Iterator

from feedback.domain.facts import TicketFact
from feedback.domain.history import HistoryEntry, entry_of, words_at
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage import payloads
from feedback.storage.log import read_streams
from feedback.storage.tickets import find_ticket

__all__ = ["changes_since", "history"]


def history(service: Service, ticket_id: str, *, upto: int | None = None) -> list[HistoryEntry]:
    """
    Return all that happened to a ticket, oldest first; up to this position of the log, or to its end.

    Raises:
        NotFound: There is no such ticket.
    """
    return _entries(service, ticket_id, after=0, upto=upto)


def changes_since(service: Service, ticket_id: str, version: int) -> list[HistoryEntry]:
    """
    Return what happened to a ticket behind this version of it, oldest first.

    Raises:
        NotFound: There is no such ticket.
    """
    return _entries(service, ticket_id, after=max(version, 0), upto=None)


def _entries(service: Service, ticket_id: str, *, after: int, upto: int | None) -> list[HistoryEntry]:
    if find_ticket(service.store, ticket_id) is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list --snoozed` shows all")
    found = list(_facts(service, ticket_id, after, upto))
    said = {version: words.id for version, _, fact in found if (words := words_at(fact))}
    texts = payloads.bodies(service.store, list(said.values()))
    return [
        entry_of(fact, version=version, recorded_at=recorded_at, comment=texts.get(said.get(version, 0)))
        for version, recorded_at, fact in found
    ]


def _facts(service: Service, ticket_id: str, after: int, upto: int | None) -> Iterator[tuple[int, str, TicketFact]]:
    recorded = read_streams(service.store, f"ticket:{ticket_id}", after=after, upto=upto)
    for version, one in enumerate(recorded, start=after + 1):
        assert isinstance(one.fact, TicketFact)  # nothing else is in a ticket's stream
        yield version, one.recorded_at, one.fact
