"""A made-up year-month of many templates, some with faults that begin: who failed when, and the truth about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["CATEGORIES", "USUAL", "FaultyPattern", "TemplateMonth", "months"]

DAYS = 30
HOURS = DAYS * 24
CATEGORIES = (
    "missing_tool_parameters",
    "multi_turn_state_failure",
    "inconsistent_refusal_boundary",
    "conflicting_instructions",
    "output_format_violation",
    "field_definition_ambiguity",
    "insufficient_context",
    "unclear_task_boundary",
    "over_elaborated_response",
    "model_capability_gap",
)
USUAL = dict(zip(CATEGORIES, 2e-3 * np.array([0.04, 0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18]), strict=True))
"""Failing sessions an interaction in a template of ordinary level; between 0.008 and 0.036 %."""


@dataclass(frozen=True, slots=True)
class FaultyPattern:
    """A fault: its rate is `raised` times the pattern's own from hour `since` on."""

    raised: float
    since: int


@dataclass(slots=True)
class TemplateMonth:
    """
    One template: interactions by hour, failing sessions by category and hour, and the truth.

    `levels` are its own ordinary levels by category; `storms` have one session fail so often in one hour.
    """

    name: str
    first_hour: int
    interactions: NDArray[np.int64]
    levels: dict[str, float]
    units: dict[str, dict[int, int]] = field(default_factory=dict)
    faults: dict[str, FaultyPattern] = field(default_factory=dict)
    storms: dict[str, tuple[int, int]] = field(default_factory=dict)

    def is_raised(self, category: str, hour: int, ratio: float) -> bool:
        """Tell whether the generator's own rate is at least `ratio` times what is usual, or its own before a fault."""
        fault = self.faults.get(category)
        raised = fault.raised if fault is not None and hour >= fault.since else 1.0
        return raised >= ratio or raised * self.levels[category] >= ratio


def months(
    count: int,
    seed: int,
    *,
    spread: float = 0.2,
    fault_share: float = 0.02,
    new_share: float = 0.2,
    storm_share: float = 0.02,
    traffic: float = 40.0,
) -> list[TemplateMonth]:
    """
    Return `count` templates over thirty days, the same for the same seed.

    Interactions an hour are log-normal over templates (median `traffic`, sigma 1.6, at most 20,000) and have a daily
    rhythm; a fifth of the templates begins in the course of the month. A pattern's own level is log-normal with sigma
    `spread`. `fault_share` of the patterns have a fault, which multiplies their rate by 2, 3 or 5 from a random hour on;
    of those in new templates half have it from the first hour.
    """
    dice = np.random.default_rng(seed)
    rates = np.minimum(np.exp(dice.normal(np.log(traffic), 1.6, count)), 20_000)
    rhythm = 1 + 0.6 * np.sin(np.arange(HOURS) / 24 * 2 * np.pi)
    found = []
    for number, rate in enumerate(rates.tolist()):
        is_new = dice.random() < new_share
        first = int(dice.integers(2 * 24, 20 * 24)) if is_new else 0
        interactions = dice.poisson(np.where(np.arange(HOURS) >= first, rate * rhythm, 0.0))
        levels = dict(zip(CATEGORIES, np.exp(dice.normal(0, spread, len(CATEGORIES))).tolist(), strict=True))
        month = TemplateMonth(f"template_{number:04d}", first, interactions, levels)
        for category in CATEGORIES:
            if dice.random() < fault_share:
                since = first if is_new and dice.random() < 0.5 else int(dice.integers(first, HOURS))
                month.faults[category] = FaultyPattern(float(dice.choice([2, 3, 3, 5])), since)
            elif dice.random() < storm_share:
                month.storms[category] = (int(dice.integers(first, HOURS)), int(dice.integers(20, 200)))
            month.units[category] = _failed(month, category, dice)
        found.append(month)
    return found


def _failed(month: TemplateMonth, category: str, dice: np.random.Generator) -> dict[int, int]:
    raised = np.ones(HOURS)
    if fault := month.faults.get(category):
        raised[fault.since :] = fault.raised
    counts = dice.poisson(month.interactions * USUAL[category] * month.levels[category] * raised)
    if storm := month.storms.get(category):
        counts[storm[0]] += 1
    return {int(hour): int(counts[hour]) for hour in np.nonzero(counts)[0]}


def totals(month: TemplateMonth) -> Mapping[str, int]:
    """Return by category how many sessions failed."""
    return {category: sum(by_hour.values()) for category, by_hour in month.units.items()}
