"""Tools: the tool and the parameter whose value was not there."""

from collections.abc import Iterator, Mapping
from typing import Any

from feedback.domain.arguments import argument_fault
from feedback.domain.failure import CalledFunction
from feedback.domain.json_schema import read_json
from feedback.domain.loci.names import identifier, known_tool, required_names, words_of
from feedback.domain.loci.seen import Seen

__all__ = ["parameter_place"]

_FOUND = ("tool.reported_missing", "tool.missing", "tool.empty", "tool.placeholder")
_MOST_NAMES = 60


def parameter_place(seen: Seen) -> str | None:
    """
    Return `tool:parameter`, whatever stood in place of the value.

    Of several it is the one that most points to: a value that is missing, empty or a placeholder, the remarks, a required value
    that stands nowhere in the prompt. What the template does not name is `*`.
    """
    tools = _tools(seen)
    points: dict[str, int] = {}
    for place, weight in (*_found(seen), *_called(seen, tools), *(() if seen.calls else _spoken_of(seen, tools))):
        points[place] = points.get(place, 0) + weight
    if points:
        return max(points, key=lambda place: points[place])
    called = next((name for call in seen.calls if (name := known_tool(seen, call.function.name)) != "*"), "*")
    return f"{called}:*" if seen.calls or seen.found(*_FOUND) else None


def _tools(seen: Seen) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the required and all parameters of each tool of the request by its name."""
    functions = [tool.function for tool in seen.request.tools or () if isinstance(tool.function, dict)]
    return {one["name"]: _names(one.get("parameters")) for one in functions if isinstance(one.get("name"), str)}


def _names(schema: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not isinstance(schema, Mapping):
        return (), ()
    properties, listed = schema.get("properties"), schema.get("required")
    required = tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()
    return required, tuple(dict.fromkeys([*required, *(properties if isinstance(properties, Mapping) else ())]))


def _found(seen: Seen) -> Iterator[tuple[str, int]]:
    """Yield the places that rules found, whatever the fault."""
    for one in seen.found(*_FOUND):
        place = ":".join((one.locus or "").split(":")[:2])
        if "*" not in place:
            yield place, 4


def _called(seen: Seen, tools: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> Iterator[tuple[str, int]]:
    for call in seen.calls:
        tool = call.function.name
        if known_tool(seen, tool) == "*":
            continue
        arguments = _arguments(call.function)
        required, names = tools.get(tool) or ((), tuple(filter(identifier, list(arguments)[:_MOST_NAMES])))
        for name in required or names:
            if (name in arguments or not tools) and argument_fault(arguments, name):
                yield f"{tool}:{name}", 3
        for name in _mentioned(seen, names):
            yield f"{tool}:{name}", 3 if name in required else 1
        for name in () if tools else (*required_names(seen.reports), *_ends_of_paths(seen)):
            yield f"{tool}:{name}", 1 if name in arguments else 3
        for name in required:
            if str(arguments.get(name, "")).lower() not in seen.prompted:
                yield f"{tool}:{name}", 1


def _arguments(function: CalledFunction) -> dict[str, Any]:
    try:
        read = read_json(function.arguments) if function.arguments.strip() else {}
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _mentioned(seen: Seen, names: tuple[str, ...]) -> list[str]:
    """Return the parameters that the remarks name."""
    text = f" {' '.join(words_of(seen.remarks))} "
    return [name for name in names if f" {' '.join(words_of(name))} " in text]


def _ends_of_paths(seen: Seen) -> Iterator[str]:
    """Yield the last part of the path of each validation error, where it can be a parameter."""
    for found in seen.signals.validation_errors:
        name = (found.path or "").rpartition("/")[2]
        if identifier(name) and name not in {"arguments", "function"}:
            yield name


def _spoken_of(seen: Seen, tools: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> Iterator[tuple[str, int]]:
    """Yield, where no tool was called, the places that the remarks name, and the only required parameter of an only tool."""
    for tool, (required, names) in tools.items():
        for name in _mentioned(seen, names):
            yield f"{tool}:{name}", 3
        if len(tools) == len(required) == 1:
            yield f"{tool}:{required[0]}", 1
