"""
Measure ticket noise: about 100,000 failures with known patterns, replayed through the real loop on SQLite.

    python -m benchmarks.noise [--seeds N]

Everything is real but the assessments, which the truth makes up: report, record, judge, open tickets. Every failing unit
is a session of its own, a storm many failures of one. Exposures come by the day.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.faulty import CATEGORIES, DAYS, HOURS, TemplateMonth, months
from feedback.domain.assessment import Alternative, Assessment, Attribution, fingerprint_of
from feedback.domain.failure import FailureEvent
from feedback.service.assess import record_assessments
from feedback.service.bootstrap import Service, open_service
from feedback.service.judge import judge
from feedback.service.report import Incoming, report
from feedback.storage.tickets import list_tickets

__all__ = ["Tally", "main", "replay"]

_TEMPLATES, _TRAFFIC = 400, 60.0
_START = datetime(2026, 4, 1, tzinfo=UTC)
_TRUE = 60
_RAISED = 1.5
_BATCH = 2_000
_VERSION = "1.0.0"

Pattern = tuple[str, str]
"""Template and category."""


@dataclass(slots=True)
class Tally:
    """What became of the true patterns, and what the tickets are about: revision tickets that are open, over all worlds."""

    failures: int = 0
    true: int = 0
    found: int = 0
    tickets_of_found: int = 0
    tickets: int = 0
    duplicates: int = 0
    junk: int = 0
    without_fault: int = 0
    storms: int = 0
    seconds: float = 0.0

    def add(self, world: Sequence[TemplateMonth], opened: Sequence[tuple[Pattern, int]]) -> None:
        """Count the tickets of one world, each with its pattern and the last hour that was known when it opened."""
        by_name = {month.name: month for month in world}
        patterns = {pattern for pattern, _ in opened}
        true = _true_patterns(world)
        self.true += len(true)
        self.found += len(true & patterns)
        self.tickets += len(opened)
        self.tickets_of_found += sum(pattern in true for pattern, _ in opened)
        self.duplicates += len(opened) - len(patterns)
        for (name, category), hour in opened:
            fault = by_name[name].faults.get(category)
            self.junk += not by_name[name].is_raised(category, hour, _RAISED)
            self.without_fault += fault is None or hour < fault.since
            self.storms += category in by_name[name].storms


def _true_patterns(world: Sequence[TemplateMonth]) -> set[Pattern]:
    """Return the faults with so many failures that a ticket must be there; a capability gap has none to revise."""
    return {
        (month.name, category)
        for month in world
        for category, fault in month.faults.items()
        if category != "model_capability_gap"
        and sum(units for hour, units in month.units[category].items() if hour >= fault.since) >= _TRUE
    }


def replay(world: Sequence[TemplateMonth], path: Path, tally: Tally, *, deliveries: int, exposures: bool) -> None:
    """Replay a world into a new store, in deliveries of equal length that are each judged at their end; count it."""
    service = open_service(path)
    opened: dict[str, tuple[Pattern, int]] = {}
    length = HOURS // deliveries
    began = time.perf_counter()
    for first in range(0, HOURS, length):
        hours = range(first, first + length)
        failed = [raw for month in world for raw in _failures(month, hours)]
        exposed = [raw for month in world for raw in _exposures(month, hours)] if exposures else []
        _take_in(service, [*failed, *exposed])
        judge(service)
        tally.failures += len(failed)
        for one in list_tickets(service.store, kind="template_revision", state="open"):
            opened.setdefault(one.ticket.ticket_id, ((one.template_name, one.category), hours[-1]))
    tally.seconds += time.perf_counter() - began
    tally.add(world, list(opened.values()))
    service.store.close()


def _failures(month: TemplateMonth, hours: range) -> Iterator[bytes]:
    for category in CATEGORIES:
        storm_hour, storm = month.storms.get(category, (-1, 1))
        for hour in hours:
            for unit in range(month.units[category].get(hour, 0)):
                session = f"{month.name}-{category}-{hour}-{unit}"
                for repeat in range(storm if hour == storm_hour and unit == 0 else 1):
                    yield _failure(month.name, category, hour, session, repeat)


def _failure(name: str, category: str, hour: int, session: str, repeat: int) -> bytes:
    place = "abcd"[sum(session.encode()) % 4]  # the same for the same session in every process
    event = {
        "event_id": f"{session}-{repeat}",
        "occurred_at": (_START + timedelta(hours=hour, seconds=repeat)).isoformat(),
        "channel": "online",
        "source": "system_log",
        "session_id": session,
        "template": {"name": name, "version": _VERSION},
        "request": {"messages": [{"role": "user", "content": f"Do as {name} says."}]},
        "response": {"content": "No."},
        "metadata": {"category": category, "locus": f"place_{place}"},
    }
    return json.dumps(event).encode()


def _exposures(month: TemplateMonth, hours: range) -> Iterator[bytes]:
    for first in range(hours.start, hours.stop, 24):
        begin = _START + timedelta(hours=first)
        interactions = int(month.interactions[first : first + 24].sum())
        if interactions:
            exposure = {
                "exposure_id": f"{month.name}-{first}",
                "template": {"name": month.name, "version": _VERSION},
                "from": begin.isoformat(),
                "to": (begin + timedelta(days=1)).isoformat(),
                "interactions": interactions,
            }
            yield json.dumps(exposure).encode()


def _take_in(service: Service, items: Sequence[bytes]) -> None:
    """Report and record items in batches, as `feedback ingest` does, with assessments that are told."""
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        verdicts = report(service, [Incoming("noise", str(start + n), raw) for n, raw in enumerate(batch)])
        if any(verdict.status != "accepted" for verdict in verdicts):
            message = f"not accepted: {next(one for one in verdicts if one.status != 'accepted')}"
            raise AssertionError(message)
        fresh = [(one.event_id, one.event) for one in verdicts if one.event_id and one.event]
        record_assessments(service, [_told(event_id, event) for event_id, event in fresh])


def _told(event_id: str, event: FailureEvent) -> Assessment:
    category, locus = event.metadata["category"], event.metadata["locus"]
    name = event.template.name if event.template else ""
    other = CATEGORIES[CATEGORIES.index(category) - 1]
    return Assessment(
        event_id=event_id,
        category=category,
        probability=0.9,
        alternatives=(Alternative(category=other, probability=0.1),),
        evidence=(),
        template=Attribution(name=name, version=_VERSION, score=1.0, method="reference"),
        locus=locus,
        fingerprint=fingerprint_of(category, name, locus),
        taxonomy_version="1",
        classifier_version="noise",
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="worlds replayed")
    seeds = parser.parse_args().seeds
    print(f"{seeds} worlds of {_TEMPLATES} templates and {DAYS} days; a true pattern is a fault with {_TRUE} failures")
    print(f"or more after it began, junk a ticket whose rate is below {_RAISED} times what is usual and what it was\n")
    print(
        "| replay | failures | true | found | tickets a true pattern | duplicates | tickets | junk | no fault | storms | time |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for label, deliveries, exposures in (
        ("with exposures, judged at the end", 1, True),
        ("with exposures, ten deliveries", 10, True),
        ("without, judged at the end", 1, False),
        ("without, ten deliveries", 10, False),
    ):
        tally = Tally()
        for seed in range(1, seeds + 1):
            world = months(_TEMPLATES, seed, traffic=_TRAFFIC)
            with tempfile.TemporaryDirectory() as folder:
                replay(world, Path(folder) / "noise.db", tally, deliveries=deliveries, exposures=exposures)
        _print(label, tally)


def _print(label: str, tally: Tally) -> None:
    each = tally.tickets_of_found / max(1, tally.found)
    junk, strict = (n / max(1, tally.tickets) for n in (tally.junk, tally.without_fault))
    print(
        f"| {label} | {tally.failures:,} | {tally.true} | {tally.found} ({tally.found / max(1, tally.true):.1%})"
        f" | {each:.2f} | {tally.duplicates}"
        f" | {tally.tickets} | {tally.junk} ({junk:.1%}) | {tally.without_fault} ({strict:.1%}) | {tally.storms}"
        f" | {tally.seconds:,.0f} s |",
        flush=True,
    )


if __name__ == "__main__":
    main()
