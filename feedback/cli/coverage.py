"""`feedback coverage`: what the samples cover, where failures come up, and what is missing."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from feedback.cli.drawing import draw, plot_option
from feedback.cli.heat_map import heat_map
from feedback.cli.shared import db_option, json_option, opened, print_json, table, titled
from feedback.domain.coverage import Counts, Status
from feedback.service.coverage import CoverageReport, cell_rows, coverage_data
from feedback.service.coverage import coverage as looked

__all__ = ["coverage"]

_LABELS = ("task", "scenario", "format", "knowledge point")
_COUNTS = ("samples", "failures", "in triage", "unattributed", "exposures", "cases", "templates")


@click.command()
@click.option("--by-knowledge-point", is_flag=True, help="Tell the cells apart by knowledge point too.")
@click.option("--csv", "csv_wanted", is_flag=True, help="Print the cells as CSV instead of tables.")
@plot_option("Also draw the cells as a heat map into FILE, an SVG.")
@db_option
@json_option
def coverage(
    db: str | None, *, by_knowledge_point: bool, csv_wanted: bool, plot: Path | None, json_wanted: bool
) -> None:
    """
    Show what the samples cover, where failures come up, and what is missing.

    A cell is a task, a scenario and an output format. It is empty without registered samples, thin with fewer than coverage.min_samples; what should be covered stands in [[coverage.expected]] in the settings. Rare patterns of high risk are listed apart.
    """
    if csv_wanted and json_wanted:
        message = "--csv and --json exclude each other"
        raise click.UsageError(message)
    report = looked(opened(db, create=False), by_knowledge_point=by_knowledge_point)
    if plot:
        draw(heat_map(report.cells, min_samples=report.min_samples), plot)
    if json_wanted:
        print_json(coverage_data(report))
    elif csv_wanted:
        _print_csv(report)
    else:
        _print(report)
        if plot:
            click.echo(f"\nDrawn into {plot}.")


def _print_csv(report: CoverageReport) -> None:
    """Print a header and a line a cell; a label that is not given is empty."""
    labels = ("primary_task", "scenario", "output_format", *(("knowledge_point",) if report.by_knowledge_point else ()))
    text = io.StringIO()
    writer = csv.DictWriter(text, (*labels, *Counts._fields, "status", "expected"), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | {"expected": "yes" if row["expected"] else "no"} for row in cell_rows(report))
    click.echo(text.getvalue(), nl=False)


def _print(report: CoverageReport) -> None:
    depth = 4 if report.by_knowledge_point else 3
    _cells(
        f"{len(report.cells)} cells",
        _LABELS[:depth],
        [(*_words(one.place[:depth], "-"), *one.counts, one.status) for one in report.cells],
    )
    click.echo(_summary([one.status for one in report.cells], report.min_samples))
    click.echo(f"In all: {_sentence(report.totals)}.\n")
    if report.expected:
        rows = [(*_words(one.description, "any"), *one.counts, one.status) for one in report.expected]
        _cells(f"{len(rows)} expected", _LABELS, rows)
        click.echo(_summary([one.status for one in report.expected], report.min_samples))
    else:
        click.echo("Nothing is expected: [[coverage.expected]] in the settings names what should be covered.")
    click.echo()
    _print_rare(report)


def _cells(title: str, labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    table(title, (*labels, *_COUNTS, "status"), rows, right=_COUNTS)


def _words(labels: Iterable[str | None], missing: str) -> list[str]:
    return [missing if label is None else label for label in labels]


def _summary(statuses: Iterable[Status], min_samples: int) -> str:
    found = Counter(statuses)
    return f"{found['empty']} empty (no samples), {found['thin']} thin (fewer than {min_samples}), {found['covered']} covered."


def _sentence(totals: Counts) -> str:
    return ", ".join(f"{count} {name}" for name, count in zip(_COUNTS, totals, strict=True))


def _print_rare(report: CoverageReport) -> None:
    if not report.rare:
        click.echo(f"No pattern of high risk has fewer than {report.rare_units} units.")
        return
    table(
        f"{len(report.rare)} rare patterns of high risk (fewer than {report.rare_units} units)",
        ("pattern", "category", "template", "failures", "units", "last seen", "verdict"),
        [
            (
                one.pattern_id,
                one.category,
                titled(one.template, one.locus),
                one.failures,
                one.units,
                one.last_seen,
                one.verdict,
            )
            for one in report.rare
        ],
        right=("failures", "units"),
    )
