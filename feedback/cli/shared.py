"""What the commands share: options, exit codes, tables and progress."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from feedback.errors import CallerError, FeedbackError
from feedback.service.bootstrap import Service, open_service

__all__ = [
    "REJECTED",
    "Command",
    "Family",
    "as_json",
    "db_option",
    "json_option",
    "opened",
    "print_json",
    "progress",
    "shown_name",
    "table",
    "titled",
    "training_bar",
]

REJECTED = 2
"""Exit code: bad usage, or some input was rejected."""

_WIDTH_IN_PIPES = 240
Command = TypeVar("Command", bound=Callable[..., Any])


class Family(click.Group):
    """A group that lists its commands in the order they were added, and turns our errors into sentences and codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of adding."""
        del ctx
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a caller's error ends with code 2, any other of ours with 1."""
        try:
            return super().invoke(ctx)
        except CallerError as error:
            fail(str(error), REJECTED)
        except FeedbackError as error:
            fail(str(error), 1)


def fail(message: str, code: int) -> None:
    """Print an error and end the process."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(code)


def db_option(command: Command) -> Command:
    """Add --db PATH, which `FEEDBACK_DB` may give."""
    return click.option(
        "--db",
        "db",
        envvar="FEEDBACK_DB",
        type=click.Path(dir_okay=False),
        metavar="PATH",
        help="The store, a SQLite file. [env: FEEDBACK_DB; default: store.path in the settings]",
    )(command)


def json_option(command: Command) -> Command:
    """Add --json."""
    return click.option("--json", "json_wanted", is_flag=True, help="Print JSON instead of tables.")(command)


def opened(db: str | None, *, create: bool = True) -> Service:
    """Return the service over the store that `db` or the settings name; it is closed when the command ends."""
    service = open_service(db, create=create)
    click.get_current_context().call_on_close(service.store.close)
    return service


def shown_name(file: BinaryIO) -> str:
    """Return a file's name as text that can be printed and stored, whatever bytes it is made of."""
    return os.fsencode(file.name).decode(errors="backslashreplace")


def titled(template: str, locus: str | None) -> str:
    """Return what a pattern is in: its template, and the place of it where that was split off."""
    return template if locus is None else f"{template} at {locus}"


def as_json(value: Any) -> str:
    """Return `value` as one line of JSON."""
    return json.dumps(value, ensure_ascii=False)


def print_json(value: Any) -> None:
    """Print `value` as indented JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[str] = ()) -> None:
    """Print a table; columns named in `right` are aligned to the right."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for n, column in enumerate(columns):
        shown.add_column(column, justify="right" if column in right else "left", overflow="fold", no_wrap=n == 0)
    for row in rows:
        shown.add_row(*(Text(str(value)) for value in row))  # as text: brackets of a producer are no markup
    Console(width=None if sys.stdout.isatty() else _WIDTH_IN_PIPES, highlight=False).print(shown)


@contextmanager
def progress(description: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error where that is a terminal; give a function that advances it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=total)
        yield lambda steps: bar.advance(task, steps)


@contextmanager
def training_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show how training goes on: a bar on a terminal, else a line a step; give the function that reports it."""
    console = Console(stderr=True)
    columns = (TextColumn("Training the classifier: {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task: list[Any] = []

        def report(step: str, done: int, of: int) -> None:
            if not task:
                task.append(bar.add_task(step, total=of))
            bar.update(task[0], description=step, completed=done, total=of)
            if not console.is_terminal and done == 0:
                click.echo(f"Training the classifier: {step} ...", err=True)

        yield report
