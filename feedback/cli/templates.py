"""`feedback templates`: what prompts and samples are written from."""

from pathlib import Path
from typing import Any

import click

from feedback.cli.folders import watch
from feedback.cli.shared import Family, db_option, json_option, opened, print_json, table
from feedback.domain.template_diff import changes_between
from feedback.domain.template_file import template_yaml
from feedback.intake.templates import read_templates
from feedback.service.register import register_templates
from feedback.service.templates import template_data, template_rows
from feedback.storage.registry import template

__all__ = ["templates"]


@click.group(cls=Family)
def templates() -> None:
    """Register, list, show and compare templates."""


@templates.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE|DIR...")
@db_option
@json_option
def register(paths: tuple[Path, ...], db: str | None, *, json_wanted: bool) -> None:
    """
    Register template files (YAML), or all in a folder. A version that is known changes nothing.

    The same name and version with other content is refused, and nothing of the call is registered. A version whose
    `resolves` names approved tickets revises them.
    """
    found = read_templates(list(paths))
    service = opened(db)
    answers = register_templates(service, found)
    if json_wanted:
        print_json([{"template": a.identity, "status": a.status, "note": a.note} for a in answers])
        return
    new = sum(answer.status == "registered" for answer in answers)
    for answer in answers:
        if answer.note:
            click.echo(f"{answer.identity}: {answer.note}")
    click.echo(f"{new} registered, {len(answers) - new} known before.")


templates.add_command(watch)


@templates.command("list")
@db_option
@json_option
def list_(db: str | None, *, json_wanted: bool) -> None:
    """List templates by name, then version, and among them versions that failures name but nobody registered."""
    rows = template_rows(opened(db, create=False))
    known = sum(row["registered"] for row in rows)
    if json_wanted:
        print_json(rows)
        return
    table(f"{known} template versions", ("name", "version", "kind", "risk", ""), [_listed(row) for row in rows])


@templates.command()
@click.argument("name")
@click.argument("version", required=False)
@db_option
@json_option
def show(name: str, version: str | None, db: str | None, *, json_wanted: bool) -> None:
    """Show a template, in VERSION or in its newest."""
    found = template(opened(db, create=False).store, name, version)
    if json_wanted:
        print_json(template_data(found))
    else:
        click.echo(template_yaml(found), nl=False)


@templates.command()
@click.argument("name")
@click.argument("old")
@click.argument("new", required=False)
@db_option
@json_option
def diff(name: str, old: str, new: str | None, db: str | None, *, json_wanted: bool) -> None:
    """Compare version OLD of a template with NEW (or with the newest), element by element."""
    store = opened(db, create=False).store
    left, right = template(store, name, old), template(store, name, new)
    changes = changes_between(left, right)
    if json_wanted:
        print_json({"name": name, "old": left.version, "new": right.version, "changes": changes})
        return
    for part, lines in changes.items():
        click.secho(f"{part}", bold=True)
        click.echo("\n".join(f"  {line}" for line in lines))
    if not changes:
        click.echo("no difference")


def _listed(row: dict[str, Any]) -> tuple[str, ...]:
    if row["registered"]:
        return row["name"], row["version"], row["kind"], row["risk_level"] or "", ""
    return row["name"], row["version"] or "?", "not registered", "", f"named by {row['failures']} failures"
