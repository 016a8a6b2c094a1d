"""`feedback evaluate audit`, `drift` and `agreement`: labels, answers and people, watched."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.cli.shared import db_option, json_option, opened, print_json, table, training_bar
from feedback.domain.agreement import Agreement
from feedback.domain.drift import Change
from feedback.service.agreement import Agreed, agreement_data, agreements
from feedback.service.drift import DriftReport, drift_data
from feedback.service.drift import drift as looked
from feedback.settings import load_settings

if TYPE_CHECKING:
    from feedback.service.audit import Audited

__all__ = ["agreement", "audit", "drift"]

_KINDS = {"triage_share": "share of needs_triage", "category_mix": "mix of categories", "confidence": "mean confidence"}


@click.command()
@click.option("--with-corrections", is_flag=True, help="Audit what people said in the store, beside the corpus.")
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of labelled batches. [default: the shipped corpus]",
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Labels shown, at most.")
@db_option
@json_option
def audit(*, with_corrections: bool, corpus: Path | None, limit: int, db: str | None, json_wanted: bool) -> None:
    """
    List labels that are likely wrong, the surest first.

    Models that never saw a label's batch find another one more probable. Somebody should look at it: the models may be the ones that are wrong. Trains five models, which takes minutes.
    """
    from feedback.service.audit import audit as audited  # noqa: PLC0415  scikit-learn is slow to import
    from feedback.service.promotion import teaching  # noqa: PLC0415  as above

    corrections = teaching(opened(db, create=False)) if with_corrections else []
    precision = load_settings().classifier.precision
    where = {"folder": corpus} if corpus else {}
    with training_bar() as report:
        found = audited(precision, corrections, progress=report, **where)
    if json_wanted:
        shown = [asdict(one) | {"margin": one.margin} for one in found.suspects[:limit]]
        print_json(
            {
                "cases": found.cases,
                "corrections": found.corrections,
                "suspects": len(found.suspects),
                "shown": shown,
            }
        )
        return
    _show_suspects(found, limit)


def _show_suspects(found: "Audited", limit: int) -> None:
    count = len(found.suspects)
    shown = f", the first {limit} shown" if count > limit else ""
    table(
        f"{count} of {found.cases + found.corrections} labels doubted{shown}",
        ("case", "batch", "label", "probability", "suggested", "its probability"),
        [
            (
                one.event_id,
                one.batch,
                one.label,
                f"{one.probability_of_label:.3f}",
                one.suggested,
                f"{one.probability_of_suggested:.3f}",
            )
            for one in found.suspects[:limit]
        ],
        right=("probability", "its probability"),
    )


@click.command()
@db_option
@json_option
def drift(db: str | None, *, json_wanted: bool) -> None:
    """
    Compare the recent window with the baseline before it, by source and template.

    Watched are the share of needs_triage, the mix of categories, and the mean probability of the first category, as the classifier said them and counted in units. Windows and alarms follow from [drift] in the settings. The exit code is 0 with alarms too.
    """
    report = looked(opened(db, create=False))
    if json_wanted:
        print_json(drift_data(report))
        return
    if report.windows is None:
        click.echo("No failures yet: nothing can have changed.")
        return
    _show_watched(report)
    click.echo()
    _show_alarms(report)


def _show_watched(report: DriftReport) -> None:
    assert report.windows is not None
    start, middle, end = (
        f"{at:%Y-%m-%d %H:%M}" for at in (report.windows.start, report.windows.middle, report.windows.end)
    )
    compared = {(change.scope, change.name) for change in report.changes}
    table(
        f"Until {end} UTC: recent since {middle}, baseline since {start}",
        (
            "name",
            "what",
            "units before",
            "now",
            "triage before",
            "triage now",
            "confidence before",
            "confidence now",
            "",
        ),
        [
            (
                one.name,
                one.scope,
                one.baseline.units,
                one.recent.units,
                _share(one.baseline.triage_share, one.baseline.units),
                _share(one.recent.triage_share, one.recent.units),
                _share(one.baseline.confidence.value, one.baseline.units),
                _share(one.recent.confidence.value, one.recent.units),
                "" if (one.scope, one.name) in compared else "too few to compare",
            )
            for one in report.watched
        ],
        right=("units before", "now", "triage before", "triage now", "confidence before", "confidence now"),
    )


def _show_alarms(report: DriftReport) -> None:
    if not report.alarms:
        click.echo(f"No alarm among {len(report.changes)} comparisons.")
        return
    click.echo(f"ALARM: {len(report.alarms)} of {len(report.changes)} comparisons.")
    for change in report.alarms:
        click.echo(f"  {_sentence(change)}")
    if len(report.classifiers) > 1:
        click.echo(f"{len(report.classifiers)} classifiers assessed these windows; that may be why.")


def _sentence(change: Change) -> str:
    what = f"{change.scope} {change.name}: {_KINDS[change.kind]}"
    values = f"{change.before:.2f} before, {change.now:.2f} now"
    if change.kind == "category_mix":
        values = f"{change.difference:.2f} apart; most of all {change.category}, {values}"
    return f"{what} {values} (by chance: {change.probability:.2g})"


@click.command()
@db_option
@json_option
def agreement(db: str | None, *, json_wanted: bool) -> None:
    """
    Show how far the classifier and people agree, and people with one another.

    Cohen's kappa with its interval of 95 %, over all categories and for each against the rest: 1 is full agreement, 0 what chance gives. It covers the failures that people spoke of, which are not drawn at random, and people who have seen the classifier's answer lean to it.
    """
    report = agreements(opened(db, create=False))
    if json_wanted:
        print_json(agreement_data(report))
        return
    _show_agreed("The classifier (first) and people (second)", report.machine, "No person has spoken of a failure yet.")
    click.echo()
    _show_agreed("Two people, whoever they are", report.people, "No two people have spoken of one failure yet.")
    if report.by_pair:
        click.echo()
        table(
            "By two people",
            ("first", "second", *_COLUMNS[1:]),
            [(*names, *_row(agreed.overall)) for names, agreed in report.by_pair.items()],
            right=_COLUMNS[1:],
        )


_COLUMNS = ("category", "pairs", "by first", "by second", "observed", "expected", "kappa", "95 %")


def _show_agreed(title: str, agreed: Agreed, nobody: str) -> None:
    if not agreed.overall.pairs:
        click.echo(nobody)
        return
    rows = [("all", *_row(agreed.overall)), *((name, *_row(one)) for name, one in agreed.by_category.items())]
    table(title, _COLUMNS, rows, right=_COLUMNS[1:])


def _row(one: Agreement) -> tuple[str, ...]:
    interval = "" if one.low is None or one.high is None else f"{one.low:.2f} to {one.high:.2f}"
    shares = (_share(value) for value in (one.observed, one.expected, one.kappa))
    return (*(f"{count:g}" for count in (one.pairs, one.first, one.second)), *shares, interval)


def _share(value: float | None, of: float = 1) -> str:
    return "" if value is None or not of else f"{value:.2f}"
