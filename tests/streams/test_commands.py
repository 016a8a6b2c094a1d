"""The commands that ask and tell the brokers: topics, replay, dead-letters."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from click.testing import CliRunner, Result

from feedback.cli import main
from streams.groups import acknowledged
from streams.topics import ASSESS_GROUP, DEAD_LETTERS, INCOMING, TOPICS
from tests.builders import a_failure, failures
from tests.streams.kit import ROOT, Kit, alive, until

pytestmark = pytest.mark.kafka


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def _process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "feedback", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def _data(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_missing_topics_are_made_and_differences_are_told(kit: Kit) -> None:
    asyncio.run(_delete(kit, "tickets"))
    until(lambda: "missing: `feedback topics create`" in _run("topics", "list").stdout, "the topic is gone")
    assert _run("topics", "list").exit_code == 1
    until(lambda: _data(_run("topics", "create", "--json")) == {"created": ["tickets"]}, "it is made")
    assert "all were there" in _run("topics", "create").stdout
    listed = _run("topics", "list", "--json")
    assert listed.exit_code == 1
    found = {one["topic"]: one for one in json.loads(listed.stdout)}
    assert set(found) == {topic.name for topic in TOPICS}
    assert found["failures.online"]["differences"] == ["4 partitions, not 8"]  # the tests make fewer
    assert found["tickets"]["differences"] == []
    assert found["templates"]["configs"] == {"max.message.bytes": "2097152", "cleanup.policy": "compact"}
    assert found["failures.assessed"]["configs"]["retention.ms"] == str(7 * 24 * 3_600_000)
    assert int(found[DEAD_LETTERS]["configs"]["max.message.bytes"]) > 2_097_152


async def _delete(kit: Kit, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kit.brokers)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()


def test_brokers_that_do_not_answer_end_a_command_with_a_sentence() -> None:
    result = _process("topics", "list", "--brokers", "127.0.0.1:1")
    assert result.returncode == 1
    assert "127.0.0.1:1 cannot be reached" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_topic_ends_a_worker_with_a_sentence(kit: Kit) -> None:
    asyncio.run(_delete(kit, "classifiers"))
    until(lambda: "missing" in _run("topics", "list").stdout, "the topic is gone")
    worker = kit.worker("assess")
    until(lambda: worker.process.poll() is not None, "it stops")
    assert worker.process.returncode == 2
    assert "`feedback topics create` makes it" in worker.log.read_text(encoding="utf-8")


def test_dead_letters_of_topic_and_table_are_listed_shown_and_retried(kit: Kit) -> None:
    service = kit.service()
    recorder, assessor = kit.worker("record"), kit.worker("assess")
    wrong = json.dumps(a_failure(event_id="wrong", channel="onlin")).encode()
    kit.send([wrong], topic="failures.online", headers=[("trace", b"t-1")])
    kit.send([a_failure(), a_failure(response={"content": "other"})])
    kit.until_consumed(service.store)
    assert assessor.stop() == 0
    assert recorder.stop() == 0

    (on_topic,) = _data(_run("dead-letters", "list", "--from", "topic", "--json"))
    assert (on_topic["source"], on_topic["errors"][0]["path"]) == ("failures.online", "channel")
    both = _data(_run("dead-letters", "list", "--from", "both", "--db", str(kit.db), "--json"))
    assert {str(one["number"]) for one in both} == {"1", on_topic["number"]}
    shown = _run("dead-letters", "show", on_topic["number"], "--raw")
    assert shown.stdout_bytes == wrong
    assert "channel" in _run("dead-letters", "show", on_topic["number"]).stdout
    nobody = _run("dead-letters", "show", "0:9999")
    assert (nobody.exit_code, "no dead letter '0:9999'" in nobody.output) == (2, True)

    (again,) = _data(_run("dead-letters", "retry", on_topic["number"], "--json"))
    assert again["status"] == "sent to failures.online"
    sent = [record for record in kit.records("failures.online") if record.value == wrong]
    assert [(one.key, dict(one.headers)) for one in sent] == [(b"some-key", {"trace": b"t-1"})] * 2

    refused = _run("dead-letters", "retry", "1", "--db", str(kit.db), "--json")
    assert refused.exit_code == 2
    assert json.loads(refused.stdout)[0]["status"] == "conflict"


def test_a_role_is_set_back_to_a_time_or_an_offset_and_consumes_again(kit: Kit) -> None:
    service = kit.service()
    recorder, assessor = kit.worker("record"), kit.worker("assess")
    kit.send(failures(20, "some"))
    kit.until_consumed(service.store)
    busy = _process("replay", "--role", "assess", "--from-time", "2026-01-01T00:00:00+0000")
    assert busy.returncode == 2
    assert "is in it: stop that worker first" in busy.stderr
    assert assessor.stop() == 0
    until(lambda: _members(kit) == 0, "the group is empty")
    moved = json.loads(
        _process("replay", "--role", "assess", "--from-time", "2026-01-01T00:00:00+0000", "--json").stdout
    )
    assert sum(_reached(kit).values()) == 0
    assert {one["offset"] for one in moved} == {0}
    nothing = json.loads(
        _process("replay", "--role", "assess", "--from-time", "2026-01-01T00:00:00+0000", "--json").stdout
    )
    assert nothing == []
    assessor = kit.worker("assess")
    until(lambda: assessor.metric("feedback_failures_assessed_total") == 20, "all are assessed again")
    until(lambda: recorder.metric("feedback_failures_recorded_total") == 40, "and come to the recorder")
    assert alive(recorder)
    assert service.store.rows("SELECT count(*) FROM facts WHERE type = 'FailureAssessed'") == [(20,)]
    assert recorder.stop() == 0
    place = next(iter(moved))
    back = _process("replay", "--role", "assess", "--topic", "failures.online", "--from-offset", "1")
    assert (back.returncode, "needs --topic and --partition" in back.stderr) == (2, True)
    assert place["topic"] in INCOMING
    assert (
        "consumes failures.assessed"
        in _process(
            "replay",
            "--role",
            "record",
            "--db",
            str(kit.db),
            "--topic",
            "tickets",
            "--from-offset",
            "0",
            "--partition",
            "0",
        ).stderr
    )


def _reached(kit: Kit) -> dict[tuple[str, int], int]:
    return asyncio.run(acknowledged(kit.connection(), ASSESS_GROUP, INCOMING))


def _members(kit: Kit) -> int:
    from streams.groups import members  # noqa: PLC0415  beside its one use

    return len(asyncio.run(members(kit.connection(), ASSESS_GROUP)))
