"""`feedback tickets revision` and `revise`: the proposed revision of a ticket, and its registration."""

from getpass import getuser

import click

from feedback.cli.shared import db_option, json_option, opened, print_json
from feedback.service.review import UNVERIFIED
from feedback.service.revising import Proposal, proposal_data, propose, register_revision

__all__ = ["revise", "revision"]

_EVENTS_SHOWN = 2


@click.command()
@click.argument("ticket_id")
@click.option("--diff", "part", flag_value="diff", help="Print the diff against the newest version, and nothing else.")
@click.option("--yaml", "part", flag_value="yaml", help="Print the proposed template file, to edit and to register.")
@db_option
@json_option
def revision(ticket_id: str, part: str | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Show what would change in a ticket's template, filled from its failures, and what is left to you.

    Where the failures lack what it needs there is no proposal but a sentence on what is missing; --diff and --yaml then end with code 1.
    """
    proposal = propose(opened(db, create=False), ticket_id)
    if json_wanted:
        print_json(proposal_data(proposal))
    elif part is None:
        _print(proposal)
    elif proposal.template is None:
        raise click.ClickException(" ".join(proposal.missing))
    else:
        click.echo(proposal.diff if part == "diff" else proposal.yaml, nl=False)


@click.command()
@click.argument("ticket_id")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--as", "--by", "name", metavar="NAME", help="Who you are. [default: your name on this machine]")
@click.option("--expected-version", type=int, help="Refuse if the ticket has changed since this version.")
@db_option
@json_option
def revise(
    ticket_id: str,
    file: click.utils.LazyFile,
    name: str | None,
    expected_version: int | None,
    db: str | None,
    *,
    json_wanted: bool,
) -> None:
    """Register a template FILE (`-` is standard input) as the version that answers an approved ticket."""
    service, actor = opened(db, create=False), UNVERIFIED + (name or getuser())
    answer = register_revision(service, ticket_id, file.read(), actor=actor, expected_version=expected_version)
    if json_wanted:
        print_json({"template": answer.identity, "status": answer.status, "note": answer.note})
    else:
        click.echo(f"{answer.identity}: {answer.note}")


def _print(proposal: Proposal) -> None:
    click.secho(f"{proposal.category} in {proposal.template_name}", bold=True)
    if proposal.template is not None:
        click.echo(f"{proposal.current_version} -> {proposal.template.version}  {proposal.template.notes}\n")
        click.echo(proposal.diff)
        click.echo("Filled from:")
        for clue in proposal.clues:
            click.echo(f"  {clue.failures:5}  {clue.what}  ({', '.join(clue.event_ids[:_EVENTS_SHOWN])})")
    click.echo("No proposal:" if proposal.template is None else "\nLeft to you:")
    for sentence in proposal.missing or ("To read it.",):
        click.echo(f"  {sentence}")
    if proposal.erased:
        click.echo(f"  Not read, since they were erased: {proposal.erased} failures.")
