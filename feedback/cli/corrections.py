"""`feedback corrections`: what people say of failures, against the classifier or with it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
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
from feedback.domain.correction import CorrectionRequest
from feedback.errors import Fault, InvalidInput
from feedback.intake.files import Item, read_batches
from feedback.intake.native import canonical, parse_json, validate
from feedback.service.bootstrap import Service
from feedback.service.correct import Corrected, Status, Word, correct, correct_each
from feedback.service.review import UNVERIFIED
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
@click.argument("category")
@click.option("--by", "name", metavar="NAME", help="Who you are. [default: your name on this machine]")
@click.option("--expected-version", type=int, help="Refuse if the failure's stream has moved on since this version.")
@db_option
@json_option
def add(
    event_id: str, category: str, name: str | None, expected_version: int | None, db: str | None, *, json_wanted: bool
) -> None:
    """
    Say that failure EVENT_ID is of CATEGORY.

    CATEGORY is one of the ten, or needs_triage. Say so too where the machine is right: agreement is counted.
    """
    service = opened(db, create=False)
    said = _request({"event_id": event_id, "category": category, "actor": name or getuser()})
    expected = {} if expected_version is None else {said.event_id: expected_version}
    actor = _unverified(said.actor or "")
    (answer,) = correct(service, [(said.event_id, said.category)], actor=actor, expected_versions=expected)
    if json_wanted:
        print_json(_data(answer))
    else:
        click.echo(_SAID[answer.status].format(**_data(answer)))


@corrections.command("import")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option(
    "--by", "name", metavar="NAME", help="Who says it, where a line names no actor. [default: your name here]"
)
@db_option
@json_option
def import_(file: BinaryIO, name: str | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Take in corrections from a file, one JSON object a line: {event_id, category, actor?}.

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
        print_json([asdict(one) for one in found])
        return
    table(
        f"{len(found)} corrections",
        ("position", "recorded", "failure", "was", "is", "by", "classifier"),
        [
            (o.position, o.recorded_at, o.event_id, o.said, o.category, o.actor, o.classifier_version or "")
            for o in found
        ],
        right=("position",),
    )


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
            words[item.place] = Word(event_id=one.event_id, category=one.category, actor=_unverified(one.actor or by))
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
        "said": answer.said,
        "version": answer.version,
        "errors": [{"path": fault.path, "message": fault.message} for fault in _faults(answer)],
    }
