"""
The loop on Kafka: events a second and seconds until they are recorded, beside the bare engines, on one broker and the same events.

Run it by `make bench-streams`. It needs Java and Maven: the broker is the one of the tests.
"""

import asyncio
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from benchmarks.stream import make_events, make_templates
from feedback.domain.template import Template
from feedback.intake.native import parse_failure
from feedback.service.assessor import build_assessor
from feedback.service.bootstrap import open_service
from feedback.service.register import register_templates
from feedback.settings import load_settings
from streams.connection import Connection
from streams.topics import ASSESSED, create_topics
from tests.streams.broker import Broker, kafka_jars
from tests.streams.kit import Kit, Sections, Worker, alive, until

EVENTS = 24_000
TEMPLATES = 200
SECONDS_AT_HALF = 30
DEFAULTS: Sections = {
    "kafka": {"session_timeout_seconds": 10.0, "commit_interval_seconds": 1.0},
    "topics": {"partitions": 8},
    "worker": {"batch_size": 256, "batch_wait_seconds": 0.1, "publish_interval_seconds": 1.0},
}
_BARE = """
import sys, time
from feedback.settings import load_settings
from streams.app import build_app
from streams.connection import Connection
import os
app = build_app(Connection.of(load_settings().kafka, client_id="bare"), "bare", batch_size=256)
topic = app.topic("failures.online", key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
counted = 0
begun = 0.0
@app.agent(topic)
async def count(stream):
    global counted, begun
    async for events in stream.noack_take(256, within=0.1):
        begun = begun or time.monotonic()
        counted += len(events)
        for event in events:
            event.ack()
        if counted == int(sys.argv[1]):
            print(counted / (time.monotonic() - begun), file=sys.__stdout__, flush=True)  # Faust has taken sys.stdout
            os._exit(0)
import faust
worker = faust.Worker(app, loglevel="ERROR")
worker.spinner = None
worker.execute_from_commandline()
"""


def main() -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of leaders that fresh topics do not have yet
    templates = make_templates(TEMPLATES)
    events = list(make_events(EVENTS, templates))
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(Path(folder) / "kafka", kafka_jars())
        broker.prepare()
        broker.start()
        try:
            os.environ["FEEDBACK_KAFKA_BROKERS"] = broker.brokers
            _measure(Path(folder), broker, templates, events)
        finally:
            broker.stop()


def _measure(folder: Path, broker: Broker, templates: list[Template], events: Sequence[bytes]) -> None:
    embedded = _embedded(templates, events)
    print(f"embedded, assess step of one process          {embedded:8,.0f} events/s")
    kit = _fresh(folder / "bare", broker, templates)
    asyncio.run(_send(kit, events))
    bare = float(
        subprocess.run([sys.executable, "-c", _BARE, str(EVENTS)], capture_output=True, text=True, check=True).stdout
    )
    print(f"bare Faust take loop that only counts         {bare:8,.0f} messages/s")
    one = _assessed(_fresh(folder / "one", broker, templates), events, workers=1)
    print(
        f"one assess worker, topic to topic             {one:8,.0f} events/s, {one / min(embedded, bare):.0%} of the lower"
    )
    two = _assessed(_fresh(folder / "two", broker, templates), events, workers=2)
    print(f"two assess workers, topic to topic            {two:8,.0f} events/s, {two / one:.2f} times one")
    rate = _recorded(_fresh(folder / "all", broker, templates), events)
    print(f"--role all, topic to recorded                 {rate:8,.0f} events/s")
    median, high, seen = _latency(_fresh(folder / "half", broker, templates), events, rate / 2)
    print(
        f"--role all at half that rate, arrival to recorded: median {median:.2f} s, 99th percentile {high:.2f} s, {seen} events"
    )


def _embedded(templates: list[Template], events: Sequence[bytes]) -> float:
    assessor = build_assessor(templates)
    received = [parse_failure(event) for event in events]
    identified = [(one.event_id, one.event) for one in received]
    begun = time.monotonic()
    for start in range(0, len(identified), 256):
        assessor.assess(identified[start : start + 256])
    return len(identified) / (time.monotonic() - begun)


def _fresh(folder: Path, broker: Broker, templates: list[Template]) -> Kit:
    """Return a kit over empty topics and a store that knows the templates."""
    folder.mkdir()
    asyncio.run(_empty(broker.brokers))
    kit = Kit(folder, broker.brokers)
    service = open_service(kit.db)
    register_templates(service, templates)
    service.store.close()
    return kit


async def _empty(brokers: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    present = [name for name in await admin.list_topics() if not name.startswith("__")]
    if present:
        await admin.delete_topics(present)
        await asyncio.sleep(2)
    await admin.close()
    await create_topics(
        Connection.of(load_settings().kafka, client_id="bench", brokers=brokers), load_settings().topics
    )


async def _send(kit: Kit, events: Sequence[bytes], rate: float | None = None) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kit.brokers, linger_ms=5, max_batch_size=256 * 1024)
    await producer.start()
    begun = time.monotonic()
    futures = []
    for number, event in enumerate(events):
        if rate and number % 20 == 0:
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        futures.append(await producer.send("failures.online", event, key=str(number).encode()))
    await asyncio.gather(*futures)
    await producer.stop()


def _publish(kit: Kit) -> None:
    """Have a recorder publish what assess workers must know, and end."""
    recorder = kit.worker("record", settings=DEFAULTS)
    until(lambda: alive(recorder) and bool(recorder.said("promoted")), "the classifier is published")
    recorder.stop()


def _assessed(kit: Kit, events: Sequence[bytes], *, workers: int) -> float:
    _publish(kit)
    running = [kit.worker("assess", settings=DEFAULTS) for _ in range(workers)]
    until(lambda: all(alive(one) and one.answer("/readyz")[0] == 200 for one in running), "the workers are ready")
    asyncio.run(_send(kit, events))
    until(lambda: sum(_count(one, "assessed") for one in running) >= EVENTS, "all are assessed", 300)
    stamps = sorted(record.timestamp for record in kit.records(ASSESSED))
    kit.end()
    return _rate(stamps)


def _rate(stamps: Sequence[float]) -> float:
    """Return events a second over the middle nine tenths, so that neither the start nor the last batch weighs."""
    first, last = stamps[len(stamps) // 20], stamps[-len(stamps) // 20]
    return 0.9 * len(stamps) / ((last - first) / 1000)


def _count(worker: Worker, what: str) -> float:
    return worker.metric(f"feedback_failures_{what}_total")


def _both(kit: Kit) -> tuple[Worker, Worker]:
    """Run the two workers of `--role all`, on ports that can be asked."""
    recorder, assessor = kit.worker("record", settings=DEFAULTS), kit.worker("assess", settings=DEFAULTS)
    until(lambda: assessor.answer("/readyz")[0] == 200 and recorder.answer("/readyz")[0] == 200, "both are ready")
    return recorder, assessor


def _recorded(kit: Kit, events: Sequence[bytes]) -> float:
    recorder, _ = _both(kit)
    asyncio.run(_send(kit, events))
    seen: list[tuple[float, float]] = []

    def done() -> bool:
        seen.append((time.monotonic(), _count(recorder, "recorded")))
        return seen[-1][1] >= EVENTS

    until(done, "all are recorded", 300)
    kit.end()
    middle = [(at, count) for at, count in seen if 0.05 * EVENTS < count < 0.95 * EVENTS]
    return (middle[-1][1] - middle[0][1]) / (middle[-1][0] - middle[0][0])


def _latency(kit: Kit, events: Sequence[bytes], rate: float) -> tuple[float, float, int]:
    recorder, _ = _both(kit)
    chosen = events[: int(rate * SECONDS_AT_HALF)]
    asyncio.run(_send(kit, chosen, rate))
    until(lambda: _count(recorder, "recorded") >= len(chosen), "all are recorded", 300)
    buckets = _buckets(recorder)
    kit.end()
    return _quantile(buckets, 0.5), _quantile(buckets, 0.99), len(chosen)


def _buckets(worker: Worker) -> list[tuple[float, float]]:
    name = 'feedback_arrived_to_recorded_seconds_bucket{le="'
    lines = [line for line in worker.answer("/metrics")[1].splitlines() if line.startswith(name)]
    return [(float(line[len(name) :].partition('"')[0]), float(line.rpartition(" ")[2])) for line in lines]


def _quantile(buckets: Sequence[tuple[float, float]], share: float) -> float:
    """Return a quantile from a histogram's cumulative buckets, by a straight line within the bucket."""
    wanted, before, lower = share * buckets[-1][1], 0.0, 0.0
    for upper, count in buckets:
        if count >= wanted:
            return lower + (upper - lower) * (wanted - before) / (count - before)
        lower, before = upper, count
    return float("inf")


if __name__ == "__main__":
    main()
