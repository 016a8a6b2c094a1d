"""`feedback corrections`: what people say of failures, against the classifier or with it."""

from collections import Counter
from collections.abc import Sequence
from getpass import getuser
from typing import Any, BinaryIO, get_args

import click

from feedback.cli.shared import (
    REJECTED,
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
from feedback.cli.together import pattern_, queue_, ticket_
from feedback.cli.words import print_counts, request_of, said_by_options, saying, unverified
from feedback.errors import Fault, InvalidInput
from feedback.intake.files import Item, read_batches
from feedback.intake.native import parse_json
from feedback.service.bootstrap import Service
from feedback.service.correct import correct, correct_each
from feedback.service.correct_together import correct_alike
from feedback.service.deciding import Corrected, Status, Word
from feedback.service.failures import correction_data
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


@corrections.command()
@click.argument("event_id")
@click.argument("category", required=False)
@click.option("--expected-version", type=int, help="Refuse if the failure's stream has moved on since this version.")
@click.option("--alike", is_flag=True, help="Say it of all failures too that are alike and wait in the queue.")
@saying
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
    request = request_of({"event_id": event_id, "actor": name or getuser()} | said_by_options(category, **said))
    actor = unverified(request.actor or "")
    if alike:
        done = correct_alike(service, request.event_id, request.said, actor=actor, expected_version=expected_version)
        print_counts(service, request, done, json_wanted=json_wanted)
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


for _other in (ticket_, pattern_, queue_):
    corrections.add_command(_other)


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
    by = request_of({"event_id": "-", "category": "-", "actor": name or getuser()}).actor or ""
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


def _import_batch(service: Service, batch: Sequence[Item], by: str) -> list[tuple[str, Corrected]]:
    """Return the place of each item, and what became of it."""
    words: dict[str, Word] = {}
    answers: dict[str, Corrected] = {}
    for item in batch:
        try:
            one = request_of(parse_json(item.raw))
            words[item.place] = Word(event_id=one.event_id, said=one.said, actor=unverified(one.actor or by))
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
