"""Template files, and the registrations that tie samples and training versions to them (contract, section 4)."""

from functools import cached_property
from typing import Any, Literal

import semver
from pydantic import BaseModel, ConfigDict, Field, field_validator

from feedback.domain.canonical import digest
from feedback.domain.failure import Labels, Time, Tool

__all__ = [
    "ELEMENTS",
    "SampleRegistration",
    "Template",
    "VersionRegistration",
    "VersionedRef",
    "is_at_least",
    "version_key",
    "version_order",
]

ELEMENTS = ("system", "instruction", "context", "response")
"""The four text elements of a template, in the order they are shown."""


class _Registered(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class VersionedRef(_Registered):
    """A template version that must be named in full."""

    name: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1, max_length=100)


class Template(_Registered):
    """One version of a template."""

    name: str = Field(min_length=1, max_length=200)
    version: str
    kind: Literal["single_turn", "multi_turn", "tool_assisted", "constrained_output"]
    labels: Labels = Labels()
    system: str = ""
    instruction: str = ""
    context: str = ""
    response: str = ""
    output_schema: dict[str, Any] | None = None
    tools: tuple[Tool, ...] = ()
    annotation_spec_version: str | None = None
    resolves: tuple[str, ...] = ()
    notes: str = ""

    @field_validator("version", mode="before")
    @classmethod
    def _is_semantic(cls, value: Any) -> Any:
        if not isinstance(value, str) or version_key(value) is None:
            message = f"expected a semantic version such as 2.1.0 (in YAML, quote it), found {value!r}"
            raise ValueError(message)
        return value

    @cached_property
    def content_hash(self) -> str:
        """Hash of everything in the file; the same name and version must always have the same."""
        return digest(self.model_dump(mode="json", exclude_none=True))


class SampleRegistration(_Registered):
    """Ties one training sample to the template it was written from."""

    sample_id: str = Field(min_length=1, max_length=200)
    dataset: str = Field(min_length=1)
    dataset_version: str = Field(min_length=1)
    template: VersionedRef
    labels: Labels = Labels()


class VersionRegistration(_Registered):
    """Ties a trained model to the data and the template versions it was trained on."""

    training_version: str = Field(min_length=1)
    dataset_version: str = Field(min_length=1)
    templates: tuple[VersionedRef, ...] = Field(min_length=1)
    trained_at: Time | None = None

    @field_validator("templates")
    @classmethod
    def _each_template_once(cls, value: tuple[VersionedRef, ...]) -> tuple[VersionedRef, ...]:
        names = [ref.name for ref in value]
        if len(set(names)) != len(names):
            message = "a training version is built from one version of each template: a name stands twice"
            raise ValueError(message)
        return value


def version_key(version: str | None) -> semver.Version | None:
    """Return `version` as something that sorts in semantic order, or None where it is not a semantic version."""
    try:
        return semver.Version.parse(version) if version else None
    except ValueError:
        return None


def version_order(version: str | None) -> tuple[int, Any, str]:
    """
    Return what sorts any versions for showing, oldest first; two texts never sort as the same.

    An unknown version comes first, then what is no semantic version, by its text, then semantic order. Build metadata has
    no place in that order (Semantic Versioning 2.0.0, rule 10): versions that differ in nothing else go by their text.
    """
    key = version_key(version)
    if key is not None:
        return 2, key, version or ""
    return (1 if version else 0), 0, version or ""


def is_at_least(version: str | None, fix: str) -> bool:
    """Tell whether `version` is `fix` or later; False where either cannot be ordered."""
    left, right = version_key(version), version_key(fix)
    return left is not None and right is not None and left >= right
