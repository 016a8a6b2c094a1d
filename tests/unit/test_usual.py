"""What is usual of a category, and what was seen of a template as tracks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.faults import Step
from feedback.domain.tracks import Exposed, SeenTemplate, tracks_of
from feedback.domain.usual import Usual

_SHARES = {"a": 0.2, "b": 0.3, "c": 0.5}


def test_the_usual_rate_is_that_of_all_templates_together() -> None:
    usual = Usual({"one": (10, 1000), "two": (30, 3000)}, belief=0.01, weight=1)
    assert usual.beside("three") == pytest.approx(0.01, rel=1e-3)


def test_a_template_is_laid_against_the_others_and_not_against_itself() -> None:
    usual = Usual({"one": (20, 1000), "two": (10, 1000)}, belief=0.01, weight=1e-9)
    assert usual.beside("one") == pytest.approx(0.01)
    assert usual.beside("two") == pytest.approx(0.02)


def test_a_template_that_stands_out_does_not_raise_what_is_usual() -> None:
    counts = {f"t{n}": (10, 1000) for n in range(20)} | {"faulty": (600, 5_000)}
    assert Usual(counts, belief=0.01, weight=1).beside("t0") == pytest.approx(0.01, rel=0.01)


def test_before_anything_is_seen_the_belief_holds() -> None:
    assert Usual({}, belief=0.1, weight=50).beside("any") == pytest.approx(0.1)


def test_the_belief_gives_way_to_what_is_seen() -> None:
    assert Usual({"one": (300, 1000)}, belief=0.1, weight=50).beside("two") > 0.28


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.integers(0, 500), st.integers(500, 9999)), max_size=8))
def test_the_usual_rate_lies_between_the_least_and_the_largest(counts: dict[str, tuple[int, float]]) -> None:
    rates = [0.05, *(units / base for units, base in counts.values())]
    for name in [*counts, "another"]:
        found = Usual(counts, belief=0.05, weight=10).beside(name)
        assert min(rates) - 1e-9 <= found <= max(rates) + 1e-9


def _tracks(units: dict[str, dict[int, int]], *exposures: Exposed) -> dict[str, list[Step]]:
    seen = SeenTemplate(units, exposures)
    tracks = tracks_of(seen, rates=dict.fromkeys(_SHARES, 0.01), shares=_SHARES)
    return {name: track.steps for name, track in tracks.items()}


def test_a_step_stands_where_units_failed_and_at_the_end() -> None:
    assert _tracks({"a": {3: 2, 9: 1}, "c": {20: 1}})["a"] == [(3, 2, 0, 0.0), (9, 1, 0, 0.0), (20, 0, 1, 0.0)]


def test_exposures_are_spread_over_their_hours_and_summed_between_steps() -> None:
    found = _tracks({"a": {2: 1, 4: 1}}, Exposed(0, 10, 1000))
    assert [step[:3] for step in found["a"]] == [(2, 1, 0), (4, 1, 0), (9, 0, 0)]
    assert [step.expected for step in found["a"]] == pytest.approx([3.0, 2.0, 5.0])


def test_behind_the_last_exposure_it_is_taken_to_go_on_as_lately_for_a_week() -> None:
    found = _tracks({"a": {4: 1, 12: 1, 9 + 168: 1, 9 + 500: 1}}, Exposed(0, 10, 1000))
    assert [step.expected for step in found["a"]] == pytest.approx([5.0, 5.0 + 3.0, 165.0, 0.0])


def test_what_fails_more_often_than_a_category_is_no_background_to_it() -> None:
    found = _tracks({"a": {1: 4}, "b": {1: 90}, "c": {1: 5}})
    assert found["a"][0][2] == 5
    assert found["b"][0][2] == 9


def test_two_equal_faults_do_not_hide_each_other() -> None:
    units = {"a": {1: 20}, "b": {1: 30}}
    assert [track[0][2] for track in _tracks(units).values()] == [0, 0]


def test_the_usual_share_is_that_within_category_and_background() -> None:
    seen = SeenTemplate({"a": {1: 4}, "b": {1: 90}, "c": {1: 5}})
    tracks = tracks_of(seen, rates=dict.fromkeys(_SHARES, 0.0), shares=_SHARES)
    assert tracks["a"].usual_share == pytest.approx(0.2 / 0.7)
    assert tracks["b"].usual_share == pytest.approx(0.3 / 1.0)


hours = st.dictionaries(st.integers(0, 50), st.integers(1, 5), max_size=6)


@given(
    st.dictionaries(st.sampled_from(("a", "b", "c")), hours.filter(bool)),
    st.lists(st.builds(Exposed, st.integers(0, 40), st.integers(1, 9), st.integers(0, 99)), max_size=4),
)
def test_steps_count_every_unit_and_every_interaction_once(
    units: dict[str, dict[int, int]], exposures: list[Exposed]
) -> None:
    tracks = tracks_of(SeenTemplate(units, exposures), rates=dict.fromkeys(_SHARES, 0.01), shares=_SHARES)
    for name, track in tracks.items():
        assert sum(step.units for step in track.steps) == sum(units[name].values())
        covered = max((one.first_hour + one.hours for one in exposures), default=0)
        within = sum(step.expected for step in track.steps if step.hour < covered)
        assert within <= 0.01 * sum(one.interactions for one in exposures) + 1e-9
        if track.steps[-1].hour == covered - 1:
            assert within == pytest.approx(0.01 * sum(one.interactions for one in exposures))
        assert [step.hour for step in track.steps] == sorted({step.hour for step in track.steps})
