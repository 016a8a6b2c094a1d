"""The place of a failure by category: one example of each kind of locus, and what must not make another one."""

import json
from typing import Any

import pytest

from feedback.classification.evidence import find
from feedback.domain.failure import FailureEvent
from feedback.domain.loci.containers import container, json_fault, shape
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.locus import locate
from feedback.domain.measure import Text
from tests.unit.test_evidence_find import BOOKING, INVOICE, event, failed

_JOKE = "Why did the printer stop? It had a paper view of the world."
_LONG = "Of course, there is much more to be said about it. " * 8
_REVIEW = 'Rate the review. Return JSON with the keys "stars" and "quote"; use null where there is none.'


def _locus(category: str, failure: FailureEvent) -> str:
    return locate(failure, category, find(failure))


def _said(comment: str) -> dict[str, Any]:
    return {"comment": comment}


_FIELDS = {
    "/currency:enum": event("Extract.", schema=INVOICE, answer='{"currency": "RMB", "items": []}'),
    "/items:required": event("Extract.", schema=INVOICE, answer='{"currency": "EUR"}'),
    "/items:type": event("Extract.", schema=INVOICE, answer='{"currency": "EUR", "items": "none of them"}'),
    "/*:additional": event("Extract.", schema=INVOICE, answer='{"currency": "EUR", "items": [], "note": "x"}'),
    "/stars:value": event(_REVIEW, answer='{"stars": "2/5", "quote": "fine"}', signals=_said("we need ★★, not 2/5")),
    "/quote:null": event(_REVIEW, answer='{"stars": "★", "quote": "N/A"}', signals=failed("null_policy", "")),
    "book_table:area:enum": event(
        "Book.",
        tools=[BOOKING],
        calls=[("book_table", '{"restaurant_id": "r7", "guests": 2, "area": "roof"}')],
    ),
    "label:unknown": event(
        "One of cash, card?", answer="cheque", signals=failed("label_in_set", "'cheque' not in set")
    ),
    "/*:value": event("Anna is 3, Ben 4.", answer='{"anna": 3, "ben": 4}', signals=_said("ben is wrong")),
}

_TOOLS = {
    "book_table:restaurant_id": event("A table for two.", tools=[BOOKING], calls=[("book_table", '{"guests": 2}')]),
    "book_table:guests": event("At r7.", tools=[BOOKING], answer="Booked.", signals=_said("no guests were passed")),
    "get_record:record_id": event(
        "Look it up.",
        calls=[("get_record", "{}")],
        signals={"error": "400: record_id must not be blank"},
    ),
    "get_record:*": event("Look it up.", calls=[("get_record", "{}")]),
}

_FORM = {
    "json:wrapped": event("As JSON.", answer='Sure! {"a": 1}'),
    "json:invalid": event("As JSON.", answer="{'a': 1}"),
    "fenced": event("Code.", answer="```python\nprint(1)\n```"),
    "tags": event("Rewrite <text>it</text>", answer="<text>so</text>"),
    "language": event("Antworte auf Deutsch.", answer="The office is open and that is all there is to know for you."),
    "form:list": event("Bullets.", answer="1. one\n2. two", signals=failed("bullets_only", "numbers")),
    "form:text": event("A table.", answer="There are two of them, and both are red.", signals=failed("is_table", "")),
    "book_table:*:invalid": event("Book.", tools=[BOOKING], calls=[("book_table", '{"guests": 2')]),
}

_LENGTH = {
    "count": event("Write EXACTLY ONE joke.", answer=f"{_JOKE}\n\nBonus joke: {_JOKE}"),
    "/reason:length": event("Go.", answer=json.dumps({"label": "a", "reason": _LONG})),
    "code:explanation": event("Code.", answer=f"def f(x):\n    return x\n\n{_LONG}"),
    "list:length": event("List.", answer=f"- {_LONG}\n- {_LONG}"),
    "text:length": event("Hi", answer=_LONG),
}

_STATE = {
    "lost:asked_again": event("I am in Ghent.", "Nice!", "What is near me?", answer="Where do you live?"),
    "lost:language": event(
        "Antworte auf Deutsch.", "Gern.", "Wann?", answer="It is open and you can come to the desk."
    ),
    "lost:form": event("Always answer in one short sentence.", "Ok.", "And?", answer=_LONG),
    "lost:update": event("Two, for Monday.", "Ok.", "Make it Friday.", "Sure.", "Book.", answer="Booked for Monday."),
    "lost:told:text": event("No nuts for me.", "Noted.", "Snacks?", answer="Salted almonds go well with it."),
    "lost:told:call": event("For two.", "Ok.", "Book.", calls=[("book_table", '{"guests": 4}')], tools=[BOOKING]),
    "lost:told:text:far": event(
        *("No nuts.", "Ok.", *(turn for n in range(5) for turn in (f"Course {n}?", "Soup."))),
        *("Snacks?",),
        answer="Salted almonds go well with it.",
    ),
}

_REFUSAL = {
    "line:law+medicine": event(
        "Which page is on disputes?",
        system="You are kind. Never give legal or medical advice.",
        answer="I can't help with that.",
    ),
    "line:fiction": event("Tell me a story about a bear.", answer="I'd rather not."),
    "line:other": event("Which one?", answer="I'd rather not."),
}

_CONTEXT = {
    "missing:attachment": event("Summarise the attached PDF.", answer="It says that all is well."),
    "missing:argument": event(
        "Book it.", tools=[BOOKING], calls=[("book_table", '{"restaurant_id": "r9", "guests": 2}')]
    ),
    "missing:lookup": event("When?", system="Use the tool `find_date` where needed.", answer="On the fourth of May."),
    "missing:material": event("Context: (none)\n\nWho signed?", answer="It was signed by the mayor."),
    "missing:facts:field": event("Who?", answer='{"who": "the mayor"}'),
    "missing:facts:text": event("Who signed it?", answer="It was signed by the mayor."),
}

_TASK = {
    "acted": event("Would it be good to book?", tools=[BOOKING], calls=[("book_table", '{"guests": 2}')]),
    "asked": event("Translate it.", answer="Into which language?"),
    "extent:edit": event("Rewrite the text without the name.", answer="It was sold."),
    "extent:code": event("Complete it.", answer="def f():\n    return 1"),
}

_CONFLICT = {
    "clash:null": event(
        "Go.", answer='{"a": null}', signals={"validation_errors": [{"path": "/a", "message": "null"}]}
    ),
    "clash:explanation": event("Go.", answer="B", signals=_said("no analysis allowed, yet a reason is required")),
    "clash:limit": event("Go.", answer="Three.", signals=failed("max_entries", "nine of them")),
    "clash:other": event("Go.", answer="Well.", signals=_said("which one wins")),
}

_GAP = {
    "calculation": event("Question: 840 less 120, by 60?\nA. 16\nB. 14\nC. 12", answer="A"),
    "choice": event("Which is a bird?\nA. bat\nB. wren", answer="A"),
    "slip:code": event("Complete it.", answer="def f(a):\n    return a[1:]"),
    "slip:field": event("Who spoke?", answer='{"label": "the chair spoke"}'),
    "slip:text": event("Remove the name.", answer="Anna left, and then she came back."),
}

_BY_CATEGORY = {
    "field_definition_ambiguity": _FIELDS,
    "missing_tool_parameters": _TOOLS,
    "output_format_violation": _FORM,
    "over_elaborated_response": _LENGTH,
    "multi_turn_state_failure": _STATE,
    "inconsistent_refusal_boundary": _REFUSAL,
    "insufficient_context": _CONTEXT,
    "unclear_task_boundary": _TASK,
    "conflicting_instructions": _CONFLICT,
    "model_capability_gap": _GAP,
}


@pytest.mark.parametrize(
    ("category", "locus"), [(category, locus) for category, loci in _BY_CATEGORY.items() for locus in loci]
)
def test_each_kind_of_place_is_told(category: str, locus: str) -> None:
    assert _locus(category, _BY_CATEGORY[category][locus]) == locus


@pytest.mark.parametrize("value", ["", "unknown", "YYYY-MM-DD", "<date>"])
def test_whatever_stands_in_place_of_a_parameter_it_is_one_place(value: str) -> None:
    failure = event("Look it up.", calls=[("get_record", json.dumps({"record_id": value}))])
    assert _locus("missing_tool_parameters", failure) == "get_record:record_id"


@pytest.mark.parametrize(
    "failure",
    [
        event(_REVIEW, answer='{"stars": 85, "quote": "x"}', signals=failed("schema", "85 is out of range")),
        event(_REVIEW, answer='{"stars": 7, "quote": "x"}', signals=_said("7? out of ten?")),
        event(_REVIEW, answer='{"stars": "3 stars", "quote": "x"}', reference={"stars": "★★★", "quote": "x"}),
        event(
            _REVIEW,
            answer='{"stars": 100, "quote": "x"}',
            signals={
                "validation_errors": [{"path": "/stars", "code": "maximum", "message": "greater than the maximum"}]
            },
        ),
    ],
)
def test_a_wrong_value_is_one_place_whoever_noticed_it(failure: FailureEvent) -> None:
    assert _locus("field_definition_ambiguity", failure) == "/stars:value"


@pytest.mark.parametrize("answer", ["I can't discuss health.", "Take two pills a day."])
def test_both_sides_of_a_line_are_one_place(answer: str) -> None:
    assert (
        _locus("inconsistent_refusal_boundary", event("How many pills can I take?", answer=answer)) == "line:medicine"
    )


def test_a_clause_through_many_topics_is_as_many_places() -> None:
    system = "Decline politics, religion, fiction, law, medicine, insults and taxes. Never be rude."
    loci = {
        _locus("inconsistent_refusal_boundary", event(asked, system=system, answer="Sure."))
        for asked in ("Tell me a story.", "What is in these pills?")
    }
    assert loci == {"line:fiction", "line:medicine"}


@pytest.mark.parametrize("category", _BY_CATEGORY)
def test_a_failure_that_only_a_rating_tells_of_has_no_place(category: str) -> None:
    bare = FailureEvent.model_validate_json(
        '{"occurred_at": "2026-04-24T09:13:05+00:00", "channel": "online", "source": "user_feedback", "signals": {"rating": 1}}'
    )
    assert locate(bare, category, find(bare)) == "rating"


@pytest.mark.parametrize(
    ("text", "form", "rough"),
    [
        ("", "empty", "text"),
        ('{"a": 1}', "json", "field"),
        ('Here: {"a": 1', "prose", "text"),
        ("{'a': ...}", "json", "field"),
        ("```\nx\n```", "fenced", "text"),
        ("```py\ndef f(): ...\n```", "fenced", "code"),
        ("<a>b</a>", "tags", "text"),
        ("import os\nos.remove(x)", "code", "code"),
        ("| a | b |\n|---|---|", "table", "list"),
        ("# Plan\n\n- one\n- two", "list", "list"),
        ("# Plan\n\nFirst we go.\n\nThen we stay.\n\nThen we rest.", "sections", "text"),
        ("card_arrival", "label", "label"),
        ("It is the second one.", "prose", "text"),
    ],
)
def test_an_answer_has_a_form_of_its_own(text: str, form: str, rough: str) -> None:
    assert (container(Text(text)), shape(Text(text))) == (form, rough)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": 1}', None),
        ('```json\n{"a": 1}\n```', "wrapped"),
        ('Sure! {"a": 1}', "wrapped"),
        ('{"a": 1}\n{"a": 2}', "wrapped"),
        ("{'a': 1}", "invalid"),
        ('{"a": [1, 2', "invalid"),
        ("[" * 3_000, "invalid"),
    ],
)
def test_what_is_no_json_is_wrapped_or_invalid(text: str, fault: str | None) -> None:
    assert json_fault(text) == fault


def test_a_vocabulary_counts_entries_by_kind() -> None:
    vocabulary = Vocabulary(law="legal* | contract | in court | 法律", food="bread | legume*")
    assert vocabulary.counts(Text("The legality of a CONTRACT, in court")) == {"law": 3}
    assert vocabulary.counts(Text("这是法律问题"), Text("bread and bread")) == {"law": 1, "food": 1}
    assert vocabulary.best(Text("bread, legumes, contract")) == "food"
    assert vocabulary.best(Text("bread or contract")) == "law"
    assert vocabulary.best(Text("nothing of it")) is None
