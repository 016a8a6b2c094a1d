"""A timeline: how many distinct units failed by day or by week, the silent ones between them too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

__all__ = ["Bar", "Step", "Timeline", "hours_of", "step_of", "timeline"]

Step = Literal["day", "week"]
_MOST = 60
_HOURS: dict[Step, tuple[int, int]] = {"day": (24, 0), "week": (168, 72)}  # 1970 began on a Thursday, weeks on Monday


class Bar(NamedTuple):
    """The distinct units that failed in the day or week that begins on `begins` (YYYY-MM-DD, UTC)."""

    begins: str
    units: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars, oldest first, without a gap; `left_out` tells how many earlier ones there are."""

    step: Step
    bars: tuple[Bar, ...]
    left_out: int = 0


def step_of(first_hour: int, last_hour: int) -> Step:
    """Return the step in which these hours (since the epoch) fit: days, or weeks where there would be too many days."""
    return "day" if last_hour // 24 - first_hour // 24 < _MOST else "week"


def hours_of(step: Step) -> tuple[int, int]:
    """Return how many hours a step has, and how many before the epoch one of them began."""
    return _HOURS[step]


def timeline(units: Mapping[int, int], step: Step) -> Timeline:
    """Return the newest bars, 60 at most, of `units` by the first hour of each step; a unit counts in each it failed in."""
    if not units:
        return Timeline(step, ())
    hours, _ = _HOURS[step]
    first, last = min(units), max(units)
    shown = max(first, last - (_MOST - 1) * hours)
    bars = [Bar(_date(hour), units.get(hour, 0)) for hour in range(shown, last + 1, hours)]
    return Timeline(step, tuple(bars), (shown - first) // hours)


def _date(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).date().isoformat()
