"""`feedback dead-letters`: what was refused, and why; from the store's table and from the Kafka topic."""

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from feedback.cli.shared import REJECTED, Family, db_option, json_option, opened, print_json, table, training_bar
from feedback.cli.worker import brokers_option, connection_to
from feedback.errors import Fault
from feedback.service.judge import judge
from feedback.storage.dead_letters import DeadLetter, dead_letter
from feedback.storage.dead_letters import dead_letters as stored_letters

if TYPE_CHECKING:
    from streams.dead_letters import TopicLetter

__all__ = ["dead_letters"]

_ON_TOPIC = re.compile(r"\d{1,9}:\d{1,18}")
_IN_TABLE = re.compile(r"[1-9]\d{0,17}")


class _Reference(click.ParamType):
    """A number of the table, or PARTITION:OFFSET of the topic."""

    name = "reference"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _ON_TOPIC.fullmatch(value) and not _IN_TABLE.fullmatch(value):
            self.fail(f"{value!r} is neither a number of the table nor PARTITION:OFFSET of the topic", param, ctx)
        return value


@click.group("dead-letters", cls=Family)
def dead_letters() -> None:
    """List, show and retry input that was refused."""


@dead_letters.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many, at most.")
@click.option(
    "--from",
    "place",
    type=click.Choice(["table", "topic", "both"]),
    default="table",
    show_default=True,
    help="The store's table, the Kafka topic, or both.",
)
@brokers_option
@db_option
@json_option
def list_(limit: int, place: str, brokers: str | None, db: str | None, *, json_wanted: bool) -> None:
    """
    List dead letters, newest first.

    Assess workers have no store: what they refuse stands on the topic failures.dead-letter. What ingest and the recorder refuse stands in the store's table.
    """
    rows = [] if place == "topic" else [_data(one) for one in stored_letters(opened(db, create=False).store, limit)]
    rows += [] if place == "table" else [_topic_data(one) for one in _on_topic(brokers, limit)]
    rows = sorted(rows, key=lambda row: str(row["received_at"]), reverse=True)[:limit]
    if json_wanted:
        print_json(rows)
        return
    table(
        f"{len(rows)} dead letters",
        ("number", "received", "from", "place", "reason", "retried"),
        [
            (row["number"], row["received_at"], row["source"], row["place"], row["reason"], row["retried_at"] or "")
            for row in rows
        ],
        right=("number",),
    )


@dead_letters.command()
@click.argument("number", type=_Reference())
@click.option("--raw", is_flag=True, help="Print only the bytes, as they came.")
@brokers_option
@db_option
@json_option
def show(number: str, brokers: str | None, db: str | None, *, raw: bool, json_wanted: bool) -> None:
    """
    Show one dead letter with its bytes.

    NUMBER is that of the table, or PARTITION:OFFSET of the topic.
    """
    content: bytes | None
    if _ON_TOPIC.fullmatch(number):
        found = _one_on_topic(brokers, number)
        data, content = _topic_data(found), found.raw
    else:
        letter = dead_letter(opened(db, create=False).store, int(number))
        data, content = _data(letter), letter.raw
    if raw:
        click.get_binary_stream("stdout").write(content or b"")
        return
    if json_wanted:
        print_json(data)
        return
    click.echo(f"{data['source']}: {data['place']}, received {data['received_at']}")
    click.echo("\n".join(f"  {reason}" for reason in str(data["reason"]).split("; ")))
    click.echo("its bytes were erased" if content is None else content.decode("utf-8", "backslashreplace"))


@dead_letters.command()
@click.argument("numbers", nargs=-1, type=_Reference(), metavar="NUMBER...")
@click.option("--all", "everything", is_flag=True, help="All of the table that were not taken by a retry before.")
@brokers_option
@db_option
@json_option
def retry(
    numbers: tuple[str, ...], brokers: str | None, db: str | None, *, everything: bool, json_wanted: bool
) -> None:
    """
    Send dead letters through again, by today's rules.

    NUMBER is that of the table, or PARTITION:OFFSET of the topic. One of the table is recorded and assessed here; one of the topic is sent to the topic it came on, as it was sent first. All letters are kept. Exit code 2 says that one of the table was refused again.
    """
    if everything == bool(numbers):
        raise click.UsageError("name dead letters, or --all")
    answers: list[dict[str, object]] = []
    stored = [int(number) for number in numbers if not _ON_TOPIC.fullmatch(number)]
    if stored or everything:
        answers += _retry_stored(db, stored)
    if on_topic := [number for number in numbers if _ON_TOPIC.fullmatch(number)]:
        answers += _send_again(brokers, on_topic)
    if json_wanted:
        print_json(answers)
    else:
        rows = [(one["number"], one["status"], one["reason"]) for one in answers]
        table(f"{len(rows)} retried", ("number", "became", "reason"), rows, right=("number",))
    if any(one["status"] in ("rejected", "conflict") for one in answers):
        raise SystemExit(REJECTED)


def _retry_stored(db: str | None, numbers: Sequence[int]) -> list[dict[str, object]]:
    from feedback.service.assess import catch_up  # noqa: PLC0415  scikit-learn is slow to import
    from feedback.service.promotion import made_anew, store_assessor  # noqa: PLC0415  as above
    from feedback.service.retry import retry as report_again  # noqa: PLC0415  as above

    service = opened(db, create=False)
    letters = [dead_letter(service.store, number) for number in numbers]
    letters = letters or [one for one in reversed(stored_letters(service.store)) if one.retried_at is None]
    verdicts = report_again(service, letters)
    if any(verdict.event for verdict in verdicts):
        with training_bar() as training:
            assessor = store_assessor(service, training)
        if said := made_anew(service, assessor.classifier.version):
            click.echo(said, err=True)
        catch_up(service, assessor)
    judge(service)
    return [
        {"number": letter.letter_id, "status": verdict.status, "reason": _reason(verdict.faults)}
        for letter, verdict in zip(letters, verdicts, strict=True)
    ]


def _send_again(brokers: str | None, references: Sequence[str]) -> list[dict[str, object]]:
    from streams.dead_letters import send_again  # noqa: PLC0415  Faust is slow to import

    sent = asyncio.run(send_again(connection_to(brokers), references))
    return [{"number": one.reference, "status": f"sent to {one.topic}", "reason": ""} for one in sent]


def _on_topic(brokers: str | None, limit: int) -> "list[TopicLetter]":
    from streams.dead_letters import letters  # noqa: PLC0415  Faust is slow to import

    return asyncio.run(letters(connection_to(brokers), limit))


def _one_on_topic(brokers: str | None, reference: str) -> "TopicLetter":
    from streams.dead_letters import letter  # noqa: PLC0415  Faust is slow to import

    return asyncio.run(letter(connection_to(brokers), reference))


def _data(letter: DeadLetter) -> dict[str, object]:
    return _row(letter.letter_id, letter.source, letter) | {"retried_at": letter.retried_at}


def _topic_data(letter: "TopicLetter") -> dict[str, object]:
    return _row(letter.reference, letter.topic, letter) | {"retried_at": None}


def _row(number: int | str, source: str, letter: "DeadLetter | TopicLetter") -> dict[str, object]:
    return {
        "number": number,
        "received_at": letter.received_at,
        "source": source,
        "place": letter.place,
        "errors": [{"path": fault.path, "message": fault.message} for fault in letter.faults],
        "reason": _reason(letter.faults),
        "bytes": None if letter.raw is None else letter.raw.decode("utf-8", "backslashreplace"),
    }


def _reason(faults: Sequence[Fault]) -> str:
    return "; ".join(str(fault) for fault in faults)
