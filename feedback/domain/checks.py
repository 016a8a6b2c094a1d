"""Regression checks: small questions about a response that a program can answer (contract, section 7)."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Literal

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

from feedback.domain import measure
from feedback.domain.canonical import canonical_json
from feedback.domain.failure import Response
from feedback.errors import Fault, InvalidInput

__all__ = ["CHECK_TYPES", "Outcome", "argument_fault", "decide", "is_placeholder", "read_json", "schema_errors"]

Outcome = Literal["pass", "fail", "undecided"]


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


# JSON Schema, against hostile schemas: no fetching, no costly patterns, and a bound on the steps taken.

_MAX_SCHEMA = 20_000
_MAX_STEPS = 20_000
_MAX_ERRORS = 30
_MAX_PATTERN = 300
_UNKNOWN_COST = 10**9
_steps: ContextVar[list[int]] = ContextVar("schema_steps")
_QUANTIFIED_GROUP = re.compile(r"[+*?}][^()]*\)[+*{]|\|[^()]*\)[+*{]|\)\)[+*{]|\\[1-9]|\(\?P=")
_QUANTIFIER = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d{1,4})(?:(,)(\d{0,4}))?\}|(\(\?)|([?*+])[?+]?", re.DOTALL
)


class _TooCostlyError(Exception):
    pass


def _pattern_cost(pattern: str, length: int) -> int:
    """Return a bound on the steps of a search through `length` characters, very large where it cannot be told."""
    if len(pattern) > _MAX_PATTERN or _QUANTIFIED_GROUP.search(pattern):
        return _UNKNOWN_COST
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
    if isinstance(instance, str) and _pattern_cost(pattern, len(instance)) <= _MAX_STEPS * 10:
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
        draft.check_schema(schema)
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


# Arguments of tool calls.

_PLACEHOLDER = re.compile(
    r"unknown|n/?a|n\.a\.|none|null|nil|tb[da]|todo|undefined|string|value|placeholder|unspecified|missing|dummy"
    r"|not (?:provided|specified|available|given|known|set)|x{3,40}|\*{1,40}|-{1,40}|\?{1,40}|\.{3,40}|…"
    r"|(?:your|my|some|insert|enter)[_ -][\w -]{1,40}|<[^<>]{0,60}>|\{\{?[^{}]{0,60}\}\}?|\[[^\[\]]{0,60}\]"
    r"|city, ?(?:state|country)|first ?name|last ?name|first last|full name|(?:john|jane) doe|street address"
    r"|0{2,40}(?:[-/. ]0{1,40}){0,6}|0(?:[-/.]0{1,4}){2,6}|123456(?:7(?:8(?:90?)?)?)?|123-?456-?7890"
    r"|(?:example|user|test|name|email|your\.?e?mail|you|someone|john\.?doe)@(?:example|domain|e?mail|test)\.[a-z]{2,4}"
    r"|y{4}[-/.]mm?[-/.]dd?|dd?[-/.]mm?[-/.]y{4}|mm?[-/.]dd?[-/.]y{4}|hh:mm(?::ss)?"
    r"|未知|不详|无|待定|未提供|暂无|未填写|空|不明|未定|미정|없음|알 수 없음|unbekannt|k\. ?a\.|keine angabe"
    r"|inconnue?|non précisé|desconocid[oa]|no especificado"
)
_LONGEST_PLACEHOLDER = 70
_ID_LIKE = re.compile(r"(?:^|_)(?:id|ids|number|no|num|phone|zip|code|postcode)$|[a-z]Id$|[a-z]Number$")


def is_placeholder(value: Any, name: str = "") -> bool:
    """Tell whether `value` stands for a value nobody gave; of numbers only a zero for a parameter named like an id."""
    if isinstance(value, str):
        text = value.strip().lower()
        return len(text) <= _LONGEST_PLACEHOLDER and _PLACEHOLDER.fullmatch(text) is not None
    return value == 0 and not isinstance(value, bool) and _ID_LIKE.search(name) is not None


def argument_fault(arguments: Mapping[str, Any], name: str) -> Literal["missing", "empty", "placeholder"] | None:
    """Return how the argument `name` fails to give a value, or None where it gives one."""
    if name not in arguments:
        return "missing"
    value = arguments[name]
    if value is None or value in ([], {}) or (isinstance(value, str) and not value.strip()):
        return "empty"
    return "placeholder" if is_placeholder(value, name) else None


# The checks. Each takes the check and the response, and tells whether it passes; None is "undecided".


def _is_json(_: Mapping[str, Any], response: Response) -> bool:
    try:
        read_json(_content(response))
    except ValueError:
        return False
    return True


def _json_schema(check: Mapping[str, Any], response: Response) -> bool | None:
    try:
        value = read_json(_content(response))
    except ValueError:
        return False
    errors = schema_errors(check["schema"], value)
    return None if errors is None else not errors


def _required_tool_parameters(check: Mapping[str, Any], response: Response) -> bool:
    calls = [call.function for call in response.tool_calls or () if call.function.name == check["tool"]]
    return bool(calls) and not any(_lacks(call.arguments, check["parameters"]) for call in calls)


def _lacks(arguments_json: str, names: list[str]) -> bool:
    try:
        arguments = read_json(arguments_json)
    except ValueError:
        return True
    return not isinstance(arguments, dict) or any(argument_fault(arguments, name) for name in names)


def _matches(check: Mapping[str, Any], response: Response) -> bool | None:
    content = _content(response)
    if _pattern_cost(check["pattern"], len(content)) > 10**7:
        return None
    return re.search(check["pattern"], content) is not None


def _equals(check: Mapping[str, Any], response: Response) -> bool:
    expected, content = check["value"], _content(response).strip()
    if isinstance(expected, str) and content == expected.strip():
        return True
    try:
        return canonical_json(read_json(content)) == canonical_json(expected)
    except ValueError:
        return False


def _key_order(check: Mapping[str, Any], response: Response) -> bool:
    try:
        value = read_json(_content(response))
    except ValueError:
        return False
    return isinstance(value, dict) and [key for key in value if key in check["keys"]] == list(check["keys"])


def _only_structure(check: Mapping[str, Any], response: Response) -> bool:
    content = _content(response).strip()
    lines = [line for line in content.splitlines() if line.strip()]
    match check["format"]:
        case "json":
            return _is_json(check, response)
        case "table":
            return bool(lines) and all("|" in line for line in lines)
        case "list":
            indented = (line.startswith((" ", "\t")) for line in lines)
            return (
                bool(lines)
                and measure.is_list_item(lines[0])
                and all(measure.is_list_item(line) or deeper for line, deeper in zip(lines, indented, strict=True))
            )
        case _:
            return (
                content.startswith("```")
                and content.endswith("```")
                and content.count("```") == len(("opening", "closing"))
            )


def _language(check: Mapping[str, Any], response: Response) -> bool | None:
    expected = check["language"].lower().replace("_", "-").split("-")[0]
    found = measure.language(measure.Text(_content(response)))
    return None if found is None or expected not in measure.LANGUAGES else found == expected


def _complies(_: Mapping[str, Any], response: Response) -> bool:
    content = measure.Text(_content(response))
    return bool(content or response.tool_calls) and not measure.refuses(content)


def _content(response: Response) -> str:
    return response.content or ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_limit(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(map(_is_text, value))


def _is_pattern(value: Any) -> bool:
    try:
        return _is_text(value) and len(value) <= _MAX_PATTERN and bool(re.compile(value))
    except (re.error, RecursionError, OverflowError):
        return False


def _is_format(value: Any) -> bool:
    return value in ("json", "table", "list", "code_block")


_Decider = Callable[[Mapping[str, Any], Response], bool | None]
_CHECKS: dict[str, tuple[dict[str, Callable[[Any], bool]], _Decider]] = {
    "is_json": ({}, _is_json),
    "json_schema": ({"schema": lambda value: isinstance(value, Mapping)}, _json_schema),
    "required_tool_parameters": ({"tool": _is_text, "parameters": _is_names}, _required_tool_parameters),
    "calls_tool": ({"tool": _is_text}, lambda c, r: any(t.function.name == c["tool"] for t in r.tool_calls or ())),
    "no_tool_call": ({}, lambda _, r: not r.tool_calls),
    "contains": ({"text": _is_text}, lambda c, r: c["text"] in _content(r)),
    "not_contains": ({"text": _is_text}, lambda c, r: c["text"] not in _content(r)),
    "matches": ({"pattern": _is_pattern}, _matches),
    "equals": ({"value": lambda _: True}, _equals),
    "min_words": ({"limit": _is_limit}, lambda c, r: measure.words(_content(r)) >= c["limit"]),
    "max_words": ({"limit": _is_limit}, lambda c, r: measure.words(_content(r)) <= c["limit"]),
    "max_characters": ({"limit": _is_limit}, lambda c, r: measure.characters(_content(r)) <= c["limit"]),
    "key_order": ({"keys": _is_names}, _key_order),
    "only_structure": ({"format": _is_format}, _only_structure),
    "language": ({"language": _is_text}, _language),
    "asks_question": ({}, lambda _, r: measure.asks_question(_content(r))),
    "refuses": ({}, lambda _, r: measure.refuses(measure.Text(_content(r)))),
    "complies": ({}, _complies),
    "rubric": ({"question": _is_text}, lambda _, __: None),
}

CHECK_TYPES = tuple(_CHECKS)
"""Every check type, in the order of the contract."""

_OUTCOMES: dict[bool | None, Outcome] = {True: "pass", False: "fail", None: "undecided"}


def decide(check: Mapping[str, Any], response: Response) -> Outcome:
    """
    Return whether `response` passes `check`, an object `{"type": ..., <parameters>}`.

    "undecided" needs a judge, or lies beyond what the program can tell.

    Raises:
        InvalidInput: The type is unknown, or a parameter is missing, wrong or too many.
    """
    kind = check.get("type")
    if not isinstance(kind, str) or kind not in _CHECKS:
        raise InvalidInput(Fault("type", f"{kind!r} is no check type: one of {', '.join(CHECK_TYPES)}"))
    parameters, decider = _CHECKS[kind]
    faults = [Fault(name, "missing or wrong") for name, is_right in parameters.items() if not is_right(check.get(name))]
    faults += [Fault(str(name), f"no parameter of {kind}") for name in check if name not in {"type", *parameters}]
    if "value" in parameters and "value" not in check:
        faults.append(Fault("value", "missing or wrong"))
    if faults:
        raise InvalidInput(*faults)
    return _OUTCOMES[decider(check, response)]
