"""`feedback dead-letters`: what was refused, and why."""

import click

from feedback.cli.shared import Family, db_option, json_option, opened, print_json, table
from feedback.storage.dead_letters import DeadLetter, dead_letter
from feedback.storage.dead_letters import dead_letters as stored_letters

__all__ = ["dead_letters"]


@click.group("dead-letters", cls=Family)
def dead_letters() -> None:
    """List and show input that was refused."""


@dead_letters.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="How many, at most.")
@db_option
@json_option
def list_(limit: int, db: str | None, *, json_wanted: bool) -> None:
    """List dead letters, newest first."""
    letters = stored_letters(opened(db, create=False).store, limit)
    if json_wanted:
        print_json([_data(letter) for letter in letters])
        return
    table(
        f"{len(letters)} dead letters",
        ("number", "received", "from", "place", "reason"),
        [
            (one.letter_id, one.received_at, one.source, one.place, "; ".join(str(fault) for fault in one.faults))
            for one in letters
        ],
        right=("number",),
    )


@dead_letters.command()
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.option("--raw", is_flag=True, help="Print only the bytes, as they came.")
@db_option
@json_option
def show(number: int, db: str | None, *, raw: bool, json_wanted: bool) -> None:
    """Show one dead letter with its bytes."""
    letter = dead_letter(opened(db, create=False).store, number)
    if raw:
        click.get_binary_stream("stdout").write(letter.raw or b"")
        return
    if json_wanted:
        print_json(_data(letter))
        return
    click.echo(f"{letter.source}: {letter.place}, received {letter.received_at}")
    for fault in letter.faults:
        click.echo(f"  {fault}")
    click.echo("its bytes were erased" if letter.raw is None else letter.raw.decode("utf-8", "backslashreplace"))


def _data(letter: DeadLetter) -> dict[str, object]:
    return {
        "number": letter.letter_id,
        "received_at": letter.received_at,
        "source": letter.source,
        "place": letter.place,
        "errors": [{"path": fault.path, "message": fault.message} for fault in letter.faults],
        "bytes": None if letter.raw is None else letter.raw.decode("utf-8", "backslashreplace"),
    }
