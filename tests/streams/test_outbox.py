"""What happened to tickets is published from the log: nothing missing, in order per ticket, ids that tell repeats."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured_event

from feedback.service.review import act
from feedback.storage.maintenance import rebuild
from streams.topics import TICKETS
from tests.builders import failures
from tests.streams.kit import ROOT, Kit, alive, until

pytestmark = pytest.mark.kafka


def _ticket_facts(kit: Kit) -> dict[str, str]:
    """Return the position and type of every fact about a ticket or its cases."""
    sql = "SELECT position, type FROM facts WHERE type LIKE 'Ticket%' OR type LIKE 'Case%' ORDER BY position"
    return {str(position): kind for position, kind in kit.service().store.rows(sql)}


def _published(kit: Kit) -> list[str]:
    return [json.loads(record.value)["id"].partition("-")[0] for record in kit.records(TICKETS)]


def test_every_fact_of_a_ticket_is_published_once_it_is_in_the_log_and_again_after_a_crash(kit: Kit) -> None:
    service = kit.service()
    recorder = kit.worker("record", kill="published:1")
    assessor = kit.worker("assess")
    for category in ("a", "b"):
        kit.send(failures(12, category, template={"name": f"template_{category}", "version": "1.0.0"}))
    until(lambda: recorder.process.poll() is not None, "it is killed after sending, before it notes so")
    sent = _published(kit)
    assert sent
    recorder = kit.worker("record")
    kit.until_consumed(service.store)
    until(lambda: set(_published(kit)) == set(_ticket_facts(kit)), "everything is published")
    until(lambda: not [one for one in sent if _published(kit).count(one) < 2], "what was not noted is sent again")

    (ticket_id,) = service.store.rows("SELECT ticket_id FROM tickets WHERE kind = 'template_revision' LIMIT 1")[0]
    act(service, ticket_id, "take", actor="unverified:someone")  # by another process than the recorder
    until(lambda: set(_published(kit)) == set(_ticket_facts(kit)), "what others write is published too")
    before = len(_published(kit))
    rebuild(service.store)
    assert recorder.stop() == 0
    recorder = kit.worker("record")
    until(lambda: alive(recorder) and recorder.answer("/readyz")[0] == 200, "it runs again")
    assert len(_published(kit)) == before
    assert assessor.stop() == 0

    by_ticket: dict[bytes, list[int]] = defaultdict(list)
    for record in kit.records(TICKETS):
        event = from_structured_event(KafkaMessage(_headers(record), record.key, record.value))
        position = event.get_id().partition("-")[0]
        assert event.get_type() == f"dev.failure-feedback.{_ticket_facts(kit)[position]}"
        assert event.get_source() == f"/stores/{service.store.store_id}"
        data: Any = event.get_data()
        assert data["ticket_id"] == event.get_subject() == record.key.decode()
        if int(position) not in by_ticket[record.key]:
            by_ticket[record.key].append(int(position))
    assert len(by_ticket) >= 4
    assert all(positions == sorted(positions) for positions in by_ticket.values())


def _headers(record: ConsumerRecord) -> dict[str, bytes]:
    return dict(record.headers)


def test_a_store_that_was_filled_without_kafka_publishes_its_tickets_and_reads_on(kit: Kit) -> None:
    stream = kit.folder / "events.jsonl"
    stream.write_text("\n".join(json.dumps(one) for one in failures(12, "embedded")), encoding="utf-8")
    ingest = [sys.executable, "-m", "feedback", "ingest", str(stream), "--db", str(kit.db)]
    subprocess.run(ingest, cwd=ROOT, env=os.environ, check=True, capture_output=True)
    service = kit.service()
    kit.worker("record")
    kit.worker("assess")
    kit.send([*failures(12, "embedded"), *failures(3, "streamed")])
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(15,)]
    until(lambda: set(_published(kit)) == set(_ticket_facts(kit)), "the tickets of before are published")
