"""Faster producers, a store that cannot be written, too much that is refused: bounded, patient, and loud in time."""

import asyncio
import resource
import sqlite3

import pytest

from feedback.service.register import register_templates
from streams.groups import acknowledged
from streams.topics import ASSESS_GROUP, ASSESSED, DEAD_LETTERS, INCOMING, record_group
from tests.builders import a_failure, failures
from tests.streams.kit import Kit, alive, many, until
from tests.worlds import DEMO

pytestmark = pytest.mark.kafka

_MIB = 1024 * 1024


def test_a_locked_store_holds_the_recorder_up_in_bounded_memory_and_it_goes_on_by_itself(kit: Kit) -> None:
    service = kit.service()
    register_templates(service, DEMO.templates)
    recorder, assessor = kit.worker("record"), kit.worker("assess")
    kit.send(failures(5, "first"))
    kit.until_consumed(service.store)
    before = recorder.memory_bytes

    other = sqlite3.connect(kit.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    kit.send(many(4_000, "more", metadata={"filler": "y" * 20_000}))
    until(lambda: alive(recorder) and bool(recorder.said("waiting")), "the recorder says that it waits")
    until(lambda: kit.waiting(ASSESS_GROUP, INCOMING) == 0, "the rest is assessed meanwhile")
    assert "locked" in recorder.said("waiting")[-1]["because"]
    assert recorder.answer("/readyz")[0] == 503
    assert recorder.answer("/healthz")[0] == 200
    assert recorder.metric("feedback_blocked") == 1
    grown = recorder.memory_bytes - before
    assert kit.waiting(record_group(service.store.store_id), [ASSESSED]) == 4_000
    assert grown < 60 * _MIB  # 4,000 messages of 20 KB are 80 MB, and far more once they are read

    other.execute("ROLLBACK")
    other.close()
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(4_005,)]
    assert recorder.said("going on")
    until(lambda: recorder.answer("/readyz")[0] == 200, "it is ready again")
    assert recorder.metric("feedback_consumer_lag") == 0
    assert assessor.stop() == 0


def test_a_store_without_room_holds_the_recorder_up_and_it_goes_on_when_there_is_room(kit: Kit) -> None:
    service = kit.service()
    recorder = kit.worker("record")
    kit.worker("assess")
    kit.send(failures(5, "first"))
    kit.until_consumed(service.store)
    no_more = kit.db.stat().st_size + 64 * 1024
    resource.prlimit(recorder.process.pid, resource.RLIMIT_FSIZE, (no_more, resource.RLIM_INFINITY))
    kit.send(many(400, "more", metadata={"filler": "z" * 5_000}))
    until(lambda: alive(recorder) and bool(recorder.said("waiting")), "the recorder says that it waits")
    assert "cannot be written" in recorder.said("waiting")[-1]["because"]
    assert recorder.answer("/readyz")[0] == 503
    resource.prlimit(recorder.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(405,)]
    assert alive(recorder)


def test_too_many_dead_letters_stop_the_worker_and_nothing_of_them_is_acknowledged(kit: Kit) -> None:
    recorder = kit.worker("record")
    until(lambda: alive(recorder) and bool(recorder.said("promoted")), "the classifier is published")
    kit.send([b"no JSON at all"] * 300, topic=INCOMING[0])
    worker = kit.worker("assess", settings={"worker": {"dead_letter_minimum": 100, "dead_letter_share": 0.5}})
    until(lambda: worker.process.poll() is not None, "the worker stops")
    assert worker.process.returncode == 1
    said = worker.log.read_text(encoding="utf-8")
    assert "can never succeed" in said
    assert "not valid JSON" in said
    assert _reached(kit) <= 64
    assert len(kit.records(DEAD_LETTERS)) <= 64  # of the one batch before there were enough to judge
    patient = kit.worker("assess", settings={"worker": {"dead_letter_share": 1.0}})
    until(lambda: kit.waiting(ASSESS_GROUP, INCOMING) == 0, "a worker that never stops for that goes on")
    places = {
        tuple(dict(record.headers)[f"feedback-{name}"] for name in ("partition", "offset"))
        for record in kit.records(DEAD_LETTERS)
    }
    assert len(places) == 300
    assert patient.stop() == 0


def _reached(kit: Kit) -> int:
    return sum(asyncio.run(acknowledged(kit.connection(), ASSESS_GROUP, INCOMING)).values())


def test_what_the_recorder_cannot_read_becomes_a_dead_letter_and_costs_nothing_else(kit: Kit) -> None:
    service = kit.service()
    recorder = kit.worker("record")
    kit.worker("assess")
    kit.send([b'{"v": 2}', b"no JSON", None], topic=ASSESSED)
    kit.send([a_failure()])
    kit.until_consumed(service.store)
    until(lambda: len(kit.records(DEAD_LETTERS)) == 3, "the three are among the dead letters")
    assert service.store.rows("SELECT event_id FROM failures") == [("e-1",)]
    assert {dict(record.headers)["feedback-topic"] for record in kit.records(DEAD_LETTERS)} == {ASSESSED.encode()}
    assert recorder.metric("feedback_dead_letters_total") == 3
