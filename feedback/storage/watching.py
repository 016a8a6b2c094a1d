"""Questions about what the classifier says over time: by source, by template, and between two people."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from feedback.domain.drift import Held, Scope, Watched
from feedback.domain.significance import Mean
from feedback.storage.database import Row, Store

__all__ = ["Windows", "classifiers_in", "watched_in"]

Key = tuple[Scope, str, bool]

# The machine's latest word: what people say afterwards would make a window that they have worked through look better.
_SEEN = """WITH seen AS MATERIALIZED (
    SELECT source, template_name, unit, probability, classifier_version, occurred_at > ? AS recent,
           coalesce((SELECT said FROM corrections c WHERE c.event_id = f.event_id AND c.person
                     ORDER BY c.position LIMIT 1), category) AS category
    FROM failures f WHERE occurred_at > ? AND occurred_at <= ? AND counts AND category IS NOT NULL),
scoped AS (
    SELECT 'source' AS scope, source AS name, recent, unit, category, probability FROM seen
    UNION ALL SELECT 'template', template_name, recent, unit, category, probability FROM seen
    WHERE template_name IS NOT NULL)"""
_HELD = f"""{_SEEN} SELECT scope, name, recent, category, sum(failures), sum(share), sum(share * mean), sum(share * mean * mean)
    FROM (SELECT scope, name, recent, category, count(*) AS failures,
                 1.0 * count(*) / sum(count(*)) OVER unit_of AS share,
                 sum(sum(probability)) OVER unit_of / sum(count(*)) OVER unit_of AS mean
          FROM scoped GROUP BY scope, name, recent, unit, category
          WINDOW unit_of AS (PARTITION BY scope, name, recent, unit))
    GROUP BY scope, name, recent, category ORDER BY scope, name, recent, category"""
_CLASSIFIERS = f"{_SEEN} SELECT DISTINCT classifier_version FROM seen ORDER BY 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Two windows of occurred_at: the baseline from `start` (excluded) to `middle`, the recent one from there to `end`."""

    start: datetime
    middle: datetime
    end: datetime

    @property
    def bounds(self) -> tuple[str, str, str]:
        """Middle, start and end, as the store writes times."""
        middle, start, end = (at.isoformat(timespec="microseconds") for at in (self.middle, self.start, self.end))
        return middle, start, end


def watched_in(store: Store, windows: Windows) -> list[Watched]:
    """Return every source and template with assessed failures that count in either window, by scope and name."""
    rows: dict[Key, list[Row]] = defaultdict(list)
    for row in store.rows(_HELD, windows.bounds):
        rows[cast("Scope", row[0]), row[1], bool(row[2])].append(row[3:])
    return [
        Watched(
            scope=scope,
            name=name,
            recent=_held(rows.get((scope, name, True), [])),
            baseline=_held(rows.get((scope, name, False), [])),
        )
        for scope, name in dict.fromkeys(key[:2] for key in rows)
    ]


def _held(rows: list[Row]) -> Held:
    """Return a window from its rows, one a category; the shares of each unit sum to 1 over them."""
    categories = {category: units for category, _, units, _, _ in rows}
    failures, units, total, squares = (sum(row[n] for row in rows) for n in range(1, 5))
    return Held(failures, categories, Mean(round(units), total, squares))


def classifiers_in(store: Store, windows: Windows) -> list[str]:
    """Return the versions of the classifiers that assessed what the windows hold, sorted."""
    return [version for (version,) in store.rows(_CLASSIFIERS, windows.bounds)]
