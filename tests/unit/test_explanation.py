"""Explanations: the numbers of a verdict in words, and why there is no ticket."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.explanation import explained, why_none
from feedback.domain.facts import TicketKind
from feedback.domain.faults import Step, Track, fault_probabilities
from feedback.domain.recurrence import Verdict, VerdictValue, verdict_of
from feedback.domain.ticket import kinds_due
from feedback.settings import load_settings

POLICY = load_settings().recurrence.policy
STEPS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from([0.0, 0.2, 3.0])), min_size=1, max_size=20
).map(lambda seen: tuple(Step(500_000 + 5 * n, *one) for n, one in enumerate(seen)))


def _judged(steps: tuple[Step, ...], *, high_risk: bool = False) -> Verdict:
    track = Track.of(steps, 0.1, 0.001)
    (probabilities,) = fault_probabilities([track], POLICY.model, prior=POLICY.prior(3))
    return verdict_of(track, probabilities.tolist(), POLICY, high_risk=high_risk, patterns=3)


@given(STEPS, st.booleans())
def test_every_verdict_can_be_told_with_its_own_numbers(steps: tuple[Step, ...], high_risk: bool) -> None:
    verdict = _judged(steps, high_risk=high_risk)
    told = explained(verdict.inputs)
    for part in told.values():
        assert part["sentence"]
        for name, value in (part | (part.get("rate") or {}) | (part.get("share") or {})).items():
            assert value == verdict.inputs.get(name, value)
    assert f"{verdict.inputs['units']:,} distinct unit" in told["counted"]["sentence"]
    assert (told["since"]["at"] is not None) == (verdict.value == "systemic")
    assert ("since the risk is high" in told["believed"]["sentence"]) == high_risk


def test_a_rate_is_told_with_its_bounds_and_what_is_usual() -> None:
    told = explained(_judged((Step(500_000, 12, 0, 3.0),)).inputs)["against"]
    assert told["sentence"] == (
        "3,000 interactions: 4 of 1,000 failed (95 %: 2.29 to 6.98), 1 are usual; in all 3.0 units would be usual"
    )
    assert told["rate"] == {
        "interactions": 3000, "rate": 0.004, "rate_low": 0.00229, "rate_high": 0.006979, "usual_rate": 0.001,
    }  # fmt: skip
    assert told["share"] is None


def test_a_share_is_told_with_its_background() -> None:
    told = explained(_judged((Step(500_000, 12, 3, 0.0),)).inputs)["against"]
    assert told["sentence"] == (
        "3 units of its categories that fail less (the background): a share of 0.8 (95 %: 0.548 to 0.929), 0.1 is usual;"
        " in all 1.5 units would be usual"
    )
    assert told["rate"] is None


def test_both_are_told_where_exposures_began_later() -> None:
    told = explained(_judged((Step(500_000, 2, 3, 0.0), Step(500_005, 2, 0, 1.0))).inputs)["against"]
    assert ": 2 of 1,000 failed " in told["sentence"]
    assert "(the background) while no interactions were reported: a share of 0.4 " in told["sentence"]


@pytest.mark.parametrize("inputs", [{}, {"units": 4}])
def test_a_verdict_without_these_numbers_explains_nothing(inputs: dict[str, int]) -> None:
    assert explained(inputs) == {}


@pytest.mark.parametrize("high_risk", [True, False])
@pytest.mark.parametrize("opens_revision", [True, False])
@pytest.mark.parametrize("opens_set", [True, False])
@pytest.mark.parametrize("verdict", get_args(VerdictValue))
@pytest.mark.parametrize("kind", get_args(TicketKind))
def test_a_ticket_is_said_to_be_due_exactly_where_it_is(
    kind: TicketKind, verdict: VerdictValue, *, high_risk: bool, opens_revision: bool, opens_set: bool
) -> None:
    due = kinds_due(verdict, high_risk=high_risk, opens_revision=opens_revision, high_risk_opens_set=opens_set)
    reason = why_none(kind, verdict, high_risk=high_risk, opens_revision=opens_revision, high_risk_opens_set=opens_set)
    assert reason.startswith("it is due") == (kind in due)
    assert verdict in reason or verdict == "systemic" or kind in due
