"""Regression checks: small questions about a response that a program can answer (contract, section 7)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from feedback.domain import measure
from feedback.domain.arguments import argument_fault
from feedback.domain.canonical import canonical_json
from feedback.domain.failure import Response
from feedback.domain.json_schema import MAX_PATTERN, pattern_cost, read_json, schema_errors
from feedback.errors import Fault, InvalidInput

__all__ = ["CHECK_TYPES", "Outcome", "decide"]

Outcome = Literal["pass", "fail", "undecided"]

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
    if pattern_cost(check["pattern"], len(content)) > 10**7:
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
        return _is_text(value) and len(value) <= MAX_PATTERN and bool(re.compile(value))
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
