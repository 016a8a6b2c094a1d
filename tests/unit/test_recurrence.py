"""Isolated, undecided or systemic: what is made of the probability of a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.faults import FaultModel, Step, Track, fault_probabilities
from feedback.domain.recurrence import RecurrencePolicy, Verdict, verdict_of
from feedback.settings import load_settings

_DAY = 24
_MODEL = FaultModel(ordinary_spread=0.2, begin_per_day=0.003, end_per_day=0.02)
_POLICY = RecurrencePolicy(
    window_hours=14 * _DAY,
    history_hours=90 * _DAY,
    min_units=4,
    high_risk_min_units=3,
    wrong_share=0.05,
    high_risk_wrong_share=0.2,
    over_below=0.5,
    fault_share=0.02,
    fault_share_of_few=0.1,
    accident_rate=0.001,
    model=_MODEL,
)


def _verdict(*steps: tuple[int, int], probabilities: list[float], high_risk: bool = False) -> Verdict:
    """Return the verdict on (hour, units) with nothing beside them, each step leaving this probability."""
    track = Track.of(tuple(Step(hour, units, 0, 0.0) for hour, units in steps), 0.1)
    return verdict_of(track, probabilities, _POLICY, high_risk=high_risk, patterns=10)


def _judged(track: Track, *, high_risk: bool = False, patterns: int = 10_000) -> Verdict:
    (probabilities,) = fault_probabilities([track], _MODEL, prior=_POLICY.prior(patterns))
    return verdict_of(track, probabilities.tolist(), _POLICY, high_risk=high_risk, patterns=patterns)


def test_enough_units_and_a_likely_fault_are_systemic() -> None:
    verdict = _verdict((1, 3), (2, 1), probabilities=[0.9, 0.96])
    assert verdict.value == "systemic"
    assert verdict.inputs["systemic_since"] == "1970-01-01T02:00Z"
    assert "4 distinct units failed where 0.4 are usual" in verdict.reason


@pytest.mark.parametrize("units", [2, 3])
def test_too_few_units_are_undecided_however_striking(units: int) -> None:
    verdict = _verdict((1, units), probabilities=[0.999])
    assert verdict.value == "undecided"
    assert verdict.reason == f"at most {units} distinct units failed within 14 days, 4 are needed"


def test_units_that_never_meet_in_one_window_are_too_few() -> None:
    hours = [n * 10 * _DAY for n in range(5)]
    verdict = _verdict(*((hour, 1) for hour in hours), probabilities=[0.99] * 5)
    assert (verdict.value, verdict.inputs["units_within_window"]) == ("undecided", 2)


@pytest.mark.parametrize(("apart", "value"), [(14 * _DAY - 1, "systemic"), (14 * _DAY, "undecided")])
def test_a_window_holds_its_whole_hours_and_no_more(apart: int, value: str) -> None:
    assert _verdict((0, 3), (apart, 1), probabilities=[0.99, 0.99]).value == value


def test_one_unit_is_isolated_whatever_its_probability() -> None:
    assert _verdict((1, 1), (500, 1), probabilities=[0.99, 0.99]).value == "isolated"


def test_many_units_no_more_than_usual_are_isolated() -> None:
    verdict = _verdict((1, 4), (2, 30), probabilities=[0.2, 0.03])
    assert verdict.value == "isolated"
    assert verdict.reason.endswith("a fault of the template is 3.0 % likely, no more than usual")


def test_a_likely_but_not_sure_fault_is_undecided_and_says_what_is_needed() -> None:
    verdict = _verdict((1, 9), probabilities=[0.9])
    assert verdict.value == "undecided"
    assert verdict.reason.endswith("90.0 % likely, 95.0 % are needed")


def test_high_risk_needs_fewer_units_and_less_certainty() -> None:
    steps, probabilities = ((1, 3),), [0.85]
    assert _verdict(*steps, probabilities=probabilities).value == "undecided"
    assert _verdict(*steps, probabilities=probabilities, high_risk=True).value == "systemic"


def test_a_systemic_pattern_stays_so_until_a_fault_is_unlikely() -> None:
    steps = ((1, 4), (2, 1), (3, 1))
    assert _verdict(*steps, probabilities=[0.96, 0.6, 0.51]).value == "systemic"
    assert _verdict(*steps, probabilities=[0.96, 0.6, 0.49]).value == "undecided"
    assert _verdict(*steps, probabilities=[0.9, 0.6, 0.51]).value == "undecided"


def test_a_pattern_that_recovered_and_failed_again_is_systemic_since_the_second_time() -> None:
    verdict = _verdict((1, 4), (2, 1), (3, 4), probabilities=[0.96, 0.4, 0.97])
    assert verdict.inputs["systemic_since"] == "1970-01-01T03:00Z"


def test_no_probability_is_told_as_certainty() -> None:
    assert "over 99.9 % likely" in _verdict((1, 40), probabilities=[1.0]).reason


def test_the_more_patterns_are_looked_at_the_more_evidence_each_must_bring() -> None:
    priors = [_POLICY.prior(patterns) for patterns in (0, 10, 100, 100_000)]
    assert priors == sorted(priors, reverse=True)
    assert priors[0] == pytest.approx(0.1)
    assert priors[-1] == pytest.approx(0.02, abs=1e-4)
    striking = Track.of((Step(0, 5, 1, 0.0),), 0.1)
    assert _judged(striking, patterns=3).value == "systemic"
    assert _judged(striking, patterns=10_000).value == "undecided"


def test_a_rate_is_told_with_its_bounds_and_what_is_usual() -> None:
    track = Track.of((Step(0, 20, 0, 2.0), Step(5, 10, 0, 3.0)), 0.1, 0.001)
    verdict = _judged(track)
    seen = verdict.inputs
    assert (seen["interactions"], seen["rate"], seen["usual_rate"], seen["expected"]) == (5000, 0.006, 0.001, 5.0)
    assert isinstance(seen["rate_low"], float)
    assert isinstance(seen["rate_high"], float)
    assert 0.004 < seen["rate_low"] < 0.006 < seen["rate_high"] < 0.009
    assert "share" not in seen
    assert verdict.reason.startswith("30 distinct units failed where 5 are usual: ")


def test_without_exposures_a_share_is_told() -> None:
    seen = _judged(Track.of((Step(0, 20, 5, 0.0),), 0.1)).inputs
    assert (seen["others"], seen["share"], seen["usual_share"]) == (5, 0.8, 0.1)
    assert "rate" not in seen


tracks = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 6), st.integers(0, 6), st.sampled_from((0.0, 0.5, 4.0))),
    min_size=1,
    max_size=12,
).map(
    lambda parts: Track.of(
        tuple(Step(sum(p[0] for p in parts[: n + 1]), *part[1:]) for n, part in enumerate(parts)), 0.2, 0.001
    )
)


@given(tracks, st.booleans(), st.integers(1, 10**6))
def test_what_is_systemic_had_enough_units_in_one_window_and_a_likely_fault(
    track: Track, high_risk: bool, patterns: int
) -> None:
    (probabilities,) = fault_probabilities([track], _MODEL, prior=_POLICY.prior(patterns))
    verdict = verdict_of(track, probabilities.tolist(), _POLICY, high_risk=high_risk, patterns=patterns)
    if verdict.value == "systemic":
        assert sum(step.units for step in track.steps) >= _POLICY.required(high_risk=high_risk)
        assert max(probabilities) >= _POLICY.enough(high_risk=high_risk)
        assert probabilities[-1] >= _POLICY.over_below


@given(tracks, st.integers(1, 11))
def test_a_verdict_depends_on_nothing_that_came_later(track: Track, cut: int) -> None:
    before = Track.of(track.steps[:cut], track.usual_share, track.usual_rate)
    whole, part = fault_probabilities([track, before], _MODEL, prior=0.05)
    assert whole[: len(part)] == pytest.approx(part)


def test_the_settings_as_shipped_have_a_policy() -> None:
    policy = load_settings().recurrence.policy
    assert policy.window_hours == 14 * _DAY
    assert policy.enough(high_risk=False) == pytest.approx(0.95)
