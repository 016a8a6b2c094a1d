"""Timelines: days or weeks without a gap, whatever was seen."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.timeline import Bar, Step, hours_of, step_of, timeline

_YEAR_1, _YEAR_9999 = -17_259_888, 70_389_527
_STEPS: st.SearchStrategy[Step] = st.sampled_from(["day", "week"])
HOURS = st.integers(_YEAR_1, _YEAR_9999)


@st.composite
def seen(draw: st.DrawFn) -> tuple[dict[int, int], Step]:
    """Return units by the first hour of steps, as the store counts them."""
    step = draw(_STEPS)
    hours, before = hours_of(step)
    found = draw(st.dictionaries(HOURS, st.integers(1, 10**6), min_size=1, max_size=8))
    return {hour - (hour + before) % hours: units for hour, units in found.items()}, step


@given(seen())
def test_the_bars_follow_each_other_without_a_gap_and_hold_what_was_seen(given_: tuple[dict[int, int], Step]) -> None:
    units, step = given_
    shown = timeline(units, step)
    days = timedelta(days=hours_of(step)[0] // 24)
    begins = [date.fromisoformat(bar.begins) for bar in shown.bars]
    assert all(after - before == days for before, after in pairwise(begins))
    assert len(shown.bars) <= 60
    newest = [n for hour, n in sorted(units.items()) if hour > max(units) - 60 * hours_of(step)[0]]
    assert [bar.units for bar in shown.bars if bar.units] == newest
    assert shown.left_out + len(shown.bars) == (max(units) - min(units)) // hours_of(step)[0] + 1


@given(HOURS, HOURS)
def test_days_are_taken_where_all_of_them_can_be_shown(one: int, other: int) -> None:
    first, last = sorted((one, other))
    days = {hour - hour % 24: 1 for hour in (first, last)}
    assert (step_of(first, last) == "day") == (timeline(days, "day").left_out == 0)


def test_a_week_begins_on_monday() -> None:
    hours, before = hours_of("week")
    assert timeline({0 - before: 3}, "week").bars == (Bar("1969-12-29", 3),)
    assert (date(1969, 12, 29).weekday(), hours) == (0, 7 * 24)


@pytest.mark.parametrize("units", [{}])
def test_nothing_seen_is_no_bar(units: Mapping[int, int]) -> None:
    assert timeline(units, "day").bars == ()
