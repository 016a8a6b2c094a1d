"""What an answer to a webhook means, when it is tried again, and how it is signed."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.webhooks import Answer, RetryPolicy, Verdict, asked_wait, read_key, signature, verdict_on

NOW = datetime(2026, 4, 25, 12, 0, tzinfo=UTC)
POLICY = RetryPolicy(attempts=5, first_wait_seconds=2, longest_wait_seconds=60)
_WAITS = st.floats(0.01, 1e6)
_POLICIES = st.builds(
    lambda attempts, first, more: RetryPolicy(attempts, first, first + more), st.integers(1, 200), _WAITS, _WAITS
)
_SECONDS = st.one_of(st.none(), st.floats(0, allow_nan=False))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    assert verdict_on(Answer(status), 5, POLICY) == Verdict("delivered")


@pytest.mark.parametrize("status", [None, 408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_be_otherwise_next_time_is_tried_until_the_attempts_are_used_up(status: int | None) -> None:
    waits = [verdict_on(Answer(status), attempts, POLICY) for attempts in range(1, 5)]
    assert waits == [Verdict("waiting", seconds) for seconds in (2, 4, 8, 16)]
    assert verdict_on(Answer(status), 5, POLICY) == Verdict("given_up")


@pytest.mark.parametrize("status", [100, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 422])
def test_everything_else_is_given_up_at_once(status: int) -> None:
    assert verdict_on(Answer(status), 1, POLICY) == Verdict("given_up")


@given(policy=_POLICIES, asked=_SECONDS)
def test_waits_never_shrink_never_pass_the_longest_and_heed_what_was_asked(
    policy: RetryPolicy, asked: float | None
) -> None:
    waits = [policy.wait_behind(attempts, asked) for attempts in range(1, 200)]
    assert waits == sorted(waits)
    assert all(policy.first_wait_seconds <= wait <= policy.longest_wait_seconds for wait in waits)
    assert min(waits) >= min(asked or 0, policy.longest_wait_seconds)
    assert waits[-1] == policy.longest_wait_seconds


@given(
    policy=_POLICIES,
    status=st.one_of(st.none(), st.integers(100, 599)),
    asked=_SECONDS,
)
def test_no_delivery_ever_waits_behind_its_last_attempt(
    policy: RetryPolicy, status: int | None, asked: float | None
) -> None:
    assert verdict_on(Answer(status, "", asked), policy.attempts, policy).state != "waiting"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("Sat, 25 Apr 2026 12:01:30 GMT", 90),
        ("Sat, 25 Apr 2026 12:01:30 -0000", 90),
        ("Sat, 25 Apr 2026 11:00:00 GMT", 0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
    ],
)
def test_a_wait_is_asked_for_in_seconds_or_as_a_date(header: str | None, seconds: float | None) -> None:
    assert asked_wait(header, NOW) == seconds


@given(header=st.one_of(st.text(), st.from_regex(r"[A-Z][a-z]{2}, \d{1,9} Jan \d{1,12} \d\d:\d\d:\d\d [+-]\d{4}")))
def test_no_header_of_a_stranger_is_ever_a_fault_or_a_wait_below_zero(header: str) -> None:
    seconds = asked_wait(header, NOW)
    assert seconds is None or seconds >= 0


@given(ahead=st.integers(0, 10**6))
def test_a_date_ahead_is_asked_for_to_the_second(ahead: int) -> None:
    header = f"{NOW + timedelta(seconds=ahead):%a, %d %b %Y %H:%M:%S GMT}"
    assert asked_wait(header, NOW) == ahead


def test_a_known_message_has_a_known_signature() -> None:
    key = read_key("whsec_" + base64.b64encode(bytes(range(32))).decode())
    # computed by OpenSSL: dgst -sha256 -mac HMAC -macopt hexkey:0001...1f over 7-ab.1777118400.{"a":1}
    assert signature(key, "7-ab", 1777118400, b'{"a":1}') == "v1,jhkxTxccp+Tv3D/lZ6LdHTobcOwZYGDXl2A6JwiAMiQ="


@given(key=st.binary(min_size=24, max_size=64))
def test_a_secret_is_a_key_in_base64(key: bytes) -> None:
    assert read_key("whsec_" + base64.b64encode(key).decode()) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "secret",
        base64.b64encode(bytes(32)).decode(),
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_" + base64.b64encode(bytes(32)).decode() + "!",
        "whsec_é" + base64.b64encode(bytes(32)).decode(),
    ],
)
def test_a_secret_that_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="expected whsec_ and 24 to 64 bytes in base64") as refused:
        read_key(text)
    assert not text.removeprefix("whsec_") or text not in str(refused.value)
