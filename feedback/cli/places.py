"""`feedback patterns merge` and `unmerge`: which places of a pattern are one."""

from dataclasses import asdict
from getpass import getuser

import click

from feedback.cli.shared import Command, db_option, json_option, opened, print_json
from feedback.service.grouping import Grouped, merge, unmerge
from feedback.service.review import UNVERIFIED

__all__ = ["merge_", "unmerge_"]


def _grouping(command: Command) -> Command:
    """Add what both commands on places take behind the places."""
    for option in (
        click.option("--by", "name", metavar="NAME", help="Who you are. [default: your name on this machine]"),
        db_option,
        json_option,
    ):
        command = option(command)
    return command


@click.command("merge")
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


@click.command("unmerge")
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
