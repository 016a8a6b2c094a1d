"""
Priority: which pattern to look at first, as a sum of five parts that can be added up by hand.

Each part has a number of points and gives a share of them: risk level, what the category means in the scenario, how
many distinct units failed, whether more of them do lately, and for how long it has gone on. No clock: age and trend
are measured in occurred_at, against the newest event seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["Part", "PartName", "Priority", "PriorityPolicy", "Standing", "priority_of"]

PartName = Literal["risk", "scenario", "units", "trend", "age"]

_RISK_SHARES = {"high": 1.0, "medium": 0.5}
_SHARE_WORDS = {1.0: "all", 0.5: "half", 0.0: "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityPolicy:
    """
    What weighs how much.

    `points` are those of each part, 100 in all. `weights` say, by scenario and category, which share of the scenario's
    points a category gets there; none where it is not named. `half_units` and `half_age_days` give half the points of
    their part. `trend_days` is the length of each of the two windows that the trend compares.
    """

    points: Mapping[PartName, int]
    weights: Mapping[str, Mapping[str, float]]
    half_units: int
    trend_days: int
    half_age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    What is known of a pattern when it is read.

    `risk_level` is the highest of its failures, `scenario` the most frequent; `units_lately` failed in the window that
    ends with the newest event seen, `units_before` in the one before it. `age_days` have passed from its first failure
    to that event.
    """

    category: str
    risk_level: str | None
    scenario: str | None
    units: int
    units_lately: int
    units_before: int
    age_days: int


@dataclass(frozen=True, slots=True)
class Part:
    """`points`, of at most `of`, and why."""

    name: PartName
    points: float
    of: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Priority:
    """The score, from 0 to 100, which is the sum of its parts."""

    score: float
    parts: tuple[Part, ...]

    @property
    def sentence(self) -> str:
        """The score and its parts in one line."""
        return f"{self.score} of 100: " + ", ".join(f"{part.name} {part.points}" for part in self.parts)


def priority_of(standing: Standing, policy: PriorityPolicy) -> Priority:
    """Return the score of a pattern; its parts are rounded to one decimal before they are added up."""
    reasons: dict[PartName, tuple[float, str]] = {
        "risk": _risk(standing),
        "scenario": _scenario(standing, policy),
        "units": _units(standing, policy),
        "trend": _trend(standing, policy),
        "age": _age(standing, policy),
    }
    parts = tuple(
        Part(name, round(policy.points[name] * share, 1), policy.points[name], f"{reason} of {policy.points[name]}")
        for name, (share, reason) in reasons.items()
    )
    return Priority(round(sum(part.points for part in parts), 1), parts)


def _risk(standing: Standing) -> tuple[float, str]:
    level = standing.risk_level
    share = _RISK_SHARES.get(level or "", 0.0)
    return share, f"{f'{level} risk' if level else 'no risk level is known'}: {_SHARE_WORDS[share]}"


def _scenario(standing: Standing, policy: PriorityPolicy) -> tuple[float, str]:
    if standing.scenario is None:
        return 0.0, "no scenario is known: none"
    weight = policy.weights.get(standing.scenario, {}).get(standing.category, 0.0)
    if not weight:
        return 0.0, f"{standing.category} has no weight in {standing.scenario}: none"
    return weight, f"{standing.category} weighs {weight:g} in {standing.scenario}: {weight:g}"


def _units(standing: Standing, policy: PriorityPolicy) -> tuple[float, str]:
    units, half = standing.units, policy.half_units
    return units / (units + half), f"{_plural(units, 'distinct unit')}: {units} / ({units} + {half})"


def _trend(standing: Standing, policy: PriorityPolicy) -> tuple[float, str]:
    """Return the share of the recent units; one more is added below, so that few make no trend."""
    lately, before, days = standing.units_lately, standing.units_before, policy.trend_days
    counted = f"{_plural(lately, 'unit')} in the last {_plural(days, 'day')}, {before} in those before"
    return lately / (lately + before + 1), f"{counted}: {lately} / ({lately} + {before} + 1)"


def _age(standing: Standing, policy: PriorityPolicy) -> tuple[float, str]:
    days, half = standing.age_days, policy.half_age_days
    reason = f"first seen {_plural(days, 'day')} before the newest event: {days} / ({days} + {half})"
    return days / (days + half), reason


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
