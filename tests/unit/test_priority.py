"""Priority: a sum of five parts that a reader can add up."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.priority import Priority, PriorityPolicy, Standing, priority_of
from feedback.settings import load_settings, load_taxonomy

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
SHIPPED = load_settings().priority.policy
KNOWN = Standing(
    category="insufficient_context",
    risk_level="high",
    scenario="legal",
    units=15,
    units_lately=6,
    units_before=3,
    age_days=10,
)
COUNTS = st.integers(0, 10**6)
SHARES = st.floats(0, 1)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    return Standing(
        category=draw(st.sampled_from(load_taxonomy().ids)),
        risk_level=draw(st.sampled_from([None, "low", "medium", "high"])),
        scenario=draw(st.sampled_from([None, "gardening", *SHIPPED.weights])),
        units=draw(COUNTS),
        units_lately=draw(COUNTS),
        units_before=draw(COUNTS),
        age_days=draw(COUNTS),
    )


@st.composite
def policies(draw: st.DrawFn) -> PriorityPolicy:
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=4, max_size=4)))
    risk, scenario, units, trend, age = (end - start for start, end in zip([0, *cuts], [*cuts, 100], strict=True))
    return PriorityPolicy(
        points={"risk": risk, "scenario": scenario, "units": units, "trend": trend, "age": age},
        weights={"legal": {"insufficient_context": draw(SHARES)}},
        half_units=draw(st.integers(1, 1000)),
        trend_days=draw(st.integers(1, 1000)),
        half_age_days=draw(st.integers(1, 1000)),
    )


def part(priority: Priority, name: str) -> float:
    return next(one.points for one in priority.parts if one.name == name)


@given(standings(), policies())
def test_the_score_is_the_sum_of_its_parts_and_lies_between_0_and_100(
    standing: Standing, policy: PriorityPolicy
) -> None:
    priority = priority_of(standing, policy)
    assert [one.name for one in priority.parts] == ["risk", "scenario", "units", "trend", "age"]
    assert round(10 * priority.score) == sum(round(10 * one.points) for one in priority.parts)
    assert 0 <= priority.score <= 100
    assert all(0 <= one.points <= one.of == policy.points[one.name] for one in priority.parts)


@given(standings(), policies(), st.sampled_from(["units", "units_lately", "age_days"]), COUNTS)
def test_more_units_more_of_them_lately_and_more_age_never_lower_the_score(
    standing: Standing, policy: PriorityPolicy, field: str, more: int
) -> None:
    grown = replace(standing, **{field: getattr(standing, field) + more})
    assert priority_of(grown, policy).score >= priority_of(standing, policy).score


@given(standings(), policies(), COUNTS)
def test_more_units_in_the_window_before_never_raise_the_score(
    standing: Standing, policy: PriorityPolicy, more: int
) -> None:
    faded = replace(standing, units_before=standing.units_before + more)
    assert priority_of(faded, policy).score <= priority_of(standing, policy).score


@given(standings(), policies())
def test_a_higher_risk_never_lowers_the_score(standing: Standing, policy: PriorityPolicy) -> None:
    scores = [
        priority_of(replace(standing, risk_level=level), policy).score for level in (None, "low", "medium", "high")
    ]
    assert scores == sorted(scores)
    assert scores[0] == scores[1]


@given(standings())
def test_every_part_says_of_how_many_points_it_gives_a_share(standing: Standing) -> None:
    for one in priority_of(standing, SHIPPED).parts:
        assert one.sentence.endswith(f" of {one.of}")


@given(standings())
def test_the_quotient_in_a_sentence_gives_the_points_of_its_part(standing: Standing) -> None:
    for one in priority_of(standing, SHIPPED).parts[2:]:
        found = re.search(r"(\d+) / \(([\d +]+)\) of (\d+)$", one.sentence)
        assert found is not None
        share = int(found[1]) / sum(int(term) for term in found[2].split(" + "))
        assert one.points == pytest.approx(share * int(found[3]), abs=0.05 + 1e-9)


@pytest.mark.parametrize(
    ("scenario", "feared"),
    [
        ("legal", "insufficient_context"),
        ("medical", "inconsistent_refusal_boundary"),
        ("medical", "insufficient_context"),
        ("customer_service", "missing_tool_parameters"),
        ("customer_service", "multi_turn_state_failure"),
        ("customer_service", "unclear_task_boundary"),
    ],
)
def test_what_a_scenario_fears_goes_before_what_it_does_not(scenario: str, feared: str) -> None:
    def score(category: str, where: str | None) -> float:
        return priority_of(replace(KNOWN, category=category, scenario=where), SHIPPED).score

    assert score(feared, scenario) == score("over_elaborated_response", scenario) + 20
    assert score(feared, scenario) > score(feared, "gardening") == score(feared, None)


def test_the_same_category_weighs_otherwise_in_another_scenario() -> None:
    in_service = replace(KNOWN, category="missing_tool_parameters", scenario="customer_service")
    in_law = replace(in_service, scenario="legal")
    assert part(priority_of(in_service, SHIPPED), "scenario") > part(priority_of(in_law, SHIPPED), "scenario")


def test_one_recent_unit_makes_less_of_a_trend_than_many() -> None:
    few = replace(KNOWN, units_lately=1, units_before=0)
    many = replace(KNOWN, units_lately=30, units_before=10)
    assert part(priority_of(few, SHIPPED), "trend") < part(priority_of(many, SHIPPED), "trend")


def test_nothing_known_gives_no_points_and_says_so() -> None:
    nothing = Standing(
        category="x", risk_level=None, scenario=None, units=0, units_lately=0, units_before=0, age_days=0
    )
    priority = priority_of(nothing, SHIPPED)
    assert priority.score == 0
    assert [one.sentence for one in priority.parts[:2]] == [
        "no risk level is known: none of 30",
        "no scenario is known: none of 20",
    ]


def test_the_worked_example_of_the_reference_is_right() -> None:
    priority = priority_of(KNOWN, SHIPPED)
    for one in priority.parts:
        assert f"| {one.name} | {one.sentence} | {one.points} |" in REFERENCE
    wordy = priority_of(replace(KNOWN, category="over_elaborated_response"), SHIPPED)
    assert f"Together {priority.score}. The same counts of `over_elaborated_response` make {wordy.score}:" in REFERENCE
