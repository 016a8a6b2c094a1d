"""How long a snooze lasts, what is refused as one, and what else ends it."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.facts import TicketApproved, TicketFact, TicketRegressed, TicketRevised, TicketSnoozed, TicketTaken
from feedback.domain.snooze import SNOOZABLE, Snoozed, lasting, snoozed
from feedback.domain.ticket import Snooze, State, Ticket, evolve
from feedback.errors import ForbiddenAction, InvalidInput

_ID = "TR-1"
_NEWEST = "2026-04-24T12:00:00.000000+00:00"
_LATER = "2026-05-01T00:00:00.000000+00:00"
_TIME = datetime(2026, 5, 1, tzinfo=UTC)


def _ticket(state: State = "open", **changes: Any) -> Ticket:
    return Ticket(ticket_id=_ID, kind="template_revision", pattern_id="P-1", state=state, **changes)


def _snoozed(ticket: Ticket, **changes: Any) -> TicketSnoozed:
    ends: dict[str, Any] = {"until": _TIME, "failures": 3, "failures_seen": 10, "newest": _NEWEST}
    return snoozed(ticket, actor="ana", **(ends | changes))


@pytest.mark.parametrize(
    ("newest", "lasts"),
    [
        (_NEWEST, True),
        ("2026-04-30T23:59:59.999999+00:00", True),
        (_LATER, False),
        ("2027-01-01T00:00:00.000000+00:00", False),
    ],
)
def test_a_snooze_until_a_time_lasts_until_an_event_of_that_time_is_seen(newest: str, *, lasts: bool) -> None:
    found = lasting(Snooze(_LATER, None, 10), failures=1_000, newest=newest)
    assert found == (Snoozed(_LATER, 990, None) if lasts else None)


@pytest.mark.parametrize(("failures", "grown"), [(8, 0), (10, 0), (12, 2), (13, None), (99, None)])
def test_a_snooze_until_it_grows_lasts_until_so_many_failures_more_are_counted(
    failures: int, grown: int | None
) -> None:
    found = lasting(Snooze(None, 3, 10), failures=failures, newest=_LATER)
    assert found == (None if grown is None else Snoozed(None, grown, 3))


def test_of_two_ends_the_first_that_is_reached_ends_it() -> None:
    both = Snooze(_LATER, 3, 10)
    assert lasting(both, failures=12, newest=_NEWEST) == Snoozed(_LATER, 2, 3)
    assert lasting(both, failures=13, newest=_NEWEST) is None
    assert lasting(both, failures=12, newest=_LATER) is None


def test_without_a_snooze_none_lasts() -> None:
    assert lasting(None, failures=0, newest=_NEWEST) is None


@given(
    st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat(timespec="microseconds")) | st.none(),
    st.integers(1, 9),
    st.lists(st.tuples(st.integers(0, 4), st.datetimes(timezones=st.just(UTC)))),
)
def test_a_snooze_that_is_over_never_comes_back_while_events_only_come_in(
    until: str | None, most: int, coming: list[tuple[int, datetime]]
) -> None:
    failures, newest, over = 10, "", False
    for more, at in coming:
        failures, newest = failures + more, max(newest, at.isoformat(timespec="microseconds"))
        found = lasting(Snooze(until, most, 10), failures=failures, newest=newest)
        over = over or found is None
        assert (found is None) == over


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Snoozed(_LATER, 2, None), f"snoozed until an event of {_LATER} or later is seen"),
        (Snoozed(None, 2, 3), "snoozed until the pattern has grown by 3 failures (2 so far)"),
        (
            Snoozed(_LATER, 2, 3),
            f"snoozed until an event of {_LATER} or later is seen or the pattern has grown by 3 failures (2 so far)",
        ),
    ],
)
def test_a_snooze_says_how_long_it_lasts(found: Snoozed, sentence: str) -> None:
    assert found.sentence == sentence


def test_a_snooze_is_a_fact_with_its_ends_in_utc_and_leaves_the_state() -> None:
    east = timezone(timedelta(hours=8))
    fact = _snoozed(_ticket("in_review", version=4), until=datetime(2026, 5, 1, 8, tzinfo=east))
    assert fact == TicketSnoozed(ticket_id=_ID, actor="ana", until=_LATER, failures=3, failures_seen=10)
    after = evolve(_ticket("in_review", version=4), fact)
    assert (after.state, after.version, after.snooze) == ("in_review", 5, Snooze(_LATER, 3, 10))


@pytest.mark.parametrize("state", get_args(State))
def test_only_a_ticket_that_waits_for_something_can_be_snoozed(state: State) -> None:
    if state in SNOOZABLE:
        assert evolve(_ticket(state), _snoozed(_ticket(state))).state == state
        return
    with pytest.raises(ForbiddenAction, match=f"ticket {_ID} is {state}: 'snooze' needs open or in_review or"):
        _snoozed(_ticket(state))


def test_the_states_that_can_be_snoozed_are_those_that_are_no_end() -> None:
    assert set(get_args(State)) - set(SNOOZABLE) == {"verified", "frozen", "rejected"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"until": None, "failures": None}, "a snooze needs an end: a time, a number of failures, or both"),
        ({"failures": 0}, "failures: expected 1 or more further failures, found 0"),
        (
            {"until": datetime(2026, 4, 24, 12, tzinfo=UTC)},
            f"until: expected a time after the newest event seen, {_NEWEST}, by which it is measured; found {_NEWEST}",
        ),
        (
            {"until": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5)))},
            "until: 9999-12-31T23:00:00-05:00 is outside the years 1 to 9999 in UTC",
        ),
    ],
)
def test_what_is_no_end_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        _snoozed(_ticket(), **changes)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "fact",
    [
        TicketSnoozed(ticket_id=_ID, actor="ana"),
        TicketTaken(ticket_id=_ID, actor="ana"),
        TicketApproved(ticket_id=_ID, actor="ana", settles=False),
        TicketRevised(ticket_id=_ID, template="t", version="2.1.0"),
        TicketRegressed(ticket_id=_ID, effective_version="2.1.0", fixed_in="2.1.0"),
    ],
    ids=lambda fact: str(fact.type),
)
def test_whatever_happens_to_a_ticket_wakes_it(fact: TicketFact) -> None:
    assert evolve(_ticket(snooze=Snooze(_LATER, None, 0)), fact).snooze is None
