"""Failures come in by Kafka and end where they would have ended on one machine."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from feedback.cli.ingest import take_in
from feedback.domain.failure import MAX_EVENT_BYTES
from feedback.domain.template import Template
from feedback.service.bootstrap import Service, open_service
from feedback.service.register import register_templates
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage.dead_letters import dead_letters
from feedback.storage.failures import count_by_category
from feedback.storage.maintenance import check_read_models, verify
from streams.topics import DEAD_LETTERS
from tests.builders import a_failure, failures
from tests.streams.kit import Kit
from tests.worlds import DEMO

pytestmark = pytest.mark.kafka


def embedded(folder: Path, events: list[dict[str, Any]], more: Sequence[Template] = ()) -> Service:
    """Return the service over a store that took the events in on one machine, with the demo's templates."""
    service = open_service(folder / "embedded.db")
    register_templates(service, [*DEMO.templates, *more])
    stream = folder / "embedded.jsonl"
    stream.write_text("\n".join(json.dumps(event) for event in events), encoding="utf-8")
    with stream.open("rb") as file:
        take_in(service, [file])
    return service


def all_that_is_said(service: Service) -> object:
    """Return everything that readers see of patterns, tickets, counts and loci."""
    return (
        pattern_rows(service),
        ticket_views(service),
        count_by_category(service.store),
        count_by_category(service.store, attributed=False),
    )


def test_both_channels_end_in_the_patterns_and_tickets_of_one_machine(kit: Kit, tmp_path: Path) -> None:
    events = DEMO.events(5)
    service = kit.service()
    register_templates(service, DEMO.templates)
    kit.worker("assess")
    kit.worker("record")
    kit.send(events)
    kit.until_consumed(service.store)
    assert all_that_is_said(service) == all_that_is_said(embedded(tmp_path, events))
    assert verify(service.store) == []
    assert check_read_models(service.store) == []


def test_a_record_may_hold_an_array_or_a_cloudevent(kit: Kit) -> None:
    service = kit.service()
    kit.worker("assess")
    kit.worker("record")
    named, unnamed = failures(2, "array"), a_failure(event_id=None)
    del unnamed["event_id"]
    kit.send([json.dumps([*named, {"event_id": "half"}]).encode()], topic="failures.online")
    envelope = {"type": "org.example.failed", "source": "/shop", "specversion": "1.0"}
    binary = to_binary_event(CloudEvent(envelope | {"id": "a-1", "datacontenttype": "application/json"}, unnamed))
    kit.send([binary.value], topic="failures.online", headers=list(binary.headers.items()))
    structured = to_structured_event(
        CloudEvent(envelope | {"id": "a-2", "datacontenttype": "application/json"}, unnamed)
    )
    kit.send([structured.value], topic="failures.offline", headers=list(structured.headers.items()))
    kit.send([structured.value], topic="failures.online")  # the same again, elsewhere: one event
    data = base64.b64encode(json.dumps(a_failure()).encode()).decode()
    kit.send([json.dumps(envelope | {"id": "a-3", "data_base64": data}).encode()], topic="failures.online")
    kit.until_consumed(service.store)
    ids = {event_id for (event_id,) in service.store.rows("SELECT event_id FROM failures")}
    assert {"array-0", "array-1"} <= ids
    assert len([event_id for event_id in ids if event_id.startswith("ce:")]) == 2
    assert ids - {"array-0", "array-1", "e-1"} == {event_id for event_id in ids if event_id.startswith("ce:")}
    (letter,) = kit.records(DEAD_LETTERS)
    assert json.loads(letter.value) == {"event_id": "half"}


def test_the_largest_legal_event_opens_a_ticket_and_the_largest_message_is_kept(kit: Kit) -> None:
    service = kit.service()
    kit.worker("assess")
    kit.worker("record")
    small = a_failure(event_id="large", labels={"risk_level": "high"}, metadata={"filler": ""})
    room = MAX_EVENT_BYTES - len(json.dumps(small, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    large = small | {"metadata": {"filler": "x" * room}}
    refused = b'{"filler": "' + b"y" * (2 * 1024 * 1024 - 1024) + b'"}'
    kit.send([large])
    kit.send([refused, None], topic="failures.offline")
    kit.until_consumed(service.store)
    assert [view["counts"]["failures"] for view in ticket_views(service)] == [1]
    letters = {len(letter.value or b""): dict(letter.headers) for letter in kit.records(DEAD_LETTERS)}
    assert set(letters) == {len(refused), 0}
    assert b"are allowed" in letters[len(refused)]["feedback-errors"]
    assert letters[len(refused)]["feedback-topic"] == b"failures.offline"


def test_a_conflict_is_kept_in_the_store_with_its_place(kit: Kit) -> None:
    service = kit.service()
    kit.worker("assess")
    kit.worker("record")
    kit.send([a_failure(), a_failure(), a_failure(response={"content": "something else"})])
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(1,)]
    (letter,) = dead_letters(service.store)
    assert letter.source == "failures.online"
    assert letter.place.startswith("partition ")
    assert "received before with other content" in letter.faults[0].message
    assert json.loads(letter.raw or b"")["response"] == {"content": "something else"}


def test_what_producers_compress_is_read_and_what_is_hostile_stops_nobody(kit: Kit) -> None:
    service = kit.service()
    assessor, recorder = kit.worker("assess"), kit.worker("record")
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        kit.send(failures(2, codec), compression=codec)
    surrogate = b'{"specversion": "1.0", "id": "\\ud800", "source": "s", "type": "t", "data": {}}'
    huge = b'{"filler": "' + b"y" * (4 * 1024 * 1024) + b'"}'
    kit.send([surrogate], topic="failures.online", headers=[("null", None)])
    kit.send([huge], topic="failures.online", compression="gzip")
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(8,)]
    letters = {len(letter.value): dict(letter.headers) for letter in kit.records(DEAD_LETTERS)}
    assert set(letters) == {len(surrogate), 2 * 1024 * 1024}
    assert b"surrogate" in letters[len(surrogate)]["feedback-errors"]
    assert letters[2 * 1024 * 1024]["feedback-truncated"].startswith(str(len(huge)).encode())
    assert (assessor.stop(), recorder.stop()) == (0, 0)
