"""`feedback patterns`: which category recurs in which template, what waits without one, and which places are one."""

from dataclasses import asdict
from getpass import getuser

import click

from feedback.cli.failures import print_failure
from feedback.cli.shared import Command, Family, db_option, json_option, opened, print_json, table
from feedback.service.failures import failure_view
from feedback.service.grouping import Grouped, merge, unmerge
from feedback.service.review import UNVERIFIED
from feedback.service.views import pattern_rows
from feedback.storage.failures import count_by_category, count_ignored

__all__ = ["patterns"]


@click.group(cls=Family)
def patterns() -> None:
    """List which category recurs in which template."""


@patterns.command("list")
@db_option
@json_option
def list_(db: str | None, *, json_wanted: bool) -> None:
    """List patterns, most failures first; the failures without a template, by category; and how many do not count."""
    service = opened(db, create=False)
    rows = pattern_rows(service)
    unattributed = count_by_category(service.store, attributed=False)
    ignored = count_ignored(service.store)
    if json_wanted:
        print_json({"patterns": rows, "unattributed": unattributed, "ignored": ignored})
        return
    table(
        f"{len(rows)} patterns",
        ("pattern", "category", "template", "risk", "failures", "units", "verdict", "tickets"),
        [
            (
                row["pattern_id"],
                row["category"],
                row["template"],
                row["risk_level"] or "",
                row["counts"]["failures"],
                row["counts"]["units"],
                row["verdict"]["value"],
                " ".join(row["tickets"]),
            )
            for row in rows
        ],
        right=("failures", "units"),
    )
    if unattributed:
        click.echo()
        table("Waiting without a template", ("category", "failures"), list(unattributed.items()), right=("failures",))
    if ignored:
        click.echo(f"\nNot counted: {ignored} of drafts or test traffic (recurrence.ignored)")


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


def _grouping(command: Command) -> Command:
    """Add what both commands on places take behind the places."""
    for option in (
        click.option("--by", "name", metavar="NAME", help="Who you are. [default: your name on this machine]"),
        db_option,
        json_option,
    ):
        command = option(command)
    return command


@patterns.command("merge")
@click.argument("pattern_id")
@click.argument("locus")
@click.argument("into")
@_grouping
def merge_(pattern_id: str, locus: str, into: str, name: str | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Count the failures at place LOCUS of a pattern, past and coming, at place INTO.

    Both are places of the pattern, as `feedback tickets show` names them.
    """
    service = opened(db, create=False)
    done = merge(service, pattern_id, locus, into, actor=UNVERIFIED + (name or getuser()))
    _print_grouped(done, json_wanted=json_wanted)


@patterns.command("unmerge")
@click.argument("pattern_id")
@click.argument("locus")
@_grouping
def unmerge_(pattern_id: str, locus: str, name: str | None, db: str | None, *, json_wanted: bool) -> None:
    """Take back that place LOCUS of a pattern is counted as another."""
    done = unmerge(opened(db, create=False), pattern_id, locus, actor=UNVERIFIED + (name or getuser()))
    _print_grouped(done, json_wanted=json_wanted)


def _print_grouped(done: Grouped, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json(asdict(done))
        return
    failures = "1 failure" if done.failures == 1 else f"{done.failures} failures"
    again = ", as before: nothing is recorded" if done.status == "unchanged" else ""
    verb = "is" if done.failures == 1 else "are"
    click.echo(f"{failures} at {done.locus} {verb} counted at {done.counted_as}{again}.")
