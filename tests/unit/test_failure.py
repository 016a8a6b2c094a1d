import json
from typing import Any

import pytest
from pydantic import ValidationError

from feedback.domain.failure import SOURCES_BY_CHANNEL, FailureEvent, Interaction, Message
from tests.builders import ABSENT, a_failure


def _event(**changes: Any) -> FailureEvent:
    return FailureEvent.model_validate_json(json.dumps(a_failure(**changes)))


def _message(**fields: Any) -> Message:
    return Message.model_validate_json(json.dumps({"role": "user"} | fields))


@pytest.mark.parametrize(
    ("written", "in_utc"),
    [
        ("2026-04-24T09:13:05Z", "2026-04-24T09:13:05+00:00"),
        ("2026-04-24t09:13:05z", "2026-04-24T09:13:05+00:00"),
        ("2026-04-24 09:13:05+00:00", "2026-04-24T09:13:05+00:00"),
        ("2026-04-24T09:13:05+08:00", "2026-04-24T01:13:05+00:00"),
        ("2026-04-24T00:30:00-01:30", "2026-04-24T02:00:00+00:00"),
        ("2026-04-24T09:13:05.123456789Z", "2026-04-24T09:13:05.123456+00:00"),
        ("2026-04-24T09:13:05.5Z", "2026-04-24T09:13:05.500000+00:00"),
    ],
)
def test_a_time_becomes_utc(written: str, in_utc: str) -> None:
    assert _event(occurred_at=written).occurred_at.isoformat() == in_utc


@pytest.mark.parametrize(
    "written",
    [
        "2026-04-24T09:13:05",
        "2026-04-24",
        "24.04.2026 09:13",
        "2026-04-24T09:13Z",
        "2026-04-24T09:13:05+0000",
        "2026-13-24T09:13:05Z",
        "2026-04-24T25:13:05Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "yesterday",
        "",
        1_777_021_985,
        "1777021985",
        None,
        True,
    ],
)
def test_what_is_no_time_with_an_offset_is_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        _event(occurred_at=written)


@pytest.mark.parametrize("channel", SOURCES_BY_CHANNEL)
@pytest.mark.parametrize("source", [source for sources in SOURCES_BY_CHANNEL.values() for source in sources])
def test_a_source_is_accepted_on_its_own_channel_only(channel: str, source: str) -> None:
    online = {"user_feedback", "system_log", "operations"}
    if (source in online) == (channel == "online"):
        assert _event(channel=channel, source=source).source == source
    else:
        with pytest.raises(ValidationError, match="does not belong to channel"):
            _event(channel=channel, source=source)


@pytest.mark.parametrize(
    "part",
    [
        {"request": {"messages": [{"role": "user", "content": "Hello"}]}},
        {"response": {"content": ""}},
        {"response": {"content": None, "finish_reason": "length"}},
        {"response": {"tool_calls": [{"function": {"name": "book", "arguments": "{"}}]}},
        {"signals": {"rating": 0}},
        {"signals": {"checks": [{"name": "schema", "passed": False}]}},
        {"signals": {"quality": {"trainability": 1}}},
    ],
)
def test_one_part_that_says_something_is_enough(part: dict[str, Any]) -> None:
    event = _event(**({"request": ABSENT, "response": ABSENT, "signals": ABSENT} | part))
    assert event.model_fields_set & {"request", "response", "signals"} == set(part)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"request": {"messages": []}},
        {"response": {"content": None}},
        {"signals": {}},
        {"signals": {"checks": [], "validation_errors": []}},
        {"signals": {"quality": {}}},
        {"request": None, "response": None, "signals": None},
        {"request": {"messages": []}, "response": {"content": None}, "signals": {}},
    ],
)
def test_an_event_of_empty_parts_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="at least one of request, response and signals"):
        _event(**({"request": ABSENT, "response": ABSENT, "signals": ABSENT} | parts))


def test_an_interaction_may_be_a_success_without_signals() -> None:
    body = a_failure(signals=ABSENT)
    assert Interaction.model_validate_json(json.dumps(body)).signals is None


def test_message_tool_and_tool_call_objects_keep_what_they_came_with() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "book", "arguments": "{}", "strict": True}, "index": 0}
    tool = {"type": "function", "function": {"name": "book", "parameters": {"type": "object"}}, "cache": "yes"}
    message = {"role": "assistant", "content": None, "tool_calls": [call], "refusal": "no"}
    request = {"messages": [message], "tools": [tool]}
    event = _event(request=request)
    assert event.model_dump(mode="json", exclude_unset=True)["request"] == request


def test_a_message_that_calls_a_tool_needs_no_content() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "book", "arguments": "{}"}}]
    assert _message(role="assistant", tool_calls=calls).text == ""


def test_a_message_without_content_and_tool_calls_is_refused() -> None:
    with pytest.raises(ValidationError, match="needs 'content'"):
        _message()


def test_the_text_of_content_parts_is_that_of_the_text_parts() -> None:
    parts = [
        {"type": "text", "text": "first"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "text", "text": "second"},
        {"type": "text", "text": 3},
    ]
    assert _message(content=parts).text == "first\nsecond"


def test_texts_of_a_request_are_those_of_the_roles_asked_for_in_order() -> None:
    messages = [{"role": role, "content": f"{n}"} for n, role in enumerate(("system", "user", "assistant", "user"))]
    request = _event(request={"messages": messages}).request
    assert request is not None
    assert request.texts("user", "system") == ["0", "1", "3"]


@pytest.mark.parametrize("scores", [{"trainability": 0}, {"trainability": 5.5}, {"trainability": "3"}, {"style": 3}])
def test_a_quality_score_outside_its_scale_is_refused(scores: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _event(signals={"quality": scores})


@pytest.mark.parametrize(
    ("event_id", "accepted"), [("e", True), ("e" * 200, True), ("", False), ("e" * 201, False), (7, False)]
)
def test_an_event_id_has_one_to_two_hundred_characters(event_id: Any, *, accepted: bool) -> None:
    if accepted:
        assert _event(event_id=event_id).event_id == event_id
    else:
        with pytest.raises(ValidationError):
            _event(event_id=event_id)


def test_two_hundred_characters_are_counted_as_characters_not_bytes() -> None:
    assert _event(event_id="合" * 200).event_id == "合" * 200
