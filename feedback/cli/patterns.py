"""`feedback patterns`: which category recurs in which template, why it is a ticket, and what waits without a template."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import click

from feedback.cli.bar_chart import bar_chart
from feedback.cli.drawing import draw, plot_option
from feedback.cli.failures import print_failure
from feedback.cli.pattern_text import print_pattern, timeline_of
from feedback.cli.places import merge_, unmerge_
from feedback.cli.shared import Family, db_option, json_option, opened, print_json, table, titled
from feedback.domain.recurrence import VerdictValue
from feedback.service.failures import failure_view
from feedback.service.patterns import pattern_list, pattern_view

__all__ = ["patterns"]


@click.group(cls=Family)
def patterns() -> None:
    """List which category recurs in which template, and show why that is a ticket."""


patterns.add_command(merge_)
patterns.add_command(unmerge_)


@patterns.command("list")
@click.option("--category", help="Only patterns of this category.")
@click.option("--template", metavar="NAME", help="Only patterns of this template.")
@click.option("--verdict", type=click.Choice(get_args(VerdictValue)), help="Only patterns with this verdict.")
@click.option("--csv", "csv_wanted", is_flag=True, help="Print the patterns as CSV instead of tables.")
@db_option
@json_option
def list_(db: str | None, *, csv_wanted: bool, json_wanted: bool, **only: str | None) -> None:
    """
    List patterns, most failures first; specification faults; and the failures without a template, by category.

    A specification fault is one category, systemic at one kind of place in several templates of the same task or scenario: their class is to be revised, not one.
    """
    if csv_wanted and json_wanted:
        message = "--csv and --json exclude each other"
        raise click.UsageError(message)
    found = pattern_list(opened(db, create=False), **only)
    if json_wanted:
        print_json(found)
    elif csv_wanted:
        _print_csv(found["patterns"])
    else:
        _print(found)


@patterns.command()
@click.argument("identity", metavar="PATTERN_ID|TICKET_ID")
@plot_option("Also draw the units by day or week as a bar chart into FILE, an SVG.")
@db_option
@json_option
def show(identity: str, plot: Path | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Show why a pattern is a ticket, or is none, in words and numbers.

    What was counted and against what, what was believed before and after, the history of verdicts, places, template versions, units by day or week, and tickets.
    """
    view = pattern_view(opened(db, create=False), identity)
    if plot:
        draw(bar_chart(timeline_of(view), f"{view['category']} in {titled(view['template'], view['locus'])}"), plot)
    if json_wanted:
        print_json(view)
        return
    print_pattern(view)
    if plot:
        click.echo(f"\nDrawn into {plot}.")


@patterns.command()
@click.argument("event_id")
@db_option
@json_option
def failure(event_id: str, db: str | None, *, json_wanted: bool) -> None:
    """Show one failure: what came in, what was said of it, its pattern, and its template, sample and training version."""
    view = failure_view(opened(db, create=False), event_id)
    if json_wanted:
        print_json(view)
    else:
        print_failure(view)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a pattern as one flat row; what is not known is empty."""
    counts, verdict = row["counts"], row["verdict"]
    probability = verdict["inputs"].get("probability")
    return {
        "pattern": row["pattern_id"],
        "category": row["category"],
        "template": row["template"],
        "locus": row["locus"] or "",
        "risk": row["risk_level"] or "",
        "failures": counts["failures"],
        "units": counts["units"],
        "verdict": verdict["value"],
        "probability": "" if probability is None else probability,
        "tickets": " ".join(row["tickets"]),
        "first_seen": counts["first_seen"],
        "last_seen": counts["last_seen"],
        "reason": verdict["reason"],
    }


_SHOWN = ("pattern", "category", "template", "locus", "risk", "failures", "units", "verdict", "probability", "tickets")
_COLUMNS = (*_SHOWN, "first_seen", "last_seen", "reason")


def _print_csv(rows: Sequence[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_row(row) for row in rows)
    click.echo(text.getvalue(), nl=False)


def _print(found: dict[str, Any]) -> None:
    rows = [_row(row) for row in found["patterns"]]
    table(
        f"{len(rows)} patterns",
        _SHOWN,
        [[row[column] for column in _SHOWN] for row in rows],
        right=("failures", "units", "probability"),
    )
    if found["specification_faults"]:
        click.echo()
        _print_faults(found["specification_faults"])
    if unattributed := found["unattributed"]:
        click.echo()
        table("Waiting without a template", ("category", "failures"), list(unattributed.items()), right=("failures",))
    if found["ignored"]:
        click.echo(f"\nNot counted: {found['ignored']} of drafts or test traffic (recurrence.ignored)")


def _print_faults(faults: Sequence[dict[str, Any]]) -> None:
    """Print each fault with its templates and their tickets beneath."""
    rows: list[tuple[Any, ...]] = []
    for fault in faults:
        shared = ", ".join(value for value in (fault["primary_task"], fault["scenario"]) if value)
        name = f"{fault['category']} at {fault['kind']}"
        rows.append((name, shared, f"{len(fault['templates'])} templates", fault["failures"], ""))
        rows += [
            ("", "", titled(one["template"], one["locus"]), one["failures"], " ".join(one["tickets"]))
            for one in fault["patterns"]
        ]
    table("Specification faults", ("fault", "shared", "template", "failures", "tickets"), rows, right=("failures",))
