"""The metrics of the service, by name and meaning; Prometheus reads them at /metrics."""

import time
from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedback.service.bootstrap import Service
from feedback.service.incoming import Kind, Verdict
from feedback.service.standing import standing

__all__ = ["Measuring", "Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.4, 0.75, 1.5, 5, 15, 60)
_UNKNOWN = "(none)"


class Metrics:
    """The metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        """Register all of them."""
        self._registry = CollectorRegistry()
        labels: dict[str, Any] = {"registry": self._registry, "namespace": "feedback"}
        asked = ["method", "route"]
        self.requests = Counter("http_requests", "Requests answered.", [*asked, "status"], **labels)
        self.seconds = Histogram(
            "http_request_seconds",
            "Seconds from a request to the end of its answer.",
            asked,
            buckets=_SECONDS,
            **labels,
        )
        self.items = Counter("items", "Failures and exposures handed in, by verdict.", ["kind", "status"], **labels)
        self.assessed = Counter("failures_assessed", "Failures assessed by this process.", **labels)
        self.judged = Counter("judgements", "Times that changed patterns were judged by this process.", **labels)
        self.waiting = Gauge("failures_waiting", "Failures in the store that wait for an assessment.", **labels)
        self.unjudged = Gauge("patterns_unjudged", "Patterns that changed and wait for judging.", **labels)
        self.position = Gauge("log_position", "Position of the last fact in the log.", **labels)

    def count(self, kind: Kind, verdicts: Sequence[Verdict]) -> None:
        """Count what became of items."""
        for verdict in verdicts:
            self.items.labels(kind, verdict.status).inc()

    def exposition(self, service: Service) -> bytes:
        """Return all metrics in the text format of Prometheus, with how the store stands now."""
        now = standing(service)
        self.waiting.set(now.waiting)
        self.unjudged.set(now.unjudged)
        self.position.set(now.position)
        return generate_latest(self._registry)


class Measuring:
    """Measures every request that the app inside answers."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap an app."""
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app inside does, and count it by the template of its route, of which there are few."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = "500", time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path_format", None) or _UNKNOWN
            method = scope["method"] if route != _UNKNOWN else _UNKNOWN
            self._metrics.requests.labels(method, route, status).inc()
            self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)
