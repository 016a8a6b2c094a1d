"""Parts of a JSON Schema, whatever stands where a part should: what has not the shape of one is none."""

from collections.abc import Mapping
from typing import Any

__all__ = ["description_of", "fields_of", "required_of", "types_of", "values_of"]

_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


def fields_of(schema: Any) -> dict[str, Mapping[str, Any]]:
    """Return the properties of a schema by name; one that is no object is an empty one."""
    found = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {name: spec if isinstance(spec, Mapping) else {} for name, spec in found.items()}


def required_of(schema: Any) -> list[str]:
    """Return the names that a schema requires, in order, each once."""
    found = schema.get("required") if isinstance(schema, Mapping) else None
    return list(dict.fromkeys(name for name in found if isinstance(name, str))) if isinstance(found, list) else []


def values_of(schema: Any) -> list[Any]:
    """Return the values that a schema enumerates, if it does."""
    found = schema.get("enum") if isinstance(schema, Mapping) else None
    return found if isinstance(found, list) else []


def types_of(schema: Any) -> set[str]:
    """Return the JSON types that a schema permits, those of its enumeration where it names none."""
    said = schema.get("type") if isinstance(schema, Mapping) else None
    names = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    types = {name for name in names if isinstance(name, str)}
    return types or {_NAMES[type(value)] for value in values_of(schema) if type(value) in _NAMES}


def description_of(schema: Any) -> str:
    """Return what a schema says of its meaning, else its title, without the stop at the end; empty where it says nothing."""
    found = (schema.get("description") or schema.get("title")) if isinstance(schema, Mapping) else None
    return found.strip().rstrip(".。") if isinstance(found, str) else ""
