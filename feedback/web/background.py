"""What the service does beside answering: it assesses what was taken in, and judges once the input is at rest."""

import time
from threading import Event, Thread

import structlog

from feedback.domain.assessment import Assessment
from feedback.errors import Busy
from feedback.pipeline import Assessor
from feedback.service.assess import assess_next, record_assessments
from feedback.service.judge import judge
from feedback.service.promotion import assessing_mark, store_assessor
from feedback.settings import Settings
from feedback.web.metrics import Metrics
from feedback.web.precedence import Precedence
from feedback.web.stores import Stores

__all__ = ["Background"]

_LAST_BATCH_SECONDS = 5.0
log = structlog.get_logger("feedback.web")


class Background:
    """
    A thread that catches up behind intake.

    What is reported is durable before it is answered, so nothing is lost where this stops: the next start goes on.
    """

    def __init__(self, stores: Stores, settings: Settings, metrics: Metrics) -> None:
        """Work on `stores`; `start` begins."""
        self._stores = stores
        self._settings = settings.serve
        self._metrics = metrics
        self.precedence = Precedence(settings.serve.yield_seconds)
        """Who takes failures in says so here, and goes first."""
        self._woken = Event()
        self._stopping = False
        self._thread = Thread(target=self._go_on, name="assessing", daemon=True)
        self._first: float | None = 0.0  # what an earlier run left is judged first
        self._last = 0.0
        self._assessor: Assessor | None = None
        self._mark: tuple[int, int] | None = None
        self.missing: str | None = "the classifier is being made ready"
        """What is not ready yet or goes wrong; None while all is well."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Say that something was taken in."""
        self._woken.set()

    def stop(self) -> None:
        """End after the batch in hand; what takes longer is left to end with the process, and nothing is lost by it."""
        self._stopping = True
        self._woken.set()
        self._thread.join(_LAST_BATCH_SECONDS)

    def _go_on(self) -> None:
        while not self._stopping:
            try:
                worked = self._step()
                self.missing = None
            except Busy as error:
                worked, self.missing = False, str(error)
            except Exception as error:
                self.missing = f"assessing stopped: {error}"
                log.exception("assessing stopped")
                raise
            if not worked:
                self._woken.wait(self._settings.poll_interval_seconds)
                self._woken.clear()

    def _step(self) -> bool:
        """Assess a batch, or judge where that is due; tell whether there may be more to do at once."""
        assessments = self._assessments()
        if assessments:
            with self._stores.writing() as service:
                self._metrics.assessed.inc(record_assessments(service, assessments))
            self._last = time.monotonic()
            self._first = self._first or self._last
        if self._first is not None and time.monotonic() >= self._due(self._first):
            with self._stores.writing() as service:
                judge(service)
            self._metrics.judged.inc()
            self._first = None
        return bool(assessments)

    def _assessments(self) -> list[Assessment]:
        self.precedence.give_way()
        with self._stores.reading() as service:
            if (mark := assessing_mark(service)) != self._mark:
                self._assessor, self._mark = store_assessor(service), mark
            assert self._assessor is not None
            return assess_next(service, self._assessor, self._settings.assess_batch)

    def _due(self, first: float) -> float:
        """Return when to judge: once nothing has come for a while, or when something has waited for long."""
        return min(self._last + self._settings.judge_quiet_seconds, first + self._settings.judge_interval_seconds)
