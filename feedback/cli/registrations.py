"""`feedback samples` and `feedback versions`: what ties samples, data, models and templates together."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

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
)
from feedback.domain.template import VersionRegistration
from feedback.errors import Fault, InvalidInput
from feedback.intake.files import read_batches
from feedback.intake.templates import read_registrations
from feedback.service.bootstrap import Service
from feedback.service.register import register_versions
from feedback.service.samples import take_samples

__all__ = ["samples", "versions"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Family)
def samples() -> None:
    """Tie training samples to their templates."""


@samples.command("register")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--dataset", metavar="NAME", help="Dataset of the lines that name none.")
@click.option("--dataset-version", metavar="VERSION", help="Data version of the lines that name none.")
@db_option
@json_option
def register_samples_(
    file: BinaryIO, dataset: str | None, dataset_version: str | None, db: str | None, *, json_wanted: bool
) -> None:
    """
    Register training samples: registrations, or the training data itself, one JSON object a line.

    A registration is {sample_id, dataset, dataset_version, template: {name, version}}. Training data (messages, conversations, instruction and output, or prompt and completion) says the same in its `meta`; its texts are not stored. Plain or gzip; - reads standard input.

    Failures that name such a sample are put down to its template, those that came in before too. What is refused is shown with its line and costs nothing else; nothing of it is stored. Exit code 2 says that something was refused.
    """
    service = opened(db)
    name, counts = shown_name(file), Counter({"registered": 0, "known": 0, "rejected": 0})
    refused: list[dict[str, object]] = []
    with progress("Registering", None) as advance:
        for place, status, faults in _registered(service, file, dataset, dataset_version):
            counts[status] += 1
            advance(1)
            if json_wanted and faults:
                errors = [{"path": fault.path, "message": fault.message} for fault in faults]
                refused.append({"file": name, "place": place, "errors": errors})
            elif faults:
                click.echo("\n".join(f"{name}: {place}: rejected: {fault}" for fault in faults), err=True)
    if json_wanted:
        click.echo(as_json(dict(counts) | {"refused": refused}))
    else:
        click.echo(f"{counts['registered']} registered, {counts['known']} known before, {counts['rejected']} rejected.")
    if counts["rejected"]:
        raise SystemExit(REJECTED)


def _registered(
    service: Service, file: BinaryIO, dataset: str | None, dataset_version: str | None
) -> Iterator[tuple[str, str, tuple[Fault, ...]]]:
    """Register batch by batch, and yield place, status and faults of every line, in order."""
    try:
        for batch in read_batches(file, service.settings.ingest.batch_size):
            for one in take_samples(service, batch, dataset=dataset, dataset_version=dataset_version):
                yield one.place, one.status, one.faults
    except InvalidInput as error:
        yield "the rest", "rejected", error.faults


@click.group(cls=Family)
def versions() -> None:
    """Tie trained models to data and templates."""


@versions.command("register")
@click.argument("file", type=_FILE)
@db_option
@json_option
def register_versions_(file: Path, db: str | None, *, json_wanted: bool) -> None:
    """
    Register training versions from a JSONL file: {training_version, dataset_version, templates: [{name, version}]}.

    The effective version of a failure is the template version that its model was trained on.
    """
    found = read_registrations(file, VersionRegistration)
    answers = register_versions(opened(db), found)
    new = sum(answer.status == "registered" for answer in answers)
    if json_wanted:
        print_json({"registered": new, "known": len(answers) - new})
    else:
        click.echo(f"{new} registered, {len(answers) - new} known before.")
