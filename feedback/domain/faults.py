"""
How likely it is that a pattern is a fault of its template: a filter over the hours in which it was seen.

A hidden Markov model with a state for every pair (own level, raise). The own level says by how much this template
ordinarily differs from what is usual; the raise is 1 while there is no fault, and one of a few multiples while there
is one. Silence and failures reweigh the states by Bayes' rule, faults begin and end at stated rates. The weight of all
states with a raise is the probability asked for: it may be read at any time, and of patterns called faults at 0.95 in
the mean at most one in twenty is none. docs/recurrence.md derives it and names its sources.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["FaultModel", "Step", "Track", "fault_probabilities"]

_LEVELS = np.linspace(-3.5, 3.5, 11)
_RAISES = np.array([2.0, 3.0, 5.0, 8.0, 16.0, 32.0])
_CHANCES = _RAISES**-0.5 / (_RAISES**-0.5).sum()
_HOURS_A_DAY = 24.0
_TOGETHER = 512
"""Tracks filtered side by side; bounds the memory to this many times 77 weights."""

Floats = NDArray[np.float64]


class Step(NamedTuple):
    """
    What was seen of a pattern since the step before, up to and with `hour` (since the epoch).

    `units` failed in the pattern for the first time. Where exposures were reported `expected` is how many units an
    ordinary template would have shown in as many interactions; else it is 0, and `others` are the units that failed
    in the background of the template, its other categories.
    """

    hour: int
    units: int
    others: int
    expected: float


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """
    What was seen of a pattern, step by step, and what is usual of its category.

    `seen` has shape (n_steps, 4): the fields of `Step`, hours ascending. `usual_share` is the share (0 to 1) in pattern
    and background together, `usual_rate` units an interaction.
    """

    seen: Floats
    usual_share: float
    usual_rate: float = 0.0

    @classmethod
    def of(cls, steps: Iterable[Step], usual_share: float, usual_rate: float = 0.0) -> "Track":
        """Return the track of these steps."""
        return cls(np.array(list(steps), dtype=np.float64).reshape(-1, len(Step._fields)), usual_share, usual_rate)

    @property
    def steps(self) -> list[Step]:
        """The steps one by one."""
        return [
            Step(int(hour), int(units), int(others), expected) for hour, units, others, expected in self.seen.tolist()
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultModel:
    """
    What is believed before anything is seen.

    `ordinary_spread` is the standard deviation of the natural logarithm of the own levels; a sound pattern gets a fault,
    and a faulty one loses it, so many times a day.
    """

    ordinary_spread: float
    begin_per_day: float
    end_per_day: float


def fault_probabilities(tracks: Sequence[Track], model: FaultModel, *, prior: float) -> list[Floats]:
    """
    Return for each track the probability (0 to 1) of a fault after each of its steps.

    Args:
        prior: The probability (0 to 1) of a fault before the first step.
    """
    # of like length side by side, so that none waits long for another
    order = sorted(range(len(tracks)), key=lambda number: len(tracks[number].seen))
    found: list[Floats] = [np.empty(0)] * len(tracks)
    for start in range(0, len(order), _TOGETHER):
        numbers = order[start : start + _TOGETHER]
        together = _filtered([tracks[number] for number in numbers], model, prior)
        for row, number in enumerate(numbers):
            found[number] = together[: len(tracks[number].seen), row]
    return found


def _filtered(tracks: Sequence[Track], model: FaultModel, prior: float) -> Floats:
    """Return the probabilities, shape (n_steps of the longest, n_tracks); behind a track's own end they mean nothing."""
    seen = _laid_out(tracks)
    elapsed = np.maximum(np.diff(seen[:, :, 0], axis=0, prepend=seen[:1, :, 0]), 0) / _HOURS_A_DAY
    begun = -np.expm1(-model.begin_per_day * elapsed)[:, :, None, None]
    ended = -np.expm1(-model.end_per_day * elapsed)[:, :, None, None]
    rates = _ratios(model.ordinary_spread)
    # a share has the levels of the category and of its background in it, each with its own spread
    odds = _ratios(model.ordinary_spread * 2**0.5)
    usual_shares = np.array([track.usual_share for track in tracks])[:, None, None]
    costs = np.log1p(usual_shares * (odds - 1.0))
    weights = np.broadcast_to(_first_weights(prior), costs.shape).copy()
    found = np.empty(seen.shape[:2])
    for step, now in enumerate(seen):
        _, units, others, expected = now.T[:, :, None, None]
        likelihood = np.where(
            expected > 0,
            units * np.log(rates) - expected * (rates - 1.0),
            units * np.log(odds) - (units + others) * costs,
        )
        weights = _moved(weights, begun[step], ended[step])
        weights *= np.exp(likelihood - likelihood.max(axis=(1, 2), keepdims=True))
        weights /= weights.sum(axis=(1, 2), keepdims=True)
        found[step] = weights[:, :, 1:].sum(axis=(1, 2))
    return found


def _laid_out(tracks: Sequence[Track]) -> Floats:
    """Return the steps of all tracks, shape (n_steps of the longest, n_tracks, 4), zeros behind a track's own end."""
    seen = np.zeros((max((len(track.seen) for track in tracks), default=0), len(tracks), len(Step._fields)))
    for column, track in enumerate(tracks):
        seen[: len(track.seen), column] = track.seen
    return seen


def _ratios(spread: float) -> Floats:
    """Return by how much each state multiplies what is usual, shape (n_levels, 1 + n_raises)."""
    return np.outer(np.exp(spread * _LEVELS), np.concatenate(([1.0], _RAISES)))


def _first_weights(prior: float) -> Floats:
    """Return the weight of each state before the first step, shape (n_levels, 1 + n_raises)."""
    levels = np.exp(-(_LEVELS**2) / 2)
    return np.outer(levels / levels.sum(), np.concatenate(([1.0 - prior], prior * _CHANCES)))


def _moved(weights: Floats, begun: Floats, ended: Floats) -> Floats:
    """Return the weights after the shares `begun` of sound patterns got a fault and `ended` of faulty ones lost it."""
    sound, faulty = weights[:, :, :1], weights[:, :, 1:]
    back = faulty.sum(axis=2, keepdims=True) * ended
    return np.concatenate([sound * (1 - begun) + back, faulty * (1 - ended) + sound * begun * _CHANCES], axis=2)
