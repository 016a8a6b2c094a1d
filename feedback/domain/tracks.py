"""What was seen of a template, as one track of steps for each of its patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.domain.faults import Track

__all__ = ["Exposed", "SeenTemplate", "tracks_of"]

_NOTHING = 1e-6
"""Interactions an hour that are rounding errors of sums."""
_ASSUMED_HOURS = 7 * 24
"""Failures come before the exposures of their hour: for so long behind the last exposure it is taken to go on as before."""

Floats = NDArray[np.float64]
Hours = NDArray[np.int64]


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
    last = max(
        [
            *(max(by_hour) for by_hour in seen.units.values()),
            *(one.first_hour + one.hours - 1 for one in seen.exposures),
        ],
        default=0,
    )
    hours = np.array(sorted({last}.union(*seen.units.values())), dtype=np.int64)
    units = {category: _along(hours, by_hour) for category, by_hour in seen.units.items()}
    exposed = _exposed_until(hours, seen.exposures)
    tracks = {}
    for category, counts in units.items():
        behind = _background(category, units, shares)
        others = np.cumsum(sum((units[name] for name in behind), np.zeros(len(hours))))
        at = np.flatnonzero(counts)
        if at[-1] != len(hours) - 1:
            at = np.append(at, len(hours) - 1)
        steps = (
            hours[at],
            counts[at],
            np.diff(others[at], prepend=0.0),
            rates[category] * np.diff(exposed[at], prepend=0.0),
        )
        compared = shares[category] + sum(shares[name] for name in shares if name in behind or name not in units)
        tracks[category] = Track(np.column_stack(steps), shares[category] / compared, rates[category])
    return tracks


def _along(hours: Hours, by_hour: Mapping[int, int]) -> Floats:
    counts = np.zeros(len(hours))
    counts[np.searchsorted(hours, list(by_hour))] = list(by_hour.values())
    return counts


def _background(category: str, units: Mapping[str, Floats], shares: Mapping[str, float]) -> list[str]:
    """
    Return the categories that tell how often the template fails without a fault, as far as they failed.

    What fails as often as `category` or more, each against its usual share, may be another fault: it would hide this
    one.
    """
    levels = {name: counts.sum() / shares[name] for name, counts in units.items()}
    return [name for name, level in levels.items() if level < levels[category]]


def _exposed_until(hours: Hours, exposures: Sequence[Exposed]) -> Floats:
    """Return how many interactions went on up to and with each of `hours`, for a while also behind the last exposure."""
    if not exposures:
        return np.zeros(len(hours))
    first, lengths, interactions = np.array([(one.first_hour, one.hours, one.interactions) for one in exposures]).T
    begin = int(first.min())
    change = np.zeros(int((first + lengths).max()) - begin + 1)
    np.add.at(change, first - begin, interactions / lengths)
    np.add.at(change, first + lengths - begin, -interactions / lengths)
    an_hour = np.cumsum(change)
    an_hour[an_hour < _NOTHING] = 0.0
    until = np.concatenate(([0.0], np.cumsum(an_hour)))
    # the last entry is the hour behind the last exposure
    ahead = np.clip(hours - begin + 1 - len(change) + 1, 0, _ASSUMED_HOURS) * _lately(an_hour[:-1])
    within: Floats = until[np.clip(hours - begin + 1, 0, len(an_hour))]
    return within + ahead


def _lately(an_hour: Floats) -> float:
    """Return how many interactions an hour went on in the last hours that exposures cover."""
    return float(an_hour[-_ASSUMED_HOURS:].mean())
