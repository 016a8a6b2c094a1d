"""What was seen of a template, as one track of steps for each of its patterns."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from feedback.domain.faults import Step, Track

__all__ = ["Exposed", "SeenTemplate", "tracks_of"]


@dataclass(frozen=True, slots=True)
class Exposed:
    """So many interactions, spread evenly over `hours` hours from `first_hour` (since the epoch) on."""

    first_hour: int
    hours: int
    interactions: int


@dataclass(frozen=True, slots=True)
class SeenTemplate:
    """By category and hour how many units failed for the first time; and the exposures, in any order."""

    units: Mapping[str, Mapping[int, int]]
    exposures: Sequence[Exposed] = ()


def tracks_of(seen: SeenTemplate, *, rates: Mapping[str, float], shares: Mapping[str, float]) -> dict[str, Track]:
    """
    Return the track of each category in which the template failed.

    Args:
        rates: What is usual of each category: units an interaction.
        shares: What is usual of each category: its share (0 to 1) in the failing units of a template.
    """
    interactions = _Running(_by_hour(seen.exposures))
    last = max([*interactions.hours[-1:], *(max(by_hour) for by_hour in seen.units.values() if by_hour)], default=0)
    tracks = {}
    for category, by_hour in seen.units.items():
        behind = _background(category, seen.units, shares)
        others = _Running(_summed(seen.units[name] for name in behind))
        steps, before = [], None
        for hour in sorted({*by_hour, last}):
            expected = rates[category] * interactions.between(before, hour)
            steps.append(Step(hour, by_hour.get(hour, 0), round(others.between(before, hour)), expected))
            before = hour
        compared = shares[category] + sum(shares[name] for name in shares if name in behind or name not in seen.units)
        tracks[category] = Track(tuple(steps), shares[category] / compared, rates[category])
    return tracks


def _background(category: str, units: Mapping[str, Mapping[int, int]], shares: Mapping[str, float]) -> list[str]:
    """
    Return the categories that tell how often the template fails without a fault, as far as they failed.

    What fails as often as `category` or more, each against its usual share, may be another fault: it would hide this
    one.
    """
    levels = {name: sum(by_hour.values()) / shares[name] for name, by_hour in units.items()}
    return [name for name, level in levels.items() if level < levels[category]]


class _Running:
    """Sums over hours, for asking how much lies between two of them."""

    def __init__(self, by_hour: Mapping[int, float]) -> None:
        self.hours = sorted(by_hour)
        self._sums = [0.0, *accumulate(by_hour[hour] for hour in self.hours)]

    def between(self, after: int | None, upto: int) -> float:
        """Return the sum of the hours behind `after` (None: of all) up to and with `upto`."""
        first = 0 if after is None else bisect_right(self.hours, after)
        return self._sums[bisect_right(self.hours, upto)] - self._sums[first]


def _by_hour(exposures: Iterable[Exposed]) -> dict[int, float]:
    spread: dict[int, float] = {}
    for exposed in exposures:
        share = exposed.interactions / exposed.hours
        for hour in range(exposed.first_hour, exposed.first_hour + exposed.hours):
            spread[hour] = spread.get(hour, 0.0) + share
    return spread


def _summed(parts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    total: dict[int, int] = {}
    for part in parts:
        for hour, units in part.items():
            total[hour] = total.get(hour, 0) + units
    return total
