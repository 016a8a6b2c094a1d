"""Instances: the smallest value that a JSON Schema permits, proved against it."""

from collections.abc import Mapping
from typing import Any

from feedback.domain.json_schema import schema_errors
from feedback.domain.revision.schema_parts import fields_of, required_of, types_of

__all__ = ["instance_of", "is_valid"]

_DEEPEST = 8
_PLAIN = {"string": "...", "integer": 0, "number": 0, "boolean": False, "null": None}


def is_valid(schema: Mapping[str, Any], value: Any) -> bool:
    """Tell whether a schema can be used and finds nothing wrong with a value."""
    return schema_errors(schema, value) == ()


def instance_of(schema: Mapping[str, Any]) -> Any:
    """Return an object with every property of `schema` that it permits, or `...` where none was found."""
    value = _instance(schema, _DEEPEST)
    return value if is_valid(schema, value) else ...


def _instance(schema: Any, depth: int) -> Any:
    if not isinstance(schema, Mapping) or not depth:
        return None
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples", "anyOf", "oneOf"):
        found = schema.get(key)
        if isinstance(found, list) and found:
            return found[0] if key in {"enum", "examples"} else _instance(found[0], depth - 1)
    kind = _kind(schema)
    if kind == "object":
        fields = fields_of(schema)
        order = dict.fromkeys([*(name for name in required_of(schema) if name in fields), *fields])
        return {name: _instance(fields[name], depth - 1) for name in order}
    if kind == "array":
        return [_instance(schema.get("items"), depth - 1)]
    least = schema.get("minimum")
    return max(least, 0) if kind in {"integer", "number"} and isinstance(least, (int, float)) else _PLAIN[kind]


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the type to make: null for a pattern that nothing is known to match, else the first that can be."""
    types = types_of(schema) or {"object" if fields_of(schema) else "string"}
    if "null" in types and "pattern" in schema:
        return "null"
    return next((kind for kind in ("object", "array", *_PLAIN) if kind in types), "null")
