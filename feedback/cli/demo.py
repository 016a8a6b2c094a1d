"""`feedback demo`: the shipped failures through the whole loop."""

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from shutil import which
from typing import Any

import click

from feedback.cli.ingest import take_in
from feedback.cli.serve import serve
from feedback.cli.shared import db_option, json_option, opened, print_json, table
from feedback.intake.templates import read_templates
from feedback.service.bootstrap import Service
from feedback.service.patterns import pattern_list
from feedback.service.register import register_templates
from feedback.service.views import ticket_views
from feedback.settings import config_dir
from feedback.storage.failures import count_by_category, count_by_channel

__all__ = ["demo"]

_EVENTS = Path(__file__).parents[1] / "demo" / "events.jsonl"
_EXPOSURES = Path(__file__).parents[1] / "demo" / "exposures.jsonl"
_EXPECTED = Path(__file__).parents[1] / "demo" / "expected.json"


@click.command()
@db_option
@json_option
@click.option("--serve", "serve_wanted", is_flag=True, help="Then serve its pages, until Ctrl-C.")
@click.pass_context
def demo(context: click.Context, db: str | None, *, json_wanted: bool, serve_wanted: bool) -> None:
    """
    Run the shipped failures and exposures through the whole loop.

    Shows what comes of them: categories, patterns, and tickets with their three answers. Trains the classifier first, where none is kept. The same store twice changes nothing the second time.
    """
    path = db or "feedback-demo.db"
    service = opened(path)
    began = time.monotonic()
    templates = read_templates([config_dir() / "templates"])
    register_templates(service, templates)
    with _EVENTS.open("rb") as events, _EXPOSURES.open("rb") as exposures:
        summary = take_in(service, [events, exposures], "Streaming failures")
    result = _result(service) | {
        "accepted": summary.counts["accepted"],
        "duplicate": summary.counts["duplicate"],
        "exposures": summary.exposures.total(),
        "seconds": round(time.monotonic() - began, 1),
        "db": str(Path(path).resolve()),
    }
    if json_wanted:
        print_json(result)
    else:
        _print(result, len(templates), path)
    if serve_wanted:
        service.store.close()
        click.secho("\nThe pages of this demo, until Ctrl-C:", bold=True)
        context.invoke(serve, host=None, port=None, db=path)


def _result(service: Service) -> dict[str, Any]:
    tickets = ticket_views(service)
    opened = {(one["kind"], one["pattern"]["category"], one["pattern"]["template"]) for one in tickets}
    wanted = {
        (one["kind"], one["category"], one["template"]) for one in json.loads(_EXPECTED.read_text(encoding="utf-8"))
    }
    return {
        "channels": count_by_channel(service.store),
        "categories": count_by_category(service.store),
        **pattern_list(service),
        "tickets": tickets,
        "expected": {
            "tickets": len(wanted),
            "opened": len(wanted & opened),
            "missing": sorted(wanted - opened),
            "beyond": sorted(opened - wanted),
        },
    }


def _print(result: dict[str, Any], templates: int, path: str) -> None:
    failures = result["accepted"] + result["duplicate"]
    channels = ", ".join(f"{count} {channel}" for channel, count in result["channels"].items())
    click.echo(f"{failures} failures ({channels}), {result['exposures']} exposures, {templates} template versions.\n")
    table("Failures by category", ("category", "failures"), list(result["categories"].items()), right=("failures",))
    click.echo()
    table(
        "Patterns (one category in one template)",
        ("category", "template", "failures", "units", "of 1,000", "verdict"),
        [_pattern_row(one) for one in result["patterns"]],
        right=("failures", "units", "of 1,000"),
    )
    waiting = sum(result["unattributed"].values())
    click.echo(f"{waiting} failures wait without a template.\n")
    if faults := result["specification_faults"]:
        click.echo(f"Specification faults: {'; '.join(fault['sentence'] for fault in faults)}.\n")
    kinds = Counter(one["kind"] for one in result["tickets"])
    click.secho(
        f"Tickets: {kinds['template_revision']} template revisions (TR), {kinds['regression_set']} regression sets (RS)",
        bold=True,
    )
    by_pattern = defaultdict(list)
    for one in result["tickets"]:
        by_pattern[tuple(one["pattern"].values())].append(one)
    for pair in by_pattern.values():
        _print_answers(sorted(pair, key=lambda one: one["kind"], reverse=True))
    click.echo()
    _print_expected(result["expected"])
    click.echo(f"Took {result['seconds']} s. The database is {result['db']}")
    some = next((one["ticket_id"] for one in result["tickets"] if one["kind"] == "template_revision"), "TICKET")
    click.echo("\nNext:")
    for line in (
        f"serve --db {path}",
        f"tickets list --db {path}",
        f"tickets show {some} --db {path}",
        f"patterns list --db {path}",
        f"verify --db {path}",
        "ingest YOUR_FAILURES.jsonl --db feedback.db",
    ):
        click.echo(f"  {_command()} {line}")


def _command() -> str:
    """Return how this command can be called again from here."""
    called = Path(sys.argv[0])
    return "feedback" if called.name != "feedback" or which("feedback") else str(called.resolve())


def _pattern_row(row: dict[str, Any]) -> tuple[Any, ...]:
    counts, rate = row["counts"], row["verdict"]["inputs"].get("rate")
    of_thousand = "" if rate is None else f"{1000 * rate:.1f}"
    return (row["category"], row["template"], counts["failures"], counts["units"], of_thousand, row["verdict"]["value"])


def _print_answers(tickets: Sequence[dict[str, Any]]) -> None:
    """Print the tickets of one pattern, which share their three answers."""
    pattern, answers = tickets[0]["pattern"], tickets[0]["answers"]
    risk = " (high risk)" if tickets[0]["risk_level"] == "high" else ""
    ids = " + ".join(one["ticket_id"] for one in tickets)
    click.echo(f"  {ids}  {pattern['category']} in {pattern['template']}{risk}")
    click.echo(f"    recurs?   {answers['recurs']['sentence']}")
    click.echo(f"    systemic? {answers['systemic']['sentence']}")
    click.echo(f"    test?     {answers['regression_test']['sentence']}")
    click.echo(f"    priority  {tickets[0]['priority']} of 100")


def _print_expected(expected: dict[str, Any]) -> None:
    click.echo(f"{expected['opened']} of the {expected['tickets']} tickets written down beforehand were opened.")
    for name, tickets in (("not opened", expected["missing"]), ("opened beyond them", expected["beyond"])):
        for kind, category, template in tickets:
            click.echo(f"  {name}: {kind} for {category} in {template}")
