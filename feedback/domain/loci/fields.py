"""Fields: the field that was filled otherwise than meant, and the rule that it breaks."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feedback.domain.json_schema import read_json
from feedback.domain.loci.names import known_field, known_tool, required_names, words_of
from feedback.domain.loci.seen import Seen
from feedback.domain.loci.values import odd, rule_of_value, stands_for_nothing
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.measure import words

__all__ = ["Filled", "field_place", "filled"]

_RULES = {
    "required": "required", "type": "type", "enum": "enum", "additional": "additional", "unknown_argument": "additional"
}  # fmt: skip
_CATEGORY = "field_definition_ambiguity"
_SCHEMA = ("schema.", "tool.enum", "tool.type", "tool.format", "tool.unknown_argument")
_REPORTED = tuple(f"reported.{kind}" for kind in ("required", "type", "enum", "format", "range", "additional"))
_COMPARED = ("reference.other_form", "structure.label_unknown")
_SAID = Vocabulary(
    required="missing | left out | leaves out | omitted | omits | lacks | absent | dropped | renamed | wrong key | another key | under the key"
    " | fehlt | fehlen | manque | manquant* | falta | faltan | 缺少 | 缺失 | 漏了 | 欠落 | 누락",
    null="null | nullable | blank | left empty | leave empty | empty string | leer | vide | vacío | vacía | 留空 | 空值 | 为空 | 空欄 | 빈 값",
    type="string instead | number instead | as a string | as string | as text | as a number | array | boolean | datatype | data type"
    " | list instead | a list | integer | 数组 | 字符串 | 整数 | 类型 | 配列 | 문자열",
)
_LINE = re.compile(r"^[ \t>*-]*\**([^\W\d]\w{0,24}(?:[ _]\w{1,20}){0,2})\**[ \t]*[:：]\**[ \t]*(\S.*)$", re.MULTILINE)
_NAMED = re.compile(r"['\"`“]([a-z]{1,20}(?:_[a-z]{1,20}){0,4})['\"`”]")
_FEW_WORDS = 8
_MOST_FIELDS = 40
_LONGEST_VALUE = 100
_SHORT = 4


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields of an answer; `start` is what a place in it starts with: `/`, or the tool that was called."""

    start: str
    fields: Mapping[str, Any]


def field_place(seen: Seen) -> str | None:
    """
    Return `/field:rule` (of a call `tool:field:rule`) of the field at fault.

    The field is the one that a schema or a validator names, else the one that the remarks, the reference and the values point
    to, `*` where the template does not name it. The rule is `required`, `additional`, `null` and `type`, `enum` where a schema
    lists the values, else `value`. A bare label is `label:unknown`.
    """
    stated = _stated(seen)
    place, _, rule = stated.rpartition(":")
    if place == "label":
        return "label:unknown"
    if place and "*" not in place:
        return f"{place}:{_rule(seen, _at(seen, place), rule)}"
    answer = filled(seen)
    if not answer.fields:
        return _without_fields(seen, place, rule)
    absent = _absent(seen, answer.fields, rule)
    if absent:
        return f"{answer.start}{absent}:required"
    name = _at_fault(seen, answer.fields, rule)
    known = known_field(seen, name, len(answer.fields))
    return f"{answer.start}{known}:{_rule(seen, answer.fields.get(name, ...), rule)}"


def filled(seen: Seen) -> Filled:
    """Return the fields of the answer: of its JSON object or the first of a list, its first call, or lines `Name: value`."""
    value = seen.value
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        return Filled("/", dict(list(value.items())[:_MOST_FIELDS]))
    for call in seen.calls:
        try:
            arguments = read_json(call.function.arguments)
        except ValueError:
            continue
        if isinstance(arguments, dict):
            return Filled(f"{known_tool(seen, call.function.name)}:", arguments)
    lines = _LINE.findall(seen.answer.raw)
    return Filled("/", {key.lower().replace(" ", "_"): inner.strip() for key, inner in lines} if len(lines) > 1 else {})


def _stated(seen: Seen) -> str:
    """Return the locus that a rule names, one whole before one with `*`, `additional` only where nothing else is."""
    ranked = [one for starts in (_SCHEMA, _REPORTED, _COMPARED) for one in seen.found(*starts)]
    found = [one.locus or "" for one in ranked if one.category == _CATEGORY and one.locus != "reference:form"]
    surplus = ("additional", "unknown_argument")
    tests: tuple[Callable[[str], bool], ...] = (
        lambda locus: not locus.endswith(surplus) and "*" not in locus and locus[0] != ":",
        lambda locus: not locus.endswith(surplus),
        bool,
    )
    locus = next((locus for test in tests for locus in found if test(locus)), ":")
    place, _, rule = locus.rpartition(":")
    return f"{place}:{_RULES.get(rule, '')}"


def _rule(seen: Seen, value: Any, stated: str) -> str:
    if stated in {"required", "additional"}:
        return stated
    spoken = stated or _SAID.best(seen.said)
    if value is ...:
        return spoken or "value"
    rule = rule_of_value(value)
    if rule == "value" and spoken in {"null", "type"}:
        return spoken
    return "enum" if rule == "value" and seen.found("schema.enum", "tool.enum") and stated == "enum" else rule


def _at(seen: Seen, place: str) -> Any:
    """Return what stands at `place` ("/items/*/unit", "tool:name"), of lists the first item, or `...`."""
    answer = filled(seen)
    if not place.startswith("/"):
        return answer.fields.get(place.partition(":")[2], ...)
    value: Any = seen.value
    for part in place.split("/")[1:]:
        if isinstance(value, list):
            value = value[0] if value else ...
        if not isinstance(value, dict) or part not in value:
            return ...
        value = value[part]
    return value


def _without_fields(seen: Seen, place: str, rule: str) -> str | None:
    if seen.answer and words(seen.answer.full) <= _FEW_WORDS:
        return "label:unknown"
    if place or rule or seen.answer:
        return f"{place or '/*'}:{rule or 'value'}"
    return None


def _absent(seen: Seen, fields: Mapping[str, Any], rule: str) -> str | None:
    """Return the name of a field that is not there: a report says so, or the remarks quote it and the template knows it."""
    if rule != "required" and (rule or _SAID.best(seen.said) != "required"):
        return None
    quoted = (name for name in _NAMED.findall(seen.remarks) if known_field(seen, name, _MOST_FIELDS) != "*")
    return next((name for name in (*required_names(seen.reports), *quoted) if name not in fields), None)


def _at_fault(seen: Seen, fields: Mapping[str, Any], rule: str) -> str:
    """Return the field that most points to, the first of several, or `*`."""
    said = f" {' '.join(words_of(seen.remarks))} "
    points = {name: sum(_points(seen, name, value, said, rule)) for name, value in fields.items()}
    best = max(points, key=lambda name: points[name])
    return best if points[best] or len(fields) == 1 else "*"


def _points(seen: Seen, name: str, value: Any, said: str, rule: str) -> Iterator[int]:
    if f" {' '.join(words_of(name))} " in said:
        yield 3
    if (
        isinstance(value, (str, int, float))
        and not isinstance(value, bool)
        and _quoted(str(value), seen.remarks.lower())
    ):
        yield 3
    reference = seen.event.reference
    if isinstance(reference, dict) and name in reference and reference[name] != value:
        yield 3
    spoken = rule or _SAID.best(seen.said)
    if (spoken == "null" and stands_for_nothing(value)) or (spoken == "type" and isinstance(value, (list, dict))):
        yield 2
    if odd(name, value):
        yield 2


def _quoted(value: str, said: str) -> bool:
    """Tell whether a value that tells something stands in the remarks by itself."""
    value = value.strip().lower()
    if not value or len(value) > _LONGEST_VALUE:
        return False
    if len(value) < _SHORT and value.isalpha():
        return f"'{value}'" in said or f'"{value}"' in said
    start = said.find(value)
    while start >= 0:
        if not (_joined(said[:start][-2:][::-1], value[0]) or _joined(said[start + len(value) :][:2], value[-1])):
            return True
        start = said.find(value, start + 1)
    return False


def _joined(beside: str, edge: str) -> bool:
    """Tell whether the signs next to an edge of a value, the nearest first, go on with the same word or number."""
    if edge.isdigit():
        return beside[:1].isdigit() or (beside[:1] in {".", ","} and beside[1:].isdigit())
    return edge.isascii() and edge.isalpha() and beside[:1].isascii() and beside[:1].isalpha()
