"""Instances: the smallest value that a JSON Schema permits, proved against it."""

from collections.abc import Mapping
from typing import Any

from feedback.domain.json_schema import schema_errors

__all__ = ["instance_of", "is_valid"]

_DEEPEST = 8
_PLAIN = {"string": "...", "number": 0, "integer": 0, "boolean": False, "null": None}


def is_valid(schema: Mapping[str, Any], value: Any) -> bool:
    """Tell whether a schema can be used and finds nothing wrong with a value."""
    return schema_errors(schema, value) == ()


def instance_of(schema: Mapping[str, Any]) -> Any:
    """Return an object with every property of `schema` that it permits, or `...` where none was found."""
    value = _instance(schema, _DEEPEST)
    return value if is_valid(schema, value) else ...


def _instance(schema: Mapping[str, Any], depth: int) -> Any:
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if isinstance(schema.get(key), list) and schema[key]:
            return schema[key][0]
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list) and schema[key] and depth:
            return _instance(schema[key][0], depth - 1)
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds[-1] if isinstance(kinds, list) and "null" in kinds and len(kinds) == 1 else kinds
    if isinstance(kind, list):
        kind = "null" if "pattern" in schema and "null" in kind else next(one for one in kind if one != "null")
    if kind == "object":
        properties = schema.get("properties", {}) if depth else {}
        order = [*(n for n in schema.get("required", []) if n in properties), *properties]
        return {name: _instance(properties[name], depth - 1) for name in dict.fromkeys(order)}
    if kind == "array":
        return [_instance(schema.get("items") or {}, depth - 1)] if depth else []
    return max(schema.get("minimum", 0), 0) if kind in {"number", "integer"} else _PLAIN.get(str(kind))
