"""Running a worker: one role in this process, or both in two processes that live and end together."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from pathlib import Path
from typing import Literal

import faust
import structlog
from mode.threads import WorkerThread

from feedback.logs import begin_logging
from feedback.settings import Settings
from streams.assess import assess_role
from streams.batches import Reached, nothing
from streams.connection import Connection, kafka_errors
from streams.operations import answering
from streams.ownership import our_name
from streams.record import record_role
from streams.state import State

__all__ = ["Role", "run_app", "run_both", "run_role"]

Role = Literal["assess", "record"]
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOK_SECONDS = 0.1
_STOP_SECONDS = 8.0
log = structlog.get_logger("feedback.streams")


def run_role(
    role: Role,
    settings: Settings,
    *,
    brokers: str | None = None,
    port: int | None = None,
    db: str | Path | None = None,
    take_over: bool = False,
    with_parent: bool = False,
    reached: Reached = nothing,
) -> None:
    """
    Run one role until SIGTERM or SIGINT; what was in work and not acknowledged then comes again at the next start.

    Args:
        brokers: Instead of those of the environment or the settings.
        port: Instead of the role's in the settings.
        db: The store, for the recorder; None takes the one of the settings.
        take_over: Take the topics over from another store.
        with_parent: Stop also when standard input ends, which a parent that was killed cannot keep open.
        reached: Told the steps that batches pass; tests place kills there.

    Raises:
        FeedbackError: Why the worker had to stop.
    """
    begin_logging(settings.logging)
    connection = Connection.of(settings.kafka, client_id=our_name(role), brokers=brokers)
    state = State(role)
    if role == "assess":
        context = assess_role(connection, settings, state, reached=reached)
        chosen = settings.worker.assess_port
    else:
        context = record_role(connection, settings, state, path=db, take_over=take_over, reached=reached)
        chosen = settings.worker.record_port
    bound = chosen if port is None else port
    asyncio.run(_run(context, connection, state, settings.worker.host, bound, with_parent=with_parent))


def run_app(app: faust.App, connection: Connection, settings: Settings) -> None:
    """Run one app that needs nothing else, as `run_role` runs a role; its port is free."""
    begin_logging(settings.logging)
    asyncio.run(_run(nullcontext(app), connection, State("app", app), settings.worker.host, 0, with_parent=False))


async def _run(
    context: AbstractAsyncContextManager[faust.App],
    connection: Connection,
    state: State,
    host: str,
    port: int,
    *,
    with_parent: bool,
) -> None:
    stop = asyncio.Event()
    async with answering(host, port, state):
        work = asyncio.create_task(_work(context, connection, state, stop))
        _on_stop(lambda: _ask_to_stop(stop, work, state), with_parent=with_parent)
        with suppress(asyncio.CancelledError):
            await work
    log.info("stopped", role=state.metrics.role)


async def _work(
    context: AbstractAsyncContextManager[faust.App], connection: Connection, state: State, stop: asyncio.Event
) -> None:
    with kafka_errors(connection):
        async with context as app:
            state.is_running = True
            await app.start()
            while not stop.is_set() and state.fault() is None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
            fault = state.fault()
            with suppress(TimeoutError):
                await asyncio.wait_for(_stop(app), _STOP_SECONDS)
            if fault is not None:
                raise fault


async def _stop(app: faust.App) -> None:
    """Stop the app, and wait for its consumer's thread, which a crashed app leaves behind it."""
    await app.stop()
    for thread in threading.enumerate():
        if isinstance(thread, WorkerThread):
            await asyncio.to_thread(thread.join, _STOP_SECONDS)


def _ask_to_stop(stop: asyncio.Event, work: asyncio.Task[None], state: State) -> None:
    log.info("stopping", role=state.metrics.role)
    stop.set()
    if not state.is_running:
        work.cancel()  # it still waits for something: nothing is in its hands


def _on_stop(ask: Callable[[], None], *, with_parent: bool) -> None:
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, ask)
    if with_parent:

        def read() -> None:
            if not sys.stdin.buffer.read(1):
                loop.remove_reader(sys.stdin)
                ask()

        loop.add_reader(sys.stdin, read)


def run_both(settings: Settings, commands: Sequence[Sequence[str]]) -> int:
    """
    Run a worker a role, each in a process of its own, until SIGTERM or SIGINT; return the exit code.

    Where one ends by itself the other is stopped too, and the code is that of the first.

    Args:
        commands: How to start each; each must stop when its standard input ends.
    """
    begin_logging(settings.logging)
    return asyncio.run(_both(commands))


async def _both(commands: Sequence[Sequence[str]]) -> int:
    stop = asyncio.Event()
    _on_stop(stop.set, with_parent=False)
    workers = [await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE) for command in commands]
    ends = [asyncio.create_task(worker.wait()) for worker in workers]
    asked = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*ends, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    for worker in workers:
        with suppress(ProcessLookupError):
            worker.terminate()
    codes = await asyncio.gather(*ends)
    first = next((end.result() for end in ends if end in done), None)
    if first is None:
        return max(abs(code) for code in codes)
    log.error("a worker ended by itself", code=first)
    return abs(first) or 1
