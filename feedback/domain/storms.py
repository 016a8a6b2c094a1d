"""
Storms: many failures that have one cause outside the template, a session that tries again or a deployment.

Storms are named and decide nothing. One unit's failures count as one unit already; those of a deployment keep their
units, since a template may well fail only with one model (docs/recurrence.md).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["Deployed", "InUse", "Repeated", "Storm", "deployment_storms", "unit_storms"]

_NAMED = 3
_MOST, _OF = 9, 10
_HOURS = 24
_HOURS_TOLD = 48


class Repeated(NamedTuple):
    """A unit, how often it failed in the pattern, and the first and last hour (since the epoch) in which it did."""

    unit: str
    failures: int
    first_hour: int
    last_hour: int


class Deployed(NamedTuple):
    """How many failures of the pattern came with a training version in an hour; None where none was named."""

    hour: int
    training_version: str | None
    failures: int


class InUse(NamedTuple):
    """A training version of the template, and the first and last hour in which anything was seen of it."""

    training_version: str
    first_hour: int
    last_hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """`failures` of `of` within `hours` that are one unit's, or came with one training version."""

    kind: Literal["units", "training_version"]
    name: str | None
    failures: int
    of: int
    hours: int
    first_hour: int
    sentence: str


def unit_storms(repeated: Sequence[Repeated], *, failures: int) -> list[Storm]:
    """Return a storm for each of the units that failed most, and one for all the others; `failures` are the pattern's."""
    ranked = sorted(repeated, key=lambda one: (-one.failures, one.unit))
    storms = [_unit_storm([one], failures) for one in ranked[:_NAMED]]
    return storms + ([_unit_storm(ranked[_NAMED:], failures)] if ranked[_NAMED:] else [])


def _unit_storm(units: Sequence[Repeated], of: int) -> Storm:
    failures = sum(one.failures for one in units)
    first = min(one.first_hour for one in units)
    hours = max(one.last_hour for one in units) - first + 1
    kind, _, name = units[0].unit.partition(":")
    if len(units) == 1:
        told = f"{failures:,} of {of:,} failures are one {kind}'s, {name}, within {_within(hours)}: counted as one unit"
    else:
        told = (
            f"{failures:,} of {of:,} failures are those of {len(units):,} more that failed as often, none more than"
            f" {units[0].failures:,} times: counted as {len(units):,} units"
        )
    return Storm(
        kind="units",
        name=name if len(units) == 1 else None,
        failures=failures,
        of=of,
        hours=hours,
        first_hour=first,
        sentence=told,
    )


def deployment_storms(
    seen: Sequence[Deployed], in_use: Sequence[InUse], *, least: int, others: bool = False
) -> list[Storm]:
    """
    Return the storms of training versions, the largest of each, those of most failures first.

    A storm is 24 whole hours, counted from one with a failure, with at least `least` failures, 9 in 10 of which came with
    one training version while others of the template are in use: seen in those hours, or last within a day before them.
    `others` tells that failures of units that are storms themselves are not among them.
    """
    found: dict[str, Storm] = {}
    for window in _windows(seen):
        storm = _deployment_storm(window, in_use, least, "other " if others else "")
        if storm and storm.name and (storm.name not in found or _size(storm) > _size(found[storm.name])):
            found[storm.name] = storm
    return sorted(found.values(), key=_size, reverse=True)[:_NAMED]


def _deployment_storm(window: Sequence[Deployed], in_use: Sequence[InUse], least: int, other: str) -> Storm | None:
    count: Counter[str | None] = Counter()
    for one in window:
        count[one.training_version] += one.failures
    (version, failures), of = count.most_common(1)[0], count.total()
    first, last = window[0].hour, window[-1].hour
    beside = sum(
        one.training_version != version and one.first_hour <= last and one.last_hour > first - _HOURS for one in in_use
    )
    if version is None or of < least or _OF * failures < _MOST * of or not beside:
        return None
    hours = last - first + 1
    return Storm(
        kind="training_version",
        name=version,
        failures=failures,
        of=of,
        hours=hours,
        first_hour=first,
        sentence=f"{failures:,} of {of:,} {other}failures within {_within(hours)} came with training version {version}"
        f" ({'1 other is' if beside == 1 else f'{beside:,} others are'} in use)",
    )


def _windows(seen: Sequence[Deployed]) -> list[Sequence[Deployed]]:
    """Return what was seen in the 24 hours from each hour in which something was."""
    in_order = sorted(seen, key=lambda one: (one.hour, one.training_version or ""))
    windows: list[Sequence[Deployed]] = []
    end = 0
    for start, one in enumerate(in_order):
        if start and in_order[start - 1].hour == one.hour:
            continue
        while end < len(in_order) and in_order[end].hour < one.hour + _HOURS:
            end += 1
        windows.append(in_order[start:end])
    return windows


def _size(storm: Storm) -> tuple[int, int, int]:
    return storm.failures, -storm.hours, -storm.first_hour


def _within(hours: int) -> str:
    if hours > _HOURS_TOLD:
        return f"{-(-hours // _HOURS):,} days"
    return "1 hour" if hours == 1 else f"{hours} hours"
