"""One entry of a field dictionary, made of what is proved of the field; what is not is marked or left out."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.domain.revision.schema_parts import description_of, types_of, values_of
from feedback.domain.revision.schemas import Place
from feedback.domain.revision.wording import Wording

__all__ = ["Entry", "entry"]

_UNITS = {
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "usd": "USD", "gbp": "GBP", "cny": "CNY", "percent": "%", "pct": "%", "kg": "kg",
    "km": "km", "cm": "cm", "mm": "mm", "ms": "ms", "kwh": "kWh", "celsius": "°C",
}  # fmt: skip
_TIMES = {
    "seconds": "s", "minutes": "min", "hours": "h", "days": "d", "weeks": "wk", "months": "mo", "years": "yr"
}  # fmt: skip
_NUMERIC = {"number", "integer"}
_LONGEST_EXAMPLE = 60
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """The line of a field, the kinds of what is marked in it, and what of it belongs in the schema's description."""

    name: str
    line: str
    marks: tuple[str, ...]
    note: str
    nullable: bool


def entry(words: Wording, place: Place, rules: Sequence[str], shown: Any, expected: Sequence[Any]) -> Entry:
    """
    Return the entry of a field.

    Args:
        words: The words of the template's language.
        place: The field and what a schema says of it.
        rules: The rules that were broken; they decide what is said beyond the schema.
        shown: The value that the demonstration holds, of the whole answer.
        expected: What expected answers hold at this place; a permitted one may become the example.
    """
    meaning, marks = _meaning(words, place)
    unit, unit_marks = _unit(words, place, rules)
    null, never = _null(words, place, rules)
    example = _example(place, shown, expected)
    parts = [*meaning, *_form(words, place), *unit, *null]
    parts += [words("always")] if place.required is None and "required" in rules else []
    parts += [words("example", value=_json(example))] if example is not ... else []
    line = f"- {place.name}{words('colon')}{words.sentence(parts)}"
    noted = [*([] if unit_marks else unit), *([] if never else [words("null_note")])]
    return Entry(place.name, line, (*marks, *unit_marks), "; ".join(noted), nullable=not never)


def _meaning(words: Wording, place: Place) -> tuple[list[str], tuple[str, ...]]:
    said = description_of(place.schema)
    key = "fill_values" if len(values_of(place.schema)) > _SEVERAL else "fill_meaning"
    return ([said], ()) if said else ([words(key, name=place.name)], ("meaning",))


def _form(words: Wording, place: Place) -> Iterator[str]:
    schema = place.schema or {}
    values = [value for value in values_of(schema) if value is not None]
    if values:
        yield words("one_of", values=words.listed(_json(value) for value in values))
        return
    for kind in sorted(types_of(place.schema) - {"null"}):
        if words.has(f"type_{kind}"):
            yield words(f"type_{kind}")
    if isinstance(schema.get("pattern"), str):
        yield words("pattern", pattern=schema["pattern"])
    if isinstance(schema.get("format"), str):
        yield words("format", format=schema["format"])


def _unit(words: Wording, place: Place, rules: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    if place.schema is not None and not types_of(place.schema) & _NUMERIC:
        return [], ()
    for part in place.path[-1].lower().split("_"):
        if part in _UNITS or part in _TIMES:
            return [words("unit", unit=_UNITS.get(part) or words(f"unit_{_TIMES[part]}"))], ()
    bare = place.schema is not None and not description_of(place.schema)
    if bare and {"value", "type", "range", "form"} & set(rules):
        return [words("fill_unit", name=place.name)], ("unit",)
    return [], ()


def _null(words: Wording, place: Place, rules: Sequence[str]) -> tuple[list[str], bool]:
    """Return what is said of null, and whether the schema does not permit it, as far as it tells."""
    if "null" in types_of(place.schema) or None in values_of(place.schema):
        return [words("null_allowed")], False
    if place.schema is not None and types_of(place.schema):
        return ([words("null_never")] if {"null", "required", "type"} & set(rules) else []), True
    return ([words("fill_null", name=place.name)] if {"null", "required"} & set(rules) else []), True


def _example(place: Place, shown: Any, expected: Sequence[Any]) -> Any:
    """Return an example that the schema or the template holds, else an expected value that is a permitted one, or `...`."""
    schema = place.schema or {}
    listed = schema.get("examples")
    if isinstance(listed, list) and listed:
        return listed[0]
    for part in place.path:
        shown = shown.get(part, ...) if isinstance(shown, dict) else ...
    if isinstance(shown, (str, int, float)) and len(str(shown)) <= _LONGEST_EXAMPLE:
        return shown
    permitted = [value for value in values_of(schema) if value is not None]
    return next((value for value in expected if value in permitted), permitted[0] if permitted else ...)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
