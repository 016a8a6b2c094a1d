"""Schema: the answer parses, and breaks the schema it was given."""

from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError

from feedback.classification.evidence.view import View, finding, known_name
from feedback.domain.finding import Finding
from feedback.domain.json_schema import schema_errors

__all__ = ["RULES", "faults", "find", "property_names", "schema_names"]

RULES = (
    "schema.additional", "schema.enum", "schema.format", "schema.other", "schema.range", "schema.required",
    "schema.type", "schema.unusable",
)  # fmt: skip
_CATEGORY = "field_definition_ambiguity"
_KINDS = {
    "required": "required", "dependentRequired": "required", "enum": "enum", "const": "enum", "type": "type",
    "additionalProperties": "additional", "additionalItems": "additional", "format": "format", "pattern": "format",
    "minimum": "range", "maximum": "range", "exclusiveMinimum": "range", "exclusiveMaximum": "range",
    "minLength": "range", "maxLength": "range", "minItems": "range", "maxItems": "range", "multipleOf": "range",
    "minProperties": "range", "maxProperties": "range",
}  # fmt: skip
_MOST_NODES = 2_000
_CONTAINERS = (dict, list)


def find(view: View) -> Iterator[Finding]:
    """Yield one finding for each kind and place, where the answer parses."""
    schema = view.request.output_schema
    if not schema or view.value is ...:
        return
    errors = schema_errors(schema, view.value)
    if errors is None:
        yield finding("schema.unusable", _CATEGORY, "the schema cannot be applied", "request.output_schema")
        return
    if not errors:
        return
    check = {"type": "json_schema", "schema": schema}
    for locus, message in faults(errors, schema_names(view)).items():
        place, kind = locus.rsplit(":", 1)
        category = "output_format_violation" if kind == "type" and not place else _CATEGORY
        yield finding(
            f"schema.{kind}",
            category,
            f"{place or 'the whole'}: {message}",
            "response.content",
            locus=locus,
            check=check,
        )


def faults(errors: Iterable[ValidationError], names: frozenset[str]) -> dict[str, str]:
    """Return the message of each place and kind ("/items/*/unit:type"), the first one of each."""
    found: dict[str, str] = {}
    for error in errors:
        for leaf in _leaves(error):
            kind = _KINDS.get(str(leaf.validator), "other")
            place = "".join(f"/{known_name(part, names)}" for part in leaf.absolute_path)
            for name in _fields(leaf, kind):
                found.setdefault(f"{place}{'/' + known_name(name, names) if name else ''}:{kind}", leaf.message)
    return found


def property_names(schema: Any) -> frozenset[str]:
    """Return the names of all properties that `schema`, which is not changed afterwards, speaks of."""
    names: set[str] = set()
    queue = [schema]
    for node in queue:
        if len(queue) > _MOST_NODES:
            break
        if isinstance(node, dict):
            properties, required = node.get("properties"), node.get("required")
            if isinstance(properties, dict):
                names.update(properties)
            if isinstance(required, list):
                names.update(name for name in required if isinstance(name, str))
            queue += [value for value in node.values() if isinstance(value, _CONTAINERS)]
        else:
            queue += [value for value in node if isinstance(value, _CONTAINERS)]
    return frozenset(names)


def schema_names(view: View) -> frozenset[str]:
    """Return the names of all properties that the output schema speaks of, found once for an event."""
    if "schema_names" not in view.__dict__:
        view.__dict__["schema_names"] = property_names(view.request.output_schema)
    names: frozenset[str] = view.__dict__["schema_names"]
    return names


def _fields(error: ValidationError, kind: str) -> list[str]:
    """Return the properties an error speaks of; an empty name is the place itself."""
    instance: Any = error.instance
    if kind == "required" and isinstance(error.validator_value, list):
        return [name for name in error.validator_value if name not in instance]
    return ["*"] if kind == "additional" else [""]


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the errors of the alternative that was meant, where all but one fail for the type alone."""
    if error.validator not in {"anyOf", "oneOf"} or not error.context:
        yield error
        return
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    meant = [
        inner for inner in branches.values() if not any(e.validator == "type" and not e.relative_path for e in inner)
    ]
    if len(meant) == 1:
        for inner in meant[0]:
            yield from _leaves(inner)
    elif not meant:
        yield error.context[0]
    else:
        yield error
