"""`feedback tickets`: what has to be done, and why."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from getpass import getuser
from typing import Any, get_args

import click

from feedback.cli.revision import revise, revision
from feedback.cli.same_fault import merge, split_, unsplit
from feedback.cli.shared import Command, Family, db_option, json_option, opened, print_json, table, titled
from feedback.cli.ticket_history import affected, history, moment, print_history
from feedback.domain.actor import VERIFIED, unverified
from feedback.domain.facts import RejectReason
from feedback.domain.snooze import Snoozed
from feedback.domain.ticket import Action, State, Ticket
from feedback.service.as_of import position_of, ticket_as_of
from feedback.service.history import history as ticket_history
from feedback.service.priority import ticket_priority
from feedback.service.review import act
from feedback.service.snooze import snooze, wake
from feedback.service.views import TicketOrder, ticket_view, ticket_views

__all__ = ["print_ticket", "tickets"]

_LOCI_SHOWN = 10


@click.group(cls=Family)
def tickets() -> None:
    """List and show template revisions and regression sets."""


@tickets.command("list")
@click.option("--kind", type=click.Choice(["template_revision", "regression_set"]), help="Only tickets of this kind.")
@click.option("--state", type=click.Choice(get_args(State)), help="Only tickets in this state.")
@click.option(
    "--sort",
    "order",
    type=click.Choice(get_args(TicketOrder)),
    default="priority",
    show_default=True,
    help="Most urgent first, or high risk first and then by failures.",
)
@click.option("--snoozed", "snoozed_too", is_flag=True, help="Also those that are snoozed; they come last.")
@db_option
@json_option
def list_(
    kind: str | None, state: str | None, order: TicketOrder, db: str | None, *, snoozed_too: bool, json_wanted: bool
) -> None:
    """List tickets, the most urgent first, without those that are snoozed."""
    found = ticket_views(opened(db, create=False), kind=kind, state=state, order=order)
    views = [view for view in found if snoozed_too or view["snoozed_until"] is None]
    if json_wanted:
        print_json(views)
        return
    left_out = len(found) - len(views)
    table(
        f"{len(views)} tickets" + (f", and {left_out} snoozed (--snoozed lists them too)" if left_out else ""),
        ("ticket", "priority", "state", "category", "template", "risk", "failures", "units", "verdict", "cases"),
        [_row(view) for view in views],
        right=("priority", "failures", "units", "cases"),
    )


@tickets.command()
@click.argument("ticket_id")
@click.option("--as-of", metavar="TIME|POSITION", help="As it was at this time, or at this position of the log.")
@db_option
@json_option
def show(ticket_id: str, as_of: str | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Show one ticket with its three answers: what recurs, is it systemic, which test proves the fix; and its history.

    A TIME is one such as 2026-05-01T09:00:00+00:00, or a day, which is its beginning in UTC.
    """
    service = opened(db, create=False)
    with ExitStack() as shown:
        upto = None if as_of is None else position_of(service, moment(as_of))
        then = service if upto is None else shown.enter_context(ticket_as_of(service, ticket_id, upto))
        view = ticket_view(then, ticket_id)
        if json_wanted:
            print_json(view)
            return
        print_ticket(view, ticket_priority(then, ticket_id))
    click.echo("\nHistory:")
    print_history(ticket_history(service, ticket_id, upto=upto))


def _acting(command: Command) -> Command:
    """Add what every action on a ticket takes."""
    for option in (
        click.argument("ticket_id"),
        click.option("--as", "--by", "name", metavar="NAME", help="Who you are. [default: your name on this machine]"),
        click.option("--comment", metavar="TEXT", help="Why, in your own words; shown in the ticket's history."),
        click.option("--expected-version", type=int, help="Refuse if the ticket has changed since this version."),
        db_option,
        json_option,
    ):
        command = option(command)
    return command


@tickets.command()
@_acting
def take(**given: Any) -> None:
    """Begin to work on a ticket that is open or regressed."""
    _act("take", **given)


@tickets.command()
@_acting
@click.argument("assignee", required=False)
@click.option("--nobody", is_flag=True, help="Whoever has it has it no longer.")
def assign(assignee: str | None, *, nobody: bool, **given: Any) -> None:
    """
    Say whose ticket it is: a name, or token:ID; its state does not change.

    Any ticket can be assigned that is not frozen.
    """
    if (assignee is None) != nobody:
        message = "name an ASSIGNEE, or --nobody"
        raise click.UsageError(message)
    known = assignee is None or assignee.startswith(VERIFIED)
    _act("assign", assignee=assignee if known else unverified(assignee or ""), **given)


@tickets.command("comment")
@_acting
@click.argument("text")
def comment_(text: str, *, comment: str | None, **given: Any) -> None:
    """
    Say something about a ticket, and do nothing else; a snooze goes on.

    Any ticket can be commented that is not frozen.
    """
    if comment is not None:
        message = "say it as TEXT, or with --comment beside another action"
        raise click.UsageError(message)
    _act("comment", comment=text, **given)


@tickets.command()
@_acting
def approve(**given: Any) -> None:
    """
    Agree to a ticket that is in review; it needs at least one case.

    A ticket of high risk needs two reviewers with tokens, which the command line cannot give.
    """
    _act("approve", **given)


@tickets.command()
@click.option("--reason", type=click.Choice(get_args(RejectReason)), required=True, help="Why.")
@_acting
def reject(reason: RejectReason, **given: Any) -> None:
    """Reject a ticket that is open or in review; the machine will not open it again."""
    _act("reject", reason=reason, **given)


@tickets.command()
@_acting
def reopen(**given: Any) -> None:
    """Take a rejection back."""
    _act("reopen", **given)


@tickets.command("snooze")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z"]),
    metavar="TIME",
    help="Until an event of this time or later is seen, such as 2026-05-01T09:00:00+00:00, or 2026-05-01 (in UTC).",
)
@click.option("--failures", type=click.IntRange(min=1), metavar="N", help="Until the pattern has N failures more.")
@_acting
def snooze_(until: datetime | None, failures: int | None, **given: Any) -> None:
    """
    Set a ticket aside until a time, or until it grows; its state does not change.

    With both ends the first that is reached ends it. No clock is asked: the time it is, is that of the newest event seen. Whatever else happens to the ticket, such as a regression, ends it too.
    """
    if until is None and failures is None:
        message = "name --until, --failures, or both"
        raise click.UsageError(message)
    aware = until.replace(tzinfo=UTC) if until and until.tzinfo is None else until
    _set(lambda service, **who: snooze(service, until=aware, failures=failures, **who), **given)


@tickets.command("wake")
@_acting
def wake_(**given: Any) -> None:
    """End a ticket's snooze."""
    _set(wake, **given)


for _command in (merge, split_, unsplit, history, affected, revision, revise):
    tickets.add_command(_command)


def _set(
    change: Callable[..., Ticket],
    *,
    ticket_id: str,
    name: str | None,
    comment: str | None,
    expected_version: int | None,
    db: str | None,
    json_wanted: bool,
) -> None:
    service = opened(db, create=False)
    actor = unverified(name or getuser())
    change(service, ticket_id=ticket_id, actor=actor, comment=comment, expected_version=expected_version)
    view = ticket_view(service, ticket_id)
    if json_wanted:
        print_json(view)
    else:
        click.echo(f"{ticket_id} is {view['state']} (version {view['version']}), {_snoozed(view) or 'not snoozed'}.")


def _snoozed(view: dict[str, Any]) -> str:
    """Say how long a ticket is snoozed; empty where it is not."""
    return Snoozed(**view["snoozed_until"]).sentence if view["snoozed_until"] else ""


def _act(
    action: Action,
    *,
    ticket_id: str,
    name: str | None,
    db: str | None,
    json_wanted: bool,
    **more: Any,
) -> None:
    service = opened(db, create=False)
    ticket = act(service, ticket_id, action, actor=unverified(name or getuser()), **more)
    if json_wanted:
        print_json(ticket_view(service, ticket_id))
    else:
        whose = f", assigned to {ticket.assignee or 'nobody'}" if action == "assign" else ""
        click.echo(f"{ticket_id} is {ticket.state} (version {ticket.version}){whose}.")


def _row(view: dict[str, Any]) -> tuple[Any, ...]:
    return (
        view["ticket_id"],
        view["priority"],
        view["state"] + (" (snoozed)" if view["snoozed_until"] else ""),
        view["pattern"]["category"],
        titled(view["pattern"]["template"], view["pattern"].get("locus")),
        view["risk_level"] or "",
        view["counts"]["failures"],
        view["counts"]["units"],
        view["verdict"]["value"],
        len(view["answers"]["regression_test"]["cases"]),
    )


def _about(pattern: dict[str, Any]) -> str:
    return f"{pattern['category']} in {titled(pattern['template'], pattern.get('locus'))}"


def print_ticket(view: dict[str, Any], priority: dict[str, Any]) -> None:
    """Print a ticket for a reader, with the parts of its priority."""
    pattern, counts, answers = view["pattern"], view["counts"], view["answers"]
    click.secho(f"{view['ticket_id']}  {view['kind']}  {view['state']}  (version {view['version']})", bold=True)
    click.echo(f"  {_about(pattern)}")
    if "merged_into" in view:
        click.echo(f"  a duplicate: merged into {view['merged_into']}")
    for one in view.get("merged", ()):
        failures, units = one["counts"]["failures"], one["counts"]["units"]
        click.echo(f"  with {one['ticket_id']}, {_about(one['pattern'])}: failures {failures}, distinct units {units}")
    if view["snoozed_until"]:
        click.echo(f"  {_snoozed(view)}")
    if view["linked_ticket_id"]:
        click.echo(f"  linked with {view['linked_ticket_id']}")
    if view["risk_level"]:
        click.echo(f"  risk: {view['risk_level']}")
    click.echo(f"  first seen {counts['first_seen']}, last seen {counts['last_seen']}")
    versions = ", ".join(f"{version}: {failures}" for version, failures in counts["by_version"].items())
    click.echo(f"  failures by template version: {versions}")
    click.echo(f"\n1. What recurs?      {answers['recurs']['sentence']}.")
    for storm in answers["recurs"]["storms"]:
        click.echo(f"     storm: {storm['sentence']}")
    click.echo(f"2. Is it systemic?   {answers['systemic']['sentence']}.")
    if fault := answers["systemic"]["specification_fault"]:
        click.echo(f"     part of a specification fault: {fault['sentence']}")
    click.echo(f"3. Which test?       {answers['regression_test']['sentence']}.")
    for case in answers["regression_test"]["cases"]:
        click.echo(f"     {case['case_id']}  {', '.join(case['checks'])}  at {case['locus']}")
    click.echo(f"\nPriority {priority['sentence']}")
    for part in priority["parts"]:
        click.echo(f"  {part['points']:5}  {part['name']:8}  {part['sentence']}")
    click.echo("\nPlaces in the template:")
    for locus in view["loci"][:_LOCI_SHOWN]:
        merged = f" (with {', '.join(locus['merged'])})" if locus["merged"] else ""
        click.echo(f"  {locus['failures']:5}  {locus['locus']}{merged}")
    if len(view["loci"]) > _LOCI_SHOWN:
        click.echo(f"         ... and {len(view['loci']) - _LOCI_SHOWN} more")
    click.echo(f"\nExamples: {', '.join(view['examples'])}")
