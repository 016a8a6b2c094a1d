import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.facts import TemplateRegistered, TicketTaken
from feedback.errors import Fault, InvalidInput
from feedback.intake.native import parse_failure
from feedback.storage.log import Recorded
from streams.codec import Origin, assessed_message, dead_letter_message, family_message, read_assessed, ticket_message
from streams.topics import MAX_DEAD_LETTER_BYTES
from tests.builders import ABSENT, NOW, a_failure, a_template, an_assessment, raw

ORIGIN = Origin(topic="failures.online", partition=3, offset=17, arrived_at=NOW.timestamp())
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(metadata=st.dictionaries(st.text(max_size=5), _JSON, max_size=4), comment=st.text(max_size=40))
def test_whatever_is_written_for_the_recorder_is_read_back_the_same(metadata: dict[str, Any], comment: str) -> None:
    try:
        received = parse_failure(raw(a_failure(metadata=metadata, signals={"comment": comment, "rating": 1})))
    except InvalidInput:
        return  # lone surrogates: never accepted, so never written
    message = assessed_message("t", received, an_assessment(), ORIGIN)
    assert message.value is not None
    failure, origin = read_assessed(message.value)
    assert failure.received == received
    assert failure.assessment == an_assessment()
    assert origin == ORIGIN
    assert message.key == b"e-1"


def test_a_refused_item_of_the_recorder_is_itself_again_when_it_is_retried() -> None:
    received = parse_failure(raw(a_failure(event_id=ABSENT)))
    value = assessed_message("t", received, an_assessment(received.event_id), ORIGIN).value
    failure, _ = read_assessed(value or b"")
    assert (failure.item.source, failure.item.place) == ("failures.online", "partition 3, offset 17")
    assert parse_failure(failure.item.raw).event_id == received.event_id


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"v": 2}, "v"),
        ({"event_id": ""}, "event_id"),
        ({"event": {"channel": "online"}}, "occurred_at"),
        ({"event": "text"}, "event"),
        ({"assessment": {}}, "assessment.event_id"),
        ({"origin": {"topic": "t"}}, "origin.partition"),
        ({"more": 1}, "more"),
    ],
)
def test_what_we_did_not_write_is_refused_with_its_place(change: dict[str, Any], path: str) -> None:
    value = assessed_message("t", parse_failure(raw(a_failure())), an_assessment(), ORIGIN).value
    with pytest.raises(InvalidInput) as caught:
        read_assessed(json.dumps(json.loads(value or b"") | change).encode())
    assert caught.value.faults[0].path == path


def test_a_dead_letter_keeps_bytes_key_and_headers_and_tells_place_and_reasons() -> None:
    origin = ORIGIN.model_copy(update={"place": "item 2"})
    message = dead_letter_message(
        "d",
        origin,
        b"\xff",
        [Fault("a", "is\ud800 wrong")],
        key=b"k",
        headers=[("trace", b"t"), ("feedback-topic", b"x")],
    )
    headers = dict(message.headers)
    assert (message.key, message.value) == (b"failures.online:3", b"\xff")
    assert (headers["trace"], headers["feedback-topic"], headers["feedback-key"]) == (b"t", b"failures.online", b"k")
    assert (headers["feedback-offset"], headers["feedback-place"]) == (b"17", b"item 2")
    assert json.loads(headers["feedback-errors"]) == [{"path": "a", "message": "is\\ud800 wrong"}]


def test_bytes_that_no_message_can_hold_are_cut_and_say_so() -> None:
    raw_bytes = b"z" * (3 * 1024 * 1024)
    own = [("huge", b"h" * 100_000)]
    message = dead_letter_message("d", ORIGIN, raw_bytes, [Fault("", "too long")], key=b"k" * 100_000, headers=own)
    headers = dict(message.headers)
    assert message.value == raw_bytes[: 2 * 1024 * 1024]
    assert headers["feedback-truncated"].startswith(b"3145728 bytes, sha256 ")
    assert not {"huge", "feedback-key"} & set(headers)
    assert sum(map(len, headers.values())) + len(message.value) < MAX_DEAD_LETTER_BYTES


def test_of_very_many_reasons_those_that_fit_are_told() -> None:
    faults = [Fault("p" * 900, "m" * 5_000)] * 200
    headers = dict(dead_letter_message("d", ORIGIN, b"", faults, key=None, headers=()).headers)
    assert 1_000 < len(headers["feedback-errors"]) < 40_000
    assert "feedback-key" not in headers


def test_of_a_template_with_too_many_versions_the_newest_are_published() -> None:
    versions = [a_template(version=f"1.{n}.0", instruction="x" * 1_000) for n in range(10)]
    message, left_out = family_message("templates", "t", versions, 6_000)
    assert message.value is not None
    assert 0 < left_out < 10
    kept = [one["version"] for one in json.loads(message.value)["templates"]]
    assert kept == [one.version for one in versions[left_out:]]
    assert family_message("templates", "t", versions, 100)[0].value is None


def test_only_facts_about_tickets_are_published() -> None:
    taken = Recorded(7, NOW.isoformat(), TicketTaken(ticket_id="TR-1", actor="someone"))
    event = json.loads(ticket_message("tickets", "s-1", taken).value or b"")
    assert (event["subject"], event["specversion"]) == ("TR-1", "1.0")
    assert event["id"].startswith("7-")
    other = Recorded(7, NOW.isoformat(), TicketTaken(ticket_id="TR-1", actor="someone else"))
    assert json.loads(ticket_message("tickets", "s-1", other).value or b"")["id"] != event["id"]
    assert datetime.fromisoformat(event["time"]) == NOW
    template = a_template()
    registered = TemplateRegistered(template=template, content_hash=template.content_hash)
    with pytest.raises(TypeError, match="no fact about a ticket"):
        ticket_message("tickets", "s-1", Recorded(8, NOW.isoformat(), registered))
