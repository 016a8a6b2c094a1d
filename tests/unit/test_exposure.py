from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from feedback.domain.exposure import Exposure

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  strategy's bounds


def _exposure(begin: str, end: str, **changes: Any) -> Exposure:
    template = {"name": "payment_terms", "version": "2.0.0"}
    body = {"exposure_id": "x-1", "template": template, "from": begin, "to": end, "interactions": 1200}
    return Exposure.model_validate(body | changes)


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        ("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z", (0, 24)),
        ("1970-01-01T02:00:00Z", "1970-01-01T03:00:00Z", (2, 1)),
        ("1970-01-01T02:00:00Z", "1970-01-01T02:00:01Z", (2, 1)),
        ("1970-01-01T02:59:59Z", "1970-01-01T03:00:00Z", (2, 1)),
        ("1970-01-01T02:59:59Z", "1970-01-01T03:00:00.000001Z", (2, 2)),
        ("1970-01-01T02:30:00Z", "1970-01-01T05:30:00Z", (2, 4)),
        ("1970-01-01T02:00:00+05:30", "1970-01-01T03:00:00+05:30", (-4, 2)),
        ("1969-12-31T23:30:00Z", "1970-01-01T00:30:00Z", (-1, 2)),
    ],
)
def test_an_exposure_touches_whole_hours_from_the_one_in_which_it_begins(
    begin: str, end: str, hours: tuple[int, int]
) -> None:
    exposure = _exposure(begin, end)
    assert (exposure.first_hour, exposure.hours) == hours


@given(_TIMES, st.timedeltas(timedelta(microseconds=1), timedelta(days=366)))
def test_its_hours_hold_all_of_it_and_no_hour_more(begin: datetime, length: timedelta) -> None:
    exposure = _exposure(begin.isoformat(), (begin + length).isoformat())
    first = _EPOCH + timedelta(hours=exposure.first_hour)
    behind = first + timedelta(hours=exposure.hours)
    assert first <= begin < first + timedelta(hours=1)
    assert behind - timedelta(hours=1) < begin + length <= behind


def test_366_days_are_the_longest_stretch() -> None:
    assert _exposure("2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z").hours == 366 * 24
    with pytest.raises(ValidationError, match="longer than 366 days"):
        _exposure("2026-01-01T00:00:00Z", "2027-01-02T00:00:00.000001Z")
