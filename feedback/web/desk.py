"""Where failures and exposures are handed in: what several requests bring at once becomes durable in one commit."""

from collections import deque
from collections.abc import Callable, Sequence

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi.responses import Response

from feedback.errors import FeedbackError
from feedback.service.bootstrap import Service
from feedback.service.incoming import Incoming, Kind, Verdict
from feedback.service.report import Read, read, report_read
from feedback.web.background import Background
from feedback.web.metrics import Metrics
from feedback.web.repeats import Repeatable
from feedback.web.stores import Stores

__all__ = ["Desk"]

Answering = Callable[[Sequence[Verdict]], Response]
_MOST_REQUESTS = 8
"""Requests that are worked on at once; readers have threads of their own."""
_MOST_ITEMS = 2_000
"""Items to a commit, but for the items of one request, which stay together."""


class _Batch:
    """What one request hands in, and what became of it: no verdicts where it was answered before."""

    def __init__(self, items: Sequence[Incoming], kind: Kind, once: Repeatable, answering: Answering) -> None:
        self.items = items
        self.found: list[Read] = [read(item, kind) for item in items]
        self.once = once
        self.answering = answering
        self.verdicts: list[Verdict] = []
        self.answer: Response | None = None


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

    async def take(self, items: Sequence[Incoming], kind: Kind, once: Repeatable, answering: Answering) -> Response:
        """
        Record the items and return what `answering` makes of a verdict an item, in order; all is durable on return.

        A request that was answered before is answered so again, and nothing is recorded.

        Raises:
            StoreBusy, StoreUnusable: Nothing of them was recorded.
        """
        batch = await run_sync(self._take, items, kind, once, answering, limiter=self._limiter)
        self._metrics.count(kind, batch.verdicts)
        self._background.wake()
        assert batch.answer is not None
        return batch.answer

    def _take(self, items: Sequence[Incoming], kind: Kind, once: Repeatable, answering: Answering) -> _Batch:
        with self._background.precedence.taking():
            own = _Batch(items, kind, once, answering)
            self._waiting.append(own)
            try:
                while own.answer is None:
                    self._record(own)
            finally:
                if own in self._waiting:
                    self._waiting.remove(own)
        return own

    def _record(self, own: _Batch) -> None:
        """Record what waits, unless somebody has taken `own` along."""
        with self._stores.writing() as service:
            if own.answer is not None:
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
        with service.store.writing():
            answers = {batch: known for batch in batches if (known := batch.once.before(service)) is not None}
            verdicts = _verdicts(service, [batch for batch in batches if batch not in answers])
            for batch, found in verdicts.items():
                answers[batch] = batch.answering(found)
                batch.once.keep(service, answers[batch])
        for batch in batches:  # only now all is durable
            self._waiting.remove(batch)
            batch.verdicts, batch.answer = verdicts.get(batch, []), answers[batch]

    def _together(self, own: _Batch) -> list[_Batch]:
        """Return `own` and, oldest first, what waits beside it, as far as it fits; the same request only once."""
        batches, room, keys = [own], _MOST_ITEMS - len(own.items), {own.once.identity}
        for batch in list(self._waiting):
            is_repeated = batch.once.identity is not None and batch.once.identity in keys
            if batch is not own and len(batch.items) <= room and not is_repeated:
                batches.append(batch)
                room -= len(batch.items)
                keys.add(batch.once.identity)
        return batches


def _verdicts(service: Service, batches: Sequence[_Batch]) -> dict[_Batch, list[Verdict]]:
    """Record what the batches bring, and return the verdicts of each."""
    items = [item for batch in batches for item in batch.items]
    verdicts = iter(report_read(service, items, [found for batch in batches for found in batch.found]))
    return {batch: [next(verdicts) for _ in batch.items] for batch in batches}
