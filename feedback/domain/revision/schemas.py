"""Schemas: what they say of one field, and the same schema with what was proved of its fields."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from feedback.domain.canonical import canonical_json
from feedback.domain.failure import Tool
from feedback.domain.revision.evidence import Failed
from feedback.domain.revision.schema_parts import fields_of, required_of

__all__ = [
    "Place",
    "described",
    "known_tools",
    "parameters_of",
    "place_in",
    "properties_of",
    "shared_schema",
    "shared_tools",
    "tool_name",
]

_LAST = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A field: its name as shown, the names that lead to it, and what a schema says of it.

    `schema` is None where no schema knows it, `required` where none says so; `order` sorts fields as the schema lists them.
    """

    name: str
    path: tuple[str, ...]
    schema: Mapping[str, Any] | None = None
    required: bool | None = None
    order: tuple[int, str] = (_LAST, "")


def place_in(schema: Mapping[str, Any] | None, tools: Mapping[str, Tool], place: str) -> Place:
    """Return the field at a place such as `/items/*/unit`, or `tool:field` of the parameters of a tool."""
    if place.startswith("/"):
        path = tuple(place.split("/")[1:])
        shown, root = ".".join(part for part in path if part != "*"), schema
    else:
        tool, _, name = place.partition(":")
        path, shown = (name,), f"{tool}.{name}"
        root = parameters_of(tools[tool]) if tool in tools else None
    node, required, order = _walk(root, path)
    return Place(name=shown, path=path, schema=node, required=required, order=(order, shown))


def _walk(root: Mapping[str, Any] | None, path: Sequence[str]) -> tuple[Mapping[str, Any] | None, bool | None, int]:
    node: Any = root
    required, order = None, _LAST
    for part in path:
        if part == "*":
            node = node.get("items") if isinstance(node, Mapping) else None
            continue
        fields, listed = fields_of(node), required_of(node)
        if part not in fields:
            return None, None, _LAST
        required = part in listed
        order = min(order, listed.index(part) if required else _LAST - 1)
        node = fields[part]
    return (node if isinstance(node, Mapping) else None), required, order


def described(
    schema: Mapping[str, Any], notes: Mapping[tuple[str, ...], str], absent: Sequence[tuple[str, ...]]
) -> dict[str, Any]:
    """Return a schema in which fields without a description have their note, and `absent` ones are required."""
    revised: dict[str, Any] = deepcopy(dict(schema))
    for path, note in notes.items():
        node, _, _ = _walk(revised, path)
        if isinstance(node, dict) and note and not node.get("description"):
            node["description"] = note
    for path in absent:
        parent, _, _ = _walk(revised, path[:-1])
        if isinstance(parent, dict) and path[-1] in fields_of(parent) and path[-1] not in required_of(parent):
            parent["required"] = [*required_of(parent), path[-1]]
    return revised


def shared_schema(failed: Sequence[Failed]) -> dict[str, Any] | None:
    """Return the output schema that all requests with one were sent with, or None where they differ."""
    found = {
        canonical_json(one.event.request.output_schema): one.event.request.output_schema
        for one in failed
        if one.event.request and one.event.request.output_schema
    }
    return next(iter(found.values())) if len(found) == 1 else None


def shared_tools(failed: Sequence[Failed]) -> tuple[Tool, ...]:
    """Return the tools that all requests with some were sent with, or none where they differ."""
    found = {
        canonical_json([tool.model_dump(mode="json") for tool in one.event.request.tools]): one.event.request.tools
        for one in failed
        if one.event.request and one.event.request.tools
    }
    return next(iter(found.values())) if len(found) == 1 else ()


def known_tools(own: Sequence[Tool], failed: Sequence[Failed]) -> dict[str, Tool]:
    """Return a template's `own` tools by name, else those of the requests, each where all requests define it alike."""
    if own:
        return {tool_name(tool): tool for tool in own}
    found: dict[str, dict[str, Tool]] = {}
    for one in failed:
        for tool in (one.event.request.tools or ()) if one.event.request else ():
            found.setdefault(tool_name(tool), {})[canonical_json(tool.model_dump(mode="json"))] = tool
    return {name: next(iter(alike.values())) for name, alike in found.items() if name and len(alike) == 1}


def tool_name(tool: Tool) -> str:
    """Return the name of a tool's function, empty where it has none."""
    return str((tool.function or {}).get("name") or "")


def parameters_of(tool: Tool) -> Mapping[str, Any] | None:
    """Return the schema of a tool's parameters, or None where it has none."""
    found = (tool.function or {}).get("parameters")
    return found if isinstance(found, Mapping) else None


def properties_of(tool: Tool | None) -> dict[str, Mapping[str, Any]]:
    """Return the parameters of a tool by name, none where it has no schema."""
    return fields_of(parameters_of(tool)) if tool else {}
