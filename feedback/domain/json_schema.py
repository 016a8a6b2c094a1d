"""JSON Schema against hostile schemas and values: nothing is fetched, no pattern is costly, and steps are bounded."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from jsonschema import (
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
    FormatChecker,
)
from jsonschema import validators as factory
from jsonschema.exceptions import SchemaError, UnknownType, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

from feedback.domain.canonical import canonical_json

__all__ = ["MAX_PATTERN", "pattern_cost", "read_json", "schema_errors"]

MAX_PATTERN = 300
"""Longest regular expression that is run."""
_MAX_SCHEMA = 20_000
_MAX_STEPS = 20_000
_MAX_ERRORS = 30
_UNKNOWN_COST = 10**9
_steps: ContextVar[list[int]] = ContextVar("schema_steps")
_LITERAL = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:[:=!]|<[=!])", re.DOTALL)
_REPEATED_GROUP = re.compile(r"[+*?{|].*\)[+*{]", re.DOTALL)
_BACK_REFERENCE = re.compile(r"\\[1-9]|\(\?P=")
_QUANTIFIER = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d{1,4})(?:(,)(\d{0,4}))?\}|(\(\?)|([?*+])[?+]?", re.DOTALL
)


class _TooCostlyError(Exception):
    pass


def pattern_cost(pattern: str, length: int) -> int:
    """Return a bound on the steps of a search through `length` characters, very large where it cannot be told."""
    if (
        len(pattern) > MAX_PATTERN
        or _BACK_REFERENCE.search(pattern)
        or _REPEATED_GROUP.search(_LITERAL.sub("", pattern))
    ):
        return _UNKNOWN_COST  # a choice inside what is repeated may cost without bound
    cost = length + 1
    for low, comma, high, group, sign in _QUANTIFIER.findall(pattern):
        if group or not (low or sign):
            continue
        if sign == "?":
            cost *= 2
        elif sign or (comma and not high):
            cost *= length + 1
        elif comma:
            cost *= max(int(high) - int(low), 0) + 1
    return cost


def _pattern(_: Any, pattern: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and pattern_cost(pattern, len(instance)) <= _MAX_STEPS * 10:
        try:
            if not re.search(pattern, instance):
                yield ValidationError(f"{instance!r} does not match {pattern!r}")
        except re.error:
            return


def _ignored(*_: Any) -> None:
    """Accept everything: keywords whose cost cannot be bounded."""


def _counted(keyword: Callable[..., Any]) -> Callable[..., Any]:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        steps = _steps.get()
        steps[0] -= 1
        if isinstance(instance, (list, dict)):
            steps[0] -= len(instance)
        if steps[0] < 0:
            raise _TooCostlyError
        return keyword(validator, value, instance, schema)

    return check


_KEYWORDS: dict[str, Callable[..., Any]] = {
    "pattern": _pattern, "patternProperties": _ignored, "uniqueItems": _ignored,
    "unevaluatedProperties": _ignored, "unevaluatedItems": _ignored,
}  # fmt: skip


def _bounded(draft: Any) -> Any:
    keywords = {**draft.VALIDATORS, **{name: f for name, f in _KEYWORDS.items() if name in draft.VALIDATORS}}
    extend: Any = factory.extend  # untyped in jsonschema
    return extend(draft, {name: _counted(keyword) for name, keyword in keywords.items()})


_DRAFTS = {
    str(draft.META_SCHEMA.get("$id") or draft.META_SCHEMA["id"]).rstrip("#"): _bounded(draft)
    for draft in (Draft4Validator, Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator)
}
_DRAFT_4 = str(Draft4Validator.META_SCHEMA["id"]).rstrip("#")
_NEWEST = _DRAFTS[Draft202012Validator.META_SCHEMA["$id"]]
_FORMATS = FormatChecker(("date", "email", "uuid", "ipv4", "ipv6"))
_UNUSABLE = (
    SchemaError, UnknownType, Unresolvable, _TooCostlyError, re.error, ValueError, TypeError, KeyError, AttributeError,
    ArithmeticError, RecursionError,
)  # fmt: skip
_NOTHING_REMOTE: Registry[Any] = Registry()


@lru_cache(maxsize=256)
def _compiled(schema_json: str) -> Any | None:
    schema = json.loads(schema_json)
    draft = _DRAFTS.get(str(schema.get("$schema", "")).rstrip("#"), _NEWEST)
    try:
        # the meta-schema of draft 7 finds what breaks later drafts too, in a fifth of the time of theirs
        (Draft4Validator if draft is _DRAFTS[_DRAFT_4] else Draft7Validator).check_schema(schema)
        if _has_pattern_properties(schema):  # they decide what is "additional", so leaving them out would lie
            return None
        return draft(schema, registry=_NOTHING_REMOTE, format_checker=_FORMATS)
    except _UNUSABLE:
        return None


def _has_pattern_properties(schema: Any) -> bool:
    if isinstance(schema, dict):
        return "patternProperties" in schema or any(map(_has_pattern_properties, schema.values()))
    return isinstance(schema, list) and any(map(_has_pattern_properties, schema))


def schema_errors(schema: Mapping[str, Any], value: Any) -> tuple[ValidationError, ...] | None:
    """
    Return what `schema` finds wrong with `value`, the first 30 errors, or None where the schema cannot be used.

    A schema cannot be used when it is broken or over 20,000 characters, refers to something outside itself, uses
    `patternProperties`, or needs too many steps on this value. A costly `pattern` is skipped.
    """
    try:
        schema_json = canonical_json(schema)
        validator = _compiled(schema_json) if len(schema_json) <= _MAX_SCHEMA else None
        if validator is None:
            return None
        token = _steps.set([_MAX_STEPS])
        try:
            return tuple(error for error, _ in zip(validator.iter_errors(value), range(_MAX_ERRORS), strict=False))
        finally:
            _steps.reset(token)
    except _UNUSABLE:
        return None


def read_json(text: str) -> Any:
    """
    Return the JSON value that `text` is.

    Raises:
        ValueError: The text is no JSON (`NaN` and `Infinity` are none), or too deep or too large a number to read.
    """
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        message = "nested too deep"
        raise ValueError(message) from None


def _no_constant(name: str) -> Any:
    message = f"{name} is no JSON"
    raise ValueError(message)
