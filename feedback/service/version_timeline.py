"""When a pattern failed, and on which version of its template: the units by day or week and effective version."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from feedback.domain.template import version_order
from feedback.domain.timeline import Step, hours_of, step_of, timeline
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage.overview import units_by_step_and_version
from feedback.storage.patterns import JudgedPattern, patterns, units_by_step
from feedback.storage.tickets import find_ticket

__all__ = ["VersionTimeline", "version_timeline"]

_MOST_VERSIONS = 4
_UNKNOWN, _OLDER = "unknown version", "older versions"


@dataclass(frozen=True, slots=True)
class VersionTimeline:
    """
    Distinct units by step (its first day, YYYY-MM-DD) and version, oldest first; a unit counts once a step and version.

    Of more than four versions the oldest are put together. `since` is when the pattern became systemic, `since_step` the
    step in which that was, None where it is not, or was before the first step.
    """

    step: Step
    begins: tuple[str, ...]
    units: Mapping[str, tuple[int, ...]]
    since: str | None
    since_step: int | None

    @property
    def step_days(self) -> int:
        """Days of one step."""
        return 1 if self.step == "day" else 7

    def total(self, begins: str) -> int:
        """Return the units of one step over all versions."""
        at = self.begins.index(begins)
        return sum(counts[at] for counts in self.units.values())


def version_timeline(service: Service, ticket_id: str) -> VersionTimeline:
    """
    Return when the pattern of a ticket failed, the newest 60 steps at most.

    Raises:
        NotFound: There is no such ticket.
    """
    store, ticket = service.store, find_ticket(service.store, ticket_id)
    if ticket is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
    (pattern,) = patterns(store, [ticket.ticket.pattern_id])
    first, last = (
        int(datetime.fromisoformat(time).timestamp() // 3600) for time in (pattern.first_seen, pattern.last_seen)
    )
    step = step_of(first, last)
    hours, before = hours_of(step)
    bars = timeline(units_by_step(store, pattern.pattern_id, hours=hours, before=before), step).bars
    begins = tuple(bar.begins for bar in bars)
    found: dict[str, dict[str | None, int]] = defaultdict(dict)
    if begins:
        since = f"{begins[0]}T00:00:00"
        for hour, version, units in units_by_step_and_version(
            store, pattern.pattern_id, hours=hours, before=before, since=since
        ):
            found[_date(hour)][version] = units
    since_at = _since(pattern)
    reached = [at for at, day in enumerate(begins) if since_at and day <= since_at[:10]]
    return VersionTimeline(step, begins, _layers(begins, found), since_at, reached[-1] if reached else None)


def _layers(begins: tuple[str, ...], found: Mapping[str, Mapping[str | None, int]]) -> dict[str, tuple[int, ...]]:
    versions = sorted({version for units in found.values() for version in units}, key=version_order)
    named = [version for version in versions if version is not None]
    beyond = max(0, len(versions) - _MOST_VERSIONS)
    older = set(named[: beyond + 1]) if beyond else set()
    layers: dict[str, list[int]] = {}
    for version in [*named, None] if None in versions else named:
        name = _UNKNOWN if version is None else _OLDER if version in older else version
        counts = layers.setdefault(name, [0] * len(begins))
        for at, day in enumerate(begins):
            counts[at] += found[day].get(version, 0) if day in found else 0
    return {name: tuple(counts) for name, counts in layers.items()}


def _since(pattern: JudgedPattern) -> str | None:
    since = pattern.inputs.get("systemic_since")
    return str(since) if since and pattern.verdict == "systemic" else None


def _date(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).date().isoformat()
