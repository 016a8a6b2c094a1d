"""Killed between commit and acknowledge, between send and acknowledge, over a broker restart and a rebalance: once each."""

import json
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from feedback.service.register import register_templates
from feedback.storage.database import Store
from feedback.storage.maintenance import check_read_models, verify
from streams.topics import DEAD_LETTERS, INCOMING, TICKETS
from tests.streams.broker import Broker
from tests.streams.kit import Kit, alive, until
from tests.streams.test_loop import all_that_is_said, embedded
from tests.worlds import DEMO, HARBOUR

pytestmark = pytest.mark.kafka

EVENTS = 20_000
TWICE = EVENTS * 5 // 100
INVALID = EVENTS * 2 // 100
KILLS = 10


def _invalid(number: int, event: dict[str, object]) -> bytes:
    """Return a message that can never succeed, each in one of four ways, and no two alike."""
    broken = json.dumps(event | {"event_id": f"invalid-{number}"}, ensure_ascii=False)
    return [
        broken[: len(broken) // 2],
        broken.replace('"occurred_at"', '"happened_at"', 1),
        json.dumps({"event_id": f"invalid-{number}", "channel": "online", "source": "red_team"}),
        f'"only a text {number}"',
    ][number % 4].encode()


_LATER = {"worker": {"judge_quiet_seconds": 600.0, "judge_interval_seconds": 600.0}}
"""Judging between two kills would open tickets by what has come so far: that is no error, but not what is compared."""


def _killed_again_and_again(kit: Kit, role: str, step: str, dice: random.Random) -> int:
    """Start a worker that kills itself, again and again, and return how often it did so at the step."""
    killed = 0
    for _ in range(KILLS):
        worker = kit.worker(role, kill=f"{step}:{dice.randint(2, 6)}", settings=_LATER)
        until(partial(getattr, worker, "ended"), f"{role} kills itself")
        killed += worker.process.returncode == -signal.SIGKILL and bool(worker.said("killed"))
    return killed


def test_every_event_is_recorded_once_whatever_is_killed_and_restarted(
    kit: Kit, broker: Broker, tmp_path: Path
) -> None:
    worlds = [event for seed in range(1, 40) for world in (DEMO, HARBOUR) for event in world.events(seed)]
    valid = worlds[: EVENTS - INVALID]
    assert len({str(event["event_id"]) for event in valid}) == EVENTS - INVALID
    invalid = [_invalid(number, event) for number, event in enumerate(worlds[:INVALID])]
    dice = random.Random(11)
    stream: list[object] = [*valid, *invalid, *dice.sample(valid, TWICE)]
    dice.shuffle(stream)
    service = kit.service()
    register_templates(service, [*DEMO.templates, *HARBOUR.templates])
    for start in range(0, len(stream), 2_000):
        kit.send([one for one in stream[start : start + 2_000] if isinstance(one, dict)])
        kit.send([one for one in stream[start : start + 2_000] if isinstance(one, bytes)], topic=dice.choice(INCOMING))
    first = kit.worker("record", settings=_LATER)  # publishes what the others must know
    until(lambda: alive(first) and bool(first.said("promoted")), "the classifier is published")
    first.kill()

    with ThreadPoolExecutor(2) as killing:
        assessing = killing.submit(_killed_again_and_again, kit, "assess", "sent", random.Random(1))
        recording = killing.submit(_killed_again_and_again, kit, "record", "committed", random.Random(2))
        assert assessing.result() == KILLS
        assert recording.result() == KILLS

    recorder, one = kit.worker("record", settings=_LATER), kit.worker("assess")
    until(lambda: one.metric("feedback_failures_assessed_total") > 500, "the first assess worker works")
    other = kit.worker("assess")
    until(lambda: other.metric("feedback_failures_assessed_total") > 200, "partitions went over to the second")
    broker.stop()
    broker.start()
    before = one.metric("feedback_failures_assessed_total")
    until(lambda: one.metric("feedback_failures_assessed_total") > before, "they go on after the broker's restart")
    assert other.stop() == 0
    kit.until_consumed(service.store, judged=False)
    assert (one.process.poll(), recorder.process.poll()) == (None, None)
    assert recorder.stop() == 0
    kit.worker("record")  # judges what the others left
    kit.until_consumed(service.store)

    assert service.store.rows("SELECT count(*), count(category) FROM failures") == [(len(valid), len(valid))]
    ids = {event_id for (event_id,) in service.store.rows("SELECT event_id FROM failures")}
    assert ids == {event["event_id"] for event in valid}
    letters = kit.records(DEAD_LETTERS)
    assert {letter.value for letter in letters} == set(invalid)
    assert all(json.loads(dict(letter.headers)["feedback-errors"]) for letter in letters)
    assert all_that_is_said(service) == all_that_is_said(embedded(tmp_path, valid, HARBOUR.templates))
    assert verify(service.store) == []
    assert check_read_models(service.store) == []

    until(lambda: _published(kit) >= _ticket_facts(service.store), "what happened to tickets is published")
    assert _published(kit) == _ticket_facts(service.store)


def _ticket_facts(store: Store) -> set[str]:
    kinds = "type LIKE 'Ticket%' OR type LIKE 'Case%'"
    return {str(position) for (position,) in store.rows(f"SELECT position FROM facts WHERE {kinds}")}


def _published(kit: Kit) -> set[str]:
    return {json.loads(record.value)["id"].partition("-")[0] for record in kit.records(TICKETS)}
