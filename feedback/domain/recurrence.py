"""
Isolated or systemic: how many distinct units failed in one pattern within one window of occurred_at.

The level of a pattern is the largest number of distinct units that any window holds, capped at what makes it systemic;
its hour is the first at which that level is reached. More failures can only raise the level or move the hour earlier,
so every order of arrival ends in the same verdict (docs/decisions/0002).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

__all__ = ["Level", "RecurrencePolicy", "Verdict", "VerdictValue", "better", "level_of", "verdict_of"]

VerdictValue = Literal["systemic", "isolated", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrencePolicy:
    """When a pattern is systemic; the window is `window_hours` whole hours, its last hour included."""

    window_hours: int
    min_units: int
    high_risk_min_units: int

    def required(self, *, high_risk: bool) -> int:
        """Return the distinct units within one window that make a pattern of this risk systemic."""
        return self.high_risk_min_units if high_risk else self.min_units


@dataclass(frozen=True, slots=True)
class Level:
    """`units` distinct units (capped at `required`) in the window that ends with `hour` (hours since the epoch)."""

    units: int
    hour: int
    required: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, in a sentence, with the numbers it came from."""

    value: VerdictValue
    reason: str
    inputs: dict[str, Any]


def level_of(unit_hours: Iterable[tuple[int, str]], *, window_hours: int, required: int) -> Level | None:
    """
    Return the level that `unit_hours` reach, or None where there are none.

    Args:
        unit_hours: (hour, unit) pairs, hours ascending; a pair says that the unit failed in that hour at least once.
    """
    pairs = list(unit_hours)
    counts: Counter[str] = Counter()
    best: Level | None = None
    start = 0
    for hour, unit in pairs:
        counts[unit] += 1
        while pairs[start][0] <= hour - window_hours:
            left = pairs[start][1]
            counts[left] -= 1
            if not counts[left]:
                del counts[left]
            start += 1
        units = min(len(counts), required)
        if best is None or units > best.units:
            best = Level(units, hour, required)
        if units == required:
            break
    return best


def better(known: Level | None, seen: Level | None) -> Level | None:
    """Return the higher of two levels of one pattern, of equal ones the earlier."""
    levels = [level for level in (known, seen) if level is not None]
    return max(levels, key=lambda level: (level.units, -level.hour), default=None)


def verdict_of(level: Level, *, window_hours: int) -> Verdict:
    """Return what `level` means: systemic at the required units, isolated at one, undecided between."""
    days = window_hours / 24
    reached = datetime.fromtimestamp(level.hour * 3600, UTC)
    inputs = {
        "units": level.units,
        "units_required": level.required,
        "window_hours": window_hours,
        "reached_in_hour": reached.isoformat(),
    }
    if level.units >= level.required:
        reason = f"{level.units} distinct units within {days:g} days make it systemic, reached on {reached:%Y-%m-%d}"
        return Verdict("systemic", reason, inputs)
    if level.units == 1:
        return Verdict("isolated", f"never more than one unit failed within {days:g} days", inputs)
    reason = f"at most {level.units} distinct units failed within {days:g} days, {level.required} make it systemic"
    return Verdict("undecided", reason, inputs)
