"""Questions about what was made from versions of a template: samples, and the data and training versions they are in."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from feedback.storage.database import Store, chunks

__all__ = ["datasets_of", "sampled_versions", "samples_of", "trained_versions", "trainings_of"]


def sampled_versions(store: Store, template: str) -> list[str]:
    """Return the versions of a template that samples were registered of."""
    sql = "SELECT DISTINCT template_version FROM samples WHERE template_name = ?"
    return [version for (version,) in store.rows(sql, (template,))]


def trained_versions(store: Store, template: str) -> list[str]:
    """Return the versions of a template that registered models were trained on."""
    sql = "SELECT DISTINCT version FROM training_templates WHERE template_name = ?"
    return [version for (version,) in store.rows(sql, (template,))]


def samples_of(store: Store, template: str, version: str) -> Iterator[tuple[str, str, str]]:
    """Yield (sample_id, dataset, dataset_version) of each sample of a template version, in this order."""
    sql = """SELECT sample_id, dataset, dataset_version FROM samples WHERE template_name = ? AND template_version = ?
             ORDER BY sample_id, dataset, dataset_version"""
    yield from store.stream(sql, (template, version))


def datasets_of(store: Store, template: str, versions: Sequence[str]) -> list[tuple[str, str, int]]:
    """Return (dataset, dataset_version, samples) of each data version that holds samples of these template versions."""
    counts: dict[tuple[str, str], int] = {}
    for part, marks in chunks(versions):
        sql = f"""SELECT dataset, dataset_version, count(*) FROM samples
                  WHERE template_name = ? AND template_version IN ({marks}) GROUP BY 1, 2"""
        for dataset, dataset_version, samples in store.rows(sql, (template, *part)):
            counts[dataset, dataset_version] = counts.get((dataset, dataset_version), 0) + samples
    return [(*of, samples) for of, samples in sorted(counts.items())]


def trainings_of(
    store: Store, template: str, versions: Sequence[str], dataset_versions: Sequence[str]
) -> list[dict[str, Any]]:
    """
    Return the registrations of the models that were trained on these versions of a template or on these data versions.

    By training version; data versions are compared by their name alone, which is all that a registration tells.
    """
    sql = "SELECT training_version, body FROM training_versions ORDER BY training_version"
    suspect, held = set(versions), set(dataset_versions)
    return [
        body
        for _, text in store.rows(sql)
        if (body := json.loads(text))["dataset_version"] in held
        or any(ref["name"] == template and ref["version"] in suspect for ref in body["templates"])
    ]
