"""Tests of significance, against what counting and tables give."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from feedback.domain.significance import Mean, _student, holm, two_means, two_shares


def _counted(hits: int, of: int, other_hits: int, of_other: int) -> float:
    """Return the doubled smaller tail of the hypergeometric distribution, term by term."""
    both = hits + other_hits

    def ways(n: int) -> int:
        return math.comb(of, n) * math.comb(of_other, both - n) if both - n >= 0 else 0

    everything = math.comb(of + of_other, both)
    upper = sum(ways(n) for n in range(hits, of + 1)) / everything
    lower = sum(ways(n) for n in range(hits + 1)) / everything
    return min(1.0, 2 * min(upper, lower))


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_two_shares_are_compared_exactly(of: int, of_other: int, data: st.DataObject) -> None:
    hits, other_hits = data.draw(st.integers(0, of)), data.draw(st.integers(0, of_other))
    assert two_shares(hits, of, other_hits, of_other) == pytest.approx(_counted(hits, of, other_hits, of_other))


def test_the_lady_who_tasted_tea() -> None:
    assert two_shares(4, 4, 0, 4) == pytest.approx(2 / 70)  # Fisher 1935
    assert two_shares(3, 4, 1, 4) == pytest.approx(2 * 17 / 70)


@given(st.floats(0, 40), st.floats(0, 90))
def test_parts_of_units_are_rounded_towards_no_difference(hits: float, other_hits: float) -> None:
    assume(hits % 1 > 1e-6 and other_hits % 1 > 1e-6)
    said = two_shares(hits, 40, other_hits, 90)
    further = [
        two_shares(a, 40, b, 90)
        for a, b in ((math.floor(hits), math.ceil(other_hits)), (math.ceil(hits), math.floor(other_hits)))
    ]
    assert said >= min(further) - 1e-12


def test_large_counts_are_compared_at_once() -> None:
    assert two_shares(150_000, 1_000_000, 600_000, 4_000_000) == 1
    assert two_shares(160_000, 1_000_000, 600_000, 4_000_000) < 1e-100


def _mean(*values: float) -> Mean:
    return Mean(len(values), sum(values), sum(value**2 for value in values))


@pytest.mark.parametrize(
    ("t", "degrees", "probability"),
    [
        (4.303, 2, 0.05),
        (2.776, 4, 0.05),
        (2.228, 10, 0.05),
        (2.845, 20, 0.01),
        (1.972, 200, 0.05),
        (3.291, 9_998, 0.001),
    ],
)
def test_means_apart_by_a_tabled_t_differ_with_its_probability(t: float, degrees: int, probability: float) -> None:
    count, error = degrees // 2 + 1, 0.01  # alike in count and spread: Welch's degrees are those of Student
    squares = error**2 / 2 * count * (count - 1)
    one, other = (Mean(count, mean * count, squares + mean**2 * count) for mean in (0.3, 0.3 + t * error))
    assert two_means(one, other) == pytest.approx(probability, rel=5e-3)


@pytest.mark.parametrize(("t", "degrees"), [(12.706, 1), (3.182, 3), (2.571, 5), (2.201, 11), (1.984, 97)])
def test_odd_degrees_follow_the_table_too(t: float, degrees: int) -> None:
    assert _student(t, degrees) == pytest.approx(0.05, rel=5e-3)


def test_means_of_less_than_two_values_cannot_differ() -> None:
    assert two_means(_mean(0.1), _mean(0.9, 0.9, 0.8)) == 1
    assert two_means(_mean(), _mean(0.9, 0.9, 0.8)) == 1


def test_values_that_never_vary_differ_for_sure_or_not_at_all() -> None:
    assert two_means(_mean(0.9, 0.9), _mean(0.9, 0.9, 0.9)) == 1
    assert two_means(_mean(0.9, 0.9), _mean(0.8, 0.8, 0.8)) == 0


def test_a_small_window_without_rare_low_values_is_not_believed_to_have_no_spread() -> None:
    rare = _mean(*[0.98] * 380, *[0.2] * 20)
    assert two_means(_mean(*[0.98] * 50, 0.979), rare) > 0.05  # Welch's test alone says 0.00001


def test_many_tests_are_raised_as_holm_did() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=20))
def test_raising_keeps_the_order_and_never_lowers(alone: list[float]) -> None:
    raised = holm(alone)
    assert all(before <= after <= 1 for before, after in zip(alone, raised, strict=True))
    order = sorted(range(len(alone)), key=alone.__getitem__)
    assert [raised[n] for n in order] == sorted(raised)
