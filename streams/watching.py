"""Watching: what the classifier says now against what it said before, as metrics of the recorder."""

import asyncio
import threading
from collections.abc import Iterator

import structlog

from feedback.domain.drift import Change, Watched
from feedback.errors import FeedbackError
from feedback.service.bootstrap import open_service
from feedback.service.drift import DriftReport, drift
from feedback.settings import Settings
from feedback.storage.database import Store
from streams.metrics import Metrics

__all__ = ["MOST_TEMPLATES", "Watching", "show_drift"]

MOST_TEMPLATES = 200
"""Templates that metrics name, at most: every one is a series, and their names come from producers."""
log = structlog.get_logger("feedback.streams")


class Watching:
    """
    Looks for drift now and then.

    It reads in a thread and through a connection of its own: in WAL mode a reader holds up neither the recorder nor
    anybody else, however long it looks.
    """

    def __init__(self, path: str, settings: Settings, metrics: Metrics) -> None:
        """Watch the store at `path`, and show what it finds in `metrics`."""
        self._path = path
        self._settings = settings
        self._metrics = metrics
        self._reading: Store | None = None
        self._closing = threading.Lock()
        self._alarming: set[tuple[str, str, str]] = set()

    async def go_on(self) -> None:
        """Look at once, and then every `worker.drift_interval_seconds`."""
        while True:
            await self.look()
            await asyncio.sleep(self._settings.worker.drift_interval_seconds)

    async def look(self) -> None:
        """Look once; where the store cannot be read, say so and show nothing, since old figures would be wrong ones."""
        try:
            report = await asyncio.to_thread(self._report)
        except FeedbackError as error:
            log.warning("not watched", because=str(error), again_in=self._settings.worker.drift_interval_seconds)
            report = DriftReport(windows=None)
        show_drift(report, self._metrics)
        self._say(report)

    def _say(self, report: DriftReport) -> None:
        """Log the alarms that the look before did not have."""
        alarming: set[tuple[str, str, str]] = {(change.kind, change.scope, change.name) for change in report.alarms}
        for kind, scope, name in sorted(alarming - self._alarming):
            log.warning("drift", kind=kind, scope=scope, name=name)
        self._alarming = alarming

    def interrupt(self) -> None:
        """End a look that is going on, so that nobody waits for it."""
        with self._closing:
            if self._reading is not None:
                self._reading.interrupt()

    def _report(self) -> DriftReport:
        service = open_service(self._path, create=False, settings=self._settings)
        self._reading = service.store
        try:
            return drift(service)
        finally:
            with self._closing:
                self._reading = None
                service.store.close()


def show_drift(report: DriftReport, metrics: Metrics) -> None:
    """Put a report in the place of the one before; what cannot be compared any more is shown no longer."""
    for gauge in (metrics.triage_share, metrics.triage_share_template, metrics.confidence_mean, metrics.drift_alarm):
        gauge.clear()
    named = {one.name for one in _templates(report)}
    for one in report.watched:
        if one.scope == "source" and one.recent.units:
            metrics.triage_share.labels(one.name).set(one.recent.triage_share)
            metrics.confidence_mean.labels(one.name).set(one.recent.confidence.value)
        elif one.scope == "template" and one.name in named:
            metrics.triage_share_template.labels(one.name).set(one.recent.triage_share)
    for change in report.changes:
        if change.scope == "source" or change.name in named:
            metrics.drift_alarm.labels(change.kind, change.scope, change.name).set(change.is_alarm)


def _templates(report: DriftReport) -> list[Watched]:
    """Return the templates to be named: of those that can be compared the alarming ones first, then the largest."""
    alarming = {change.name for change in _of_templates(report) if change.is_alarm}
    compared = {change.name for change in _of_templates(report)}
    found = [one for one in report.watched if one.scope == "template" and one.name in compared]
    found.sort(key=lambda one: (one.name not in alarming, -one.recent.units, one.name))
    return found[:MOST_TEMPLATES]


def _of_templates(report: DriftReport) -> Iterator[Change]:
    return (change for change in report.changes if change.scope == "template")
