"""`feedback corrections ticket`, `pattern` and `queue`: one word on many failures, and what waits for one."""

from dataclasses import asdict
from getpass import getuser
from typing import Any

import click

from feedback.cli.shared import db_option, json_option, opened, print_json, table
from feedback.cli.words import print_counts, request_of, said_by_options, saying, unverified
from feedback.domain.correction import CorrectionRequest
from feedback.service.correct_together import correct_pattern, correct_ticket
from feedback.service.triage import triage_queue

__all__ = ["pattern_", "queue_", "ticket_"]

_at = click.option("--at", "place", metavar="PLACE", help="Only of its failures that are counted at this place.")


@click.command("ticket")
@click.argument("ticket_id")
@click.argument("category", required=False)
@_at
@click.option("--expected-version", type=int, help="Refuse if the ticket has changed since this version.")
@saying
def ticket_(
    ticket_id: str,
    category: str | None,
    place: str | None,
    name: str | None,
    expected_version: int | None,
    db: str | None,
    *,
    json_wanted: bool,
    **said: Any,
) -> None:
    """
    Say the same of all failures of a ticket's pattern, or of those at one of its places.

    They move to the pattern that they belong to. Failures to come are assessed as ever.
    """
    service, request = opened(db, create=False), _request(name, category, said)
    actor = unverified(request.actor or "")
    done = correct_ticket(service, ticket_id, request.said, actor=actor, locus=place, expected_version=expected_version)
    print_counts(service, request, done, json_wanted=json_wanted)


@click.command("pattern")
@click.argument("pattern_id")
@click.argument("category", required=False)
@_at
@saying
def pattern_(
    pattern_id: str,
    category: str | None,
    place: str | None,
    name: str | None,
    db: str | None,
    *,
    json_wanted: bool,
    **said: Any,
) -> None:
    """Say the same of all failures of a pattern, be it a ticket or not, or of those at one of its places."""
    service, request = opened(db, create=False), _request(name, category, said)
    done = correct_pattern(service, pattern_id, request.said, actor=unverified(request.actor or ""), locus=place)
    print_counts(service, request, done, json_wanted=json_wanted)


@click.command("queue")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="How many groups, at most.")
@click.option("--skip", type=click.IntRange(0), default=0, help="Leave out so many of the first.")
@db_option
@json_option
def queue_(limit: int, skip: int, db: str | None, *, json_wanted: bool) -> None:
    """
    List what waits for a person, what would teach the classifier most first.

    Failures of which it could not tell what they are, and those without a template, in groups that are alike.
    """
    found = triage_queue(opened(db, create=False), limit=limit, skip=skip)
    if json_wanted:
        print_json(asdict(found))
        return
    table(
        f"{found.failures} failures wait, in {found.groups} groups",
        ("score", "failure", "alike", "first guesses", "why", "template", "answer"),
        [
            (
                f"{one.score:.2f}",
                one.event_id,
                one.alike,
                ", ".join(f"{name} {p:.0%}" for name, p in one.probabilities[:2]),
                one.why,
                one.template or ", ".join(f"{name}?" for name in one.suggested),
                " ".join(one.answer.split())[:80],
            )
            for one in found.items
        ],
        right=("score", "alike"),
    )


def _request(name: str | None, category: str | None, said: dict[str, Any]) -> CorrectionRequest:
    """Return what options say of failures that are not named one by one."""
    return request_of({"event_id": "-", "actor": name or getuser()} | said_by_options(category, **said))
