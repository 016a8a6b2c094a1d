"""`feedback ingest`: files of failure events and exposures into the store, through the whole loop."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import click

from feedback.cli.shared import REJECTED, as_json, db_option, json_option, opened, progress, shown_name, training_bar
from feedback.errors import InvalidInput
from feedback.intake.files import read_items
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.service.report import Incoming, Verdict, report
from feedback.storage.log import head

__all__ = ["Summary", "ingest", "take_in"]

_SHOWN = 20


@dataclass(slots=True)
class Summary:
    """What became of the items of one call: by status of failures (and of what is neither) and of exposures."""

    counts: Counter[str] = field(default_factory=Counter)
    exposures: Counter[str] = field(default_factory=Counter)
    ignored: int = 0
    refused: list[Verdict] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    assessed: int = 0

    def add(self, verdicts: Sequence[Verdict]) -> None:
        """Count verdicts, and keep those that were refused."""
        for verdict in verdicts:
            (self.exposures if verdict.kind == "exposure" else self.counts)[verdict.status] += 1
            self.ignored += not verdict.counts
        self.refused += [verdict for verdict in verdicts if verdict.faults]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.File("rb"), metavar="FILE...|-")
@db_option
@json_option
def ingest(files: tuple[BinaryIO, ...], db: str | None, *, json_wanted: bool) -> None:
    """
    Take failure events and exposures in and see them through.

    FILE is NDJSON or one JSON array, plain or gzip; - reads standard input. Every event is recorded, assessed and counted into its pattern; tickets open where a pattern is systemic. An object with an exposure_id is an exposure: it says how much went on, and failures are judged against that. The same
    again changes nothing. What is rejected is shown with file, line, field and reason, and kept:
    see `feedback dead-letters`. Exit code 2 says that something was rejected or in conflict.
    """
    service = opened(db)
    summary = take_in(service, files)
    if json_wanted:
        click.echo(as_json(_as_data(summary, service)))
    else:
        _print(summary, service)
    if summary.refused or summary.unreadable:
        raise SystemExit(REJECTED)


def take_in(service: Service, files: Sequence[BinaryIO], label: str = "Ingesting") -> Summary:
    """
    Report and assess every item of the files, batch by batch, and first what an earlier call left waiting.

    Patterns are judged at the end, so that the order of the items decides nothing; of an input that goes on and on, now
    and then.
    """
    from feedback.service.assess import catch_up, record_assessments  # noqa: PLC0415  scikit-learn is slow to import
    from feedback.service.promotion import assessing_mark, made_anew, store_assessor  # noqa: PLC0415  as above

    known = assessing_mark(service)
    with training_bar() as training:
        assessor = store_assessor(service, training)
    if said := made_anew(service, assessor.classifier.version):
        click.echo(said, err=True)
    summary = Summary(assessed=catch_up(service, assessor))
    due = time.monotonic() + service.settings.ingest.judge_interval_seconds
    with progress(label, None) as advance:
        for batch in _batches(files, service.settings.ingest.batch_size, summary):
            if (mark := assessing_mark(service)) != known:  # someone registered templates, or promoted a classifier
                known, assessor = mark, store_assessor(service)
            verdicts = report(service, batch)
            summary.add(verdicts)
            fresh = [(one.event_id, one.event) for one in verdicts if one.event_id and one.event]
            summary.assessed += record_assessments(service, assessor.assess(fresh))
            advance(len(batch))
            if time.monotonic() >= due:
                judge(service)
                due = time.monotonic() + service.settings.ingest.judge_interval_seconds
    judge(service)
    return summary


def _batches(files: Sequence[BinaryIO], size: int, summary: Summary) -> Iterator[list[Incoming]]:
    """Yield the items of all files in batches; a file that cannot be read to its end is noted, the next one follows."""
    batch: list[Incoming] = []
    for file in files:
        name = shown_name(file)
        try:
            for item in read_items(file):
                batch.append(Incoming(name, item.place, item.raw))
                if len(batch) == size:
                    yield batch
                    batch = []
        except InvalidInput as error:
            summary.unreadable[name] = str(error)
    if batch:
        yield batch


def _counted(counts: Counter[str]) -> dict[str, object]:
    return {status: counts[status] for status in ("accepted", "duplicate", "conflict", "rejected")}


def _as_data(summary: Summary, service: Service) -> dict[str, object]:
    return _counted(summary.counts) | {
        "ignored": summary.ignored,
        "assessed": summary.assessed,
        "exposures": _counted(summary.exposures),
        "head": head(service.store),
        "unreadable": [{"file": file, "message": message} for file, message in summary.unreadable.items()],
        "refused": [
            {
                "file": verdict.item.source,
                "place": verdict.item.place,
                "event_id": verdict.event_id,
                "exposure_id": verdict.exposure_id,
                "status": verdict.status,
                "errors": [{"path": fault.path, "message": fault.message} for fault in verdict.faults],
            }
            for verdict in summary.refused
        ],
    }


def _print(summary: Summary, service: Service) -> None:
    for verdict in summary.refused[:_SHOWN]:
        for fault in verdict.faults:
            click.echo(f"{verdict.item.source}: {verdict.item.place}: {verdict.status}: {fault}", err=True)
    if len(summary.refused) > _SHOWN:
        click.echo(f"... and {len(summary.refused) - _SHOWN} more: `feedback dead-letters list` has all", err=True)
    for file, message in summary.unreadable.items():
        click.echo(f"{file}: {message}", err=True)
    click.echo(f"{_sentence(summary.counts)}; {summary.assessed} assessed.")
    if summary.ignored:
        click.echo(f"{summary.ignored} of those accepted do not count: drafts or test traffic (recurrence.ignored).")
    if summary.exposures:
        click.echo(f"Exposures: {_sentence(summary.exposures)}.")
    click.echo(f"Log head: {head(service.store)}")


def _sentence(counts: Counter[str]) -> str:
    return (
        f"{counts['accepted']} accepted, {counts['duplicate']} duplicate, {counts['conflict']} in conflict, "
        f"{counts['rejected']} rejected"
    )
