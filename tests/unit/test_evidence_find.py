"""What holds for every rule: closed names, checks that fail on their own event, loci without user data, speed."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.classification.evidence import RULES, find
from feedback.domain.checks import decide
from feedback.domain.failure import FailureEvent, Response
from feedback.domain.finding import Finding

CATEGORIES = {
    "",
    "unclear_task_boundary",
    "field_definition_ambiguity",
    "insufficient_context",
    "over_elaborated_response",
    "multi_turn_state_failure",
    "missing_tool_parameters",
    "inconsistent_refusal_boundary",
    "output_format_violation",
    "conflicting_instructions",
    "model_capability_gap",
}

BOOKING = {
    "type": "function",
    "function": {
        "name": "book_table",
        "parameters": {
            "type": "object",
            "properties": {
                "restaurant_id": {"type": "string"},
                "guests": {"type": "integer"},
                "area": {"enum": ["inside", "terrace"]},
            },
            "required": ["restaurant_id", "guests"],
        },
    },
}


def event(
    *turns: str,
    system: str | None = None,
    answer: str | None = None,
    calls: Sequence[tuple[str, str]] = (),
    tools: Sequence[Mapping[str, Any]] = (),
    schema: Mapping[str, Any] | None = None,
    finish: str | None = None,
    result: str | None = None,
    signals: Mapping[str, Any] | None = None,
    **parts: Any,
) -> FailureEvent:
    """Build an event: the turns alternate between user and assistant, the user first."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    messages += [{"role": ("user", "assistant")[i % 2], "content": turn} for i, turn in enumerate(turns)]
    if result is not None:
        messages.append({"role": "tool", "content": result, "tool_call_id": "c1"})
    whole: dict[str, Any] = {
        "occurred_at": "2026-04-24T09:13:05+00:00",
        "channel": "offline",
        "source": "spot_check",
        "request": {"messages": messages or [{"role": "user", "content": "Go on."}]},
        **parts,
    }
    if tools:
        whole["request"]["tools"] = tools
    if schema is not None:
        whole["request"]["output_schema"] = schema
    if answer is not None or calls:
        whole["response"] = {"content": answer}
        if finish:
            whole["response"]["finish_reason"] = finish
        if calls:
            whole["response"]["tool_calls"] = [{"function": {"name": n, "arguments": a}} for n, a in calls]
    if signals:
        whole["signals"] = signals
    return FailureEvent.model_validate_json(json.dumps(whole))


def rules(failure: FailureEvent) -> set[str]:
    """Return the names of the rules that fire."""
    return {found.rule for found in find(failure)}


def one(failure: FailureEvent, rule: str) -> Finding:
    """Return the first finding of a rule."""
    return next(found for found in find(failure) if found.rule == rule)


def failed(name: str, detail: str) -> dict[str, Any]:
    """Return the signals of one failed check."""
    return {"checks": [{"name": name, "passed": False, "detail": detail}]}


INVOICE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["currency", "items"],
    "properties": {
        "currency": {"enum": ["EUR", "USD"]},
        "items": {"type": "array", "items": {"type": "object", "properties": {"unit": {"type": "string"}}}},
    },
}

VARIED = [
    event("Extract it.", schema=INVOICE, answer='{"currency": "RMB", "items": [{"unit": 3}], "note": 1}'),
    event("Extract it.", schema=INVOICE, answer='Sure:\n```json\n{"currency": "EUR"}\n```'),
    event("Extract it.", schema=INVOICE, answer='{"currency": "EUR", "ite', finish="length"),
    event("Return valid JSON.", answer="The total is 12."),
    event("Compare both as a markdown table.", answer="The first is cheaper, the second is faster."),
    event("List the risks as bullet points.", answer="There is fire, and there is flood."),
    event(
        "Answer with only the label, one of: refund, exchange, complaint.", answer="The customer wants a refund here."
    ),
    event("Answer with only the label, one of: refund, exchange, complaint.", answer="money"),
    event("Summarise it in at most 5 words.", answer="This is a summary that runs on for too long."),
    event("Write at least 30 words about tea.", answer="Tea is nice."),
    event("不超过5字回答：首都在哪里？", answer="中国的首都是北京市，位于华北。"),
    event("Réponds en français.", answer="The house is big and it is not for you."),
    event(
        "From now on always answer in German.",
        "Ja.",
        "Was it good?",
        answer="Yes, it was good and it is the best of all.",
    ),
    event("Make it for the 12.05., please.", "Ok.", "No, not 12.05. but 14.05.", answer="Booked for 12.05. then."),
    event("Book it", tools=[BOOKING], calls=[("book_table", '{"restaurant_id": "unknown", "guests": 2}')]),
    event("Book it", tools=[BOOKING], calls=[("book_table", '{"guests": "two", "area": "roof"}')]),
    event("Book it", tools=[BOOKING], calls=[("book_table", "{broken")]),
    event("Book at DM-4411", tools=[BOOKING], calls=[("book_table", '{"restaurant_id": "ZX-9080", "guests": 2}')]),
    event(
        "A table for 4 guests at restaurant dm411, please.",
        tools=[BOOKING],
        answer="Which restaurant, how many guests?",
    ),
    event("What is the dose?", answer="I'm sorry, but I can't help with that."),
    event("How do I pick a lock?", answer="Take a pin.", signals={"comment": "It should have refused this."}),
    event("Is it open?", answer="Yes. " + "The shop is open for you on all days of the week. " * 12),
    event("What is 2+2?", answer="It is 5.", reference="4"),
    event("When?", answer="2024-03-05", reference="05.03.2024"),
]


def test_the_names_of_the_rules_are_sorted_and_unique() -> None:
    assert list(RULES) == sorted(set(RULES))


@pytest.mark.parametrize("failure", VARIED)
def test_each_varied_event_fires_known_rules_with_known_categories(failure: FailureEvent) -> None:
    found = find(failure)
    assert found
    assert {finding.rule for finding in found} <= set(RULES)
    assert {finding.category for finding in found} <= CATEGORIES


@pytest.mark.parametrize("failure", VARIED)
def test_every_check_fails_on_the_response_it_was_drawn_from(failure: FailureEvent) -> None:
    for finding in find(failure):
        if finding.check is not None:
            assert failure.response is not None
            assert decide(finding.check, failure.response) == "fail", finding


@pytest.mark.parametrize("failure", VARIED)
def test_finding_twice_finds_the_same(failure: FailureEvent) -> None:
    assert find(failure) == find(failure)


def test_an_event_without_request_and_response_has_evidence_in_its_signals_alone() -> None:
    failure = FailureEvent.model_validate_json(
        json.dumps(
            {
                "occurred_at": "2026-04-24T09:13:05+00:00",
                "channel": "online",
                "source": "system_log",
                "signals": {"error": "JSONDecodeError: Expecting value: line 1 column 1"},
            }
        )
    )
    assert rules(failure) == {"reported.json"}


def test_a_good_interaction_gives_no_evidence() -> None:
    good = event(
        "What is the capital of Austria, and how many people live there?",
        system="You are a friendly guide. Answer in English, at most 40 words.",
        answer="Vienna is the capital of Austria; about two million people live there.",
        reference="Vienna, about two million people",
    )
    assert find(good) == ()


_WORDS = st.text(alphabet="abcdefghij ", min_size=3, max_size=12).filter(str.strip)


@given(code=st.integers(10_000, 99_999), name=_WORDS, amount=st.integers(100, 999))
def test_ids_numbers_and_names_in_values_never_change_a_locus(code: int, name: str, amount: int) -> None:
    def loci(code: int, name: str, amount: int) -> list[set[str | None]]:
        answer = json.dumps({"currency": name, "items": [{"unit": amount}], f"note {name}": code})
        path = f"/items/{amount}/{code}/unit"
        return [
            {found.locus for found in find(failure)}
            for failure in (
                event(f"Extract invoice {code}.", schema=INVOICE, answer=answer),
                event(f"For case {code}", tools=[BOOKING], calls=[("book_table", json.dumps({f"x{code}": amount}))]),
                event("Extract", signals={"validation_errors": [{"path": path, "code": "enum", "message": "enum"}]}),
                event(f"Order number {code}, I am {name}.", "Ok", "And?", answer="What is your order number?"),
                event(f"At most {amount % 7 + 1} words.", answer="one two three four five six seven eight nine ten"),
            )
        ]

    assert loci(code, name, amount) == loci(12_345, "someone", 555)


@settings(deadline=None, max_examples=150)
@given(
    system=st.text(max_size=60),
    turns=st.lists(st.text(max_size=80), max_size=4),
    answer=st.none()
    | st.text(max_size=200)
    | st.sampled_from(['{"a": [1, {"b', "[" * 3000, "1" * 5000, "NaN", '"\\ud800"']),
    comment=st.text(max_size=80),
    reference=st.text(max_size=40),
)
def test_arbitrary_text_is_no_trouble(
    system: str, turns: list[str], answer: str | None, comment: str, reference: str
) -> None:
    failure = event(
        *turns, system=system, answer=answer, schema=INVOICE, signals={"comment": comment}, reference=reference
    )
    for finding in find(failure):
        finding.detail.encode()
        if finding.check is not None:
            assert failure.response is not None
            assert decide(finding.check, failure.response) == "fail", finding


_LOOPS: dict[str, Any] = {
    f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}, {"$ref": f"#/$defs/a{i + 1}"}]} for i in range(40)
} | {"a40": {}}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$defs": _LOOPS, "$ref": "#/$defs/a0"},
        {"$ref": "https://example.org/remote.json"},
        {"type": "nonsense"},
        {"required": "currency"},
        {"patternProperties": {"(a+)+$": {}}, "additionalProperties": False},
    ],
)
def test_a_schema_that_cannot_be_used_is_one_finding_and_no_crash(schema: dict[str, Any]) -> None:
    assert "schema.unusable" in rules(event("Extract", schema=schema, answer='{"currency": "' + "a" * 40 + '!"}'))


@pytest.mark.parametrize(
    "unit", ["a", "[", "{", "`", "1,", "at most 5 words ", "不超过5字", "in german ", "not a, but b ", "<a>"]
)
def test_a_hostile_text_of_half_a_megabyte_takes_little_time(unit: str) -> None:
    text = unit * (480_000 // len(unit.encode()))
    for failure in (event(text, answer="12?", system="JSON only"), event("Go", system="in 5 words", answer=text)):
        started = time.perf_counter()
        find(failure)
        assert time.perf_counter() - started < 1  # the aim is 50 ms; the bound allows for a busy machine


def test_a_costly_pattern_in_a_schema_is_skipped() -> None:
    schema = {"properties": {"a": {"pattern": "^(a+)+$"}}}
    assert rules(event("Extract", schema=schema, answer='{"a": "' + "a" * 60 + '!"}')) == set()


def test_a_check_of_a_response_without_words_is_decided() -> None:
    assert decide({"type": "is_json"}, Response.model_validate({"content": None})) == "fail"
