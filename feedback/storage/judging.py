"""What judging needs to know of patterns and of their templates, and which patterns wait to be judged."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from feedback.domain.tracks import Exposed, SeenTemplate
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = [
    "interactions_by_template",
    "is_judged_by",
    "judged",
    "seen_parts",
    "seen_template",
    "templates_of",
    "units_by_category",
    "units_seen",
    "unjudged",
    "wait_for_judging",
]

_JUDGED_BY = "judged_by"


def wait_for_judging(store: Store, pattern_ids: Collection[str]) -> None:
    """Keep that these patterns changed; run it in the transaction of the facts that changed them."""
    store.db.conn.executemany("INSERT OR IGNORE INTO unjudged VALUES (?)", [(each,) for each in sorted(pattern_ids)])


def unjudged(store: Store) -> set[str]:
    """Return the ids of the patterns that changed since they were judged; some may have no row any more."""
    return {pattern_id for (pattern_id,) in store.rows("SELECT pattern_id FROM unjudged")}


def judged(store: Store, by: str) -> None:
    """Keep that what waited is judged by the rules that `by` names; run it in the transaction of the verdicts."""
    store.db.conn.execute("DELETE FROM unjudged")
    if not is_judged_by(store, by, 0.0):
        kept = json.dumps({"by": by, "patterns": _count(store)})
        store.db.conn.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_JUDGED_BY, kept))


def is_judged_by(store: Store, by: str, new_share: float) -> bool:
    """Tell whether all patterns were judged by these rules when there were as many, give or take `new_share` of them."""
    rows = store.rows("SELECT value FROM meta WHERE key = ?", (_JUDGED_BY,))
    if not rows:
        return False
    last = json.loads(rows[0][0])
    return bool(last["by"] == by and abs(_count(store) - last["patterns"]) <= new_share * last["patterns"])


def _count(store: Store) -> int:
    return int(store.rows("SELECT count(*) FROM patterns WHERE failures > 0")[0][0])


def templates_of(store: Store, pattern_ids: Iterable[str]) -> set[str]:
    """Return the names of the templates of these patterns."""
    return {
        name
        for part, marks in chunks(pattern_ids)
        for (name,) in store.rows(f"SELECT DISTINCT template_name FROM patterns WHERE pattern_id IN ({marks})", part)
    }


def units_by_category(store: Store) -> dict[str, dict[str, int]]:
    """Return by category and template name how many distinct units ever failed, in whatever parts of a pattern."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for sql in (
        "SELECT category, template_name, units FROM patterns WHERE failures > 0",
        """SELECT category, template_name, count(DISTINCT unit) FROM patterns CROSS JOIN pattern_units USING (pattern_id)
           WHERE (category, template_name) IN (
               SELECT category, template_name FROM patterns JOIN splits USING (pattern_id))
           GROUP BY 1, 2""",
    ):
        for category, name, units in store.rows(sql):
            found[category][name] = units
    return dict(found)


def interactions_by_template(store: Store) -> dict[str, int]:
    """Return by template name how many interactions were ever reported."""
    return dict(store.rows("SELECT template_name, interactions FROM exposed_templates"))


def seen_template(store: Store, name: str, history_hours: int) -> SeenTemplate:
    """Return what was seen of a template in the hours up to its last failure or exposure."""
    first = _last_hour(store, name) - history_hours + 1
    units = {
        category: by_hour for category, ids in _patterns(store, name).items() if (by_hour := _units(store, ids, first))
    }
    sql = """SELECT first_hour, hours, interactions FROM exposures
             WHERE template_name = ? AND first_hour + hours > ? ORDER BY first_hour, exposure_id"""
    return SeenTemplate(units, [Exposed(*row) for row in store.rows(sql, (name, first))])


def seen_parts(store: Store, name: str, history_hours: int) -> dict[str, Mapping[int, int]]:
    """Return the units by hour of each of a template's patterns whose category is split there, by pattern id."""
    first = _last_hour(store, name) - history_hours + 1
    return {
        pattern_id: by_hour
        for ids in _patterns(store, name).values()
        if len(ids) > 1
        for pattern_id in ids
        if (by_hour := _units(store, [pattern_id], first))
    }


def units_seen(store: Store, pattern_id: str, name: str, history_hours: int) -> int:
    """Return how many units of a pattern its template's hours hold, as `seen_template` takes them."""
    return sum(_units(store, [pattern_id], _last_hour(store, name) - history_hours + 1).values())


def _patterns(store: Store, name: str) -> dict[str, list[str]]:
    """Return the patterns of a template by category; there are several of one where places were split off."""
    found: dict[str, list[str]] = defaultdict(list)
    sql = "SELECT pattern_id, category FROM patterns WHERE template_name = ? ORDER BY category, pattern_id"
    for pattern_id, category in store.rows(sql, (name,)):
        found[category].append(pattern_id)
    return found


def _units(store: Store, pattern_ids: Sequence[str], first: int) -> Mapping[int, int]:
    """Return by hour how many units failed then for the first time since the hour `first`, in any of these patterns."""
    marks = ",".join("?" * len(pattern_ids))
    sql = f"""SELECT hour, count(*) FROM (
                  SELECT min(hour) AS hour FROM pattern_hours WHERE pattern_id IN ({marks}) AND hour >= ? GROUP BY unit)
              GROUP BY hour"""
    return dict(store.rows(sql, (*pattern_ids, first)))


def _last_hour(store: Store, name: str) -> int:
    sql = """SELECT max(last_seen) FROM patterns WHERE template_name = ? AND failures > 0"""
    failed = store.rows(sql, (name,))[0][0]
    exposed = store.rows("SELECT max(first_hour + hours - 1) FROM exposures WHERE template_name = ?", (name,))[0][0]
    hours = [int(datetime.fromisoformat(failed).timestamp() // 3600)] if failed else []
    return max([*hours, *([exposed] if exposed is not None else [])], default=0)
