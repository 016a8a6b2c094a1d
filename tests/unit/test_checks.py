"""Each check type, on responses that pass and that fail it; and checks that are no checks."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.arguments import argument_fault, is_placeholder
from feedback.domain.checks import CHECK_TYPES, decide
from feedback.domain.failure import Response
from feedback.domain.json_schema import read_json, schema_errors
from feedback.errors import InvalidInput


def said(content: str | None = None, **arguments: str) -> Response:
    """Build a response: words, and calls by tool with their arguments."""
    calls = [{"function": {"name": tool, "arguments": text}} for tool, text in arguments.items()]
    return Response.model_validate_json(json.dumps({"content": content, "tool_calls": calls or None}))


_NAMES = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
_PLACE = {"type": "required_tool_parameters", "tool": "weather", "parameters": ["city"]}


@pytest.mark.parametrize(
    ("check", "passing", "failing"),
    [
        ({"type": "is_json"}, said('{"a": 1}'), said('```json\n{"a": 1}\n```')),
        ({"type": "is_json"}, said("[1]"), said("[NaN]")),
        ({"type": "json_schema", "schema": _NAMES}, said('{"a": 1}'), said('{"a": "1"}')),
        ({"type": "json_schema", "schema": _NAMES}, said('{"a": 1}'), said("a: 1")),
        (_PLACE, said(weather='{"city": "Graz"}'), said("Where?")),
        (_PLACE, said(weather='{"city": "Graz"}'), said(weather="{}")),
        (_PLACE, said(weather='{"city": "Graz"}'), said(weather='{"city": " "}')),
        (_PLACE, said(weather='{"city": "Graz"}'), said(weather='{"city": "unknown"}')),
        (_PLACE, said(weather='{"city": "Graz"}'), said(weather="city=Graz")),
        ({"type": "calls_tool", "tool": "weather"}, said(weather="{}"), said("Sunny.", news="{}")),
        ({"type": "no_tool_call"}, said("Sunny."), said(weather="{}")),
        ({"type": "contains", "text": "12"}, said("It is 12."), said("It is 13.")),
        ({"type": "not_contains", "text": "12"}, said("It is 13."), said("It is 12.")),
        ({"type": "matches", "pattern": r"^\d{4}-\d\d$"}, said("2024-05"), said("May 2024")),
        ({"type": "equals", "value": "yes"}, said(" yes\n"), said("Yes, it is.")),
        ({"type": "equals", "value": {"a": 1}}, said('{ "a": 1 }'), said('{"a": 2}')),
        ({"type": "equals", "value": 1}, said("1"), said("true")),
        ({"type": "min_words", "limit": 2}, said("one two"), said("one")),
        ({"type": "max_words", "limit": 2}, said("one two"), said("one two three")),
        ({"type": "max_words", "limit": 3}, said("好的。"), said("没有问题")),
        ({"type": "max_characters", "limit": 3}, said("abc "), said("abcd")),
        ({"type": "key_order", "keys": ["a", "b"]}, said('{"a": 1, "c": 2, "b": 3}'), said('{"b": 1, "a": 2}')),
        ({"type": "key_order", "keys": ["a"]}, said('{"a": 1}'), said("[1]")),
        ({"type": "key_order", "keys": ["a"]}, said('{"a": 1}'), said("a")),
        ({"type": "only_structure", "format": "json"}, said("{}"), said("Here: {}")),
        ({"type": "only_structure", "format": "table"}, said("|a|b|\n|-|-|\n|1|2|"), said("Table:\n|a|b|")),
        ({"type": "only_structure", "format": "list"}, said("- a\n  more\n- b"), said("Here you are:\n- a")),
        ({"type": "only_structure", "format": "code_block"}, said("```py\nx\n```"), said("Run:\n```py\nx\n```")),
        ({"type": "language", "language": "de-AT"}, said("Das ist nicht für dich."), said("That is not for you.")),
        ({"type": "asks_question"}, said("Which city?"), said("Sunny.")),
        ({"type": "refuses"}, said("I cannot help with that."), said("Take a pin.")),
        ({"type": "complies"}, said("Take a pin."), said("I cannot help with that.")),
        ({"type": "complies"}, said(weather="{}"), said("")),
    ],
)
def test_a_check_tells_passing_from_failing(check: dict[str, Any], passing: Response, failing: Response) -> None:
    assert decide(check, passing) == "pass"
    assert decide(check, failing) == "fail"


@pytest.mark.parametrize(
    "check",
    [
        {"type": "rubric", "question": "Is it polite?"},
        {"type": "json_schema", "schema": {"$ref": "https://example.org/x"}},
        {"type": "matches", "pattern": "(a+)+$"},
        {"type": "matches", "pattern": "((a+)b?)+$"},
        {"type": "matches", "pattern": "(?:a|a)*$"},
        {"type": "matches", "pattern": r"(a)\1"},
        {"type": "matches", "pattern": r"a*b*c*d*e*f*"},
        {"type": "language", "language": "sv"},
        {"type": "language", "language": "de"},
    ],
)
def test_what_a_program_cannot_tell_is_undecided(check: dict[str, Any]) -> None:
    assert decide(check, said("123456789012345678901234567890")) == "undecided"


@pytest.mark.parametrize(
    "check",
    [
        {},
        {"type": "nonsense"},
        {"type": 3},
        {"type": "contains"},
        {"type": "contains", "text": ""},
        {"type": "is_json", "strict": True},
        {"type": "max_words", "limit": -1},
        {"type": "max_words", "limit": True},
        {"type": "max_words", "limit": "5"},
        {"type": "matches", "pattern": "("},
        {"type": "equals"},
        {"type": "key_order", "keys": []},
        {"type": "only_structure", "format": "poem"},
        {"type": "required_tool_parameters", "tool": "weather", "parameters": "city"},
        {"type": "json_schema", "schema": "{}"},
    ],
)
def test_a_check_that_is_none_is_invalid_input(check: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        decide(check, said("x"))


def test_the_check_types_are_those_of_the_contract() -> None:
    assert len(CHECK_TYPES) == 19


@pytest.mark.parametrize(
    "value",
    ["unknown", "N/A", "TBD", "string", "your_api_key", "<city>", "{{name}}", "City, State", "000", "0000-00-00", "***",
     "example@example.com", "YYYY-MM-DD", "John Doe", "未知", "待定", "unbekannt", "k. A.", "desconocido", "不明"],
)  # fmt: skip
def test_placeholders_are_seen(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["Graz", "anna@example.com", "00:00", "0", "2024-05-01", "Unknown Pleasures", "AB-1234", 7, None]
)
def test_values_are_no_placeholders(value: object) -> None:
    assert not is_placeholder(value, "title")


def test_a_zero_stands_for_no_id_and_counts_where_it_counts() -> None:
    assert is_placeholder(0, "customer_id")
    assert not is_placeholder(0, "guests")
    assert not is_placeholder(False, "customer_id")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({}, "missing"),
        ({"a": None}, "empty"),
        ({"a": []}, "empty"),
        ({"a": "TBD"}, "placeholder"),
        ({"a": False}, None),
    ],
)
def test_an_argument_is_missing_empty_or_a_placeholder(arguments: dict[str, Any], fault: str | None) -> None:
    assert argument_fault(arguments, "a") == fault


@pytest.mark.parametrize("text", ["NaN", "[" * 100_000, "1" * 5_000, "", "{'a': 1}"])
def test_what_is_no_json_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_json(text)


def test_a_schema_of_an_older_draft_keeps_its_meaning() -> None:
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 3, "exclusiveMinimum": True}
    assert schema_errors(schema, 3)
    assert schema_errors(schema, 4) == ()


def test_a_schema_with_too_many_steps_or_characters_cannot_be_used() -> None:
    assert schema_errors({"items": {"type": "integer"}}, list(range(50_000))) is None
    assert schema_errors({"enum": ["x" * 30_000]}, "x") is None
    assert schema_errors({"minimum": float("nan")}, 1) is None


@given(
    st.text(max_size=200),
    st.sampled_from([kind for kind in CHECK_TYPES if kind in {"is_json", "refuses", "complies", "asks_question"}]),
)
def test_every_text_is_decided(text: str, kind: str) -> None:
    assert decide({"type": kind}, said(text)) in {"pass", "fail"}


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"^[A-Z]{2,4}-\d+$", "AB-12", "ab-12"),
        (r"^(?:EUR|USD)$", "EUR", "RMB"),
        (r"^\+?[0-9 ]{3,}$", "+43 1", "x"),
        (r"^([a-z]){2}$", "ab", "abc"),
    ],
)
def test_ordinary_patterns_of_schemas_are_applied(pattern: str, right: str, wrong: str) -> None:
    assert schema_errors({"pattern": pattern}, right) == ()
    assert schema_errors({"pattern": pattern}, wrong)
