"""The role record: assessments in, facts into the store; tickets, templates and the classifier out. One for a store."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import faust
import structlog
from faust.types import EventT

from feedback.errors import InvalidInput
from feedback.service.bootstrap import Service, open_service
from feedback.service.consume import AssessedFailure, consume
from feedback.service.report import Verdict
from feedback.settings import Settings
from feedback.storage.holding import held
from feedback.storage.positions import Place, consumed
from streams.app import build_app, consume_by
from streams.batches import Batches, Reached, nothing, patiently
from streams.codec import Message, Origin, dead_letter_message, headers_of, read_assessed
from streams.connection import Connection
from streams.dead_letters import DeadLetterLimit
from streams.groups import cluster_id
from streams.judging import Judging
from streams.knowledge import Knowledge
from streams.outbox import Outbox
from streams.ownership import alone_in_group, go_back_with_the_store, holder, refuse_foreign_topics
from streams.publishing import Publisher
from streams.reading import read_all
from streams.sending import Sender, sending
from streams.state import State
from streams.topics import ASSESSED, CLASSIFIERS, DEAD_LETTERS, TEMPLATES, record_group
from streams.watching import Watching

__all__ = ["StoreThread", "record_role"]

_STORE_PATIENCE_SECONDS = 2.0
_LEAVING_SECONDS = 5.0
Answer = TypeVar("Answer")
log = structlog.get_logger("feedback.streams")


class StoreThread:
    """The one thread in which the store is opened and used: SQLite may wait there without holding up the rest."""

    def __init__(self, service: Service, thread: ThreadPoolExecutor) -> None:
        """Wrap what was opened in this thread."""
        self.service = service
        self._thread = thread

    async def run(self, use: Callable[[Service], Answer]) -> Answer:
        """Return what `use` returns of the service, called in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, use, self.service)


@asynccontextmanager
async def record_role(
    connection: Connection,
    settings: Settings,
    state: State,
    *,
    path: str | Path | None,
    take_over: bool = False,
    reached: Reached = nothing,
) -> AsyncIterator[faust.App]:
    """
    Give the app of the recorder of the store at `path`; start it to consume.

    1. take the role for this store; see that topics and group are this store's, and go back with a restored store
    2. publish what assess workers must know, and what of tickets is not published yet
    3. a batch: record it in one transaction with the place reached, send what cannot be read to the dead letters,
       acknowledge
    4. when no more comes, or has not stopped to for long, judge the patterns that changed
    5. after that, and now and then, publish as in step 2
    6. now and then look for drift, beside all this

    Raises:
        StoreHeld: Another process has the role for this store.
        ForeignTopics: The topics are another store's.
        NotFound: A topic is missing.
    """
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_opened(path, settings, state))
        store_id, name = await store.run(lambda service: (service.store.store_id, service.store.path))
        sender = await patiently(lambda: stack.enter_async_context(sending(connection)), state.blocker("starting"))
        known = await patiently(lambda: _known(connection), state.blocker("starting"))
        refuse_foreign_topics(known, store_id, name, take_over=take_over)
        patience = settings.kafka.session_timeout_seconds + _LEAVING_SECONDS
        await patiently(lambda: alone_in_group(connection, store_id, name, patience), state.blocker("starting"))
        cluster = await patiently(lambda: cluster_id(connection), state.blocker("starting"))
        kept = await store.run(lambda service: consumed(service.store, cluster))
        await patiently(lambda: go_back_with_the_store(connection, store_id, kept), state.blocker("starting"))
        publisher = Publisher(store.run, sender, known, await store.run(Outbox), state, reached)
        await patiently(publisher.publish, state.blocker("starting"))
        publishing = asyncio.create_task(publisher.go_on(settings.worker.publish_interval_seconds))
        stack.callback(publishing.cancel)
        app = build_app(connection, record_group(store_id), batch_size=settings.worker.batch_size)
        judging = _judging(stack, store, settings, state, judged=publisher.look)
        shell = _Record(store, sender, cluster, settings, state, judging, reached)
        batches = Batches(
            app,
            shell.work,
            shell.deliver,
            size=settings.worker.batch_size,
            wait_seconds=settings.worker.batch_wait_seconds,
            at_once=1,  # in order: of two failures with one id the first to come is kept
            blocked=state.blocker("batches"),
            reached=reached,
        )
        consume_by(app, [ASSESSED], batches)
        state.watch(publishing, app)
        state.watch(_watching(stack, name, settings, state))
        state.missing = None
        yield app


@asynccontextmanager
async def _opened(path: str | Path | None, settings: Settings, state: State) -> AsyncIterator[StoreThread]:
    """Open the store in a thread of its own and take the role for it."""
    quick = settings.store.model_copy(
        update={"busy_timeout_seconds": min(settings.store.busy_timeout_seconds, _STORE_PATIENCE_SECONDS)}
    )
    settings = settings.model_copy(update={"store": quick})
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "store") as thread:

        async def open_it() -> Service:
            return await loop.run_in_executor(thread, lambda: open_service(path, settings=settings))

        service = await patiently(open_it, state.blocker("starting"))
        try:
            with held(service.store, "recorder", holder()):
                yield StoreThread(service, thread)
        finally:
            await loop.run_in_executor(thread, service.store.close)


def _watching(stack: AsyncExitStack, path: str, settings: Settings, state: State) -> asyncio.Task[None]:
    """Begin to watch for drift until the stack ends."""
    watching = Watching(path, settings, state.metrics)
    stack.callback(watching.interrupt)
    task = asyncio.create_task(watching.go_on())
    stack.callback(task.cancel)
    return task


def _judging(
    stack: AsyncExitStack, store: StoreThread, settings: Settings, state: State, *, judged: Callable[[], None]
) -> Judging:
    """Begin to judge when input is at rest, until the stack ends."""
    judging = Judging(store.run, settings.worker, judged=judged, blocked=state.blocker("judging"))
    judging.recorded()  # what was recorded last time may not have been judged
    task = asyncio.create_task(judging.go_on())
    stack.callback(task.cancel)
    state.watch(task)
    return judging


async def _known(connection: Connection) -> Knowledge:
    known = Knowledge()
    async for record in read_all(connection, TEMPLATES, CLASSIFIERS):
        known.add(record)
    return known


@dataclass(slots=True)
class _Worked:
    """A batch that is recorded, and what is left to be delivered of it."""

    verdicts: list[Verdict] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    letters: list[Message] = field(default_factory=list)
    refused: list[str | None] = field(default_factory=list)
    taken: dict[Place, int] = field(default_factory=dict)
    seconds: float = 0.0


class _Record:
    """The two steps of a batch: record it, deliver what cannot be read."""

    def __init__(
        self,
        store: StoreThread,
        sender: Sender,
        cluster: str,
        settings: Settings,
        state: State,
        judging: Judging,
        reached: Reached,
    ) -> None:
        self._store = store
        self._sender = sender
        self._cluster = cluster
        self._state = state
        self._judging = judging
        self._limit = DeadLetterLimit(settings.worker)
        self._reached = reached

    async def work(self, events: Sequence[EventT[bytes]]) -> _Worked:
        begun = time.monotonic()
        worked = await self._store.run(lambda service: self._consume(service, events))
        worked.seconds = time.monotonic() - begun
        self._reached("committed")
        self._limit.add(worked.refused)
        return worked

    async def deliver(self, worked: _Worked) -> None:
        await self._sender.send(worked.letters)
        self._count(worked)
        self._state.taken |= worked.taken
        self._judging.recorded()

    def _consume(self, service: Service, events: Sequence[EventT[bytes]]) -> _Worked:
        worked = _Worked()
        batch: list[AssessedFailure] = []
        for event in events:
            message = event.message
            worked.taken[message.topic, message.partition] = message.offset + 1
            try:
                failure, origin = read_assessed(message.value or b"")
            except InvalidInput as error:
                worked.letters.append(_letter(message, error))
                worked.refused.append(str(error))
            else:
                batch.append(failure)
                worked.origins.append(origin)
        worked.verdicts = consume(service, batch, cluster=self._cluster, reached=worked.taken)
        worked.refused += [str(said.faults[0]) if said.faults else None for said in worked.verdicts]
        return worked

    def _count(self, worked: _Worked) -> None:
        metrics, now = self._state.metrics, datetime.now(UTC)
        metrics.consumed.labels(ASSESSED).inc(len(worked.refused))
        metrics.batch_size.observe(len(worked.refused))
        metrics.batch_seconds.observe(worked.seconds)
        for status, count in Counter(verdict.status for verdict in worked.verdicts).items():
            metrics.recorded.labels(status).inc(count)
        for letter in worked.letters:
            metrics.dead_letters.labels(letter.key.decode().rpartition(":")[0]).inc()
        for verdict, origin in zip(worked.verdicts, worked.origins, strict=True):
            if verdict.faults:
                metrics.dead_letters.labels(origin.topic).inc()
            if verdict.event is not None:
                metrics.since_occurred.observe(max(0.0, (now - verdict.event.occurred_at).total_seconds()))
                metrics.since_arrived.observe(max(0.0, now.timestamp() - origin.arrived_at))


def _letter(message: Any, error: InvalidInput) -> Message:
    origin = Origin(
        topic=message.topic, partition=message.partition, offset=message.offset, arrived_at=message.timestamp
    )
    return dead_letter_message(
        DEAD_LETTERS, origin, message.value or b"", error.faults, key=message.key, headers=headers_of(message)
    )
