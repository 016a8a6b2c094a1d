"""Questions about what a pattern's priority is made of, asked for many patterns at once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from feedback.storage.database import Store
from feedback.storage.labels import template_labels
from feedback.storage.patterns import JudgedPattern, chunks

__all__ = ["LabelsSeen", "labels_seen", "units_in_windows"]

_LEVELS = ("low", "medium", "high")
_LABELS = """SELECT pattern_id, json_extract(labels, '$.scenario'), template_version, risk_level, count(*)
    FROM failures WHERE pattern_id IN ({marks}) GROUP BY 1, 2, 3, 4"""
_UNITS = """SELECT pattern_id, count(DISTINCT iif(hour > ?, unit, NULL)), count(DISTINCT iif(hour > ?, NULL, unit))
    FROM pattern_hours WHERE pattern_id IN ({marks}) AND hour > ? AND hour <= ? GROUP BY pattern_id"""


class LabelsSeen(NamedTuple):
    """The highest risk level of a pattern's failures, and their most frequent scenario, of equals the first by name."""

    risk_level: str | None = None
    scenario: str | None = None


def labels_seen(store: Store, found: Sequence[JudgedPattern]) -> dict[str, LabelsSeen]:
    """Return this by pattern id; a pattern without failures is missing. A failure's scenario is its own, else its template's."""
    names = {pattern.pattern_id: pattern.template_name for pattern in found}
    templates = template_labels(store, names.values())
    scenarios: dict[str, Counter[str]] = defaultdict(Counter)
    levels: dict[str, set[str]] = defaultdict(set)
    for part, marks in chunks(names):
        for pattern_id, own, version, level, failures in store.rows(_LABELS.format(marks=marks), part):
            scenario = own or templates.of(names[pattern_id], version).scenario
            scenarios[pattern_id].update({scenario: failures} if scenario else {})
            levels[pattern_id].update({level} if level else {})
    return {
        pattern_id: LabelsSeen(
            risk_level=max(levels[pattern_id], key=_LEVELS.index, default=None),
            scenario=min(counts, key=lambda name: (-counts[name], name), default=None),
        )
        for pattern_id, counts in scenarios.items()
    }


def units_in_windows(
    store: Store, pattern_ids: Sequence[str], *, newest_hour: int, hours: int
) -> dict[str, tuple[int, int]]:
    """
    Return the distinct units that failed in the window that ends with `newest_hour`, and in the one before it.

    Both are `hours` long. By pattern id; a pattern of which none failed in either is missing.
    """
    middle, start = newest_hour - hours, newest_hour - 2 * hours
    return {
        pattern_id: (lately, before)
        for part, marks in chunks(pattern_ids)
        for pattern_id, lately, before in store.rows(
            _UNITS.format(marks=marks), (middle, middle, *part, start, newest_hour)
        )
    }
