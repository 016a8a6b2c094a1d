"""Who may run beside whom, what a worker must know before it consumes, and how it ends."""

import asyncio
import json
import shutil
import time
from functools import partial

import pytest

from feedback.service.bootstrap import Service
from feedback.service.register import register_templates
from feedback.storage.database import Row
from feedback.storage.positions import consumed
from streams.groups import cluster_id
from streams.topics import ASSESS_GROUP, INCOMING
from tests.builders import a_template, failures, raw
from tests.streams.broker import PASSWORD, USER, Broker
from tests.streams.kit import Kit, Worker, alive, many, until

pytestmark = pytest.mark.kafka

_STOP_SECONDS = 10


def test_a_second_recorder_of_a_store_says_who_holds_it_and_stops(kit: Kit) -> None:
    kit.service()
    first = kit.worker("record")
    until(lambda: alive(first) and first.answer("/readyz")[0] == 200, "the first is ready")
    second = kit.worker("record")
    until(lambda: second.process.poll() is not None, "the second stops")
    assert second.process.returncode == 2
    assert f"process {first.process.pid} on" in second.log.read_text(encoding="utf-8")
    copy = kit.folder / "copy.db"
    kit.service().store.backup(copy)
    beside = kit.worker("record", db=copy)
    until(lambda: beside.process.poll() is not None, "one of a copy, which no lock keeps off, stops")
    assert beside.process.returncode == 2
    assert "already has a process in the role record: feedback-record@" in beside.log.read_text(encoding="utf-8")
    assert alive(first)


def test_a_recorder_of_another_store_stops_unless_it_takes_over(kit: Kit) -> None:
    owner = kit.service().store.store_id
    first = kit.worker("record")
    until(lambda: alive(first) and bool(first.said("promoted")), "the first has published")
    assert first.stop() == 0
    other = kit.folder / "other.db"
    stranger = kit.service(other).store.store_id
    second = kit.worker("record", db=other)
    until(lambda: second.process.poll() is not None, "the stranger stops")
    assert second.process.returncode == 2
    said = second.log.read_text(encoding="utf-8")
    assert f"belong to the store {owner}" in said
    assert stranger in said
    heir = kit.worker("record", db=other, extra=["--take-over"])
    until(lambda: alive(heir) and heir.answer("/readyz")[0] == 200, "with --take-over it goes on")
    assert heir.stop() == 0
    back = kit.worker("record")
    until(lambda: back.process.poll() is not None, "and the first is now the stranger")
    assert back.process.returncode == 2


def test_a_restored_store_reads_again_what_came_after_its_backup(kit: Kit) -> None:
    service, backup = kit.service(), kit.folder / "backup.db"
    recorder = kit.worker("record")
    kit.worker("assess")
    kit.send(failures(20, "before"))
    kit.until_consumed(service.store)
    service.store.backup(backup)  # while it runs
    kit.send(failures(30, "after"))
    kit.until_consumed(service.store)
    assert recorder.stop() == 0
    service.store.close()
    for beside in kit.folder.glob("store.db*"):
        beside.unlink()
    shutil.copy(backup, kit.db)
    restored = kit.worker("record")
    until(lambda: alive(restored) and bool(restored.said("going back")), "it sees that the store is older")
    service = kit.service()
    until(lambda: service.store.rows("SELECT count(*) FROM failures") == [(50,)], "all is there again")
    cluster = asyncio.run(cluster_id(kit.connection()))
    assert sum(consumed(service.store, cluster).values()) == 50


def test_an_assess_worker_waits_for_the_classifier_and_then_follows_the_templates(kit: Kit) -> None:
    service = kit.service()
    register_templates(service, [a_template(instruction="Answer the letter about the garden fence in one sentence.")])
    kit.send(_unnamed("early", "Answer the letter about the garden fence in one sentence."))
    assessor = kit.worker("assess")
    until(lambda: alive(assessor) and bool(assessor.said("waiting")), "it waits")
    assert assessor.answer("/readyz")[0] == 503
    assert "no recorder has published" in json.loads(assessor.answer("/readyz")[1])["detail"]
    assert kit.waiting(ASSESS_GROUP, INCOMING) == 1
    kit.worker("record")
    kit.until_consumed(service.store)
    assert assessor.answer("/readyz")[0] == 200
    assert assessor.metric("feedback_templates_known") == 1
    words = "Sort the harbour's invoices by berth and name the three dearest of them."
    register_templates(service, [a_template(name="invoices", system="", instruction=words)])
    until(lambda: assessor.metric("feedback_templates_known") == 2, "the new template is learned")
    kit.send(_unnamed("late", words))
    kit.until_consumed(service.store)
    rows = service.store.rows("SELECT event_id, template_name, template_method FROM failures ORDER BY 1")
    assert rows == [("early-0", "payment_terms", "text"), ("late-0", "invoices", "text")]


def _unnamed(prefix: str, asked: str) -> list[dict[str, object]]:
    system = {"role": "system", "content": "You are an enterprise contract assistant."}
    messages = [*([system] if prefix == "early" else []), {"role": "user", "content": asked}]
    (event,) = failures(1, prefix, request={"messages": messages})
    del event["template"]
    return [event]


def test_what_cannot_be_read_on_the_compacted_topics_is_passed_over(kit: Kit) -> None:
    kit.send([b"no family", raw({"name": "t", "templates": [{"name": 1}]})], topic="templates")
    recorder, assessor = kit.worker("record"), kit.worker("assess")
    until(lambda: alive(assessor) and alive(recorder) and assessor.answer("/readyz")[0] == 200, "both are ready")
    assert len(assessor.said("passed over")) == 2


def test_sigterm_stops_both_roles_in_time_with_nothing_lost(kit: Kit) -> None:
    service = kit.service()
    workers = {name: kit.worker(name) for name in ("assess", "record")}
    kit.send(many(3_000, "many"))
    done = "SELECT count(*) FROM failures"
    for role in ("assess", "record"):
        before = service.store.rows(done)
        until(partial(_more, service, done, before), "they are in the middle of it")
        begun = time.monotonic()
        assert workers[role].stop() == 0
        assert time.monotonic() - begun < _STOP_SECONDS
        assert workers[role].said("stopped")
        assert service.store.rows(done) < [(3_000,)]
        kit.worker(role)
    kit.until_consumed(service.store)
    assert service.store.rows(done) == [(3_000,)]


def _more(service: Service, sql: str, before: list[Row]) -> bool:
    return service.store.rows(sql) > before


def _waits(worker: Worker) -> bool:
    return alive(worker) and bool(worker.said("waiting"))


def test_both_roles_run_by_one_command_and_end_with_it(kit: Kit) -> None:
    service = kit.service()
    ports = {"worker": {"assess_port": 0, "record_port": 0}}
    both = kit.worker("all", script="feedback", settings=ports)
    kit.send(failures(50, "some"))
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(50,)]
    assert both.stop() == 0
    assert len(both.said("stopped")) == 2
    again = kit.worker("all", script="feedback", settings=ports)
    until(lambda: alive(again) and len(again.said("answering")) == 2, "they run again")
    again.kill()
    until(lambda: len(again.said("stopped")) == 2, "without their parent they stop by themselves")


def test_brokers_that_ask_for_tls_and_a_password_get_them(kit: Kit, broker: Broker) -> None:
    service = kit.service()
    secured = {
        "security_protocol": "SASL_SSL",
        "sasl_username": USER,
        "ssl_cafile": str(broker.authority),
        "sasl_mechanism": "PLAIN",
    }
    known = {"FEEDBACK_KAFKA_PASSWORD": PASSWORD}
    for role in ("record", "assess"):
        kit.worker(role, brokers=broker.secure_brokers, environment=known, settings={"kafka": secured})
    kit.send(failures(5, "secured"))
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(5,)]
    without = kit.worker("assess", brokers=broker.secure_brokers, settings={"kafka": secured})
    until(lambda: without.process.poll() is not None, "one without the password stops")
    assert without.process.returncode == 2
    assert "needs a password in FEEDBACK_KAFKA_PASSWORD" in without.log.read_text(encoding="utf-8")


def test_a_worker_waits_for_brokers_that_are_not_there_yet(kit: Kit, broker: Broker) -> None:
    service = kit.service()
    broker.stop()
    workers = [kit.worker("record"), kit.worker("assess")]
    for worker in workers:
        until(partial(_waits, worker), "it says that it waits")
        assert "cannot be reached" in worker.said("waiting")[0]["because"]
    broker.start()
    kit.send(failures(5, "then"))
    kit.until_consumed(service.store)
    assert service.store.rows("SELECT count(*) FROM failures") == [(5,)]
