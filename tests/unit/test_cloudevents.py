import base64
import json
from typing import Any

import pytest

from feedback.errors import InvalidInput
from feedback.intake.cloudevents import structured
from feedback.intake.native import parse_failure
from tests.builders import ABSENT, a_failure, raw

ENVELOPE = {"specversion": "1.0", "id": "a-1", "source": "/shop", "type": "org.example.failed"}


def _unnamed(**changes: Any) -> dict[str, Any]:
    return a_failure(event_id=ABSENT, **changes)


def _wrapped(**changes: Any) -> bytes:
    envelope = ENVELOPE | {"data": _unnamed()} | changes
    return json.dumps({name: value for name, value in envelope.items() if value is not ABSENT}).encode()


def test_the_event_id_is_a_hash_of_source_and_id_and_the_content_is_the_data() -> None:
    one, other = parse_failure(_wrapped()), parse_failure(_wrapped(type="other", subject="s", extension="e"))
    assert one == other
    assert one.event_id.startswith("ce:")
    assert json.loads(one.content) == json.loads(json.dumps(_unnamed()))
    assert parse_failure(_wrapped(id="a-2")).event_id != one.event_id
    assert parse_failure(_wrapped(source="/other")).event_id != one.event_id


def test_structured_binary_and_base64_are_the_same_event() -> None:
    encoded = base64.b64encode(raw(_unnamed())).decode()
    assert parse_failure(_wrapped(data=ABSENT, data_base64=encoded)) == parse_failure(_wrapped())
    assert parse_failure(raw(_unnamed()), ENVELOPE) == parse_failure(_wrapped())


def test_the_producer_s_own_id_is_kept() -> None:
    assert parse_failure(_wrapped(data=a_failure(event_id="mine"))).event_id == "mine"


def test_the_envelope_s_time_stands_for_a_missing_occurred_at() -> None:
    told = parse_failure(_wrapped(data=_unnamed(occurred_at=ABSENT), time="2026-04-24T09:13:05Z"))
    assert told.event.occurred_at.isoformat() == "2026-04-24T09:13:05+00:00"
    own = parse_failure(_wrapped(time="2020-01-01T00:00:00Z"))
    assert own.event.occurred_at.year == 2026


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"specversion": "0.3"}, "specversion", "expected '1.0', found '0.3'"),
        ({"id": ABSENT}, "id", "a CloudEvent needs it"),
        ({"id": "\ud800"}, "id", "half a surrogate pair"),
        ({"source": ""}, "source", "a CloudEvent needs it"),
        ({"type": 7}, "type", "a CloudEvent needs it"),
        ({"data": ABSENT}, "data", "is required"),
        ({"data": ABSENT, "data_base64": "§"}, "data_base64", "expected JSON in base64"),
        ({"data": ABSENT, "data_base64": 7}, "data_base64", "expected JSON in base64"),
        ({"data": ABSENT, "data_base64": "AAAA"}, "data_base64", "expected JSON in base64"),
        ({"datacontenttype": "text/csv"}, "datacontenttype", "expected JSON, found 'text/csv'"),
        ({"data": None}, "", "expected one JSON object, found null"),
        ({"data": [1]}, "", "expected one JSON object, found an array"),
        ({"data": {"channel": "online"}}, "occurred_at", "is required"),
    ],
)
def test_what_is_wrong_with_an_envelope_is_named(changes: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_failure(_wrapped(**changes))
    assert caught.value.faults[0].path == path
    assert message in caught.value.faults[0].message


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/vnd.shop+json"])
def test_any_kind_of_json_is_taken(kind: str) -> None:
    assert parse_failure(_wrapped(datacontenttype=kind)) == parse_failure(_wrapped())


def test_data_in_base64_can_be_nested_no_deeper_than_other_data() -> None:
    deep = _unnamed(metadata={"deep": json.loads("[" * 64 + "]" * 64)})
    with pytest.raises(InvalidInput, match="nested 66 levels deep"):
        parse_failure(_wrapped(data=ABSENT, data_base64=base64.b64encode(raw(deep)).decode()))


@pytest.mark.parametrize("data", [raw(a_failure()), b"  " + raw(_unnamed()) + b"\n", raw(_unnamed(occurred_at=ABSENT))])
def test_a_binary_event_made_structured_says_the_same(data: bytes) -> None:
    attributes = ENVELOPE | {"time": "2026-04-24T09:13:05+00:00"}
    assert parse_failure(structured(attributes, data)) == parse_failure(data, attributes)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{}, "id": "other"', b"[" * 100_000])
def test_binary_data_that_is_no_json_is_refused_when_made_structured_and_can_be_had_back(data: bytes) -> None:
    envelope = structured(ENVELOPE, data)
    assert base64.b64decode(json.loads(envelope)["data_base64"]) == data
    with pytest.raises(InvalidInput, match="data_base64"):
        parse_failure(envelope)
