"""Tool parameters: which are mandatory, where the value of each comes from, and what to do without it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from feedback.domain.failure import Tool
from feedback.domain.json_schema import read_json
from feedback.domain.loci.names import identifier
from feedback.domain.revision.clauses import with_clause
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted
from feedback.domain.revision.schemas import parameters_of, shared_tools, tool_name

__all__ = ["parameter_rules"]

_SAMPLE = re.compile(
    r"[,;]?\s*[(（]?(?:\b(?:for example|e\.g\.|such as|zum beispiel|z\. ?b\.|beispiel:)|例如|比如|如)[,:：]?\s*[^()（）;]{1,60}[)）]?", re.IGNORECASE
)
_FAULTS = {"missing", "empty", "placeholder", "not_passed"}
_NOT_NAMED = (
    "No failure names a parameter of a tool. Send the call (response.tool_calls) and the tools of the request"
    " (request.tools), or the tool's error in signals.error, so that the parameter without a value is known."
)


def parameter_rules(evidence: Evidence) -> Draft:
    """Return which parameters of the tools that failed are mandatory, with the source of each, and what to do without."""
    lacking = evidence.tally(_lacking)
    if not lacking:
        return Draft(missing=(_NOT_NAMED,))
    tools = evidence.template.tools or shared_tools(evidence.failed)
    known = {tool_name(tool): tool for tool in tools}
    places = [clue.what for clue in lacking]
    blocks = [_of_tool(evidence, name, known.get(name), places) for name in _tools_of(places, known)]
    clause = "\n".join([evidence.words("tools_heading"), *blocks, *_closing(evidence)])
    changes: dict[str, Any] = with_clause(evidence.template, clause)
    sent = _sent_samples(evidence, known)
    if changes and tools:
        revised = [_with_marks(evidence, tool, places, sent) for tool in tools]
        changes |= {"tools": revised} if revised != [_plain(tool) for tool in evidence.template.tools] else {}
    return Draft(
        changes=changes,
        clues=(*lacking, *(Clue(f"{clue.what}: sample sent as a value", clue.failures, clue.event_ids) for clue in sent)),
        missing=tuple(_undescribed(known, places)),
        summary=f"Mandatory parameters that calls left out or filled with a stand-in: {counted(lacking)}."
        + (f" Samples that were sent as values are out of the descriptions: {counted(sent)}." if sent else ""),
    )


def _lacking(one: Failed) -> Iterator[str]:
    """Yield `tool.parameter` of each parameter that a failure lacks a value of."""
    for locus in [one.locus, *(found.locus or "" for found in one.findings)]:
        tool, _, rest = locus.partition(":")
        name, _, fault = rest.partition(":")
        if identifier(tool) and identifier(name) and (not fault or fault in _FAULTS):
            yield f"{tool}.{name}"


def _tools_of(places: Sequence[str], known: Mapping[str, Tool]) -> list[str]:
    """Return the tools that failed, in the template's order, then those that it does not list."""
    failed = dict.fromkeys(place.rpartition(".")[0] for place in places)
    return [name for name in known if name in failed] + [name for name in failed if name not in known]


def _of_tool(evidence: Evidence, name: str, tool: Tool | None, places: Sequence[str]) -> str:
    words, schema = evidence.words, (parameters_of(tool) if tool else None) or {}
    failed = [place.rpartition(".")[2] for place in places if place.rpartition(".")[0] == name]
    required = [one for one in schema.get("required", []) if isinstance(one, str)]
    properties = schema.get("properties", {})
    order = [one for one in required if one in failed] + [one for one in failed if one not in required]
    lines = [words("tool_line", tool=name)]
    lines += [_of_parameter(evidence, name, one, properties.get(one) or {}) for one in order]
    others = [one for one in required if one not in failed]
    optional = [one for one in properties if one not in required and one not in failed]
    lines += [words("also_mandatory", names=words.listed(others))] if others else []
    lines += [words("optional", names=words.listed(optional))] if optional else []
    return "\n".join(lines)


def _of_parameter(evidence: Evidence, tool: str, name: str, spec: Mapping[str, Any]) -> str:
    words = evidence.words
    given = evidence.tally(lambda one: (f.locus or "" for f in one.findings if f.rule == "tool.in_dialogue_not_passed"))
    earlier = any(clue.what.startswith(f"{tool}:{name}:") for clue in given)
    meaning = _SAMPLE.sub("", str(spec.get("description", ""))).strip().rstrip(".。")
    parts = [*([meaning] if meaning else []), *([words("source_earlier")] if earlier else [])]
    described = words("colon") + words("part_joint").join(parts) if parts else ""
    return words("mandatory", name=name, meaning=described)


def _closing(evidence: Evidence) -> list[str]:
    return [evidence.words("no_stand_ins"), evidence.words("asking_first")]


def _sent_samples(evidence: Evidence, known: Mapping[str, Tool]) -> list[Clue]:
    """Return the parameters whose value in a failure was the sample in their own description."""
    return evidence.tally(lambda one: _samples(one, known))


def _samples(one: Failed, known: Mapping[str, Tool]) -> Iterator[str]:
    for call in (one.event.response.tool_calls or ()) if one.event.response else ():
        properties = _properties(known.get(call.function.name))
        for name, value in _arguments(call.function.arguments).items():
            found = _SAMPLE.search(str((properties.get(name) or {}).get("description", "")))
            if found and isinstance(value, str) and value and value.lower() in found[0].lower():
                yield f"{call.function.name}.{name}"


def _properties(tool: Tool | None) -> Mapping[str, Any]:
    found = ((parameters_of(tool) if tool else None) or {}).get("properties")
    return found if isinstance(found, Mapping) else {}


def _arguments(text: str) -> dict[str, Any]:
    try:
        read = read_json(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _plain(tool: Tool) -> dict[str, Any]:
    plain: dict[str, Any] = tool.model_dump(mode="json", exclude_none=True)
    return plain


def _with_marks(evidence: Evidence, tool: Tool, places: Sequence[str], sent: Sequence[Clue]) -> dict[str, Any]:
    """Return a tool whose parameters that failed say that they are mandatory, without samples that were sent as values."""
    revised, name = deepcopy(_plain(tool)), tool_name(tool)
    schema = (revised.get("function") or {}).get("parameters")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for one, spec in properties.items() if isinstance(properties, dict) else ():
        if f"{name}.{one}" not in places or not isinstance(spec, dict):
            continue
        said = str(spec.get("description", ""))
        if any(clue.what == f"{name}.{one}" for clue in sent):
            said = _SAMPLE.sub("", said)
        mark = evidence.words("mandatory_mark")
        spec["description"] = said if mark in said else f"{said.rstrip('.。')}{evidence.words('stop') if said else ''} {mark}".strip()
        if one not in schema.get("required", []):
            schema["required"] = [*schema.get("required", []), one]
    return revised


def _undescribed(known: Mapping[str, Tool], places: Sequence[str]) -> Iterator[str]:
    strange = sorted({place.rpartition(".")[0] for place in places} - known.keys())
    if strange:
        yield f"The template lists no tool {', '.join(strange)}: add its definition under tools."
    bare = [
        place
        for place in places
        if (tool := known.get(place.rpartition(".")[0]))
        and not str((_properties(tool).get(place.rpartition(".")[2]) or {}).get("description", "")).strip()
    ]
    if bare:
        yield f"{', '.join(bare)} have no description: say in the tools what each holds and in which form."
