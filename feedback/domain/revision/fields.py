"""Field dictionary: what each field that failed is, in which type and unit, of which values, and when it is null."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from feedback.domain.revision.clauses import every_word, with_clause
from feedback.domain.revision.demonstration import value_of
from feedback.domain.revision.evidence import Clue, Draft, Evidence, Failed, counted
from feedback.domain.revision.field_entry import Entry, entry
from feedback.domain.revision.instances import is_valid
from feedback.domain.revision.schema_parts import fields_of, required_of
from feedback.domain.revision.schemas import Place, described, known_tools, place_in, shared_schema

__all__ = ["field_dictionary"]

_MOST_FIELDS = 15
_MOST_LABELS = 12
_LONGEST_LABEL = 40
_NOT_NAMED = (
    "No failure names a field of this template. Give the failing path in signals.validation_errors (such as /currency),"
    " or give the template an output_schema, so that the fields that failed are known."
)
_NOT_KNOWN = (
    "These failed, and neither the template nor a schema knows them: {names}. Give the template an output_schema that says what"
    " each field is; then the dictionary can be filled."
)


def field_dictionary(evidence: Evidence) -> Draft:
    """Return a dictionary of the fields that failed, with what schema, tools and template prove of each."""
    fields = evidence.tally(lambda one: (place for place, _ in _faults(one)))[:_MOST_FIELDS]
    if not fields:
        return _labels(evidence)
    schema = evidence.template.output_schema or shared_schema(evidence.failed)
    tools = known_tools(evidence.template.tools, evidence.failed)
    places = {clue.what: place_in(schema, tools, clue.what) for clue in fields}
    if not any(_is_known(evidence, place) for place in places.values()):
        return Draft(missing=(_NOT_KNOWN.format(names=", ".join(place.name for place in places.values())),))
    rules = {clue.what: _rules(evidence, clue.what) for clue in fields}
    order = sorted(fields, key=lambda clue: places[clue.what].order)
    shown = _shown(evidence, schema)
    entries = {
        clue.what: entry(evidence.words, places[clue.what], rules[clue.what], shown, _references(evidence, clue.what))
        for clue in order
    }
    lines = [evidence.words("fields_heading"), *(entries[clue.what].line for clue in order)]
    lines += _policies(evidence, schema, list(places.values()), list(entries.values()), [*chain(*rules.values())])
    changes: dict[str, Any] = with_clause(evidence.template, "\n".join(lines))
    if schema and changes:
        changes |= _schema(evidence, schema, places, rules, entries)
    return Draft(
        changes=changes,
        clues=tuple(_told(clue, rules[clue.what]) for clue in fields),
        missing=_marks(entries),
        summary=f"Field dictionary for what was filled otherwise than meant: {counted(_named(fields))}.",
    )


def _is_known(evidence: Evidence, place: Place) -> bool:
    """Tell whether a schema, or the words of the template, know a field."""
    parts = r"[ _.-]?".join(re.escape(part) for part in re.split("[ _.-]", place.path[-1]))
    return (
        place.schema is not None or re.search(rf"\b{parts}\b", every_word(evidence.template), re.IGNORECASE) is not None
    )


def _shown(evidence: Evidence, schema: Mapping[str, Any] | None) -> Any:
    """Return the value that the demonstration holds, or `...` where the schema refuses it."""
    value = value_of(evidence.template.response)
    return value if schema is None or is_valid(schema, value) else ...


def _policies(
    evidence: Evidence,
    schema: Mapping[str, Any] | None,
    places: Sequence[Place],
    entries: Sequence[Entry],
    rules: Sequence[str],
) -> Iterator[str]:
    """Yield what holds for several fields: when null, which keys are always there, and that there are no others."""
    if any(found.nullable for found in entries):
        yield evidence.words("null_policy")
    required = list(dict.fromkeys(place.name for place in places if place.required))
    if required and schema and set(fields_of(schema)) <= set(required_of(schema)):
        yield evidence.words("all_always")
    elif required:
        yield evidence.words("always_there", names=evidence.words.listed(required))
    if schema and "additional" in rules:
        yield evidence.words("no_other_keys", names=evidence.words.listed(fields_of(schema)))


def _faults(one: Failed) -> Iterator[tuple[str, str]]:
    """Yield place and rule of each field that a failure names."""
    for locus in dict.fromkeys([one.locus, *(found.locus for found in one.findings if found.locus)]):
        place, _, rule = locus.rpartition(":")
        tool = not place.startswith("/") and place.count(":") == 1
        if (place.startswith("/") or tool) and place.replace(":", "/").rpartition("/")[2] not in {"", "*"}:
            yield place, rule


def _rules(evidence: Evidence, place: str) -> list[str]:
    clues = evidence.tally(lambda one: (rule for found, rule in _faults(one) if found == place))
    return [clue.what for clue in clues]


def _told(clue: Clue, rules: Sequence[str]) -> Clue:
    return Clue(f"{_name(clue.what)}: {', '.join(rules)}", clue.failures, clue.event_ids)


def _named(clues: Sequence[Clue]) -> list[Clue]:
    return [Clue(_name(clue.what), clue.failures, clue.event_ids) for clue in clues]


def _name(place: str) -> str:
    return place.removeprefix("/").replace("/", ".").replace(":", ".").replace(".*.", ".")


def _references(evidence: Evidence, place: str) -> list[Any]:
    """Return what the expected answers say at a place of the top level."""
    name = place.removeprefix("/")
    answers = [one.event.reference for one in evidence.failed]
    return [answer[name] for answer in answers if isinstance(answer, dict) and name in answer]


def _marks(entries: Mapping[str, Entry]) -> tuple[str, ...]:
    kinds: dict[str, list[str]] = {}
    for found in entries.values():
        for mark in found.marks:
            kinds.setdefault(mark, []).append(found.name)
    return tuple(
        f"The {kind} of {', '.join(names)} stands neither in the schema nor in the template: fill the marked places in."
        for kind, names in kinds.items()
    )


def _schema(
    evidence: Evidence,
    schema: Mapping[str, Any],
    places: Mapping[str, Place],
    rules: Mapping[str, Sequence[str]],
    entries: Mapping[str, Entry],
) -> dict[str, Any]:
    """Return the schema with descriptions and required fields that are proved, or nothing where it says all that."""
    notes = {places[what].path: found.note for what, found in entries.items() if what.startswith("/")}
    absent = [places[what].path for what, found in rules.items() if "required" in found and what.startswith("/")]
    revised = described(schema, notes, absent)
    return {} if revised == evidence.template.output_schema else {"output_schema": revised}


def _labels(evidence: Evidence) -> Draft:
    """Return the list of permitted labels, where the expected answers are labels that the template itself names."""
    unknown = evidence.tally(lambda one: [one.locus] if one.locus == "label:unknown" else [])
    words = every_word(evidence.template).lower()
    expected = [one.event.reference for one in evidence.failed if isinstance(one.event.reference, str)]
    labels = sorted({label for label in expected if len(label) <= _LONGEST_LABEL and label.lower() in words})
    if not unknown or not 1 < len(labels) <= _MOST_LABELS:
        return Draft(missing=(_NOT_NAMED,))
    clause = evidence.words("labels", values=evidence.words.listed(labels))
    return Draft(
        changes=with_clause(evidence.template, clause),
        clues=(Clue("label outside the permitted ones", unknown[0].failures, unknown[0].event_ids),),
        missing=("The labels are those that the expected answers name: add those that no failure needed.",),
        summary=f"Closed list of the permitted labels: {', '.join(labels)}.",
    )
