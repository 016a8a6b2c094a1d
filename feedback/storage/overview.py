"""Sums over the whole store, for the first page."""

from dataclasses import dataclass

from feedback.storage.database import Store

__all__ = [
    "TicketAge",
    "Waiting",
    "category_counts_by_day",
    "fixes",
    "ticket_ages",
    "units_by_step_and_version",
    "waiting_for_people",
]


@dataclass(frozen=True, slots=True)
class TicketAge:
    """So many tickets of one kind in one state whose patterns were first seen on one day (days since the epoch)."""

    kind: str
    state: str
    first_day: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: for a person's category, for a template, and for its assessment; and since when anything of the first two."""

    triage: int
    unattributed: int
    unassessed: int
    oldest: str | None


def category_counts_by_day(store: Store, *, since: str) -> list[tuple[int, str, int]]:
    """Return day (since the epoch), category and failures that count, from the time `since` on; by day then category."""
    sql = """SELECT hour / 24, category, count(*) FROM failures
             WHERE occurred_at >= ? AND counts AND category IS NOT NULL
             GROUP BY 1, 2 ORDER BY 1, 2"""
    return [(day, category, failures) for day, category, failures in store.rows(sql, (since,))]


def ticket_ages(store: Store) -> list[TicketAge]:
    """Return the tickets by kind, state and the day on which their pattern was first seen."""
    sql = """SELECT t.kind, t.state, CAST(strftime('%s', substr(p.first_seen, 1, 19)) AS INTEGER) / 86400, count(*)
             FROM tickets t JOIN patterns p USING (pattern_id) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    return [TicketAge(*row) for row in store.rows(sql)]


def waiting_for_people(store: Store) -> Waiting:
    """Return how many failures wait for people, and how many for their assessment."""
    sql = """SELECT coalesce(sum(category = 'needs_triage'), 0),
             coalesce(sum(category != 'needs_triage' AND template_name IS NULL), 0),
             min(occurred_at) FROM failures
             WHERE counts AND (category = 'needs_triage' OR category IS NOT NULL AND template_name IS NULL)"""
    triage, unattributed, oldest = store.rows(sql)[0]
    unassessed = store.rows("SELECT count(*) FROM failures WHERE category IS NULL")[0][0]
    return Waiting(triage, unattributed, unassessed, oldest)


def fixes(store: Store) -> list[tuple[str, str, str, str]]:
    """Return ticket, state, first failure and time of the last change of each revised or verified revision; by that time."""
    sql = """SELECT ticket_id, state, first_seen, changed_at FROM tickets JOIN patterns USING (pattern_id)
             WHERE kind = 'template_revision' AND state IN ('revised', 'verified') ORDER BY changed_at, ticket_id"""
    return [(ticket, state, first, changed) for ticket, state, first, changed in store.rows(sql)]


def units_by_step_and_version(
    store: Store, pattern_id: str, *, hours: int, before: int, since: str
) -> list[tuple[int, str | None, int]]:
    """
    Return first hour of a step, effective version, and the distinct units that failed on it then, from `since` on.

    Steps are as in `units_by_step`; a unit that failed on two versions in a step counts for both.
    """
    sql = """SELECT hour - ((hour + ?2) % ?1 + ?1) % ?1, effective_version, count(DISTINCT unit) FROM failures
             WHERE pattern_id = ?3 AND occurred_at >= ?4 GROUP BY 1, 2 ORDER BY 1, 2"""
    return [(hour, version, units) for hour, version, units in store.rows(sql, (hours, before, pattern_id, since))]
