"""Questions about storms: units that fail again and again, and which training versions the failures came with."""

from collections import defaultdict
from collections.abc import Iterable

from feedback.domain.storms import Deployed, InUse, Repeated
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = ["deployed", "in_use", "repeated"]

_REPEATED = """SELECT h.pattern_id, h.unit, u.failures, min(hour), max(hour)
    FROM pattern_hours h JOIN pattern_units u ON u.pattern_id = h.pattern_id AND u.unit = h.unit
    WHERE h.pattern_id IN ({marks}) AND u.failures >= ? GROUP BY 1, 2"""
_DEPLOYED = """SELECT f.pattern_id, hour, training_version, count(*)
    FROM failures f JOIN pattern_units u ON u.pattern_id = f.pattern_id AND u.unit = f.unit
    WHERE f.pattern_id IN ({marks}) AND u.failures < ? GROUP BY 1, 2, 3"""
_IN_USE = """SELECT name, version, min(first_hour), max(last_hour) FROM (
        SELECT template_name AS name, training_version AS version, hour AS first_hour, hour AS last_hour FROM failures
        WHERE template_name IN ({marks}) AND training_version IS NOT NULL AND counts
        UNION ALL
        SELECT template_name, training_version, first_hour, first_hour + hours - 1 FROM exposures
        WHERE template_name IN ({marks}) AND training_version IS NOT NULL)
    GROUP BY 1, 2"""


def repeated(store: Store, pattern_ids: Iterable[str], *, least: int) -> dict[str, list[Repeated]]:
    """Return by pattern id the units that failed at least `least` times in it; patterns without one are missing."""
    found: dict[str, list[Repeated]] = defaultdict(list)
    for part, marks in chunks(pattern_ids):
        for pattern_id, *unit in store.rows(_REPEATED.format(marks=marks), (*part, least)):
            found[pattern_id].append(Repeated(*unit))
    return dict(found)


def deployed(store: Store, pattern_ids: Iterable[str], *, below: int) -> dict[str, list[Deployed]]:
    """Return by pattern id its failures by hour and training version, of units that failed less than `below` times."""
    found: dict[str, list[Deployed]] = defaultdict(list)
    for part, marks in chunks(pattern_ids):
        for pattern_id, *seen in store.rows(_DEPLOYED.format(marks=marks), (*part, below)):
            found[pattern_id].append(Deployed(*seen))
    return dict(found)


def in_use(store: Store, names: Iterable[str]) -> dict[str, list[InUse]]:
    """Return by template name the training versions that its failures and exposures name."""
    found: dict[str, list[InUse]] = defaultdict(list)
    for part, marks in chunks(names):
        for name, *version in store.rows(_IN_USE.format(marks=marks), (*part, *part)):
            found[name].append(InUse(*version))
    return dict(found)
