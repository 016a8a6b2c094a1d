import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import InvalidInput
from feedback.intake.native import Received
from feedback.intake.records import MAX_ITEMS, attributes_of, read_record
from tests.builders import a_failure, failures, raw


def test_a_record_of_one_event_has_one_item_without_a_place() -> None:
    ((item, found),) = read_record(raw(a_failure()), ())
    assert (item.place, item.raw) == ("", raw(a_failure()))
    assert isinstance(found, Received)


def test_a_record_of_an_array_has_an_item_each_and_one_bad_costs_no_other() -> None:
    value = json.dumps([*failures(2), {"event_id": "bad"}, *failures(1, "z")]).encode()
    found = list(read_record(value, ()))
    assert [item.place for item, _ in found] == ["item 1", "item 2", "item 3", "item 4"]
    assert [isinstance(one, Received) for _, one in found] == [True, True, False, True]
    assert json.loads(found[2][0].raw) == {"event_id": "bad"}


def test_an_array_that_is_cut_off_keeps_what_came_before() -> None:
    value = json.dumps(failures(2)).encode()[:-20]
    found = list(read_record(value, ()))
    assert [isinstance(one, Received) for _, one in found] == [True, False]


@pytest.mark.parametrize("value", [b"", b"[]", b"[", b" [ ]", b"no JSON", b"\xff\xfe", b"null", b"3"])
def test_what_is_no_event_is_one_item_with_all_its_bytes(value: bytes) -> None:
    ((item, found),) = read_record(value, ())
    assert item.raw == value
    assert isinstance(found, InvalidInput)


def test_headers_of_a_binary_cloudevent_are_its_attributes_whatever_their_case() -> None:
    headers = [("CE_id", b"1"), ("ce_source", b"/s"), ("ce_type", b"t"), ("ce_specversion", b"1.0"), ("trace", b"x")]
    assert attributes_of(headers) == {"id": "1", "source": "/s", "type": "t", "specversion": "1.0"}
    event = a_failure()
    del event["event_id"]
    ((_, found),) = read_record(raw(event), headers)
    assert isinstance(found, Received)
    assert found.event_id.startswith("ce:")


def test_headers_of_something_else_are_no_attributes() -> None:
    assert attributes_of([("ce_something", b"1"), ("content-type", b"application/json")]) == {}


def test_the_data_of_a_binary_cloudevent_is_one_event_never_an_array() -> None:
    headers = [("ce_id", b"1"), ("ce_source", b"/s"), ("ce_type", b"t"), ("ce_specversion", b"1.0")]
    ((item, found),) = read_record(json.dumps(failures(2)).encode(), headers)
    assert item.place == ""
    assert isinstance(found, InvalidInput)


def test_an_array_of_too_many_items_is_refused_as_one() -> None:
    value = b"[" + b"0," * MAX_ITEMS + b"0]"
    ((item, found),) = read_record(value, ())
    assert item.raw == value
    assert isinstance(found, InvalidInput)
    assert "more than 10000 items" in str(found)


_NAMES = st.sampled_from(
    [*a_failure(), "specversion", "id", "source", "type", "data", "data_base64", "time", "content"]
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=6),
    max_leaves=12,
)
_HEADERS = st.lists(st.tuples(st.sampled_from(["ce_id", "ce_source", "ce_type", "ce_specversion", "x"]), st.binary()))


@given(value=st.binary() | _JSON.map(lambda made: json.dumps(made).encode()), headers=_HEADERS | st.just([]))
def test_whatever_comes_is_said_or_refused_and_raises_nothing(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    for item, found in read_record(value, headers):
        assert isinstance(item.raw, bytes)
        assert isinstance(found, Received | InvalidInput)


@given(made=st.dictionaries(_NAMES, _JSON, max_size=8))
def test_whatever_stands_in_an_envelope_is_said_or_refused(made: dict[str, Any]) -> None:
    envelope = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": a_failure() | made} | made
    ((_, found),) = read_record(json.dumps(envelope).encode(), ())
    assert isinstance(found, Received | InvalidInput)
