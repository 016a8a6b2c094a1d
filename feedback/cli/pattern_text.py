"""A pattern for a reader: why it is, or is not, a ticket."""

from typing import Any

import click

from feedback.cli.bar_chart import sparkline
from feedback.cli.shared import table, titled
from feedback.domain.timeline import Bar, Timeline

__all__ = ["print_pattern", "timeline_of"]

_QUESTIONS = {"counted": "Counted", "against": "Against", "believed": "Believed", "since": "Since"}
_MOST = 10


def timeline_of(view: dict[str, Any]) -> Timeline:
    """Return the timeline that a view of a pattern holds."""
    found = view["timeline"]
    return Timeline(found["step"], tuple(Bar(**bar) for bar in found["bars"]), found["left_out"])


def print_pattern(view: dict[str, Any]) -> None:
    """Print a pattern: the verdict and what it rests on, then what is known of its failures and tickets."""
    counts, verdict = view["counts"], view["verdict"]
    click.secho(f"{view['pattern_id']}  {view['category']} in {titled(view['template'], view['locus'])}", bold=True)
    if view["risk_level"]:
        click.echo(f"  risk: {view['risk_level']}")
    click.echo(f"\n{verdict['value'].capitalize()}: {verdict['reason']}.")
    for question, name in _QUESTIONS.items():
        if question in view["why"]:
            click.echo(f"  {name:9} {view['why'][question]['sentence']}.")
    click.echo(f"  {'Verdict':9} {view['judged']['sentence']}.")
    click.echo(f"\nNow: failures {counts['failures']:,}, distinct units {counts['units']:,}.")
    _print_timeline(timeline_of(view))
    for storm in view["storms"]:
        click.echo(f"Storm: {storm['sentence']}.")
    _print_counts("Failures by template version", list(counts["by_version"].items()))
    _print_counts("Places in the template", [(one["locus"], one["failures"]) for one in view["loci"]])
    for locus, pattern_id in view["split_off"].items():
        click.echo(f"  split off: {locus}, now {pattern_id}")
    for fault in view["specification_faults"]:
        click.echo(f"\nPart of a specification fault: {fault['sentence']}.")
    _print_tickets(view)
    _print_history(view["history"])


def _print_timeline(shown: Timeline) -> None:
    if not shown.bars:
        return
    most = max(bar.units for bar in shown.bars)
    earlier = f", {shown.left_out:,} {shown.step}s before them" if shown.left_out else ""
    click.echo(
        f"Units by {shown.step} from {shown.bars[0].begins} to {shown.bars[-1].begins}, at most {most:,}{earlier}:"
    )
    click.echo(f"  {sparkline(shown)}")


def _print_counts(title: str, counts: list[tuple[str, int]]) -> None:
    if not counts:
        return
    click.echo(f"\n{title}:")
    for name, failures in counts[:_MOST]:
        click.echo(f"  {failures:5}  {name}")
    if len(counts) > _MOST:
        click.echo(f"         ... and {len(counts) - _MOST} more")


def _print_tickets(view: dict[str, Any]) -> None:
    click.echo("\nTickets:")
    for one in view["tickets"]:
        click.echo(f"  {one['ticket_id']}  {one['kind']}  {one['state']}  priority {one['priority']}")
        click.echo(f"    opened {one['opened_at']}, because {one['because']}")
    for kind, reason in view["no_ticket"].items():
        click.echo(f"  no {kind}: {reason}")
    click.echo(f"  priority {view['priority']['sentence']}")


def _print_history(history: list[dict[str, Any]]) -> None:
    if not history:
        return
    click.echo()
    table(
        "Verdicts",
        ("recorded", "verdict", "units", "probability", "reason"),
        [
            (
                one["recorded_at"],
                one["verdict"],
                one["units"],
                "" if one["probability"] is None else one["probability"],
                one["reason"],
            )
            for one in history
        ],
        right=("units", "probability"),
    )
