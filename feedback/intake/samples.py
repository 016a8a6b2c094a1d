"""Samples in: a line of registrations, or of instruction-tuning data whose `meta` names the template it was written from."""

from typing import Any

from pydantic import field_validator

from feedback.domain.canonical import digest
from feedback.domain.template import SampleRegistration, VersionedRef, version_key
from feedback.errors import Fault, InvalidInput
from feedback.intake.native import canonical, kind_of, parse_json, validate

__all__ = ["parse_sample"]

_FORMS = (("messages",), ("conversations",), ("instruction", "output"), ("prompt", "completion"))
"""The keys of training data, a form each; a line of it has one form whole."""
_TEMPLATE = 'name it as {"name": ..., "version": ...} or as "name@version"'
_REMEDIES = {
    "dataset": "name it in the line, or with --dataset",
    "dataset_version": "name it in the line, or with --dataset-version",
    "template": _TEMPLATE,
    "template.version": _TEMPLATE,
}


class _SemanticRef(VersionedRef):
    @field_validator("version")
    @classmethod
    def _is_semantic(cls, value: str) -> str:
        if version_key(value) is None:
            message = f"expected a semantic version such as 2.1.0, found {value!r}"
            raise ValueError(message)
        return value


class _FromData(SampleRegistration):
    template: _SemanticRef


def parse_sample(raw: bytes, *, dataset: str | None = None, dataset_version: str | None = None) -> SampleRegistration:
    """
    Return the registration in `raw`: one JSON object, a registration itself or training data that tells it in its `meta`.

    Nothing else of training data is returned. Where it names no id, that is `sha256:` and the hash of the line without
    `meta`: the same text has the same id, whatever is said of it.

    Args:
        dataset: That of a line which names none.
        dataset_version: Likewise.

    Raises:
        InvalidInput: It is no such object; each fault names its path in the line, and what was expected and found.
    """
    line = parse_json(raw)
    if not isinstance(line, dict):
        raise InvalidInput(Fault("", f"expected one JSON object, found {kind_of(line)}"))
    given = {} if dataset is None else {"dataset": dataset}
    given |= {} if dataset_version is None else {"dataset_version": dataset_version}
    if "meta" not in line and not any(key in line for form in _FORMS for key in form):
        return _checked(SampleRegistration, given | line, {})
    return _from_data(line, given)


def _from_data(line: dict[str, Any], given: dict[str, str]) -> SampleRegistration:
    meta = line.get("meta", {})
    if not isinstance(meta, dict):
        raise InvalidInput(Fault("meta", f"expected an object, found {kind_of(meta)}"))
    if not any(all(_says_something(line.get(key)) for key in form) for form in _FORMS):
        forms = ", or ".join(" and ".join(form) for form in _FORMS)
        raise InvalidInput(Fault("", f"expected training data ({forms}), found {', '.join(line)[:200] or 'no key'}"))
    place, sample_id = _identity(line, meta)
    told = {key: meta[key] for key in ("dataset", "dataset_version", "labels") if meta.get(key) is not None}
    places = {"sample_id": place} | {key: f"meta.{key}" for key in ("dataset", "dataset_version", "labels", "template")}
    return _checked(_FromData, given | told | {"sample_id": sample_id} | _template(meta), places)


def _says_something(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else isinstance(value, list) and bool(value)


def _identity(line: dict[str, Any], meta: dict[str, Any]) -> tuple[str, Any]:
    """Return where the id of a line stands, and the id; a whole number is one too."""
    for place, holder in (("meta.", meta), ("", line)):
        for key in ("sample_id", "id"):
            found = holder.get(key)
            if found is not None:
                return f"{place}{key}", str(found) if type(found) is int else found
    text = {key: value for key, value in line.items() if key != "meta"}
    canonical(text)  # says in words what cannot be hashed
    return "", digest(text)


def _template(meta: dict[str, Any]) -> dict[str, Any]:
    """Return the template that `meta` names, as far as it does; nothing where it names none."""
    named = meta.get("template")
    beside = meta.get("template_version")
    if isinstance(named, str):
        name, at, version = named.rpartition("@")
        named = {"name": name, "version": version} if at and beside is None else {"name": named, "version": beside}
    if isinstance(named, dict):
        named = {key: named[key] for key in ("name", "version") if named.get(key) is not None}
    return {} if named is None else {"template": named}


def _checked(model: type[SampleRegistration], found: dict[str, Any], places: dict[str, str]) -> SampleRegistration:
    """Return what was found as a registration; faults name the place in the line, and what to do."""
    content = canonical(found)
    try:
        validate(model, content)
    except InvalidInput as error:
        raise InvalidInput(*(_fault(fault, places) for fault in error.faults)) from error
    return SampleRegistration.model_validate_json(content)


def _fault(fault: Fault, places: dict[str, str]) -> Fault:
    field, dot, rest = fault.path.partition(".")
    remedy = _REMEDIES.get(fault.path)
    return Fault(places.get(field, field) + dot + rest, fault.message + (f": {remedy}" if remedy else ""))
