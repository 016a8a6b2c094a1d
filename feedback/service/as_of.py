"""Tickets as they were: at a time, or at a position of the log, folded anew from the facts that concern them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any

from feedback.domain.facts import TicketFact
from feedback.domain.ticket import Ticket, evolve
from feedback.errors import Fault, InvalidInput, NotFound
from feedback.service.bootstrap import Service
from feedback.service.views import ticket_view
from feedback.storage.concerning import ever_merged, facts_concerning
from feedback.storage.database import open_store
from feedback.storage.log import head, position_at, read_streams
from feedback.storage.patterns import patterns
from feedback.storage.projections import Projections
from feedback.storage.tickets import find_ticket

__all__ = ["position_of", "ticket_as_of", "ticket_states_as_of", "ticket_view_as_of"]

_BATCH = 5_000


def position_of(service: Service, at: datetime | int) -> int:
    """
    Return the position of the log that stands for a time (aware) or a position: that of the last fact recorded by then.

    It is 0 for a time before the first fact.

    Raises:
        InvalidInput: The log has no such position, or UTC no such time.
    """
    if isinstance(at, datetime):
        try:
            return position_at(service.store, at.astimezone(UTC).isoformat(timespec="microseconds"))
        except OverflowError:
            message = f"{at.isoformat()} is outside the years 1 to 9999 in UTC"
            raise InvalidInput(Fault("as_of", message)) from None
    last = int(head(service.store).partition(":")[0])
    if not 0 <= at <= last:
        raise InvalidInput(Fault("as_of", f"expected a position from 0 to {last}, the last of the log, found {at}"))
    return at


def ticket_view_as_of(service: Service, ticket_id: str, at: datetime | int) -> dict[str, Any]:
    """
    Return one ticket as `ticket_view` would have at a time (aware) or position, by today's code and settings.

    Only `answers.systemic.specification_fault` is None, whatever it was: it is made of other patterns.

    Raises:
        NotFound: There is no such ticket, or there was none yet.
        InvalidInput: As `position_of`.
    """
    with ticket_as_of(service, ticket_id, position_of(service, at)) as past:
        return ticket_view(past, ticket_id)


@contextmanager
def ticket_as_of(service: Service, ticket_id: str, position: int) -> Iterator[Service]:
    """
    Give a service over a store of its own that holds the ticket as it was at a position; it is gone at the end.

    It holds what concerns the ticket's pattern, and no payloads.

    Raises:
        NotFound: There is no such ticket, or there was none yet.
    """
    store = service.store
    found = find_ticket(store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list --snoozed` shows all")
    if not any(read_streams(store, f"ticket:{ticket_id}", upto=position)):
        raise NotFound("ticket", ticket_id, f"it was opened at {found.opened_at}: ask for a later time or position")
    past = open_store(":memory:")
    try:
        concerned = [found.ticket.pattern_id, *ever_merged(store, ticket_id)]
        facts = facts_concerning(store, patterns(store, dict.fromkeys(concerned)), upto=position)
        projections = Projections(past)
        with past.writing():
            while batch := list(islice(facts, _BATCH)):
                projections.fold(batch)
        yield replace(service, store=past)
    finally:
        past.close()


def ticket_states_as_of(service: Service, at: datetime | int) -> list[Ticket]:
    """
    Return the tickets that there were at a time (aware) or position, in order of their ids, each as it was.

    They have state, assignee, version and what else their own facts say; their risk is not among it.

    Raises:
        InvalidInput: As `position_of`.
    """
    recorded = read_streams(service.store, "ticket:", upto=position_of(service, at))
    facts = (one.fact for one in recorded if isinstance(one.fact, TicketFact))
    return [_folded(group) for _, group in groupby(facts, key=lambda fact: fact.ticket_id)]


def _folded(facts: Iterator[TicketFact]) -> Ticket:
    ticket = evolve(None, next(facts))
    for fact in facts:
        ticket = evolve(ticket, fact)
    return ticket
