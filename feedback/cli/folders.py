"""`feedback templates watch`: templates are registered as their files appear and change."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import click

from feedback.cli.shared import as_json, db_option, json_option, opened
from feedback.domain.template import Template
from feedback.errors import Busy, InvalidInput
from feedback.intake.folders import Folders
from feedback.service.bootstrap import Service
from feedback.service.register import Registered, register_each_template

__all__ = ["watch"]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of a file: registered, known or refused; `template` is None where it holds none."""

    file: str
    template: str | None
    status: str
    note: str


@click.command()
@click.argument(
    "folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR..."
)
@db_option
@json_option
def watch(folders: tuple[Path, ...], db: str | None, *, json_wanted: bool) -> None:
    """
    Register the templates in folders, and go on registering what appears or changes there.

    Looks every templates.watch_interval_seconds until SIGINT (Ctrl-C) or SIGTERM. A file is taken once two looks find it the same. What is faulty, or a changed text under a known version, is named on standard error and tried again when it changes.
    """
    service, look = opened(db), Folders(folders)
    interval = service.settings.templates.watch_interval_seconds
    waiting: dict[Path, Template | InvalidInput] = {}
    with _told_to_stop() as told_to_stop:
        click.echo(f"Watching {', '.join(map(str, folders))}. Ctrl-C ends it.", err=True)
        while True:
            waiting |= look.look()
            try:
                answers, waiting = _register(service, waiting), {}
            except Busy as error:  # what waits is tried again at the next look
                click.echo(f"Waiting: {error}", err=True)
                answers = []
            for answer in answers:
                _show(answer, json_wanted=json_wanted)
            if told_to_stop(interval):
                return


@contextmanager
def _told_to_stop() -> Iterator[Callable[[float], bool]]:
    """Give a function that waits so many seconds, and returns at once and true when SIGINT or SIGTERM has come."""
    signals: SimpleQueue[int] = SimpleQueue()  # unlike an Event, it may be put to by a handler that interrupts its get

    def told_to_stop(seconds: float) -> bool:
        try:
            signals.get(timeout=seconds)
        except Empty:
            return False
        return True

    before = {one: signal.signal(one, lambda number, _: signals.put(number)) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told_to_stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _register(service: Service, found: dict[Path, Template | InvalidInput]) -> list[_Answer]:
    """Register what can be, in one transaction, and return what became of each file, in order."""
    templates = {path: one for path, one in found.items() if isinstance(one, Template)}
    answers = register_each_template(service, list(templates.values())) if templates else []
    registered = dict(zip(templates, answers, strict=True))
    return [
        _refused(path, one) if isinstance(one, InvalidInput) else _answer(path, registered[path])
        for path, one in found.items()
    ]


def _refused(path: Path, error: InvalidInput) -> _Answer:
    return _Answer(str(path), None, "refused", "; ".join(fault.message for fault in error.faults))


def _answer(path: Path, one: Registered) -> _Answer:
    return _Answer(str(path), one.identity, one.status, one.note)


def _show(answer: _Answer, *, json_wanted: bool) -> None:
    """Print what became of a file: what is refused as a sentence on standard error, what was known only as JSON."""
    if answer.status == "refused":
        click.echo(f"{answer.file}: refused: {answer.note}", err=True)
    elif answer.status == "registered" and not json_wanted:
        click.echo(f"{answer.template} registered from {answer.file}" + (f": {answer.note}" if answer.note else ""))
    if json_wanted:
        click.echo(as_json(asdict(answer)))
