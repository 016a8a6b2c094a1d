"""What is known of one failure on each of three levels: its template, its training sample, its training version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from feedback.domain.assessment import Attribution
from feedback.domain.template import SampleRegistration, VersionRegistration

__all__ = ["KnownVersion", "sample_level", "template_level", "training_level"]

Status = Literal["registered", "named", "unknown"]
"""Registered here; only named by the failure; or not even that."""


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A registered template version: the hash of its content, and since when it is registered."""

    content_hash: str
    registered_at: str


def template_level(
    origin: Attribution | None,
    registered: KnownVersion | None,
    *,
    effective_version: str | None,
    effective: KnownVersion | None,
    trained_version: str | None,
) -> dict[str, Any]:
    """
    Return what is known of a failure's template, and of the version that its model was trained on.

    Args:
        origin: The template the failure is put down to; None where there is none.
        registered: The registration of the version that `origin` names.
        effective_version: As section 6 of the contract defines it.
        effective: The registration of that version.
        trained_version: The version of the template in the registration of the failure's training version.
    """
    by_training = trained_version is not None and trained_version == effective_version
    method = origin.method if origin else None
    return {
        "status": _status(named=origin, registered=registered),
        "name": origin.name if origin else None,
        "version": origin.version if origin else None,
        "method": method,
        "score": origin.score if origin else None,
        "content_hash": registered.content_hash if registered else None,
        "registered_at": registered.registered_at if registered else None,
        "effective_version": effective_version,
        "effective_status": _status(named=effective_version, registered=effective),
        "effective_from": ("training_version" if by_training else method) if effective_version else None,
        "effective_content_hash": effective.content_hash if effective else None,
    }


def sample_level(
    sample_id: str | None, dataset: str | None, dataset_version: str | None, found: Sequence[SampleRegistration]
) -> dict[str, Any]:
    """
    Return what is known of a failure's training sample.

    Args:
        sample_id: What the failure names, and likewise `dataset` and `dataset_version`; None where it names none.
        dataset: As above; where it is None, the one that all of `found` share is told.
        dataset_version: Likewise.
        found: The registrations that fit what the failure names. Where they name several templates none is told.
    """
    templates = {(one.template.name, one.template.version) for one in found}
    name, version = next(iter(templates)) if len(templates) == 1 else (None, None)
    return {
        "status": _status(named=sample_id, registered=found),
        "sample_id": sample_id,
        "dataset": dataset or _only({one.dataset for one in found}),
        "dataset_version": dataset_version or _only({one.dataset_version for one in found}),
        "template": {"name": name, "version": version} if name else None,
        "registrations": [one.model_dump(mode="json", exclude_defaults=True) for one in found],
    }


def training_level(training_version: str | None, registered: VersionRegistration | None) -> dict[str, Any]:
    """Return what is known of the model that failed: its training version, and what that was trained on."""
    body = registered.model_dump(mode="json") if registered else {}
    return {
        "status": _status(named=training_version, registered=registered),
        "training_version": training_version,
        "dataset_version": body.get("dataset_version"),
        "templates": body.get("templates", []),
        "trained_at": body.get("trained_at"),
    }


def _status(*, named: object, registered: object) -> Status:
    if registered:
        return "registered"
    return "named" if named else "unknown"


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None
