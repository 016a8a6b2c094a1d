"""Tools: what a call lacks, makes up or gets wrong, and calls that were not made."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from feedback.classification.evidence.schema import faults, property_names
from feedback.classification.evidence.view import View, finding, known_name, squeezed
from feedback.domain.arguments import argument_fault
from feedback.domain.failure import CalledFunction
from feedback.domain.finding import Finding
from feedback.domain.json_schema import read_json, schema_errors
from feedback.domain.measure import Pattern, Text

__all__ = ["RULES", "find"]

RULES = (
    "tool.arguments_invalid", "tool.asked_instead", "tool.empty", "tool.enum", "tool.format",
    "tool.in_dialogue_not_passed",
    "tool.missing", "tool.placeholder", "tool.reported_missing", "tool.type", "tool.unknown_argument",
    "tool.unknown_tool",
    "tool.value_not_given",
)  # fmt: skip
_LACKING = "missing_tool_parameters"
_FIELD = "field_definition_ambiguity"
_MOST_CALLS = 10
_TELLING = re.compile(
    r"(?:^|_)(?:id|number|no|city|town|location|place|address|street|name|email|phone|order|account|customer|booking"
    r"|reservation|invoice|ticket|patient|origin|destination|country|recipient|date|day)(?:$|_)"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ID = re.compile(r"(?=[\w-]*\d)[\w-]{4,40}")
_ALNUM = re.compile(r"[^\W_]+")
_LONGEST_VALUE = 200
_SHORT = 3
_TELLS_LITTLE = 8
_SAMPLE = re.compile(
    r"(?:e\.g\.|for example|such as|example:|z\. ?b\.|beispiel:|p\. ?ej\.|par ex\.|例如|如|例:)[,:]?\s*[\"'`「“]?([^\"'`,;.)」”]{2,40})"
)
_REPORTED = Pattern(
    "missing required argument parameter parameters arguments",
    r"missing \d{1,3} required (?:positional|keyword-only) arguments?:(?P<many>[^\n]{1,200})",
    r"missing (?:\w+ )?(?:required )?(?:argument|parameter|arg|param)s?(?: for)?[\s:]+[\"'`(]?(?P<one>\w{1,60})",
    r"required (?:argument|parameter)s? [\"'`]?(?P<two>\w{1,60})[\"'`]? (?:is |was |are )?(?:missing"
    r"|not (?:provided|given|set))",
    r"(?:argument|parameter)s? [\"'`]?(?P<three>\w{1,60})[\"'`]? (?:is |was )?(?:missing|required|not provided)",
    r"[\"'](?P<property>\w{1,60})[\"'] is a required property",
)
_QUOTED = re.compile(r"['\"`](\w{1,60})['\"`]")


def find(view: View) -> Iterator[Finding]:
    """Yield what is wrong with the calls, or with making none."""
    calls = (view.response.tool_calls or ()) if view.response else ()
    seen: set[str | None] = set()
    for index, call in enumerate(calls[:_MOST_CALLS]):
        for found in _call(view, call.function, f"response.tool_calls[{index}].function.arguments"):
            if found.locus not in seen:
                yield found
            seen.add(found.locus)
    if not calls and view.parameters and view.asks:
        yield from _asked_instead(view)
    yield from (found for found in _reported(view) if found.locus not in seen)


def _call(view: View, function: CalledFunction, where: str) -> Iterator[Finding]:
    known = frozenset(view.parameters)
    tool = known_name(function.name, known)
    schema = view.parameters.get(function.name)
    if known and schema is None:
        yield finding(
            "tool.unknown_tool", "unclear_task_boundary", f"no tool {function.name}", where, locus="*:*:unknown_tool"
        )
    required = _required(schema)
    try:
        arguments = read_json(function.arguments) if function.arguments.strip() else {}
    except ValueError as error:
        check = (
            {"type": "required_tool_parameters", "tool": function.name, "parameters": required} if required else None
        )
        yield finding(
            "tool.arguments_invalid",
            "output_format_violation",
            str(error),
            where,
            locus=f"{tool}:*:invalid",
            check=check,
        )
        return
    if schema is None or not isinstance(arguments, dict):
        return
    lacking = []
    for name in required:
        for found in _lacking(view, function.name, name, arguments, where):
            lacking.append(name)
            yield found
    yield from _against_schema(function.name, schema, arguments, where, frozenset(lacking))
    yield from _not_given(view, function.name, schema, arguments, where)


def _required(schema: Mapping[str, Any] | None) -> list[str]:
    required = (schema or {}).get("required")
    return [name for name in required if isinstance(name, str) and name] if isinstance(required, list) else []


def _property(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    properties = schema.get("properties")
    found = properties.get(name) if isinstance(properties, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _lacking(view: View, tool: str, name: str, arguments: Mapping[str, Any], where: str) -> Iterator[Finding]:
    spec, value = _property(view.parameters[tool], name), arguments.get(name)
    fault, check = argument_fault(arguments, name), None
    if fault == "placeholder" and (
        _permits(spec, value) or (len(str(value)) > _TELLS_LITTLE and _stands(view, str(value)))
    ):
        fault = None
    if fault == "empty" and _permits(spec, value):
        fault = None
    if fault:
        check = {"type": "required_tool_parameters", "tool": tool, "parameters": [name]}
    elif isinstance(value, str) and value.strip() and _is_sample(spec, value) and not _stands(view, value):
        fault = "placeholder"
    if not fault:
        return
    yield finding(
        f"tool.{fault}", _LACKING, f"{tool}.{name}: {value!r}", where, locus=f"{tool}:{name}:{fault}", check=check
    )
    given = next((text for text in view.earlier if _gives(text, name, spec)), None)
    if given:
        yield finding(
            "tool.in_dialogue_not_passed", _LACKING, f"{tool}.{name} was given", given.where,
            locus=f"{tool}:{name}:not_passed", check=check,
        )  # fmt: skip


def _permits(spec: Mapping[str, Any], value: object) -> bool:
    enum = spec.get("enum")
    nullable = value is None and (
        spec.get("type") == "null" or (isinstance(spec.get("type"), list) and "null" in spec["type"])
    )
    return nullable or (isinstance(enum, list) and value in enum)


def _is_sample(spec: Mapping[str, Any], value: str) -> bool:
    """Tell whether `value` is the sample in the description of its parameter."""
    description, low = spec.get("description"), value.strip().lower()
    samples = (
        [match[1].strip().lower() for match in _SAMPLE.finditer(str(description)[:500].lower())] if description else []
    )
    listed = spec.get("examples")
    samples += [str(sample).lower() for sample in listed] if isinstance(listed, list) else []
    return len(low) > 1 and low in samples


def _against_schema(
    tool: str, schema: Mapping[str, Any], arguments: Mapping[str, Any], where: str, lacking: frozenset[str]
) -> Iterator[Finding]:
    properties = schema.get("properties")
    known = frozenset(properties) if isinstance(properties, Mapping) else frozenset()
    unknown = [name for name in arguments if name not in known] if known else []
    if unknown and schema.get("additionalProperties", False) is False:
        yield finding(
            "tool.unknown_argument",
            _FIELD,
            f"{tool}: {', '.join(unknown[:5])}",
            where,
            locus=f"{tool}:*:unknown_argument",
        )
    errors = schema_errors(schema, arguments) or ()
    kinds = {"type": "type", "enum": "enum", "format": "format", "range": "format"}
    for locus, message in (faults(errors, property_names(schema)) if errors else {}).items():
        place, kind = locus.rsplit(":", 1)
        name = place.lstrip("/").replace("/", ".")
        if kind in kinds and name not in lacking:
            yield finding(
                f"tool.{kinds[kind]}", _FIELD, f"{tool}.{name}: {message}", where, locus=f"{tool}:{name}:{kind}"
            )


def _not_given(
    view: View, tool: str, schema: Mapping[str, Any], arguments: Mapping[str, Any], where: str
) -> Iterator[Finding]:
    """Yield values like ids, places and names that stand nowhere in the conversation."""
    for name in _required(schema)[:_MOST_CALLS]:
        value, spec = arguments.get(name), _property(schema, name)
        if (
            isinstance(value, str)
            and _TELLING.search(name.lower())
            and not argument_fault(arguments, name)
            and not (spec.get("enum") or "const" in spec or "default" in spec or _is_sample(spec, value))
            and _is_made_up(view, value)
        ):
            yield finding(
                "tool.value_not_given", "insufficient_context", f"{tool}.{name}: {value!r} stands nowhere", where,
                locus=f"{tool}:{name}:not_given", check=None if view.asks else {"type": "asks_question"},
            )  # fmt: skip


def _is_made_up(view: View, value: str) -> bool:
    low, said = value.strip().lower(), view.conversation
    if not said or not low.isascii() or len(low) > _LONGEST_VALUE:
        return False
    if _DATE.match(low):
        return not (any(map(str.isdigit, said)) or any(map(_DAYS.fits, view.users)))
    if _ID.fullmatch(low):
        return squeezed(low) not in view.squeezed
    parts = [part for part in _ALNUM.findall(low) if len(part) > _SHORT]
    return bool(parts) and not any(part[:_SHORT] in said for part in parts)


_DAYS = Pattern(
    "today tomorrow tonight yesterday now next this week weekend day month monday tuesday wednesday thursday "
    "friday saturday "
    "sunday heute morgen gestern nächste nächsten woche montag dienstag mittwoch donnerstag freitag samstag "
    "sonntag hoy mañana "
    "ayer próximo próxima semana lunes martes miércoles jueves viernes sábado domingo aujourd demain hier "
    "prochain prochaine "
    "semaine lundi mardi mercredi jeudi vendredi samedi dimanche january february march april may june july "
    "august september "
    "october november december januar februar märz juni juli oktober dezember first second third christmas",
    "$",
)


def _stands(view: View, value: str) -> bool:
    low = value.strip().lower()
    return any(low in text.low for text in (*view.systems, *view.users, *view.results))


@lru_cache(maxsize=512)
def _statement(name: str) -> re.Pattern[str] | None:
    """Return how a user gives the value of a parameter: its word, and soon a number, a quotation or a code."""
    generic = {"id", "ids", "number", "no", "name", "code", "value", "type", "the", "of", "is"}
    parts = [
        part
        for part in re.findall(r"[^\W_]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower())
        if part not in generic
    ]
    if not parts:
        return None
    return re.compile(
        rf"\b{re.escape(parts[-1])}\b[^.?!\n]{{0,25}}?(?:\b(?=\w{{0,12}}\d)\w{{2,}}|[\"'][^\"'\n]{{1,40}}[\"'])"
    )


def _gives(text: Text, name: str, spec: Mapping[str, Any]) -> bool:
    enum = spec.get("enum")
    if isinstance(enum, list):
        return any(isinstance(value, str) and len(value) >= _SHORT and value.lower() in text.words for value in enum)
    if "email" in name.lower():
        return re.search(r"\S@\w", text.low) is not None
    statement = _statement(name)
    return statement is not None and statement.search(text.low) is not None


def _asked_instead(view: View) -> Iterator[Finding]:
    """Yield a tool whose every required value the user gave, where the answer asks instead of calling it."""
    for tool, schema in list(view.parameters.items())[:_MOST_CALLS]:
        required = _required(schema)
        if required and all(_gives(view.last, name, _property(schema, name)) for name in required):
            yield finding(
                "tool.asked_instead", "unclear_task_boundary", f"{tool} could be called", "response.content",
                locus=f"{tool}:*:asked_instead", check={"type": "calls_tool", "tool": tool},
            )  # fmt: skip
            return


def _reported(view: View) -> Iterator[Finding]:
    """Yield the arguments that a runtime says it missed."""
    calls = (view.response.tool_calls or ()) if view.response else ()
    called = [call.function.name for call in calls if call.function.name in view.parameters]
    tools = called or list(view.parameters)
    for text in view.reports:
        for match in _REPORTED.finditer(text):
            if match["property"] and not (called or (tools and not view.request.output_schema)):
                continue
            names = _QUOTED.findall(match["many"]) if match["many"] else [next(filter(None, match.groups()))]
            for name in names[:_MOST_CALLS]:
                yield _missing(view, name, tools, called, text)


def _missing(view: View, name: str, tools: list[str], called: list[str], text: Text) -> Finding:
    owners = [tool for tool in tools if name in map(str.lower, _required(view.parameters[tool]))]
    tool = owners[0] if owners else "*"
    known = next((full for full in _required(view.parameters.get(tool)) if full.lower() == name), "*")
    lacks = tool in called and all(
        _lacks(call.function, known) for call in (view.response.tool_calls or () if view.response else ())
        if call.function.name == tool
    )  # fmt: skip
    check = {"type": "required_tool_parameters", "tool": tool, "parameters": [known]} if lacks else None
    return finding(
        "tool.reported_missing", _LACKING, text.full, text.where, locus=f"{tool}:{known}:missing", check=check
    )


def _lacks(function: CalledFunction, name: str) -> bool:
    try:
        arguments = read_json(function.arguments)
    except ValueError:
        return True
    return not isinstance(arguments, dict) or argument_fault(arguments, name) is not None
