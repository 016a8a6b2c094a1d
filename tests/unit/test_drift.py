"""Drift: alarms where something has changed enough, silence where nothing has."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.drift import KINDS, DriftPolicy, Held, Watched, changes, distance
from feedback.domain.significance import Mean

CATEGORIES = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
POLICY = DriftPolicy(
    min_units=50,
    false_alarm_rate=0.01,
    least={"triage_share": 0.05, "category_mix": 0.15, "confidence": 0.05},
)
MIXES = st.dictionaries(st.sampled_from(CATEGORIES), st.floats(0.1, 100), min_size=1)


def held(triaged: float = 0, *, confidence: float = 0.8, **categories: float) -> Held:
    """Return a window of these units, whose probabilities lie 0.1 above and below `confidence`."""
    named = {name: float(units) for name, units in categories.items()}
    units = round(triaged + sum(named.values()))
    mean = Mean(units, units * confidence, units * (confidence**2 + 0.01))
    return Held(units, {**named, "needs_triage": triaged}, mean)


def watched(baseline: Held, recent: Held, name: str = "system_log") -> Watched:
    return Watched(scope="source", name=name, recent=recent, baseline=baseline)


def alarms(*pairs: tuple[Held, Held], policy: DriftPolicy = POLICY) -> list[tuple[str, str]]:
    found = changes([watched(*pair, name=f"s{n}") for n, pair in enumerate(pairs)], policy)
    return [(change.name, change.kind) for change in found if change.is_alarm]


def test_a_share_of_triage_that_doubles_is_an_alarm() -> None:
    assert alarms((held(80, a=320), held(80, a=120))) == [("s0", "triage_share")]


def test_a_share_that_halves_is_one_too() -> None:
    assert alarms((held(160, a=240), held(40, a=160))) == [("s0", "triage_share")]


def test_other_categories_than_before_are_an_alarm_that_names_the_one() -> None:
    (first, *rest) = changes([watched(held(40, a=180, b=180), held(20, a=40, b=90, c=50))], POLICY)
    assert (first.kind, first.is_alarm, first.category) == ("category_mix", True, "c")
    assert first.before == 0
    assert first.now == pytest.approx(50 / 180)
    assert not any(change.is_alarm for change in rest)


def test_less_confidence_is_an_alarm() -> None:
    assert alarms((held(40, a=360), held(20, a=180, confidence=0.7))) == [("s0", "confidence")]


@pytest.mark.parametrize(("before", "after"), [((80, 320), (10, 39)), ((9, 40), (80, 320)), ((0, 0), (100, 300))])
def test_too_few_units_in_either_window_compare_nothing(before: tuple[int, int], after: tuple[int, int]) -> None:
    one = watched(held(before[0], a=before[1]), held(after[0], a=after[1], confidence=0.2))
    assert changes([one], POLICY) == []


def test_where_nearly_all_went_to_triage_the_mix_of_the_rest_is_not_compared() -> None:
    found = changes([watched(held(300, a=100), held(300, a=10))], POLICY)
    assert {change.kind for change in found} == {"triage_share", "confidence"}


def test_a_difference_that_is_sure_and_small_is_no_alarm() -> None:
    (change, *_) = changes([watched(held(100_000, a=900_000), held(110_000, a=890_000))], POLICY)
    assert change.probability < 1e-9
    assert not change.is_alarm


def test_the_more_is_compared_the_surer_a_change_must_be() -> None:
    changed, same = (held(60, a=240), held(30, a=50)), (held(60, a=240), held(30, a=120))
    assert alarms(changed) == [("s0", "triage_share")]
    assert alarms(changed, *[same] * 60) == []


@given(MIXES, MIXES)
def test_the_distance_is_symmetric_from_nought_for_like_to_one_for_unlike(
    one: dict[str, float], other: dict[str, float]
) -> None:
    assert 0 <= distance(one, other) <= 1
    assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-7)
    assert distance(one, {name: 3 * units for name, units in one.items()}) == pytest.approx(0, abs=1e-6)
    assert distance({f"x{name}": units for name, units in one.items()}, other) == pytest.approx(1)


@given(MIXES, st.floats(0, 100), st.floats(0, 1))
def test_two_like_windows_are_never_an_alarm(mix: dict[str, float], triaged: float, confidence: float) -> None:
    one = held(triaged, confidence=confidence, **mix)
    found = changes([watched(one, one)], replace(POLICY, min_units=2))
    assert [change for change in found if change.is_alarm or change.probability < 1] == []


def _drawn(rng: random.Random, units: int, weights: list[float], beta: tuple[float, float], triage: float) -> Held:
    values = [rng.betavariate(*beta) for _ in range(units)]
    triaged = sum(rng.random() < triage for _ in range(units))
    answered = Counter(rng.choices(CATEGORIES, weights, k=units - triaged))
    categories = {name: float(count) for name, count in answered.items()} | {"needs_triage": float(triaged)}
    return Held(units, categories, Mean(units, sum(values), sum(value**2 for value in values)))


@pytest.mark.parametrize("beta", [(2, 2), (20, 0.3)], ids=["even", "nearly always sure"])
@pytest.mark.parametrize(("recent", "baseline"), [(50, 400), (400, 50), (100, 100)])
def test_without_drift_looks_alarm_no_oftener_than_stated(
    beta: tuple[float, float], recent: int, baseline: int
) -> None:
    policy = DriftPolicy(min_units=50, false_alarm_rate=0.2, least=dict.fromkeys(KINDS, 0.0))
    looks, alarming = 150, 0
    for seed in range(looks):
        rng = random.Random(seed)
        weights = [rng.random() ** 2 for _ in CATEGORIES]
        pairs = [
            watched(_drawn(rng, baseline, weights, beta, 0.03), _drawn(rng, recent, weights, beta, 0.03), str(n))
            for n in range(6)
        ]
        alarming += any(change.is_alarm for change in changes(pairs, policy))
    assert alarming / looks <= 0.2 + 2 * (0.2 * 0.8 / looks) ** 0.5


def test_a_share_that_doubles_is_nearly_always_found_among_twenty() -> None:
    found = 0
    for seed in range(40):
        rng = random.Random(seed)
        same = [
            watched(_drawn(rng, 800, [1.0] * 10, (8, 2), 0.15), _drawn(rng, 200, [1.0] * 10, (8, 2), 0.15), f"s{n}")
            for n in range(19)
        ]
        doubled = watched(
            _drawn(rng, 800, [1.0] * 10, (8, 2), 0.15), _drawn(rng, 300, [1.0] * 10, (8, 2), 0.3), "doubled"
        )
        alarming = [change for change in changes([*same, doubled], POLICY) if change.is_alarm]
        found += [(change.name, change.kind) for change in alarming] == [("doubled", "triage_share")]
    assert found >= 36
