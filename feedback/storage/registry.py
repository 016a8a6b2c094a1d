"""Questions about registered templates, samples and training versions."""

from collections.abc import Sequence

from feedback.domain.template import SampleRegistration, Template, VersionRegistration, version_key
from feedback.errors import NotFound
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = [
    "all_templates",
    "known_samples",
    "known_templates",
    "known_training_version",
    "seen_versions",
    "template",
    "templates_mark",
]


def known_templates(store: Store) -> dict[tuple[str, str], str]:
    """Return the content hash of every registered template, by name and version."""
    rows = store.rows("SELECT name, version, content_hash FROM templates")
    return {(name, version): content_hash for name, version, content_hash in rows}


def templates_mark(store: Store) -> int:
    """Return a number that changes whenever a template is registered."""
    return int(store.rows("SELECT coalesce(max(position), 0) FROM templates")[0][0])


def all_templates(store: Store) -> list[Template]:
    """Return every registered template, by name, then in semantic order of versions."""
    found = [Template.model_validate_json(body) for (body,) in store.rows("SELECT body FROM templates")]
    return sorted(found, key=lambda one: (one.name, version_key(one.version)))


def template(store: Store, name: str, version: str | None = None) -> Template:
    """
    Return a template in this version, or in its newest.

    Raises:
        NotFound: There is none of that name, or not in that version.
    """
    found = [one for one in all_templates(store) if one.name == name]
    if not found:
        raise NotFound("template", name, "`feedback templates list` shows all")
    for one in found:
        if version is not None and one.version == version:
            return one
    if version is not None:
        raise NotFound("template", f"{name} {version}", "registered: " + ", ".join(one.version for one in found))
    return found[-1]


def seen_versions(store: Store) -> list[tuple[str, str, int]]:
    """Return (name, version, failures) of template versions that failures name and nobody registered, sorted."""
    sql = """SELECT template_name, template_version, count(*) FROM failures
             LEFT JOIN templates ON name = template_name AND version = template_version
             WHERE template_name IS NOT NULL AND name IS NULL GROUP BY 1, 2 ORDER BY 1, 2"""
    return [(name, version or "", failures) for name, version, failures in store.rows(sql)]


def known_samples(store: Store, sample_ids: Sequence[str]) -> dict[tuple[str, str, str], SampleRegistration]:
    """Return the registrations of these samples, by sample id, dataset and dataset version."""
    found = {}
    for part, marks in chunks(dict.fromkeys(sample_ids)):
        for (body,) in store.rows(f"SELECT body FROM samples WHERE sample_id IN ({marks})", part):
            sample = SampleRegistration.model_validate_json(body)
            found[sample.sample_id, sample.dataset, sample.dataset_version] = sample
    return found


def known_training_version(store: Store, training_version: str) -> VersionRegistration | None:
    """Return what is registered of a training version, or None."""
    rows = store.rows("SELECT body FROM training_versions WHERE training_version = ?", (training_version,))
    return VersionRegistration.model_validate_json(rows[0][0]) if rows else None
