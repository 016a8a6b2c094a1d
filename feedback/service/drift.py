"""What has changed in what the classifier says: the recent window of each source and template against the one before."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from feedback.domain.drift import Change, Held, Watched, changes
from feedback.service.bootstrap import Service
from feedback.settings import DriftSettings
from feedback.storage.failures import newest_seen
from feedback.storage.watching import Windows, classifiers_in, watched_in

__all__ = ["DriftReport", "drift", "drift_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """
    One look at a store.

    `windows` is None where nothing was ever reported. `watched` holds all sources and templates, compared or not;
    `changes` every comparison, alarms first. More than one of `classifiers` in the windows may be why something changed.
    """

    windows: Windows | None
    watched: tuple[Watched, ...] = ()
    changes: tuple[Change, ...] = ()
    classifiers: tuple[str, ...] = ()

    @property
    def alarms(self) -> tuple[Change, ...]:
        """The changes that are alarms."""
        return tuple(change for change in self.changes if change.is_alarm)


def drift(service: Service) -> DriftReport:
    """Return what the recent window holds against the baseline, by the settings in `[drift]`."""
    newest = newest_seen(service.store)
    if newest is None:
        return DriftReport(windows=None)
    windows = _windows(datetime.fromisoformat(newest), service.settings.drift)
    watched = watched_in(service.store, windows)
    return DriftReport(
        windows=windows,
        watched=tuple(watched),
        changes=tuple(changes(watched, service.settings.drift.policy)),
        classifiers=tuple(classifiers_in(service.store, windows)),
    )


def _windows(end: datetime, settings: DriftSettings) -> Windows:
    reach = end - datetime.min.replace(tzinfo=UTC)
    recent = timedelta(days=settings.recent_days)
    both = recent + timedelta(days=settings.baseline_days)
    return Windows(start=end - min(both, reach), middle=end - min(recent, reach), end=end)


def drift_data(report: DriftReport) -> dict[str, Any]:
    """Return a report as JSON values: the windows, the alarms, every comparison, and what was watched."""
    windows = report.windows
    compared = {(change.scope, change.name) for change in report.changes}
    return {
        "windows": windows
        and {
            "baseline_from": windows.start.isoformat(),
            "recent_from": windows.middle.isoformat(),
            "until": windows.end.isoformat(),
        },
        "classifiers": list(report.classifiers),
        "alarms": [_change(change) for change in report.alarms],
        "comparisons": [_change(change) for change in report.changes],
        "watched": [
            {
                "scope": one.scope,
                "name": one.name,
                "compared": (one.scope, one.name) in compared,
                "recent": _held(one.recent),
                "baseline": _held(one.baseline),
            }
            for one in report.watched
        ],
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "scope": change.scope,
        "name": change.name,
        "category": change.category,
        "before": change.before,
        "now": change.now,
        "difference": change.difference,
        "probability": change.probability,
        "alarm": change.is_alarm,
    }


def _held(held: Held) -> dict[str, Any]:
    return {
        "failures": held.failures,
        "units": held.units,
        "triage_share": held.triage_share if held.units else None,
        "confidence_mean": held.confidence.value if held.units else None,
        "categories": dict(sorted(held.categories.items())),
    }
