"""What commands let people say of failures: the options, and what they come to."""

from collections import Counter
from typing import Any

import click

from feedback.cli.shared import Command, db_option, json_option, print_json
from feedback.domain.correction import CorrectionRequest, Said
from feedback.intake.native import canonical, validate
from feedback.service.bootstrap import Service
from feedback.service.deciding import Status, about
from feedback.service.review import UNVERIFIED

__all__ = ["print_counts", "request_of", "said_by_options", "saying", "unverified"]


def saying(command: Command) -> Command:
    """Add what may be said of a failure, and by whom."""
    for option in (
        click.option("--template", metavar="NAME[@VERSION]", help="The template that it comes from."),
        click.option("--no-template", "foreign", is_flag=True, help="It comes from none of our templates."),
        click.option("--locus", metavar="PLACE", help="Its place in the template, such as /currency:enum."),
        click.option("--by", "name", metavar="NAME", help="Who you are. [default: your name on this machine]"),
        db_option,
        json_option,
    ):
        command = option(command)
    return command


def said_by_options(category: str | None, *, template: str | None, foreign: bool, locus: str | None) -> dict[str, Any]:
    """Return what options say, as a correction's fields."""
    if template and foreign:
        raise click.UsageError("name either --template or --no-template")
    said: dict[str, Any] = {"category": category, "locus": locus}
    said = {name: value for name, value in said.items() if value is not None}
    if foreign:
        said["template"] = None
    elif template is not None:
        name, _, version = template.partition("@")
        said["template"] = {"name": name} | ({"version": version} if version else {})
    if not said:
        raise click.UsageError("say what it is: a CATEGORY, --template, --no-template or --locus")
    return said


def print_counts(service: Service, said: Said, done: "Counter[Status]", *, json_wanted: bool) -> None:
    """Print how many failures became what, and what follows from the word or does not."""
    counts = {status: done[status] for status in ("corrected", "confirmed", "unchanged")}
    note = about(service, said)
    if json_wanted:
        print_json(counts | {"note": note or None})
        return
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items()) + ".")
    if note:
        click.echo(f"Note: {note}.")


def request_of(value: Any) -> CorrectionRequest:
    """Return a correction as it comes in, checked."""
    return validate(CorrectionRequest, canonical(value))


def unverified(name: str) -> str:
    """Return the actor of a name that nobody verified."""
    return name if name.startswith(UNVERIFIED) else UNVERIFIED + name
