"""Loci whatever the data: what varies by case changes none of them and never stands in one."""

import json
import re
from datetime import date
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from feedback.classification.evidence import find
from feedback.domain.failure import FailureEvent
from feedback.domain.locus import locate

_CATEGORIES = (
    "conflicting_instructions", "field_definition_ambiguity", "inconsistent_refusal_boundary", "insufficient_context",
    "missing_tool_parameters", "model_capability_gap", "multi_turn_state_failure", "output_format_violation",
    "over_elaborated_response", "unclear_task_boundary",
)  # fmt: skip
_SYSTEM = "You keep the register. Return JSON with the keys holder and fee. Never give legal advice. Use the tool `find_entry`."
_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "find_entry",
            "parameters": {
                "type": "object",
                "properties": {"holder": {"type": "string"}, "day": {"type": "string"}},
                "required": ["holder", "day"],
            },
        },
    }
]
_SHAPES: dict[str, dict[str, Any]] = {
    "json": {"response": {"content": '{"holder": "%(name)s", "fee": "%(number)s EUR", "%(low)s": %(number)s}'}},
    "wrapped": {"response": {"content": 'For %(name)s: {"holder": "%(name)s", "fee": null}'}},
    "broken": {"response": {"content": "{'holder': '%(name)s', 'fee': %(number)s}"}},
    "text": {
        "response": {"content": "The entry of %(name)s, no %(id)s, was made on %(date)s; write to %(mail)s about it."}
    },
    "list": {"response": {"content": "- %(name)s, %(date)s\n- %(name)s, %(id)s\n- %(mail)s"}},
    "refusal": {"response": {"content": "I'm sorry, but I can't discuss the contract of %(name)s (%(id)s)."}},
    "question": {"response": {"content": "Thank you, %(name)s. Could you tell me the number of %(id)s?"}},
    "call": {
        "response": {
            "content": None,
            "tool_calls": [{"function": {"name": "find_entry", "arguments": '{"holder": "%(name)s", "day": ""}'}}],
        }
    },
    "foreign call": {
        "response": {
            "content": None,
            "tool_calls": [{"function": {"name": "%(low)s", "arguments": '{"%(low)s": "%(id)s"}'}}],
        }
    },
}
_SIGNALS: tuple[dict[str, Any], ...] = (
    {"comment": "%(name)s (%(mail)s) was told '%(quoted)s' on %(date)s, that is wrong", "rating": 1},
    {"error": "ValidationError in %(id)s: '%(name)s' is not one of the permitted values"},
    {"checks": [{"name": "exact_match", "passed": False, "detail": "expected '%(quoted)s', got %(number)s"}]},
    {"validation_errors": [{"path": "/holder", "code": "type", "message": "'%(name)s' is not of type 'null'"}]},
    {"comment": 'It says "%(quoted)s" for %(id)s.'},
)
_NAMES = st.text("bdfgklmnprtvz", min_size=4, max_size=7).map(str.capitalize)  # without vowels: in no vocabulary
_OTHER_NAMES = st.text("chjqswxy", min_size=4, max_size=7).map(str.capitalize)
# of disjoint alphabets and ranges, so that what is equal in one event is equal in the other
_DATA = st.fixed_dictionaries(
    {
        "name": _NAMES,
        "quoted": st.lists(_OTHER_NAMES, min_size=1, max_size=6).map(" ".join),
        "number": st.integers(40, 999),
        "id": st.integers(10_000, 99_999).map("QX-{}".format),
        "mail": _OTHER_NAMES.map("{}@hxqw.example".format),
        "date": st.dates(date(2001, 1, 1), date(2039, 12, 31)).map(str),
    }
)


def _failure(shape: str, signals: dict[str, Any], data: dict[str, Any], *, prompted: bool) -> FailureEvent:
    asked = "Holder is %(name)s, no %(id)s, fee %(number)s, since %(date)s."
    whole: dict[str, Any] = {
        "occurred_at": "2026-04-24T09:13:05+00:00",
        "channel": "offline",
        "source": "spot_check",
        **_SHAPES[shape],
        "signals": signals,
    }
    if prompted:
        turns = ("user", asked), ("assistant", "Noted, %(name)s."), ("user", "And what of '%(quoted)s', %(mail)s?")
        messages = [{"role": "system", "content": _SYSTEM}, *({"role": role, "content": text} for role, text in turns)]
        whole["request"] = {"messages": messages, "tools": _TOOLS}
    data = {**data, "low": str(data["name"]).lower()}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {filled(key): filled(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [filled(inner) for inner in value]
        return re.sub(r"%\((\w+)\)s", lambda name: str(data[name[1]]), value) if isinstance(value, str) else value

    return FailureEvent.model_validate_json(json.dumps(filled(whole)))


def _loci(shape: str, signals: dict[str, Any], data: dict[str, Any], *, prompted: bool) -> dict[str, str]:
    failure = _failure(shape, signals, data, prompted=prompted)
    findings = find(failure)
    return {category: locate(failure, category, findings) for category in _CATEGORIES}


@settings(deadline=None, max_examples=250)
@given(
    shape=st.sampled_from(list(_SHAPES)),
    one=_DATA,
    other=_DATA,
    signals=st.sampled_from(_SIGNALS),
    prompted=st.booleans(),
)
def test_names_ids_numbers_dates_addresses_and_quotations_change_no_locus(
    shape: str, one: dict[str, Any], other: dict[str, Any], signals: dict[str, Any], *, prompted: bool
) -> None:
    assume(shape != "foreign call" or prompted)  # of a call without a prompt the tool's own name is its place
    assert _loci(shape, signals, one, prompted=prompted) == _loci(shape, signals, other, prompted=prompted)


@settings(deadline=None, max_examples=150)
@given(shape=st.sampled_from(list(_SHAPES)), data=_DATA, signals=st.sampled_from(_SIGNALS))
def test_a_locus_holds_no_token_of_the_users_data(shape: str, data: dict[str, Any], signals: dict[str, Any]) -> None:
    tokens = {token.lower() for value in data.values() for token in re.findall(r"\w+", str(value))}
    for locus in _loci(shape, signals, data, prompted=True).values():
        assert tokens.isdisjoint(re.findall(r"\w+", locus.lower())), locus


_WORDS = st.lists(_NAMES.map(str.lower), min_size=1, max_size=12).map(" ".join)


@settings(deadline=None, max_examples=100)
@given(one=_WORDS, other=_WORDS, shape=st.sampled_from(["json", "text", "list", "refusal", "call"]))
def test_the_wording_of_a_comment_beyond_the_vocabularies_changes_no_locus(one: str, other: str, shape: str) -> None:
    data = {"name": "Rorro", "quoted": "x", "number": 77, "id": "AB-12345", "mail": "a@b.example", "date": "2026-04-01"}
    assert _loci(shape, {"comment": one}, data, prompted=True) == _loci(shape, {"comment": other}, data, prompted=True)


@settings(deadline=None, max_examples=150)
@given(
    texts=st.lists(st.text(max_size=120), min_size=4, max_size=4),
    answer=st.text(max_size=200)
    | st.sampled_from(['{"a": [1, {"b', "[" * 3_000, "1" * 5_000, "NaN", '{"\\ud800": 1}', "{'a':"]),
    arguments=st.sampled_from(["", "{", "[]", '{"": 1}', '{"day": {"a": []}}', "[" * 3_000]) | st.text(max_size=40),
    reference=st.none() | st.text(max_size=40) | st.dictionaries(st.text(max_size=8), st.integers()),
)
def test_any_text_has_a_short_locus(texts: list[str], answer: str, arguments: str, reference: Any) -> None:
    whole = {
        "occurred_at": "2026-04-24T09:13:05+00:00",
        "channel": "offline",
        "source": "spot_check",
        "request": {"messages": [{"role": "user", "content": text} for text in texts[:2]]},
        "response": {"content": answer, "tool_calls": [{"function": {"name": texts[3], "arguments": arguments}}]},
        "signals": {"comment": texts[2], "error": texts[3]},
        "reference": reference,
    }
    failure = FailureEvent.model_validate(whole, strict=False)
    findings = find(failure)
    for category in _CATEGORIES:
        locus = locate(failure, category, findings)
        assert 0 < len(locus) <= 200
        assert locus == locate(failure, category, findings)
