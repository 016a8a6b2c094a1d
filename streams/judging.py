"""When the recorder judges: once its input is quiet, or has not been for long."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.settings import WorkerSettings
from streams.batches import patiently

__all__ = ["Judging"]

InStore = Callable[[Callable[[Service], None]], Awaitable[None]]


class Judging:
    """
    Judges the patterns that changed when nothing more comes in.

    Partitions are read side by side, one ahead of the other. Judged in the midst of a backlog, a pattern would be laid
    against failures of which a part has not come yet; judged in the end, it is what it is however they came.
    """

    def __init__(
        self,
        in_store: InStore,
        settings: WorkerSettings,
        *,
        judged: Callable[[], None],
        blocked: Callable[[str | None], None],
    ) -> None:
        """Judge `in_store`; `judged` is called after each time, `blocked` told what holds it up."""
        self._in_store = in_store
        self._quiet_seconds = settings.judge_quiet_seconds
        self._interval_seconds = settings.judge_interval_seconds
        self._judged = judged
        self._blocked = blocked
        self._woken = asyncio.Event()
        self._first = self._last = 0.0

    def recorded(self) -> None:
        """Take note that something was recorded."""
        self._last = time.monotonic()
        if not self._woken.is_set():
            self._first = self._last
            self._woken.set()

    async def go_on(self) -> None:
        """Judge whenever something was recorded and the time has come."""
        while True:
            await self._woken.wait()
            while (wait := self._due() - time.monotonic()) > 0:  # noqa: ASYNC110  it is time that is waited for
                await asyncio.sleep(wait)
            self._woken.clear()
            await patiently(lambda: self._in_store(judge), self._blocked)
            self._judged()

    def _due(self) -> float:
        return min(self._last + self._quiet_seconds, self._first + self._interval_seconds)
