"""Splitting: people say that places of a pattern are a fault of their own, and take that back."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.domain.facts import Fact, LocusSplit, TicketRejected, TicketReopened
from feedback.domain.pattern import split_id_of
from feedback.domain.ticket import Ticket, kinds_due
from feedback.errors import ForbiddenAction, NotFound, VersionConflict
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.service.opening import openings
from feedback.storage.patterns import JudgedPattern, failures_by_locus, patterns, split_loci, tickets_of
from feedback.storage.recording import record
from feedback.storage.tickets import find_ticket

__all__ = ["Split", "split", "take_back_split"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """
    The pattern that places form, or formed, and its tickets, revisions last.

    `failures` are those that moved: into it, or back.
    """

    pattern_id: str
    category: str
    template: str
    loci: tuple[str, ...]
    failures: int
    tickets: tuple[Ticket, ...]


def split(
    service: Service, ticket_id: str, loci: Sequence[str], *, actor: str, expected_version: int | None = None
) -> Split:
    """
    Count the failures at places of a ticket's pattern, past and coming, in a pattern of their own, and open its tickets.

    The tickets come of the person's word and not of the verdict: those of a systemic pattern. Ones that it had before,
    rejected and not merged, are reopened instead.

    Raises:
        NotFound: There is no such ticket, or its pattern has no failures at one of the places.
        ForbiddenAction: The pattern was split off itself, or would be left with no place.
        VersionConflict: The ticket has changed since `expected_version`.
    """
    store, now = service.store, service.clock()
    with store.writing():
        ticket, whole = _found(service, ticket_id, expected_version)
        known, places = failures_by_locus(store, [whole.pattern_id]).get(whole.pattern_id, {}), tuple(sorted(set(loci)))
        _check(ticket, whole, places, known)
        record(store, [_fact(whole, places, actor)], now=now)
        (pattern,) = patterns(store, [split_id_of(whole.category, whole.template_name, places[0])])
        record(store, _opened(service, pattern, places, actor), now=now)
        judge(service)
        return _answer(service, pattern.pattern_id, places, pattern.failures)


def take_back_split(service: Service, ticket_id: str, *, actor: str, expected_version: int | None = None) -> Split:
    """
    Count the failures of a pattern that was split off where they came from, and reject its open tickets as duplicates.

    Raises:
        NotFound: There is no such ticket.
        ForbiddenAction: Its pattern was not split off, or someone works on one of its tickets.
        VersionConflict: The ticket has changed since `expected_version`.
    """
    store, now = service.store, service.clock()
    with store.writing():
        ticket, pattern = _found(service, ticket_id, expected_version)
        rows = split_loci(store, pattern.whole_id).items()
        places = sorted(locus for locus, pattern_id in rows if pattern_id == pattern.pattern_id)
        if pattern.locus is None or not places:
            raise ForbiddenAction(ticket_id, "unsplit", ticket.state, "a pattern that is split off")
        tickets = tickets_of(store, [pattern])[pattern.pattern_id]
        for one in tickets:
            if one.state not in {"open", "rejected"}:
                raise ForbiddenAction(one.ticket_id, "unsplit", one.state, "open or rejected")
        first = [pattern.locus, *(locus for locus in places if locus != pattern.locus)]
        record(store, [_fact(pattern, first, actor, taken_back=True)], now=now)
        judge(service)  # while its set is open: proposed cases go with their failures
        still_open = [one.ticket_id for one in tickets if one.state == "open"]
        record(store, [TicketRejected(ticket_id=each, actor=actor, reason="duplicate") for each in still_open], now=now)
        return _answer(service, pattern.pattern_id, places, pattern.failures)


def _found(service: Service, ticket_id: str, expected_version: int | None) -> tuple[Ticket, JudgedPattern]:
    found = find_ticket(service.store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
    if expected_version not in (None, found.ticket.version):
        raise VersionConflict(f"ticket:{ticket_id}", expected_version or 0, found.ticket.version)
    (pattern,) = patterns(service.store, [found.ticket.pattern_id])
    return found.ticket, pattern


def _check(ticket: Ticket, whole: JudgedPattern, places: Sequence[str], known: dict[str, int]) -> None:
    if whole.locus is not None:
        needed = "a pattern that was not split off itself: take that back (unsplit), and split anew"
        raise ForbiddenAction(ticket.ticket_id, "split", ticket.state, needed)
    for place in places:
        if place not in known:
            hint = f"it has failures at {', '.join(sorted(known)) or 'none'}"
            raise NotFound(f"place of {ticket.ticket_id}", place, hint)
    if not places or len(places) == len(known):
        needed = "some of its places, and at least one that stays"
        raise ForbiddenAction(ticket.ticket_id, "split", ticket.state, needed)


def _fact(pattern: JudgedPattern, loci: Sequence[str], actor: str, *, taken_back: bool = False) -> LocusSplit:
    return LocusSplit(
        pattern_id=pattern.whole_id,
        category=pattern.category,
        template=pattern.template_name,
        loci=tuple(loci),
        taken_back=taken_back,
        actor=actor,
    )


def _opened(service: Service, pattern: JudgedPattern, places: Sequence[str], actor: str) -> list[Fact]:
    tickets = tickets_of(service.store, [pattern]).get(pattern.pattern_id, [])
    opens_revision = service.taxonomy[pattern.category].opens_revision
    kinds = kinds_due("systemic", high_risk=pattern.high_risk, opens_revision=opens_revision, high_risk_opens_set=True)
    because = f"{actor} split {', '.join(places)} off: a fault of its own"
    rejected = [one.ticket_id for one in tickets if one.state == "rejected" and one.merged_into is None]
    reopened = [TicketReopened(ticket_id=each, actor=actor) for each in rejected]
    return [*openings(pattern, kinds, tickets, because), *reopened]


def _answer(service: Service, pattern_id: str, places: Sequence[str], failures: int) -> Split:
    (pattern,) = patterns(service.store, [pattern_id])
    return Split(
        pattern_id=pattern_id,
        category=pattern.category,
        template=pattern.template_name,
        loci=tuple(places),
        failures=failures,
        tickets=tuple(tickets_of(service.store, [pattern])[pattern_id]),
    )
