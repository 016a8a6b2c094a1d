"""What readers are shown of templates: their versions, what changed between them, and how often each fails."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean
from typing import Any

from feedback.domain.significance import wilson
from feedback.domain.template import Template, version_order
from feedback.domain.template_diff import changes_between
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.service.views import pattern_rows
from feedback.storage import rates
from feedback.storage.registry import all_templates, registered_versions, seen_versions

__all__ = ["QUALITY_READ", "TemplateSummary", "VersionRate", "template_report", "template_summaries"]

QUALITY_READ = 1_000
"""So many of a template's latest failures are read for the scores that reviewers gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSummary:
    """One template of a list: its versions, oldest first, of which none may be registered; and its failures that count."""

    name: str
    kind: str | None
    risk_level: str | None
    versions: tuple[str, ...]
    failures: int
    last_seen: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRate:
    """
    How often a version failed: failures, and where interactions were reported the share of these.

    `rate` stands between `low` and `high`, the ends of Wilson's interval of 95 %; all three are None without interactions,
    or where more failures than interactions were reported, so that the one cannot be a part of the other.
    """

    version: str | None
    failures: int
    interactions: int
    rate: float | None
    low: float | None
    high: float | None


def template_summaries(service: Service) -> list[TemplateSummary]:
    """Return every template that is registered or that failures name, most failures first, then by name."""
    counted = rates.failures_by_template(service.store)
    known: dict[str, list[Template]] = {}
    for one in all_templates(service.store):
        known.setdefault(one.name, []).append(one)
    rows = []
    for name in known.keys() | counted.keys():
        found, (failures, last_seen) = known.get(name, []), counted.get(name, (0, None))
        rows.append(
            TemplateSummary(
                name=name,
                kind=found[-1].kind if found else None,
                risk_level=found[-1].labels.risk_level if found else None,
                versions=tuple(one.version for one in found),
                failures=failures,
                last_seen=last_seen,
            )
        )
    return sorted(rows, key=lambda row: (-row.failures, row.name))


def template_report(service: Service, name: str) -> dict[str, Any]:
    """
    Return what is known of one template.

    `versions` come newest first, each with what `changed` since the one before (`changes_between`), empty for the first; `unregistered`
    are those that only failures name. `rates` come oldest version first, `quality` by dimension with mean and number of scores,
    `samples` by dataset and versions, `patterns` most failures first.

    Raises:
        NotFound: Nobody registered it, and no failure names it.
    """
    found = registered_versions(service.store, name)
    unregistered = [(version, failures) for _, version, failures in seen_versions(service.store, name)]
    patterns = pattern_rows(service, template=name)
    if not found and not unregistered and not patterns:
        raise NotFound("template", name, "the list of templates shows all that are registered or named by a failure")
    scored, scores = rates.quality_scores(service.store, name, QUALITY_READ)
    return {
        "name": name,
        "versions": _versions(found),
        "unregistered": [{"version": version or None, "failures": failures} for version, failures in unregistered],
        "rates": _rates(service, name),
        "quality": {
            "read": QUALITY_READ,
            "scored": scored,
            "dimensions": [
                {"dimension": dimension, "mean": fmean(values) if values else None, "scores": len(values)}
                for dimension, values in scores.items()
            ],
        },
        "samples": [
            {"dataset": dataset, "dataset_version": data, "template_version": version, "samples": samples}
            for dataset, data, version, samples in rates.samples_by_version(service.store, name)
        ],
        "patterns": patterns,
    }


def _versions(found: list[Template]) -> list[dict[str, Any]]:
    changes = [{}, *(changes_between(old, new) for old, new in pairwise(found))]
    rows = [
        {
            "version": one.version,
            "template": one,
            "changed": changed,
            "resolves": list(one.resolves),
            "notes": one.notes,
        }
        for one, changed in zip(found, changes, strict=True)
    ]
    return rows[::-1]


def _rates(service: Service, name: str) -> list[VersionRate]:
    failures = rates.failures_by_version(service.store, name)
    interactions = rates.interactions_by_version(service.store, name)
    return [
        _rate(version, failures.get(version, 0), interactions.get(version or "", 0))
        for version in sorted(failures.keys() | interactions.keys(), key=version_order)
    ]


def _rate(version: str | None, failures: int, interactions: int) -> VersionRate:
    rate = low = high = None
    if interactions and failures <= interactions:
        rate = failures / interactions
        low, high = wilson(failures, interactions)
    return VersionRate(version=version, failures=failures, interactions=interactions, rate=rate, low=low, high=high)
