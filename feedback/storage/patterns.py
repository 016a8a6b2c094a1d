"""Questions about patterns and what hangs on them: what judging needs, and what readers are shown."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.domain.case import LocusSeen
from feedback.domain.pattern import pattern_id_of
from feedback.domain.recurrence import Input
from feedback.domain.template import version_order
from feedback.domain.ticket import Ticket
from feedback.storage.database import Store, chunks
from feedback.storage.projections import TICKET_COLUMNS, ticket_from_row

__all__ = [
    "JudgedPattern",
    "ProposedCase",
    "chunks",
    "failures_by_locus",
    "first_loci",
    "grouping_rules",
    "patterns",
    "proposed_cases",
    "said_loci",
    "split_loci",
    "tickets_of",
    "units_by_step",
    "versions_of",
]

_PATTERNS = """SELECT pattern_id, category, template_name, failures, units, first_seen, last_seen, high_risk,
    verdict, reason, inputs, place FROM patterns LEFT JOIN splits USING (pattern_id)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPattern:
    """
    A pattern, its counts, and its last judgement (None before the first).

    `locus` is the (first) place of one that was split off, else None.
    """

    pattern_id: str
    category: str
    template_name: str
    failures: int
    units: int
    first_seen: str
    last_seen: str
    high_risk: bool
    verdict: str | None
    reason: str | None
    inputs: Mapping[str, Input]
    locus: str | None = None

    @property
    def whole_id(self) -> str:
        """The pattern of the category and template, of which this is a part or the whole."""
        return str(pattern_id_of(self.category, self.template_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedCase:
    """A case proposed for a pattern; whether its failure is still one of the pattern, and still at the same place."""

    case_id: str
    event_id: str
    belongs: bool
    in_place: bool


def patterns(
    store: Store, pattern_ids: Iterable[str] | None = None, *, of_templates: Iterable[str] | None = None
) -> list[JudgedPattern]:
    """Return these patterns, those of these templates, or all; most failures first, then by id."""
    if pattern_ids is None and of_templates is None:
        rows = store.rows(_PATTERNS)
    else:
        column, values = ("pattern_id", pattern_ids) if of_templates is None else ("template_name", of_templates)
        rows = [
            row
            for part, marks in chunks(values or ())
            for row in store.rows(f"{_PATTERNS} WHERE {column} IN ({marks})", part)
        ]
    return sorted((_pattern(row) for row in rows), key=lambda one: (-one.failures, one.pattern_id))


def _pattern(row: tuple[Any, ...]) -> JudgedPattern:
    return JudgedPattern(
        pattern_id=row[0],
        category=row[1],
        template_name=row[2],
        failures=row[3],
        units=row[4],
        first_seen=row[5],
        last_seen=row[6],
        high_risk=bool(row[7]),
        verdict=row[8],
        reason=row[9],
        inputs=json.loads(row[10] or "{}"),
        locus=row[11],
    )


def tickets_of(store: Store, found: Sequence[JudgedPattern]) -> dict[str, list[Ticket]]:
    """Return the tickets of these patterns, by pattern id, each list by kind then opening."""
    high_risk = {pattern.pattern_id: pattern.high_risk for pattern in found}
    tickets: dict[str, list[Ticket]] = defaultdict(list)
    for part, marks in chunks(high_risk):
        sql = f"SELECT {TICKET_COLUMNS} FROM tickets WHERE pattern_id IN ({marks}) ORDER BY kind, opening"
        for row in store.rows(sql, part):
            tickets[row[2]].append(ticket_from_row(row, high_risk=high_risk[row[2]]))
    return tickets


def versions_of(store: Store, pattern_id: str) -> dict[str | None, int]:
    """Return the failures of a pattern by effective version, as `version_order` says; None is the unknown one."""
    rows = store.rows("SELECT version, failures FROM pattern_versions WHERE pattern_id = ?", (pattern_id,))
    return {version or None: failures for version, failures in sorted(rows, key=lambda row: version_order(row[0]))}


def units_by_step(store: Store, pattern_id: str, *, hours: int, before: int) -> dict[int, int]:
    """
    Return how many distinct units failed in each step of so many hours, by its first hour; silent steps are missing.

    One step began `before` hours before the epoch.
    """
    sql = """SELECT hour - ((hour + ?2) % ?1 + ?1) % ?1, count(DISTINCT unit)
             FROM pattern_hours WHERE pattern_id = ?3 GROUP BY 1"""
    return dict(store.rows(sql, (hours, before, pattern_id)))


def failures_by_locus(store: Store, pattern_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return the failures of each of these patterns by locus."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for part, marks in chunks(pattern_ids):
        sql = f"SELECT pattern_id, locus, failures FROM pattern_loci WHERE pattern_id IN ({marks})"
        for pattern_id, locus, failures in store.rows(sql, part):
            found[pattern_id][locus] = failures
    return dict(found)


def first_loci(store: Store, pattern_id: str, most: int) -> list[LocusSeen]:
    """Return the loci with a failure that can be run again, `most` at most, those seen first in front."""
    sql = """SELECT l.locus, l.fingerprint, case_seen, case_event, said_locus
             FROM pattern_loci l JOIN failures ON event_id = case_event
             WHERE l.pattern_id = ? ORDER BY case_seen, case_event LIMIT ?"""
    return [
        LocusSeen(locus=locus, fingerprint=fingerprint, case_seen=seen, case_event=event, said_locus=said)
        for locus, fingerprint, seen, event, said in store.rows(sql, (pattern_id, most))
    ]


def said_loci(store: Store, whole_id: str) -> dict[str, int]:
    """Return the failures of a whole pattern by the locus that was said of them, whatever it is counted as; by locus."""
    sql = """SELECT said_locus, count(*) FROM failures WHERE pattern_id IN (
                 SELECT ?1 UNION ALL SELECT pattern_id FROM splits WHERE whole_id = ?1) GROUP BY 1 ORDER BY 1"""
    return dict(store.rows(sql, (whole_id,)))


def grouping_rules(store: Store, whole_id: str) -> dict[str, str]:
    """Return by locus of a whole pattern the one that people merged it into; by locus."""
    sql = "SELECT locus, counted_as FROM grouping_rules WHERE pattern_id = ? ORDER BY locus"
    return dict(store.rows(sql, (whole_id,)))


def split_loci(store: Store, whole_id: str) -> dict[str, str]:
    """Return by locus of a whole pattern the pattern that it was split off into, as far as that stands; by locus."""
    sql = "SELECT locus, pattern_id FROM split_loci WHERE whole_id = ? ORDER BY locus"
    return dict(store.rows(sql, (whole_id,)))


def proposed_cases(store: Store, pattern_id: str) -> list[ProposedCase]:
    """Return the cases proposed for a pattern, by case id."""
    sql = """SELECT case_id, event_id, f.pattern_id IS c.pattern_id, f.fingerprint IS c.fingerprint
             FROM cases c JOIN failures f USING (event_id) WHERE c.pattern_id = ? ORDER BY case_id"""
    return [
        ProposedCase(case_id=case_id, event_id=event_id, belongs=bool(belongs), in_place=bool(in_place))
        for case_id, event_id, belongs, in_place in store.rows(sql, (pattern_id,))
    ]
