"""What a worker knows of itself while it runs: whether it is ready, what holds it up, how far it has come."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import faust

from feedback.storage.positions import Place
from streams.app import waiting
from streams.metrics import Metrics

__all__ = ["State"]

_MEASURE_SECONDS = 2.0


class State:
    """The state of one worker; not ready until it has learned what it must know and has its partitions."""

    def __init__(self, role: str, app: faust.App | None = None) -> None:
        """Begin as a worker of this role that knows nothing; `app` is watched from the start."""
        self.metrics = Metrics(role)
        self.missing: str | None = "starting"
        self.is_running = False
        self.taken: dict[Place, int] = {}
        self._blocked: dict[str, str] = {}
        self._app = app
        self._companions: list[asyncio.Task[None]] = []

    def blocker(self, what: str) -> Callable[[str | None], None]:
        """Return what is told why `what` is held up, and None when it goes on."""

        def told(because: str | None) -> None:
            self._blocked.pop(what, None)
            if because is not None:
                self._blocked[what] = because
            self.metrics.blocked.set(bool(self._blocked))

        return told

    def learned(self, classifier: str) -> None:
        """Note the classifier that assesses from now on."""
        self.metrics.info.clear()
        self.metrics.info.labels(self.metrics.role, classifier).set(1)

    def watch(self, companion: asyncio.Task[None], app: faust.App | None = None) -> None:
        """Keep an eye on a task without which the worker must not go on, and on its app."""
        self._companions.append(companion)
        self._app = app or self._app

    def fault(self) -> BaseException | None:
        """Return why the worker must stop; None while all is well."""
        if self._app is not None and self._app.crashed:
            return self._app.crash_reason or RuntimeError("the Faust app crashed")
        for companion in self._companions:
            if companion.done() and not companion.cancelled() and companion.exception() is not None:
                return companion.exception()
        return None

    def unready(self) -> Sequence[str]:
        """Return why the worker is not ready; nothing when it is."""
        reasons = [reason for reason in (self.missing, *self._blocked.values()) if reason is not None]
        if not reasons and (self._app is None or not self._app.started or not self._app.consumer.assignment()):
            reasons.append("no partitions are assigned yet")
        return reasons

    async def measure(self) -> None:
        """Bring the lag up to date."""
        if self._app is None or not self._app.started:
            return
        with suppress(TimeoutError):
            self._show(await asyncio.wait_for(waiting(self._app, self.taken), _MEASURE_SECONDS))

    def _show(self, lags: dict[Place, int]) -> None:
        self.metrics.lag.clear()
        for (topic, partition), messages in lags.items():
            self.metrics.lag.labels(topic, str(partition)).set(messages)
