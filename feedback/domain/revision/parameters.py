"""Tool parameters: which are mandatory, where the value of each comes from, and what to do without it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from feedback.domain.failure import Tool
from feedback.domain.loci.names import identifier
from feedback.domain.revision.clauses import with_clause
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted
from feedback.domain.revision.schema_parts import description_of, required_of
from feedback.domain.revision.schemas import known_tools, parameters_of, properties_of, shared_tools
from feedback.domain.revision.stand_ins import revised_tool, sent_samples, without_sample

__all__ = ["parameter_rules"]

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
    known = known_tools(evidence.template.tools, evidence.failed)
    places = [clue.what for clue in lacking]
    blocks = [_of_tool(evidence, name, known.get(name), places) for name in _tools_of(places, known)]
    clause = "\n".join([evidence.words("tools_heading"), *blocks, *_closing(evidence)])
    changes: dict[str, Any] = with_clause(evidence.template, clause)
    sent = evidence.tally(lambda one: sent_samples(one, known))
    if changes and tools:
        changes["tools"] = [revised_tool(tool, places, [clue.what for clue in sent], evidence.words) for tool in tools]
    return Draft(
        changes=changes,
        clues=(
            *lacking,
            *(Clue(f"{clue.what}: sample sent as a value", clue.failures, clue.event_ids) for clue in sent),
        ),
        missing=tuple(_to_do(evidence, known, places)),
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
    words, properties = evidence.words, properties_of(tool)
    failed = [place.rpartition(".")[2] for place in places if place.rpartition(".")[0] == name]
    required = required_of(parameters_of(tool)) if tool else []
    order = [one for one in required if one in failed] + [one for one in failed if one not in required]
    lines = [words("tool_line", tool=name)]
    lines += [_of_parameter(evidence, name, one, properties.get(one, {})) for one in order]
    others = [one for one in required if one not in failed]
    optional = [one for one in properties if one not in required and one not in failed]
    lines += [words("also_mandatory", names=words.listed(others))] if others else []
    lines += [words("optional", names=words.listed(optional))] if optional else []
    return "\n".join(lines)


def _of_parameter(evidence: Evidence, tool: str, name: str, spec: Mapping[str, Any]) -> str:
    words = evidence.words
    given = evidence.tally(lambda one: (f.locus or "" for f in one.findings if f.rule == "tool.in_dialogue_not_passed"))
    earlier = any(clue.what.startswith(f"{tool}:{name}:") for clue in given)
    meaning = without_sample(description_of(spec))
    parts = [*([meaning] if meaning else []), *([words("source_earlier")] if earlier else [])]
    described = words("colon") + words("part_joint").join(parts) if parts else ""
    return words("mandatory", name=name, meaning=described)


def _closing(evidence: Evidence) -> list[str]:
    return [evidence.words("no_stand_ins"), evidence.words("asking_first")]


def _to_do(evidence: Evidence, known: Mapping[str, Tool], places: Sequence[str]) -> Iterator[str]:
    if shared_tools(evidence.failed) and not evidence.template.tools:
        yield "The template lists no tools: proposed are those that the failed requests were sent with."
    strange = sorted({place.rpartition(".")[0] for place in places} - known.keys())
    if strange:
        yield f"Neither the template nor the requests define {', '.join(strange)}: add the definitions under tools."
    bare = [
        place
        for place in places
        if (tool := known.get(place.rpartition(".")[0]))
        and not description_of(properties_of(tool).get(place.rpartition(".")[2]))
    ]
    if bare:
        yield f"The tools do not say what these hold and in which form: {', '.join(bare)}. Describe them."
