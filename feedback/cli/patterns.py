"""`feedback patterns`: which category recurs in which template, and what waits without one."""

import click

from feedback.cli.failures import print_failure
from feedback.cli.shared import Family, db_option, json_option, opened, print_json, table
from feedback.service.failures import failure_view
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
