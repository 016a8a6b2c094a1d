"""Agreement beyond chance, against values computed by hand."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.agreement import agreement, both_ways, by_category

LABELS = st.dictionaries(
    st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(1, 50).map(float), max_size=9
)
FLEISS = {
    ("psychotic", "psychotic"): 75.0,
    ("psychotic", "neurotic"): 1.0,
    ("psychotic", "organic"): 4.0,
    ("neurotic", "psychotic"): 5.0,
    ("neurotic", "neurotic"): 4.0,
    ("neurotic", "organic"): 1.0,
    ("organic", "organic"): 10.0,
}
"""Two who diagnose 100 patients: Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, table 18.1."""


def _square(both_yes: float, first_yes: float, second_yes: float, both_no: float) -> dict[tuple[str, str], float]:
    return {("y", "y"): both_yes, ("y", "n"): first_yes, ("n", "y"): second_yes, ("n", "n"): both_no}


@pytest.mark.parametrize(
    ("table", "observed", "expected", "kappa"),
    [
        (_square(20, 5, 10, 15), 35 / 50, (25 * 30 + 25 * 20) / 2500, 0.4),
        (_square(45, 15, 25, 15), 0.60, (60 * 70 + 40 * 30) / 10_000, 0.06 / 0.46),
        (_square(25, 35, 5, 35), 0.60, (60 * 30 + 40 * 70) / 10_000, 0.14 / 0.54),
        (_square(0, 10, 10, 0), 0.0, 0.5, -1.0),
        (FLEISS, 0.89, 0.80 * 0.80 + 0.10 * 0.05 + 0.10 * 0.15, 0.23 / 0.34),
    ],
)
def test_kappa_is_what_a_hand_computes(
    table: dict[tuple[str, str], float], observed: float, expected: float, kappa: float
) -> None:
    found = agreement(table)
    assert (found.observed, found.expected, found.kappa) == pytest.approx((observed, expected, kappa))


def test_each_category_is_compared_with_the_rest() -> None:
    found = by_category(FLEISS)
    assert [round(found[name].kappa or 0, 2) for name in ("psychotic", "neurotic", "organic")] == [0.69, 0.50, 0.77]
    assert (found["neurotic"].first, found["neurotic"].second, found["neurotic"].pairs) == (10, 5, 100)


@given(LABELS)
def test_kappa_lies_between_minus_one_and_one_within_its_interval(labels: dict[tuple[str, str], float]) -> None:
    found = agreement(labels)
    if found.kappa is not None:
        assert found.low is not None
        assert found.high is not None
        assert -1 <= found.low <= found.kappa + 1e-9
        assert found.kappa - 1e-9 <= found.high <= 1 + 1e-9


@given(LABELS)
def test_who_comes_first_has_no_bearing_on_kappa(labels: dict[tuple[str, str], float]) -> None:
    turned = {(right, left): count for (left, right), count in labels.items()}
    assert agreement(turned).kappa == pytest.approx(agreement(labels).kappa)
    assert agreement(both_ways(turned)) == agreement(both_ways(labels))


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=2))
def test_equal_labels_agree_fully(counts: dict[str, int]) -> None:
    labels = {(name, name): float(count) for name, count in counts.items()}
    assert agreement(labels).kappa == pytest.approx(1)
    assert all(one.kappa == pytest.approx(1) for one in by_category(labels).values())


def test_where_chance_alone_agrees_there_is_no_kappa() -> None:
    found = agreement({("a", "a"): 12.0})
    assert (found.observed, found.kappa, found.low) == (1.0, None, None)
    assert agreement({}).observed is None


def test_full_agreement_on_few_leaves_room_for_doubt() -> None:
    few, many = agreement(_square(5, 0, 0, 5)), agreement(_square(500, 0, 0, 500))
    assert few.low is not None
    assert many.low is not None
    assert few.low < 0.5
    assert many.low > 0.99


@pytest.mark.parametrize("count", [10, 30, 100])
def test_the_interval_holds_the_truth_as_often_as_it_says(count: int) -> None:
    rng = random.Random(count)
    cells = {("a", "a"): 0.4, ("b", "b"): 0.2, ("c", "c"): 0.15, ("a", "b"): 0.1, ("b", "c"): 0.1, ("c", "a"): 0.05}
    truth = agreement({cell: share * 1e9 for cell, share in cells.items()}).kappa
    assert truth is not None
    held = 0
    for _ in range(600):
        found = agreement({**Counter(rng.choices(list(cells), list(cells.values()), k=count))})
        held += found.low is not None and found.high is not None and found.low <= truth <= found.high
    assert held / 600 >= 0.93
