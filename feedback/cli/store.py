"""`feedback verify`, `rebuild` and `backup`: keeping the store."""

from pathlib import Path

import click

from feedback.cli.shared import db_option, json_option, opened, print_json
from feedback.errors import CallerError
from feedback.storage import maintenance
from feedback.storage.log import head

__all__ = ["backup", "rebuild", "verify"]


@click.command()
@click.option("--expect", metavar="HEAD", help="A head printed earlier: finds that the end of the log was cut off.")
@db_option
@json_option
def verify(expect: str | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Check that the log is whole.

    Goes through the chain of hashes and every payload, and finds any fact changed, removed or inserted. Prints the log's head; keep it, and give it to --expect later. Exit code 1 says that something is wrong.
    """
    store = opened(db, create=False).store
    verified = head(store)  # asked first: what others append meanwhile may lie behind what was verified
    _answer(maintenance.verify(store, expect), verified, "the log is whole", json_wanted=json_wanted)


@click.command()
@click.option("--check", is_flag=True, help="Only compare: exit code 1 where a read model differs from the log.")
@db_option
@json_option
def rebuild(db: str | None, *, check: bool, json_wanted: bool) -> None:
    """
    Fold the log anew into the read models.

    Needs neither classifier nor clock; others may go on writing meanwhile.
    """
    store = opened(db, create=False).store
    if check:
        problems = maintenance.check_read_models(store)
        _answer(problems, head(store), "the read models are the log's fold", json_wanted=json_wanted)
        return
    facts = maintenance.rebuild(store)
    if json_wanted:
        print_json({"facts": facts})
    else:
        click.echo(f"Rebuilt from {facts} facts.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@db_option
def backup(file: Path, db: str | None) -> None:
    """
    Copy the whole store to FILE.

    FILE must not exist; others may go on writing meanwhile.
    """
    if file.exists():
        message = f"{file} exists: a backup overwrites nothing, name another file"
        raise CallerError(message)
    if not file.parent.is_dir():
        message = f"{file.parent} is no folder: make it first"
        raise CallerError(message)
    opened(db, create=False).store.backup(file)
    click.echo(f"Copied to {file} ({file.stat().st_size} bytes).")


def _answer(problems: list[str], log_head: str, all_well: str, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json({"ok": not problems, "head": log_head, "problems": problems})
    else:
        for problem in problems:
            click.echo(problem, err=True)
        click.echo(f"Problems found: {len(problems)}." if problems else f"All is well: {all_well}.")
        click.echo(f"Log head: {log_head}")
    if problems:
        raise SystemExit(1)
