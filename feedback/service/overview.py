"""What the first page tells of the whole store: what fails, where, what waits, and how long mending takes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from feedback.service.bootstrap import Service
from feedback.storage import overview as stored
from feedback.storage.failures import newest_seen
from feedback.storage.overview import Waiting
from feedback.storage.patterns import patterns

__all__ = [
    "AGES",
    "Cell",
    "Days",
    "Fixes",
    "TemplateRow",
    "Waiting",
    "failures_by_day",
    "newest_event",
    "template_category_counts",
    "tickets_by_state_and_age",
    "time_to_fix",
    "triage_backlog",
]

AGES = (("under a week", 7), ("1 to 4 weeks", 28), ("older", None))
"""Names of the ages that are told apart, and the days below which one is that old; None has no end."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Days:
    """Failures by category on each day from `first` (YYYY-MM-DD, UTC) on; all categories have as many days."""

    first: str
    failures: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One pattern: its failures and its verdict."""

    pattern_id: str
    failures: int
    verdict: str


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One template: the failures of its patterns, and each pattern by category."""

    template: str
    failures: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Fixes:
    """How many revisions wait for their proof, how many are proved, and the median days from the first failure to the proof."""

    revised: int
    verified: int
    median_days: float | None


def newest_event(service: Service) -> str | None:
    """Return when the newest failure that counts occurred; every window and every age ends there."""
    return newest_seen(service.store)


def failures_by_day(service: Service, days: int) -> Days:
    """Return the failures that count of the last `days` days, by category, most failures first, then by category."""
    newest = newest_seen(service.store)
    last = _day_of(newest) if newest else 0
    first = max(0, last - days + 1)
    found: dict[str, list[int]] = defaultdict(lambda: [0] * (last - first + 1))
    begins = (_EPOCH + timedelta(days=first)).isoformat()
    for day, category, failures in stored.category_counts_by_day(service.store, since=f"{begins}T00:00:00"):
        found[category][day - first] += failures
    ranked = sorted(found.items(), key=lambda one: (-sum(one[1]), one[0]))
    return Days(begins, {name: tuple(counts) for name, counts in ranked})


def template_category_counts(service: Service, most: int) -> list[TemplateRow]:
    """Return the templates with failures, `most` at most, those with most failures first, then by name."""
    cells: dict[str, dict[str, Cell]] = defaultdict(dict)
    for one in patterns(service.store):
        if one.failures:
            cells[one.template_name][one.category] = Cell(one.pattern_id, one.failures, one.verdict or "undecided")
    rows = [TemplateRow(name, sum(cell.failures for cell in found.values()), found) for name, found in cells.items()]
    return sorted(rows, key=lambda row: (-row.failures, row.template))[:most]


def tickets_by_state_and_age(service: Service) -> dict[str, dict[str, tuple[int, ...]]]:
    """
    Return by kind and state how many tickets there are of each of `AGES`; states without a ticket are missing.

    A ticket is as old as its pattern: from the first failure to the newest event.
    """
    newest = newest_seen(service.store)
    last = _day_of(newest) if newest else 0
    found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * len(AGES)))
    for one in stored.ticket_ages(service.store):
        found[one.kind][one.state][_age(last - one.first_day)] += one.tickets
    return {kind: {state: tuple(ages) for state, ages in states.items()} for kind, states in found.items()}


def triage_backlog(service: Service) -> Waiting:
    """Return what waits for people: for a category, and for a template; and what waits to be assessed."""
    return stored.waiting_for_people(service.store)


def time_to_fix(service: Service) -> Fixes:
    """Return how many revisions are registered and how many proved, and how long that took from the first failure."""
    found = stored.fixes(service.store)
    seconds = [
        (datetime.fromisoformat(changed) - datetime.fromisoformat(first)).total_seconds()
        for _, state, first, changed in found
        if state == "verified"
    ]
    days = median(seconds) / 86_400 if seconds else None
    return Fixes(revised=len(found) - len(seconds), verified=len(seconds), median_days=days)


def _age(days: int) -> int:
    return next(at for at, (_, below) in enumerate(AGES) if below is None or days < below)


def _day_of(time: str) -> int:
    return (datetime.fromisoformat(time).astimezone(UTC).date() - _EPOCH).days
