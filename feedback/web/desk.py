"""Where failures and exposures are handed in: what several requests bring at once becomes durable in one commit."""

from collections import deque
from collections.abc import Sequence

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from feedback.errors import FeedbackError
from feedback.service.bootstrap import Service
from feedback.service.incoming import Incoming, Kind, Verdict
from feedback.service.report import Read, read, report_read
from feedback.web.background import Background
from feedback.web.metrics import Metrics
from feedback.web.stores import Stores

__all__ = ["Desk"]

_MOST_REQUESTS = 8
"""Requests that are worked on at once; readers have threads of their own."""
_MOST_ITEMS = 2_000
"""Items to a commit, but for the items of one request, which stay together."""


class _Batch:
    """What one request hands in, and what became of it."""

    def __init__(self, items: Sequence[Incoming], kind: Kind) -> None:
        self.items = items
        self.found: list[Read] = [read(item, kind) for item in items]
        self.verdicts: list[Verdict] | None = None


class Desk:
    """
    Takes batches in from many requests at once.

    Whoever gets to write takes along what others have read meanwhile, so that a commit, which waits for the disk, is
    shared by all that wait for it. Each request still gets its own verdicts, after the commit.
    """

    def __init__(self, stores: Stores, background: Background, metrics: Metrics) -> None:
        """Write into `stores`, and let `background` assess what comes."""
        self._stores = stores
        self._background = background
        self._metrics = metrics
        self._waiting: deque[_Batch] = deque()
        self._limiter = CapacityLimiter(_MOST_REQUESTS)

    async def take(self, items: Sequence[Incoming], kind: Kind) -> list[Verdict]:
        """
        Record the items and return a verdict an item, in order; all is durable on return.

        Raises:
            StoreBusy, StoreUnusable: Nothing of them was recorded.
        """
        verdicts = await run_sync(self._take, items, kind, limiter=self._limiter)
        self._metrics.count(kind, verdicts)
        self._background.wake()
        return verdicts

    def _take(self, items: Sequence[Incoming], kind: Kind) -> list[Verdict]:
        with self._background.precedence.taking():
            own = _Batch(items, kind)
            self._waiting.append(own)
            try:
                while own.verdicts is None:
                    self._record(own)
            finally:
                if own in self._waiting:
                    self._waiting.remove(own)
        return own.verdicts

    def _record(self, own: _Batch) -> None:
        """Record what waits, unless somebody has taken `own` along."""
        with self._stores.writing() as service:
            if own.verdicts is not None:
                return
            together = self._together(own)
            try:
                self._settle(service, together)
            except FeedbackError:
                raise
            except Exception:
                if together == [own]:
                    raise
                self._settle(service, [own])  # the fault may lie in what another brought

    def _settle(self, service: Service, batches: Sequence[_Batch]) -> None:
        items = [item for batch in batches for item in batch.items]
        verdicts = iter(report_read(service, items, [found for batch in batches for found in batch.found]))
        for batch in batches:
            self._waiting.remove(batch)
            batch.verdicts = [next(verdicts) for _ in batch.items]

    def _together(self, own: _Batch) -> list[_Batch]:
        """Return `own` and, oldest first, what waits beside it, as far as it fits."""
        batches, room = [own], _MOST_ITEMS - len(own.items)
        for batch in list(self._waiting):
            if batch is not own and len(batch.items) <= room:
                batches.append(batch)
                room -= len(batch.items)
        return batches
