"""Templates for readers: which versions there are, and what one of them says."""

from typing import Any

from feedback.domain.template import Template, version_order
from feedback.service.bootstrap import Service
from feedback.storage.registry import all_templates, seen_versions
from feedback.storage.registry import template as stored_template

__all__ = ["template_data", "template_rows", "template_view"]


def template_rows(service: Service) -> list[dict[str, Any]]:
    """
    Return a row for each template version, by name, then in semantic order of versions.

    Among them are versions that failures name and nobody registered; a name without a version has None there.
    """
    rows: list[dict[str, Any]] = [
        {"name": one.name, "version": one.version, "kind": one.kind, "content_hash": one.content_hash}
        | {"registered": True, "risk_level": one.labels.risk_level}
        for one in all_templates(service.store)
    ]
    rows += [
        {"name": name, "version": version or None, "registered": False, "failures": failures}
        for name, version, failures in seen_versions(service.store)
    ]
    return sorted(rows, key=lambda row: (row["name"], version_order(row["version"])))


def template_view(service: Service, name: str, version: str | None = None) -> dict[str, Any]:
    """
    Return a template in this version, or in its newest, as its file would say it.

    Raises:
        NotRegistered: Failures name it, and nobody registered it.
        NotFound: Nobody registered it, and no failure names it.
    """
    return template_data(stored_template(service.store, name, version))


def template_data(template: Template) -> dict[str, Any]:
    """Return a template as its file would say it, without the parts that it leaves empty."""
    return {key: value for key, value in template.model_dump(mode="json", exclude_unset=True).items() if value}
