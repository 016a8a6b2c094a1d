"""Questions about registered templates, samples and training versions."""

import json
from collections.abc import Collection, Sequence

from feedback.domain.levels import KnownVersion
from feedback.domain.template import SampleRegistration, Template, VersionRegistration, version_order
from feedback.errors import NotFound, NotRegistered
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = [
    "all_templates",
    "fitting_samples",
    "is_registered",
    "known_samples",
    "known_templates",
    "known_training_version",
    "known_version",
    "registered_versions",
    "seen_versions",
    "template",
    "templates_mark",
    "versions_resolving",
]


def known_templates(store: Store) -> dict[tuple[str, str], str]:
    """Return the content hash of every registered template, by name and version."""
    rows = store.rows("SELECT name, version, content_hash FROM templates")
    return {(name, version): content_hash for name, version, content_hash in rows}


def known_version(store: Store, name: str | None, version: str | None) -> KnownVersion | None:
    """Return what is registered of a template version, or None."""
    rows = store.rows(
        "SELECT content_hash, registered_at FROM templates WHERE name = ? AND version = ?", (name, version)
    )
    return KnownVersion(*rows[0]) if rows else None


def versions_resolving(store: Store, name: str, ticket_ids: Collection[str]) -> list[str]:
    """Return the versions of a template that were registered to resolve one of these tickets, in semantic order."""
    rows = store.rows("SELECT version, json_extract(body, '$.resolves') FROM templates WHERE name = ?", (name,))
    found = [version for version, resolves in rows if not set(ticket_ids).isdisjoint(json.loads(resolves or "[]"))]
    return sorted(found, key=version_order)


def is_registered(store: Store, name: str, version: str | None) -> bool:
    """Tell whether this version of a template is registered; without a version, whether any is."""
    sql = "SELECT 1 FROM templates WHERE name = ?1 AND (?2 IS NULL OR version = ?2) LIMIT 1"
    return bool(store.rows(sql, (name, version)))


def templates_mark(store: Store) -> int:
    """Return a number that changes whenever a template is registered."""
    return int(store.rows("SELECT coalesce(max(position), 0) FROM templates")[0][0])


def all_templates(store: Store) -> list[Template]:
    """Return every registered template, by name, then in semantic order of versions."""
    found = [Template.model_validate_json(body) for (body,) in store.rows("SELECT body FROM templates")]
    return sorted(found, key=lambda one: (one.name, version_order(one.version)))


def registered_versions(store: Store, name: str) -> list[Template]:
    """Return the registered versions of a template, in semantic order."""
    rows = store.rows("SELECT body FROM templates WHERE name = ?", (name,))
    return sorted((Template.model_validate_json(body) for (body,) in rows), key=lambda one: version_order(one.version))


def template(store: Store, name: str, version: str | None = None) -> Template:
    """
    Return a template in this version, or in its newest.

    Raises:
        NotRegistered: Failures name it, and nobody registered it.
        NotFound: Nobody registered it, and no failure names it.
    """
    found = registered_versions(store, name)
    wanted = found[-1:] if version is None else [one for one in found if one.version == version]
    if wanted:
        return wanted[0]
    identity, registered = f"{name} {version}" if version else name, ", ".join(one.version for one in found)
    named = sum(n for _, seen, n in seen_versions(store, name) if version in (None, seen))
    if named:
        raise NotRegistered(identity, named, registered)
    raise NotFound(
        "template", identity, f"registered: {registered}" if found else "`feedback templates list` shows all"
    )


def seen_versions(store: Store, name: str | None = None) -> list[tuple[str, str, int]]:
    """
    Return (name, version, failures) of template versions that failures name and nobody registered; of one name, or of all.

    By name, then as `version_order` says; the version is empty where a failure names none.
    """
    sql = """SELECT template_name, template_version, count(*) FROM failures
             LEFT JOIN templates ON name = template_name AND version = template_version
             WHERE template_name IS NOT NULL AND name IS NULL {} GROUP BY 1, 2"""
    asked, parameters = ("AND template_name = ?", (name,)) if name is not None else ("", ())
    found = [(one, version or "", failures) for one, version, failures in store.rows(sql.format(asked), parameters)]
    return sorted(found, key=lambda one: (one[0], version_order(one[1])))


def known_samples(store: Store, sample_ids: Sequence[str]) -> dict[tuple[str, str, str], SampleRegistration]:
    """Return the registrations of these samples, by sample id, dataset and dataset version."""
    found = {}
    for part, marks in chunks(dict.fromkeys(sample_ids)):
        for (body,) in store.rows(f"SELECT body FROM samples WHERE sample_id IN ({marks})", part):
            sample = SampleRegistration.model_validate_json(body)
            found[sample.sample_id, sample.dataset, sample.dataset_version] = sample
    return found


def fitting_samples(
    store: Store, sample_id: str | None, dataset: str | None, dataset_version: str | None
) -> list[SampleRegistration]:
    """Return the registrations of a sample, by dataset and its version; None takes any of these, but of no sample."""
    sql = """SELECT body FROM samples WHERE sample_id = ? AND dataset = coalesce(?, dataset)
             AND dataset_version = coalesce(?, dataset_version) ORDER BY dataset, dataset_version"""
    rows = store.rows(sql, (sample_id, dataset, dataset_version))
    return [SampleRegistration.model_validate_json(body) for (body,) in rows]


def known_training_version(store: Store, training_version: str) -> VersionRegistration | None:
    """Return what is registered of a training version, or None."""
    rows = store.rows("SELECT body FROM training_versions WHERE training_version = ?", (training_version,))
    return VersionRegistration.model_validate_json(rows[0][0]) if rows else None
