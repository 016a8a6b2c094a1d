"""`feedback assess`: what the pipeline makes of failures, without a store."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click

from feedback.cli.shared import REJECTED, shown_name, training_bar
from feedback.domain.assessment import Assessment
from feedback.errors import InvalidInput
from feedback.intake.files import read_items
from feedback.intake.native import parse_failure
from feedback.intake.templates import read_templates

__all__ = ["assess"]

_BATCH = 256


@click.command()
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option(
    "--templates",
    "folder",
    type=click.Path(exists=True, path_type=Path),
    metavar="DIR",
    help="Folder of template files to attribute failures to.",
)
@click.option("--json", "json_wanted", is_flag=True, help="Has no effect: assessments are always JSON.")
def assess(file: BinaryIO, folder: Path | None, *, json_wanted: bool) -> None:
    """
    Say what each failure is, without a store.

    Prints one assessment (JSON) a failure event, in the same order. An event that breaks the contract is named on standard error and passed over; the exit code is then 2.
    """
    del json_wanted
    from feedback.service.assessor import build_assessor  # noqa: PLC0415  scikit-learn takes a second to import

    with training_bar() as training:
        assessor = build_assessor(read_templates([folder] if folder else []), progress=training)
    rejected = 0
    batch = []
    name = shown_name(file)
    try:
        for item in read_items(file):
            try:
                received = parse_failure(item.raw)
            except InvalidInput as error:
                rejected += 1
                for fault in error.faults:
                    click.echo(f"{name}: {item.place}: {fault}", err=True)
                continue
            batch.append((received.event_id, received.event))
            if len(batch) == _BATCH:
                _print(assessor.assess(batch))
                batch = []
    except InvalidInput as error:
        rejected += 1
        click.echo(f"{name}: {error}", err=True)
    _print(assessor.assess(batch))
    if rejected:
        raise SystemExit(REJECTED)


def _print(assessments: Sequence[Assessment]) -> None:
    for assessment in assessments:
        click.echo(assessment.model_dump_json())
