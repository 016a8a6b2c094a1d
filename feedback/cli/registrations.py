"""`feedback samples` and `feedback versions`: what ties samples, data, models and templates together."""

from pathlib import Path

import click

from feedback.cli.shared import Family, db_option, json_option, opened, print_json
from feedback.domain.template import SampleRegistration, VersionRegistration
from feedback.intake.templates import read_registrations
from feedback.service.register import register_samples, register_version

__all__ = ["samples", "versions"]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Family)
def samples() -> None:
    """Tie training samples to their templates."""


@samples.command("register")
@click.argument("file", type=_FILE)
@db_option
@json_option
def register_samples_(file: Path, db: str | None, *, json_wanted: bool) -> None:
    """
    Register training samples from a JSONL file: {sample_id, dataset, dataset_version, template: {name, version}}.

    Failures that name such a sample are put down to its template, those that came in before too.
    """
    found = read_registrations(file, SampleRegistration)
    service = opened(db)
    new, known = register_samples(service, found)
    if json_wanted:
        print_json({"registered": new, "known": known})
    else:
        click.echo(f"{new} registered, {known} known before.")


@click.group(cls=Family)
def versions() -> None:
    """Tie trained models to data and templates."""


@versions.command("register")
@click.argument("file", type=_FILE)
@db_option
@json_option
def register_versions(file: Path, db: str | None, *, json_wanted: bool) -> None:
    """
    Register training versions from a JSONL file: {training_version, dataset_version, templates: [{name, version}]}.

    The effective version of a failure is the template version that its model was trained on.
    """
    found = read_registrations(file, VersionRegistration)
    service = opened(db)
    with service.store.writing():
        answers = [register_version(service, one) for one in found]
    new = sum(answer.status == "registered" for answer in answers)
    if json_wanted:
        print_json({"registered": new, "known": len(answers) - new})
    else:
        click.echo(f"{new} registered, {len(answers) - new} known before.")
