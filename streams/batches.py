"""
Taking batches from a stream so that none is lost: work, deliver, acknowledge, in this order and in the order of arrival.

Faust acknowledges a message also when the body raises, and commits past one that was not acknowledged as soon as a
later one is. So nothing here ever goes on after a fault: what the world is too busy for is tried again with the batch
in hand, and any other fault crashes the app before another batch is acknowledged (docs/decisions/0006).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

import faust
import structlog
from faust.types import EventT

from feedback.errors import Busy

__all__ = ["FIRST_WAIT_SECONDS", "LONGEST_WAIT_SECONDS", "Batches", "Reached", "nothing", "patiently"]

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 5.0
Result = TypeVar("Result")
Reached = Callable[[str], None]
"""Told the name of each step that a batch has passed; tests place their kills there."""
log = structlog.get_logger("feedback.streams")


def nothing(step: str) -> None:
    """Take note of a step by doing nothing."""
    del step


class _Stream(Protocol):
    """What we use of Faust's streams; their published type does not declare it."""

    def noack_take(self, max_: int, within: float) -> "_Batches": ...


class _Batches(Protocol):
    def __aiter__(self) -> "_Batches": ...

    async def __anext__(self) -> Sequence[EventT[Any]]: ...


class Batches(Generic[Result]):
    """
    Takes the batches of one stream, works on each, and acknowledges it when its result is delivered.

    Batches are delivered and acknowledged in the order of arrival. Of a batch that fails nothing is acknowledged, nor
    of any after it.
    """

    def __init__(
        self,
        app: faust.App,
        work: Callable[[Sequence[EventT[Any]]], Awaitable[Result]],
        deliver: Callable[[Result], Awaitable[None]],
        *,
        size: int,
        wait_seconds: float,
        at_once: int,
        blocked: Callable[[str | None], None],
        reached: Reached = nothing,
    ) -> None:
        """
        Work by `work` and `deliver`.

        Args:
            size: Messages to a batch, at most.
            wait_seconds: How long to wait for a batch to fill.
            at_once: Batches in work at a time; with 2 one is worked on while the one before is delivered.
            blocked: Told what the world is too busy for, and None when it goes on.
        """
        self._app = app
        self._work = work
        self._deliver = deliver
        self._size = size
        self._wait_seconds = wait_seconds
        self._at_once = at_once
        self._blocked = blocked
        self._reached = reached

    async def take(self, stream: Any) -> None:
        """Take batches for as long as the app runs; a fault crashes it, and none is taken after that."""
        room = asyncio.Semaphore(self._at_once)
        last: asyncio.Task[None] | None = None
        async for events in cast("_Stream", stream).noack_take(self._size, within=self._wait_seconds):
            await room.acquire()
            last = asyncio.create_task(self._see_through(events, last, room))

    async def _see_through(
        self, events: Sequence[EventT[Any]], before: asyncio.Task[None] | None, room: asyncio.Semaphore
    ) -> None:
        try:
            result = await patiently(lambda: self._work(events), self._blocked)
            if before is not None:
                await before
            await patiently(lambda: self._deliver(result), self._blocked)
            self._reached("delivered")
            for event in events:
                event.ack()
        except Exception as error:  # noqa: BLE001  whatever it is, going on would lose the batch
            await self._app.crash(error)
            await asyncio.Event().wait()  # those behind wait for this one, and never acknowledge
        room.release()


async def patiently(attempt: Callable[[], Awaitable[Result]], blocked: Callable[[str | None], None]) -> Result:
    """
    Return what `attempt` gives, trying again for as long as the world is busy; says so at first and then seldom.

    Raises:
        Exception: Whatever `attempt` raises but `Busy`.
    """
    wait, tried = FIRST_WAIT_SECONDS, 0
    while True:
        try:
            result = await attempt()
        except Busy as busy:
            tried += 1
            if tried.bit_count() == 1:  # the 1st, 2nd, 4th, 8th ... time
                log.warning(
                    "waiting", because=str(busy), attempts=tried, lost="nothing: the batch is kept and tried again"
                )
            blocked(str(busy))
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        else:
            if tried:
                blocked(None)
                log.warning("going on", attempts=tried)
            return result
