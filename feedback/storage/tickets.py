"""Questions about tickets and their cases."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.domain.ticket import Ticket
from feedback.storage.database import Store
from feedback.storage.projections import TICKET_COLUMNS, ticket_from_row

__all__ = [
    "Case",
    "FoundTicket",
    "Locus",
    "cases",
    "examples",
    "failures_between",
    "find_ticket",
    "list_tickets",
    "loci",
    "merged_tickets",
    "pattern_ids_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTicket:
    """
    A ticket with what it is about, and when it was opened and last changed.

    `locus` is the (first) place of a pattern that was split off, else None; `failures` and `units` are its pattern's.
    """

    ticket: Ticket
    category: str
    template_name: str
    locus: str | None
    failures: int
    units: int
    opening: int
    opened_at: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class Locus:
    """One locus of a pattern and how often it failed."""

    locus: str
    fingerprint: str
    failures: int


@dataclass(frozen=True, slots=True)
class Case:
    """A proposed case: the failure it was made from, its locus, and the kinds of its checks."""

    case_id: str
    event_id: str
    locus: str
    checks: tuple[str, ...]


_OF_TICKET = [f"t.{name.strip()}" for name in TICKET_COLUMNS.split(",")]
_SELECT = f"""SELECT {", ".join(_OF_TICKET)}, t.opening, t.opened_at,
    t.changed_at, p.category, p.template_name, s.place, p.failures, p.units, p.high_risk
    FROM tickets t JOIN patterns p USING (pattern_id) LEFT JOIN splits s USING (pattern_id)"""


def list_tickets(store: Store, *, kind: str | None = None, state: str | None = None) -> list[FoundTicket]:
    """Return the tickets of this kind and state, or of all; those of the largest patterns first, then by id."""
    sql = f"""{_SELECT} WHERE (? IS NULL OR t.kind = ?) AND (? IS NULL OR t.state = ?)
              ORDER BY p.high_risk DESC, p.failures DESC, t.pattern_id, t.kind DESC, t.opening"""
    return [_found(row) for row in store.rows(sql, (kind, kind, state, state))]


def find_ticket(store: Store, ticket_id: str) -> FoundTicket | None:
    """Return one ticket, or None."""
    rows = store.rows(f"{_SELECT} WHERE t.ticket_id = ?", (ticket_id,))
    return _found(rows[0]) if rows else None


def merged_tickets(store: Store, ticket_id: str) -> list[FoundTicket]:
    """Return the tickets that are merged into this one, by id."""
    rows = store.rows(f"{_SELECT} WHERE t.merged_into = ? ORDER BY t.ticket_id", (ticket_id,))
    return [_found(row) for row in rows]


def pattern_ids_of(store: Store, ticket: Ticket) -> list[str]:
    """Return the patterns that a ticket stands for: its own first, then those of the tickets merged into it."""
    merged = [one.ticket.pattern_id for one in merged_tickets(store, ticket.ticket_id)]
    return list(dict.fromkeys([ticket.pattern_id, *merged]))


def _found(row: Sequence[Any]) -> FoundTicket:
    opening, opened_at, changed_at, category, template_name, locus, failures, units, high_risk = row[len(_OF_TICKET) :]
    return FoundTicket(
        ticket=ticket_from_row(row[: len(_OF_TICKET)], high_risk=bool(high_risk)),
        category=category,
        template_name=template_name,
        locus=locus,
        failures=failures,
        units=units,
        opening=opening,
        opened_at=opened_at,
        changed_at=changed_at,
    )


def loci(store: Store, pattern_id: str) -> list[Locus]:
    """Return the loci of a pattern, most failures first, then by name."""
    sql = "SELECT locus, fingerprint, failures FROM pattern_loci WHERE pattern_id = ? ORDER BY failures DESC, locus"
    return [Locus(*row) for row in store.rows(sql, (pattern_id,))]


def examples(store: Store, pattern_id: str, most: int) -> list[str]:
    """Return the event ids of the earliest failures of a pattern."""
    sql = """SELECT event_id FROM failures WHERE pattern_id = ? ORDER BY occurred_at, event_id LIMIT ?"""
    return [event_id for (event_id,) in store.rows(sql, (pattern_id, most))]


def failures_between(store: Store, pattern_id: str, after: str, until: str) -> int:
    """Return the failures of a pattern with occurred_at behind `after`, up to and with `until`."""
    sql = "SELECT count(*) FROM failures WHERE pattern_id = ? AND occurred_at > ? AND occurred_at <= ?"
    return int(store.rows(sql, (pattern_id, after, until))[0][0])


def cases(store: Store, pattern_ids: Iterable[str]) -> list[Case]:
    """Return the cases proposed for these patterns, in their order, then by locus and id."""
    sql = "SELECT case_id, event_id, locus, checks FROM cases WHERE pattern_id = ? ORDER BY locus, case_id"
    return [
        Case(case_id, event_id, locus, tuple(json.loads(checks)))
        for pattern_id in pattern_ids
        for case_id, event_id, locus, checks in store.rows(sql, (pattern_id,))
    ]
