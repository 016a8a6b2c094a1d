"""The role assess: failures in, assessments out. It has no store; as many as there are partitions share the work."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import faust
import structlog
from aiokafka import AIOKafkaConsumer
from faust.types import EventT

from feedback.settings import Settings
from streams import assessing
from streams.app import build_app, consume_by
from streams.assessing import Outcome, Record, assessing_process
from streams.batches import Batches, Reached, nothing, patiently
from streams.codec import headers_of
from streams.connection import Connection, reading
from streams.dead_letters import DeadLetterLimit
from streams.knowledge import Knowledge
from streams.reading import places_of, read_to
from streams.sending import Sender, sending
from streams.state import State
from streams.topics import ASSESS_GROUP, ASSESSED, CLASSIFIERS, DEAD_LETTERS, INCOMING, TEMPLATES

__all__ = ["assess_role"]

_PATIENCE_SECONDS = 10.0
_TOPICS = (TEMPLATES, CLASSIFIERS, ASSESSED, DEAD_LETTERS, *INCOMING)
log = structlog.get_logger("feedback.streams")


@asynccontextmanager
async def assess_role(
    connection: Connection, settings: Settings, state: State, *, reached: Reached = nothing
) -> AsyncIterator[faust.App]:
    """
    Give the app of an assess worker, which knows what it must know; start it to consume.

    1. learn templates and classifier from their topics, waiting for a recorder that publishes them
    2. a batch: assess in one call, send what came of it, wait until the brokers have it, acknowledge
    3. meanwhile follow the topics of step 1, and assess by what changed from the next batch on

    Raises:
        NotFound: A topic is missing.
    """
    async with AsyncExitStack() as stack:
        process = assessing_process()
        stack.callback(process.shutdown, wait=False, cancel_futures=True)
        sender = await patiently(lambda: stack.enter_async_context(sending(connection)), state.blocker("starting"))
        places = await patiently(lambda: places_of(connection, _TOPICS), state.blocker("starting"))
        consumer = await patiently(lambda: stack.enter_async_context(reading(connection)), state.blocker("starting"))
        consumer.assign([place for place in places if place.topic in (TEMPLATES, CLASSIFIERS)])
        learner = _Learner(process, consumer, settings, state)
        await learner.begin()
        following = asyncio.create_task(learner.follow())
        stack.callback(following.cancel)
        app = build_app(connection, ASSESS_GROUP, batch_size=settings.worker.batch_size)
        shell = _Assess(process, sender, settings, state, reached)
        batches = Batches(
            app,
            shell.work,
            shell.deliver,
            size=settings.worker.batch_size,
            wait_seconds=settings.worker.batch_wait_seconds,
            at_once=2,
            blocked=state.blocker("batches"),
            reached=reached,
        )
        consume_by(app, INCOMING, batches)
        state.watch(following, app)
        yield app


class _Learner:
    """Keeps the assessing process up to what the compacted topics say."""

    def __init__(
        self, process: ProcessPoolExecutor, consumer: AIOKafkaConsumer, settings: Settings, state: State
    ) -> None:
        self._process = process
        self._consumer = consumer
        self._settings = settings
        self._state = state
        self._knowledge = Knowledge()

    async def begin(self) -> None:
        """Read all that is assigned to the end, and on until there is a classifier that can be used."""
        async for record in read_to(self._consumer, await self._consumer.end_offsets(self._consumer.assignment())):
            self._knowledge.add(record)
        while True:
            why_not = await self._learn()
            if why_not is None:
                return
            self._state.missing = why_not
            log.warning("waiting", because=why_not)
            await self._read_on(_PATIENCE_SECONDS)

    async def follow(self) -> None:
        """Read on for ever, and learn whatever changes."""
        while True:
            if await self._read_on(_PATIENCE_SECONDS):
                why_not = await self._learn()
                if why_not is not None:
                    log.error("not learned", because=why_not, instead="going on with what was learned before")

    async def _read_on(self, seconds: float) -> bool:
        found = await self._consumer.getmany(timeout_ms=int(seconds * 1000))
        changed = [self._knowledge.add(record) for batch in found.values() for record in batch]
        return any(changed)

    async def _learn(self) -> str | None:
        known, classifier = self._knowledge, self._knowledge.classifier
        if known.manifest is None or classifier is None:
            return f"no recorder has published the promoted classifier on the topic {CLASSIFIERS} yet"
        loop, version = asyncio.get_running_loop(), known.manifest.version
        learn = partial(assessing.learn, known.templates, self._settings, version, classifier)
        why_not = await loop.run_in_executor(self._process, learn)
        if why_not is None:
            self._state.missing = None
            self._state.metrics.templates.set(len(known.templates))
            self._state.learned(version)
            log.info("learned", templates=len(known.templates), classifier=version)
        return why_not


class _Assess:
    """The two steps of a batch: assess it, send what came of it."""

    def __init__(
        self, process: ProcessPoolExecutor, sender: Sender, settings: Settings, state: State, reached: Reached
    ) -> None:
        self._process = process
        self._sender = sender
        self._state = state
        self._limit = DeadLetterLimit(settings.worker)
        self._reached = reached

    async def work(self, events: Sequence[EventT[bytes]]) -> tuple[list[Record], Outcome]:
        records = [_record(event) for event in events]
        loop = asyncio.get_running_loop()
        with self._state.metrics.batch_seconds.time():
            outcome = await loop.run_in_executor(self._process, assessing.assess, records)
        self._limit.add(outcome.refused)
        return records, outcome

    async def deliver(self, worked: tuple[list[Record], Outcome]) -> None:
        records, outcome = worked
        await self._sender.send(outcome.messages)
        self._reached("sent")
        self._count(records, outcome)
        self._state.taken |= {(one.topic, one.partition): one.offset + 1 for one in records}

    def _count(self, records: Sequence[Record], outcome: Outcome) -> None:
        metrics = self._state.metrics
        metrics.batch_size.observe(len(records))
        for topic, count in Counter(record.topic for record in records).items():
            metrics.consumed.labels(topic).inc(count)
        for category, count in Counter(outcome.categories).items():
            metrics.assessed.labels(category).inc(count)
        for message in outcome.messages:
            if message.topic == DEAD_LETTERS:
                metrics.dead_letters.labels(message.key.decode().rpartition(":")[0]).inc()


def _record(event: EventT[bytes]) -> Record:
    message: Any = event.message  # as aiokafka gave it: headers are pairs
    return Record(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        arrived_at=message.timestamp,
        key=message.key,
        value=message.value,
        headers=headers_of(message),
    )
