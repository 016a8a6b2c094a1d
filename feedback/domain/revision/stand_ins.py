"""Stand-ins: samples in the descriptions of parameters that were sent as values, and tools that invite none."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from feedback.domain.failure import Tool
from feedback.domain.json_schema import read_json
from feedback.domain.revision.evidence import Failed
from feedback.domain.revision.schema_parts import description_of, required_of
from feedback.domain.revision.schemas import properties_of, tool_name
from feedback.domain.revision.wording import Wording

__all__ = ["revised_tool", "sent_samples", "without_sample"]

_SAMPLE = re.compile(
    r"[,;]?\s*[(（]?(?:\b(?:for example|e\.g\.|such as|zum beispiel|z\. ?b\.|beispiel:)|例如|比如|如)[,:：]?\s*[^()（）;]{1,60}[)）]?",
    re.IGNORECASE,
)


def without_sample(description: str) -> str:
    """Return a description without the sample value in it."""
    return _SAMPLE.sub("", description).strip()


def sent_samples(one: Failed, tools: Mapping[str, Tool]) -> Iterator[str]:
    """Yield `tool.parameter` of each value in the calls of a failure that is the sample of its own description."""
    for call in (one.event.response.tool_calls or ()) if one.event.response else ():
        properties = properties_of(tools.get(call.function.name))
        for name, value in _arguments(call.function.arguments).items():
            found = _SAMPLE.search(description_of(properties.get(name)))
            if found and isinstance(value, str) and value and value.lower() in found[0].lower():
                yield f"{call.function.name}.{name}"


def revised_tool(tool: Tool, places: Sequence[str], sent: Sequence[str], words: Wording) -> dict[str, Any]:
    """
    Return a tool whose parameters at `places` are required and say so, without samples that were `sent`.

    Both are lists of `tool.parameter`.
    """
    revised: dict[str, Any] = deepcopy(tool.model_dump(mode="json", exclude_none=True))
    for name, spec in properties_of(tool).items():
        place = f"{tool_name(tool)}.{name}"
        if place not in places:
            continue
        said = without_sample(description_of(spec)) if place in sent else description_of(spec)
        schema = revised["function"]["parameters"]
        schema["properties"][name] = dict(spec) | {"description": _marked(said, words)}
        if name not in required_of(schema):
            schema["required"] = [*required_of(schema), name]
    return revised


def _marked(said: str, words: Wording) -> str:
    mark = words("mandatory_mark")
    if mark in said:
        return said
    return f"{said.rstrip('.。 ')}{words('stop')} {mark}" if said else mark


def _arguments(text: str) -> dict[str, Any]:
    try:
        read = read_json(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
