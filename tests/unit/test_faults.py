"""The filter: how likely a pattern is a fault of its template."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain import faults
from feedback.domain.faults import FaultModel, Step, Track, fault_probabilities

_MODEL = FaultModel(ordinary_spread=0.2, begin_per_day=0.003, end_per_day=0.02)
_PRIOR = 0.02


def _last(track: Track, prior: float = _PRIOR) -> float:
    return float(fault_probabilities([track], _MODEL, prior=prior)[0][-1])


def _rate(units: int, expected: float, *, steps: int = 1) -> Track:
    """Return a track of `steps` like steps, a day apart."""
    return Track.of(tuple(Step(24 * n, units, 0, expected) for n in range(steps)), 0.1, 0.001)


def _share(units: int, others: int, usual: float = 0.1) -> Track:
    return Track.of((Step(0, units, others, 0.0),), usual)


def _by_hand(track: Track, prior: float) -> float:
    """Return the probability after the last step by summing over every path of states, in plain Python."""
    levels = [math.exp(_MODEL.ordinary_spread * 2**0.5 * z) for z in faults._LEVELS]
    weights = [math.exp(-z * z / 2) for z in faults._LEVELS]
    raises, chances = [1.0, *faults._RAISES], [0.0, *faults._CHANCES]
    total = sound = 0.0
    for (level, weight), path in product(
        zip(levels, weights, strict=True), product(range(len(raises)), repeat=len(track.steps))
    ):
        likelihood = weight * ((1 - prior) if path[0] == 0 else prior * chances[path[0]])
        for n, (step, state) in enumerate(zip(track.steps, path, strict=True)):
            if n:
                days = (step.hour - track.steps[n - 1].hour) / 24
                begun = 1 - math.exp(-_MODEL.begin_per_day * days)
                ended = 1 - math.exp(-_MODEL.end_per_day * days)
                if path[n - 1] == 0:
                    likelihood *= 1 - begun if state == 0 else begun * chances[state]
                elif state == 0:
                    likelihood *= ended
                else:
                    likelihood *= 1 - ended if state == path[n - 1] else 0.0
            odds = level * raises[state] * track.usual_share / (1 - track.usual_share)
            share = odds / (1 + odds)
            likelihood *= share**step.units * (1 - share) ** step.others
        total += likelihood
        sound += likelihood if path[-1] == 0 else 0.0
    return 1 - sound / total


def test_the_filter_gives_what_summing_over_all_paths_gives() -> None:
    track = Track.of((Step(0, 1, 2, 0.0), Step(30, 2, 0, 0.0), Step(200, 1, 1, 0.0)), 0.15)
    assert _last(track, 0.1) == pytest.approx(_by_hand(track, 0.1), rel=1e-9)


@pytest.mark.parametrize(("units", "expected"), [(30, 10.0), (60, 20.0), (12, 1.0)])
def test_three_times_what_is_usual_is_a_fault_once_there_is_enough_of_it(units: int, expected: float) -> None:
    assert _last(_rate(units, expected)) > 0.9


@pytest.mark.parametrize(("units", "expected"), [(1, 1.0), (10, 10.0), (1000, 1000.0), (12, 10.0), (60, 45.0)])
def test_about_what_is_usual_is_none(units: int, expected: float) -> None:
    assert _last(_rate(units, expected)) < 0.05


@pytest.mark.parametrize(
    ("units", "others", "least", "most"), [(4, 0, 0.8, 0.95), (12, 18, 0.8, 1.0), (10, 90, 0.0, 0.01)]
)
def test_a_share_stands_out_by_how_far_it_is_from_the_usual(units: int, others: int, least: float, most: float) -> None:
    assert least < _last(_share(units, others)) < most


def test_a_category_that_is_all_there_is_says_nothing() -> None:
    assert _last(_share(50, 0, usual=1.0)) == pytest.approx(_PRIOR)


def test_a_rise_against_the_own_history_is_a_fault_where_the_same_count_from_the_start_is_not() -> None:
    calm = [Step(24 * n, 2, 0, 2.0) for n in range(60)]
    rise = [Step(24 * n, 5, 0, 2.0) for n in range(60, 69)]
    from_start = Track.of(tuple(Step(24 * n, 5, 0, 2.0) for n in range(9)), 0.1, 0.001)
    assert _last(Track.of((*calm, *rise), 0.1, 0.001)) > 0.95
    assert _last(Track.of((*calm, *rise), 0.1, 0.001)) > _last(from_start)


def test_a_fault_that_ends_is_none_any_more() -> None:
    bad = [Step(24 * n, 9, 0, 2.0) for n in range(5)]
    good = [Step(24 * (5 + n), 2, 0, 2.0) for n in range(10)]
    assert _last(Track.of(tuple(bad), 0.1, 0.001)) > 0.99
    assert _last(Track.of((*bad, *good), 0.1, 0.001)) < 0.1


def test_silence_under_exposure_speaks_against_a_fault() -> None:
    seen = Track.of((Step(0, 3, 0, 1.0),), 0.1, 0.001)
    silent = Track.of((Step(0, 3, 0, 1.0), Step(48, 0, 0, 10.0)), 0.1, 0.001)
    assert _last(silent) < _last(seen)


steps = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from((0.0, 0.3, 5.0))), min_size=1, max_size=9
)


def _track(parts: list[tuple[int, int, float]]) -> Track:
    return Track.of(tuple(Step(24 * n, *part) for n, part in enumerate(parts)), 0.2, 0.001)


@given(st.lists(steps, min_size=1, max_size=6))
def test_tracks_side_by_side_are_judged_as_if_alone(many: list[list[tuple[int, int, float]]]) -> None:
    tracks = [_track(parts) for parts in many]
    together = fault_probabilities(tracks, _MODEL, prior=_PRIOR)
    for track, found in zip(tracks, together, strict=True):
        (alone,) = fault_probabilities([track], _MODEL, prior=_PRIOR)
        assert found == pytest.approx(alone, abs=1e-12)
        assert found.shape == (len(track.steps),)
        assert np.all((found >= 0) & (found <= 1))


@given(st.integers(0, 40), st.floats(0.1, 40))
def test_one_more_unit_in_the_same_exposure_never_makes_a_fault_less_likely(units: int, expected: float) -> None:
    assert _last(_rate(units + 1, expected)) >= _last(_rate(units, expected)) - 1e-12


@pytest.mark.parametrize("units", [10**5, 10**7])
def test_huge_counts_neither_overflow_nor_lose_their_answer(units: int) -> None:
    assert _last(_rate(units, units / 4)) == pytest.approx(1.0)
    assert _last(_rate(units, float(units))) < 0.01


def test_no_tracks_have_no_probabilities() -> None:
    assert fault_probabilities([], _MODEL, prior=_PRIOR) == []
