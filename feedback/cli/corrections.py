"""`feedback corrections`: what people say of failures, against the classifier or with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from getpass import getuser
from typing import Any, BinaryIO, get_args

import click

from feedback.cli.shared import (
    REJECTED,
    Command,
    Family,
    as_json,
    db_option,
    json_option,
    opened,
    print_json,
    progress,
    shown_name,
    table,
)
from feedback.domain.correction import CorrectionRequest
from feedback.errors import Fault, InvalidInput
from feedback.intake.files import Item, read_batches
from feedback.intake.native import canonical, parse_json, validate
from feedback.service.bootstrap import Service
from feedback.service.correct import Corrected, Status, Word, correct, correct_each
from feedback.service.correct_together import correct_alike, correct_ticket
from feedback.service.failures import correction_data
from feedback.service.review import UNVERIFIED
from feedback.service.triage import triage_queue
from feedback.storage.corrections import Correction
from feedback.storage.corrections import corrections as stored

__all__ = ["corrections"]

_SAID: dict[Status, str] = {
    "corrected": "{event_id} is {category}, and was {said} (version {version}).",
    "confirmed": "{event_id} is {category}, as was said before (version {version}).",
    "unchanged": "{event_id} is {category}, as you have said before: nothing is recorded (version {version}).",
}
_FROM = {"people": True, "machine": False}


@click.group(cls=Family)
def corrections() -> None:
    """Say what a failure is; the machine never overrules a person."""


def _saying(command: Command) -> Command:
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


@corrections.command()
@click.argument("event_id")
@click.argument("category", required=False)
@click.option("--expected-version", type=int, help="Refuse if the failure's stream has moved on since this version.")
@click.option("--alike", is_flag=True, help="Say it of all failures too that are alike and wait in the queue.")
@_saying
def add(
    event_id: str,
    category: str | None,
    name: str | None,
    expected_version: int | None,
    db: str | None,
    *,
    alike: bool,
    json_wanted: bool,
    **said: Any,
) -> None:
    """
    Say what failure EVENT_ID is: its CATEGORY, its template, its place, or several of these.

    CATEGORY is one of the ten, or needs_triage. Say so too where the machine is right: agreement is counted.
    """
    service = opened(db, create=False)
    request = _request({"event_id": event_id, "actor": name or getuser()} | _said(category, **said))
    actor = _unverified(request.actor or "")
    if alike:
        _print_counts(correct_alike(service, request.event_id, request.said, actor=actor), json_wanted=json_wanted)
        return
    expected = {} if expected_version is None else {request.event_id: expected_version}
    (answer,) = correct(service, [(request.event_id, request.said)], actor=actor, expected_versions=expected)
    if json_wanted:
        print_json(_data(answer))
        return
    click.echo(_SAID[answer.status].format(**_data(answer)))
    if request.said.aspects != ("category",):
        template = "@".join(part for part in answer.template or () if part) or "none of ours"
        click.echo(f"Template: {template}. Place: {answer.locus}.")
    if answer.note:
        click.echo(f"Note: {answer.note}.")


@corrections.command()
@click.argument("ticket_id")
@click.argument("category", required=False)
@click.option("--at", "place", metavar="PLACE", help="Only of its failures that are counted at this place.")
@click.option("--expected-version", type=int, help="Refuse if the ticket has changed since this version.")
@_saying
def ticket(
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
    service = opened(db, create=False)
    request = _request({"event_id": "-", "actor": name or getuser()} | _said(category, **said))
    done = correct_ticket(
        service,
        ticket_id,
        request.said,
        actor=_unverified(request.actor or ""),
        locus=place,
        expected_version=expected_version,
    )
    _print_counts(done, json_wanted=json_wanted)


@corrections.command("queue")
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
        ("score", "failure", "alike", "first guesses", "why", "answer"),
        [
            (
                f"{one.score:.2f}",
                one.event_id,
                one.alike,
                ", ".join(f"{name} {p:.0%}" for name, p in one.probabilities[:2]),
                one.why,
                " ".join(one.answer.split())[:80],
            )
            for one in found.items
        ],
        right=("score", "alike"),
    )


@corrections.command("import")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option(
    "--by", "name", metavar="NAME", help="Who says it, where a line names no actor. [default: your name here]"
)
@db_option
@json_option
def import_(file: BinaryIO, name: str | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Take in corrections from a file, one JSON object a line: {event_id, category?, template?, locus?, actor?}.

    One of the three must be there; a template is {name, version?}, or null for none of ours.

    - reads standard input. What is refused is shown with its line and costs nothing else. The same file again changes nothing. Exit code 2 says that something was refused.
    """
    service, answers, unreadable = opened(db, create=False), [], ""
    by = _request({"event_id": "-", "category": "-", "actor": name or getuser()}).actor or ""
    with progress("Correcting", None) as advance:
        try:
            for batch in read_batches(file, service.settings.ingest.batch_size):
                answers += _import_batch(service, batch, by)
                advance(len(batch))
        except InvalidInput as error:  # the file cannot be read on
            unreadable = str(error)
    _show(shown_name(file), answers, unreadable, json_wanted=json_wanted)
    if unreadable or any(answer.error for _, answer in answers):
        raise SystemExit(REJECTED)


@corrections.command("list")
@click.option("--event", "event_id", metavar="EVENT_ID", help="Only those of this failure.")
@click.option("--by", "name", metavar="NAME", help="Only those by this actor, as the list names it.")
@click.option("--from", "source", type=click.Choice(list(_FROM)), help="Only those of people, or of the machine.")
@db_option
@json_option
def list_(event_id: str | None, name: str | None, source: str | None, db: str | None, *, json_wanted: bool) -> None:
    """List corrections, newest last."""
    store, person = opened(db, create=False).store, None if source is None else _FROM[source]
    found = stored(store, event_id=event_id, actor=name, person=person)
    if json_wanted:
        print_json([correction_data(one) for one in found])
        return
    table(
        f"{len(found)} corrections",
        ("position", "recorded", "failure", "was", "is", "also said", "by", "classifier"),
        [
            (o.position, o.recorded_at, o.event_id, o.said, o.category, _also(o), o.actor, o.classifier_version or "")
            for o in found
        ],
        right=("position",),
    )


def _also(one: Correction) -> str:
    """Return what was said besides a category."""
    named = f"{one.template.name}@{one.template.version or '?'}" if one.template else "none of our templates"
    return ", ".join([named] * ("template" in one.aspects) + [one.locus or ""] * ("locus" in one.aspects))


def _said(category: str | None, *, template: str | None, foreign: bool, locus: str | None) -> dict[str, Any]:
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


def _print_counts(done: "Counter[Status]", *, json_wanted: bool) -> None:
    counts = {status: done[status] for status in ("corrected", "confirmed", "unchanged")}
    if json_wanted:
        print_json(counts)
    else:
        click.echo(", ".join(f"{count} {status}" for status, count in counts.items()) + ".")


def _request(value: Any) -> CorrectionRequest:
    return validate(CorrectionRequest, canonical(value))


def _unverified(name: str) -> str:
    return name if name.startswith(UNVERIFIED) else UNVERIFIED + name


def _import_batch(service: Service, batch: Sequence[Item], by: str) -> list[tuple[str, Corrected]]:
    """Return the place of each item, and what became of it."""
    words: dict[str, Word] = {}
    answers: dict[str, Corrected] = {}
    for item in batch:
        try:
            one = _request(parse_json(item.raw))
            words[item.place] = Word(event_id=one.event_id, said=one.said, actor=_unverified(one.actor or by))
        except InvalidInput as error:
            answers[item.place] = Corrected(event_id="", status="refused", error=error)
    answers |= zip(words, correct_each(service, list(words.values())), strict=True)
    return [(item.place, answers[item.place]) for item in batch]


def _show(file: str, answers: Sequence[tuple[str, Corrected]], unreadable: str, *, json_wanted: bool) -> None:
    counted = Counter(answer.status for _, answer in answers)
    counts = {status: counted[status] for status in get_args(Status) if status != "kept"}
    if json_wanted:
        verdicts = [{"place": place} | _data(answer) for place, answer in answers]
        click.echo(as_json(counts | {"file": file, "unreadable": unreadable or None, "verdicts": verdicts}))
        return
    for place, answer in answers:
        for fault in _faults(answer):
            click.echo(f"{file}: {place}: refused: {fault}", err=True)
    if unreadable:
        click.echo(f"{file}: {unreadable}", err=True)
    click.echo(", ".join(f"{count} {status}" for status, count in counts.items()) + ".")


def _faults(answer: Corrected) -> tuple[Fault, ...]:
    if isinstance(answer.error, InvalidInput):
        return answer.error.faults
    return (Fault("", str(answer.error)),) if answer.error else ()


def _data(answer: Corrected) -> dict[str, object]:
    return {
        "event_id": answer.event_id or None,
        "status": answer.status,
        "category": answer.category,
        "template": None if answer.template is None else dict(zip(("name", "version"), answer.template, strict=True)),
        "locus": answer.locus,
        "said": answer.said,
        "version": answer.version,
        "note": answer.note or None,
        "errors": [{"path": fault.path, "message": fault.message} for fault in _faults(answer)],
    }
