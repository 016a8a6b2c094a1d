"""How one failure is printed for a reader: `feedback patterns failure`."""

import json
from collections.abc import Iterator
from typing import Any

import click

__all__ = ["print_failure"]

_NAMED_BY = {
    "reference": "as the failure names it",
    "sample": "as its registered sample tells",
    "text": "recovered from its text",
    "training_version": "which its training version was built from",
}


def print_failure(view: dict[str, Any]) -> None:
    """Print a failure as `failure_view` returns it."""
    click.secho(view["event_id"], bold=True)
    for line in (*_said(view), *_levels(view["levels"])):
        click.echo(f"  {line}")
    click.echo("\nAs it was received:")
    event = view["event"]
    click.echo("  its content was erased" if event is None else json.dumps(event, ensure_ascii=False, indent=2))


def _said(view: dict[str, Any]) -> Iterator[str]:
    first, standing = view["assessment"], view["standing"]
    if not view["counts"]:
        yield "does not count: a draft's, or of test traffic, as recurrence.ignored said when it was reported"
    if first is None or standing is None:
        yield "not assessed yet: `feedback ingest` assesses what waits, with any file"
        return
    yield f"category: {standing['category']}, at {standing['locus']} ({standing['fingerprint']})"
    if standing["said_locus"] != standing["locus"]:
        yield f"said to be at {standing['said_locus']}, which people merged into {standing['locus']}"
    yield f"the classifier said {first['category']} ({first['probability']:.2f}), by {first['classifier_version']}"
    for one in first["evidence"]:
        place = f" in {one['where']}" if "where" in one else ""
        yield f"  {one['kind']} {one['name']}{place}: {one.get('detail') or one.get('weight', '')}"
    for one in view["corrections"]:
        yield f"{one['actor']} said {one['category']}, which was {one['said']} ({one['recorded_at']})"
    yield f"pattern: {view['pattern_id'] or 'none'}; tickets: {', '.join(view['ticket_ids']) or 'none'}"


def _levels(levels: dict[str, Any]) -> Iterator[str]:
    template, sample, training = levels["template"], levels["sample"], levels["training"]
    yield f"template: {_template(template)}"
    yield f"effective version: {_effective(template)}"
    yield f"sample: {_sample(sample)}"
    yield f"dataset: {sample['dataset'] or 'unknown'}, data version: {sample['dataset_version'] or 'unknown'}"
    yield f"training version: {_training(training)}"


def _template(level: dict[str, Any]) -> str:
    if level["status"] == "unknown":
        return "unknown"
    named = f"{level['name']} {level['version'] or 'in an unknown version'}, {_NAMED_BY[level['method']]}"
    if level["version"] is None:
        return named
    if level["status"] == "named":
        return f"{named}; this version was never registered"
    return f"{named}; registered {level['registered_at']} ({level['content_hash']})"


def _effective(level: dict[str, Any]) -> str:
    if level["effective_status"] == "unknown":
        return "unknown"
    missing = "; it was never registered" if level["effective_status"] == "named" else ""
    return f"{level['effective_version']}, {_NAMED_BY[level['effective_from']]}{missing}"


def _sample(level: dict[str, Any]) -> str:
    if level["status"] != "registered":
        return "unknown" if level["status"] == "unknown" else f"{level['sample_id']}, which was never registered"
    template = level["template"]
    if template is None:
        return f"{level['sample_id']}, registered for several templates: the failure does not say of which dataset"
    return f"{level['sample_id']}, written from {template['name']} {template['version']}"


def _training(level: dict[str, Any]) -> str:
    if level["status"] != "registered":
        return "unknown" if level["status"] == "unknown" else f"{level['training_version']}, which was never registered"
    templates = ", ".join(f"{one['name']} {one['version']}" for one in level["templates"])
    return f"{level['training_version']}, trained on data version {level['dataset_version']} from {templates}"
