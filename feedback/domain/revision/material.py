"""Missing material: a place for the evidence that was not in the prompt, and the answer to give without it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from feedback.domain.canonical import canonical_json
from feedback.domain.loci.names import identifier, words_of
from feedback.domain.revision.clauses import PLACEHOLDER, placeholders, with_clause
from feedback.domain.revision.demonstration import value_of
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted
from feedback.domain.revision.gaps import is_lacking, label_of, values_in
from feedback.domain.revision.schema_parts import fields_of, types_of, values_of
from feedback.domain.revision.schemas import place_in

__all__ = ["missing_material"]

_LEAST_SHARE = 0.1
_UNDECIDED = (
    "open unknown unclear undecided undetermined unspecified not_stated not_specified cannot_tell insufficient offen unbekannt unklar"
    " 不确定 未知 无法判断 不明"
)
_OPEN_VALUES = frozenset(_UNDECIDED.split())
_NOT_FOUND = (
    "No failure shows what the prompt lacked: no place of the template was empty or cut off, no field or parameter is named"
    " that was made up. Send the whole request, a reference, or a comment that names the field without a source."
)


def missing_material(evidence: Evidence) -> Draft:
    """Return a place for what was missing, and the conservative answer or the question where it is not there."""
    gaps = evidence.tally(lambda one: _gaps(evidence, one))
    fields = evidence.tally(lambda one: _fields(evidence, one), least_share=_LEAST_SHARE)
    parameters = evidence.tally(_parameters, least_share=_LEAST_SHARE)
    new = evidence.tally(lambda one: _kinds(evidence, one))
    if not (gaps or fields or parameters or new):
        return Draft(missing=(_NOT_FOUND,))
    names = [_label(evidence, clue.what) for clue in gaps] + [evidence.words(f"material_{clue.what}") for clue in new]
    changes: dict[str, Any] = with_clause(evidence.template, _clause(evidence, names, fields, parameters))
    context = _context(evidence, gaps, fields, parameters, new)
    if changes and context != evidence.template.context:
        changes["context"] = context
    clues = [Clue(f"{{{{ {clue.what} }}}} empty or cut off", clue.failures, clue.event_ids) for clue in gaps]
    clues += [Clue(f"not in the prompt: {clue.what}", clue.failures, clue.event_ids) for clue in (*new, *parameters)]
    clues += [Clue(f"made up: {clue.what}", clue.failures, clue.event_ids) for clue in fields]
    return Draft(
        changes=changes,
        clues=tuple(clues),
        missing=(_to_do(evidence, context),),
        summary="What the prompt lacked: "
        + (counted([*gaps, *new, *parameters, *fields]) + ". A place for it, and what to answer without it."),
    )


def _gaps(evidence: Evidence, one: Failed) -> Iterator[str]:
    """Yield the places for data that were empty, or ended early, in the prompt of a failure."""
    for prompt in one.event.request.texts("user") if one.event.request else ():
        found = values_in(evidence.template.context, prompt)
        if found:
            yield from (name for name, value in found.items() if is_lacking(value))
            return


def _fields(evidence: Evidence, one: Failed) -> Iterator[str]:
    """Yield the fields of the answer that the expected one has otherwise, or that are named as made up."""
    properties = fields_of(evidence.template.output_schema)
    answer = value_of((one.event.response.content or "") if one.event.response else "")
    if not isinstance(answer, dict):
        return
    expected, signals = one.event.reference, one.event.signals
    said = f" {' '.join(words_of((signals.comment or '') if signals else ''))} "
    for name in properties:
        other = isinstance(expected, dict) and name in expected and expected[name] != answer.get(name)
        if name in answer and answer[name] is not None and (other or f" {' '.join(words_of(name))} " in said):
            yield name


def _parameters(one: Failed) -> Iterator[str]:
    """Yield the parameters of calls that got a value which stands nowhere in the prompt."""
    for found in one.findings:
        tool, _, name = (found.locus or "").partition(":")
        name = name.partition(":")[0]
        if found.rule.startswith("tool.") and identifier(tool) and identifier(name):
            yield name


def _kinds(evidence: Evidence, one: Failed) -> Iterator[str]:
    """Yield what is missing as a whole and has no place in the template: an attachment, or the material itself."""
    if one.locus == "missing:attachment" and not any(
        "attach" in name for name in placeholders(evidence.template.context)
    ):
        yield "attachment"
    empty = {"context:empty", "context:cut", "context:result"}
    if not placeholders(evidence.template.context) and any(found.locus in empty for found in one.findings):
        yield "material"


def _label(evidence: Evidence, name: str) -> str:
    return label_of(evidence.template.context, name)


def _clause(evidence: Evidence, names: Sequence[str], fields: Sequence[Clue], parameters: Sequence[Clue]) -> str:
    words = evidence.words
    shown = words.listed(names) or words("material_material")
    lines = [words("material_heading"), words("material_names", names=shown), words("where_missing")]
    made_up = [clue.what for clue in fields]
    lines += [_without(evidence, name) for name in (*made_up, *(n for n in _undecided(evidence) if n not in made_up))]
    lines += [words("ask_for", names=words.listed(clue.what for clue in parameters))] if parameters else []
    if evidence.template.output_schema is None and not parameters:
        lines.append(words("say_missing"))
    elif not parameters:
        lines.append(words("null_fields"))
    return "\n".join(lines)


def _undecided(evidence: Evidence) -> list[str]:
    """Return the fields of the answer that have a value of their own for what cannot be told."""
    properties = fields_of(evidence.template.output_schema)
    return [name for name, spec in properties.items() if _open_value(spec) is not None]


def _open_value(spec: Any) -> str | None:
    values = values_of(spec)
    return next((value for value in values if isinstance(value, str) and value.lower() in _OPEN_VALUES), None)


def _without(evidence: Evidence, name: str) -> str:
    """Return what a field holds without evidence: null, what expected answers say most, or a place to fill in."""
    place = place_in(evidence.template.output_schema, {}, f"/{name}")
    permitted = values_of(place.schema)
    expected = Counter(canonical_json(value) for value in _expected(evidence, name) if value in permitted)
    if expected:
        value = max(expected, key=lambda one: (expected[one], one))
        return evidence.words("field_without", name=name, value=value)
    if undecided := _open_value(place.schema):
        return evidence.words("field_without", name=name, value=f'"{undecided}"')
    if "null" in types_of(place.schema) or None in permitted:
        return evidence.words("field_without", name=name, value="null")
    return evidence.words("field_without", name=name, value=evidence.words("fill_value", name=name))


def _expected(evidence: Evidence, name: str) -> Iterator[Any]:
    for one in evidence.failed:
        if isinstance(one.event.reference, dict) and name in one.event.reference:
            yield one.event.reference[name]


def _context(
    evidence: Evidence, gaps: Sequence[Clue], fields: Sequence[Clue], parameters: Sequence[Clue], new: Sequence[Clue]
) -> str:
    """Return the context with a place for each thing that was missing, and for how complete the others are."""
    text, words = evidence.template.context, evidence.words
    for clue in gaps:
        line = f"{words('how_complete', label=_label(evidence, clue.what))}{words('colon')}{{{{ {clue.what}_state }}}}"
        text = _behind(text, clue.what, line)
    added = [(words(f"material_{clue.what}"), clue.what) for clue in new]
    added += [(clue.what, clue.what) for clue in parameters]
    if not gaps and not added:
        added = [(words("source_of", name=clue.what), f"{clue.what}_source") for clue in fields]
    lines = [f"{label}{words('colon')}{{{{ {name} }}}}" for label, name in added if name not in placeholders(text)]
    return "\n".join(filter(None, [text.rstrip(), *lines])) + "\n" if lines else text


def _to_do(evidence: Evidence, context: str) -> str:
    new = [name for name in placeholders(context) if name not in placeholders(evidence.template.context)]
    shown = ", ".join(f"{{{{ {name} }}}}" for name in new)
    if new:
        return f"Fill {shown} wherever the template is used: what was missing has to come from your side."
    return "What was missing has to come from your side: fill the places of the template in every prompt and sample."


def _behind(text: str, name: str, line: str) -> str:
    """Return a text with a line behind each place for the data of this name."""
    return PLACEHOLDER.sub(lambda match: f"{match[0]}\n{line}" if match[1] == name else match[0], text)
