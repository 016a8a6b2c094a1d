"""`feedback tickets merge`, `split` and `unsplit`: which failures are one fault, and which are two."""

from collections.abc import Sequence
from dataclasses import asdict
from getpass import getuser

import click

from feedback.cli.shared import Command, db_option, json_option, opened, print_json
from feedback.service.merging import merge_tickets
from feedback.service.review import UNVERIFIED
from feedback.service.splitting import Split, split, take_back_split
from feedback.service.views import ticket_view

__all__ = ["merge", "split_", "unsplit"]


def _deciding(command: Command) -> Command:
    """Add what all three take behind their arguments."""
    for option in (
        click.option("--as", "--by", "name", metavar="NAME", help="Who you are. [default: your name on this machine]"),
        click.option("--expected-version", type=int, help="Refuse if the ticket has changed since this version."),
        db_option,
        json_option,
    ):
        command = option(command)
    return command


@click.command("merge")
@click.argument("ticket_id")
@click.argument("into")
@_deciding
def merge(
    ticket_id: str, into: str, name: str | None, expected_version: int | None, db: str | None, *, json_wanted: bool
) -> None:
    """
    Say that a ticket is about the same fault as ticket INTO, which stands for both from then on.

    It is rejected as a duplicate, and reopening it takes that back. With a template revision its open regression set is merged into the other's.
    """
    service = opened(db, create=False)
    actor = UNVERIFIED + (name or getuser())
    merged = merge_tickets(service, ticket_id, into, actor=actor, expected_version=expected_version)
    if json_wanted:
        print_json([ticket_view(service, one.ticket_id) for one in merged])
        return
    for one in merged:
        click.echo(f"{one.ticket_id} is merged into {one.merged_into} (version {one.version}).")


@click.command("split")
@click.argument("ticket_id")
@click.argument("loci", metavar="LOCUS...", nargs=-1, required=True)
@_deciding
def split_(
    ticket_id: str,
    loci: Sequence[str],
    name: str | None,
    expected_version: int | None,
    db: str | None,
    *,
    json_wanted: bool,
) -> None:
    """
    Say that places of a ticket's pattern are a fault of their own, which gets tickets of its own at once.

    The places are those that `feedback tickets show` names. Failures counted there, past and coming, move.
    """
    actor = UNVERIFIED + (name or getuser())
    done = split(opened(db, create=False), ticket_id, loci, actor=actor, expected_version=expected_version)
    _print(done, "counted in a pattern of their own", json_wanted=json_wanted)


@click.command("unsplit")
@click.argument("ticket_id")
@_deciding
def unsplit(
    ticket_id: str, name: str | None, expected_version: int | None, db: str | None, *, json_wanted: bool
) -> None:
    """Take a split back, by one of the tickets it opened: while all of them are open or rejected."""
    actor = UNVERIFIED + (name or getuser())
    done = take_back_split(opened(db, create=False), ticket_id, actor=actor, expected_version=expected_version)
    _print(done, "counted where they came from", json_wanted=json_wanted)


def _print(done: Split, where: str, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json(asdict(done))
        return
    failures = "1 failure" if done.failures == 1 else f"{done.failures} failures"
    click.echo(f"{failures} at {', '.join(done.loci)}: {where}, {done.pattern_id}.")
    for one in done.tickets:
        click.echo(f"  {one.ticket_id}  {one.kind}  {one.state}")
