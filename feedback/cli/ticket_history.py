"""`feedback tickets history` and `affected`: what happened to a ticket, and what has to be made anew because of it."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from feedback.cli.shared import as_json, db_option, json_option, opened, print_json
from feedback.domain.history import HistoryEntry
from feedback.service import affected as made
from feedback.service import history as past

__all__ = ["affected", "history", "moment", "print_history"]


@click.command()
@click.argument("ticket_id")
@db_option
@json_option
def history(ticket_id: str, db: str | None, *, json_wanted: bool) -> None:
    """Show all that happened to a ticket: who did what, when and why, oldest first."""
    entries = past.history(opened(db, create=False), ticket_id)
    if json_wanted:
        print_json([asdict(entry) for entry in entries])
    else:
        print_history(entries)


@click.command()
@click.argument("ticket_id")
@db_option
@click.option("--json", "json_wanted", is_flag=True, help="Has no effect: an object a line is always printed.")
def affected(ticket_id: str, db: str | None, *, json_wanted: bool) -> None:
    """
    Print what was made from the faulty versions of the ticket's template, one JSON object a line.

    Training versions first, then data versions, then every sample that is to be generated anew.
    """
    del json_wanted
    for row in made.affected(opened(db, create=False), ticket_id):
        click.echo(as_json(row))


def moment(as_of: str) -> datetime | int:
    """
    Return the time (aware), or the position of the log, that a text names.

    Raises:
        click.BadParameter: It names neither.
    """
    if as_of.isdecimal():
        return int(as_of)
    try:
        time = datetime.fromisoformat(as_of)
    except ValueError:
        message = f"expected a time such as 2026-05-01T09:00:00+00:00, a day, or a position of the log, found {as_of!r}"
        raise click.BadParameter(message, param_hint="--as-of") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def print_history(entries: Sequence[HistoryEntry]) -> None:
    """Print what happened to a ticket for a reader, oldest first."""
    for entry in entries:
        why = f" ({entry.why})" if entry.why else ""
        click.echo(f"  {entry.version:>3}  {entry.recorded_at[:19]}  {entry.actor}: {entry.what}{why}")
        for line in ("(a comment, erased since)" if entry.erased else entry.comment or "").splitlines():
            click.echo(f"         {line}")
