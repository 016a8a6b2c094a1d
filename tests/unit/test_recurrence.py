from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.recurrence import Level, RecurrencePolicy, better, level_of, verdict_of

_WINDOW = 6
_REQUIRED = 3
_PAIRS = st.lists(st.tuples(st.integers(-3, 30), st.sampled_from("abcdef")), max_size=14)
_SOME_PAIRS = _PAIRS.filter(bool)


def _level(pairs: list[tuple[int, str]]) -> Level | None:
    return level_of(sorted(set(pairs)), window_hours=_WINDOW, required=_REQUIRED)


def _by_brute_force(pairs: list[tuple[int, str]]) -> Level | None:
    """Look at the window that ends with each hour, in full, and keep the first that holds the most units."""
    windows = {hour: {unit for at, unit in pairs if hour - _WINDOW < at <= hour} for hour, _ in pairs}
    if not windows:
        return None
    units = min(max(len(held) for held in windows.values()), _REQUIRED)
    return Level(units, min(hour for hour, held in windows.items() if len(held) >= units), _REQUIRED)


@given(_PAIRS)
def test_the_level_is_what_looking_at_every_window_finds(pairs: list[tuple[int, str]]) -> None:
    assert _level(pairs) == _by_brute_force(pairs)


@given(_SOME_PAIRS, _PAIRS)
def test_more_failures_never_lower_the_level(pairs: list[tuple[int, str]], more: list[tuple[int, str]]) -> None:
    before, after = _level(pairs), _level(pairs + more)
    assert before is not None
    assert after is not None
    assert better(before, after) == after


@given(_SOME_PAIRS, st.integers(1, 5))
def test_judging_batch_by_batch_around_what_is_new_ends_as_judging_all_at_once(
    pairs: list[tuple[int, str]], size: int
) -> None:
    known: Level | None = None
    for start in range(0, len(pairs), size):
        so_far = pairs[: start + size]
        new = [hour for hour, _ in pairs[start : start + size]]
        around = [(hour, unit) for hour, unit in so_far if min(new) - _WINDOW < hour < max(new) + _WINDOW]
        known = better(known, _level(around))
    assert known == _level(pairs)


@given(_SOME_PAIRS, st.permutations(range(6)))
def test_the_names_of_units_do_not_matter(pairs: list[tuple[int, str]], order: list[int]) -> None:
    renamed = [(hour, "abcdef"[order["abcdef".index(unit)]]) for hour, unit in pairs]
    assert _level(renamed) == _level(pairs)


def test_nothing_has_no_level() -> None:
    assert _level([]) is None


def test_the_level_is_capped_at_what_makes_a_pattern_systemic() -> None:
    assert _level([(1, unit) for unit in "abcdef"]) == Level(3, 1, 3)


def test_the_hour_is_the_first_at_which_the_level_is_reached() -> None:
    assert _level([(1, "a"), (2, "b"), (4, "c"), (5, "d")]) == Level(3, 4, 3)


def test_one_unit_that_fails_often_counts_once() -> None:
    assert _level([(hour, "a") for hour in range(20)]) == Level(1, 0, 3)


@pytest.mark.parametrize(("last", "units"), [(_WINDOW - 1, 2), (_WINDOW, 1)])
def test_a_failure_exactly_one_window_back_is_out(last: int, units: int) -> None:
    assert _level([(0, "a"), (last, "b")]) == Level(units, last if units == 2 else 0, 3)


def test_a_unit_that_failed_again_stays_in_the_window_of_its_last_failure() -> None:
    assert _level([(0, "a"), (4, "a"), (9, "b")]) == Level(2, 9, 3)


@given(_PAIRS, _PAIRS)
def test_the_better_of_two_levels_does_not_depend_on_their_order(
    left: list[tuple[int, str]], right: list[tuple[int, str]]
) -> None:
    assert better(_level(left), _level(right)) == better(_level(right), _level(left))


def test_of_two_equal_levels_the_earlier_is_better() -> None:
    assert better(Level(2, 9, 3), Level(2, 4, 3)) == Level(2, 4, 3)


def test_a_higher_level_is_better_than_an_earlier_one() -> None:
    assert better(Level(2, 4, 3), Level(3, 9, 3)) == Level(3, 9, 3)


def test_anything_is_better_than_nothing() -> None:
    assert better(None, Level(1, 4, 3)) == Level(1, 4, 3)
    assert better(None, None) is None


@pytest.mark.parametrize(("units", "value"), [(1, "isolated"), (2, "undecided"), (3, "undecided"), (4, "systemic")])
def test_the_verdict_follows_from_the_units(units: int, value: str) -> None:
    assert verdict_of(Level(units, 10, 4), window_hours=336).value == value


def test_the_verdict_names_its_numbers() -> None:
    hour = int(datetime(2026, 4, 24, 9, tzinfo=UTC).timestamp() // 3600)
    verdict = verdict_of(Level(4, hour, 4), window_hours=336)
    assert verdict.reason == "4 distinct units within 14 days make it systemic, reached on 2026-04-24"
    assert verdict.inputs == {
        "units": 4,
        "units_required": 4,
        "window_hours": 336,
        "reached_in_hour": "2026-04-24T09:00:00+00:00",
    }


def test_high_risk_needs_as_many_units_as_its_own_threshold_says() -> None:
    policy = RecurrencePolicy(window_hours=24, min_units=4, high_risk_min_units=3)
    assert (policy.required(high_risk=True), policy.required(high_risk=False)) == (3, 4)
