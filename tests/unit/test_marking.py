"""Evidence is marked where it stands, and a text with marks is still the same text."""

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.web.marking import marked, shown


def _rule(detail: str, where: str = "response.content", name: str = "a.rule") -> dict[str, Any]:
    return {"kind": "rule", "name": name, "detail": detail, "where": where}


def _term(name: str, where: str = "response.content") -> dict[str, Any]:
    return {"kind": "term", "name": name, "weight": 1.0, "where": where}


def _found(text: str, *evidence: dict[str, Any]) -> list[str]:
    return [unescape(found) for found in re.findall(r"<mark[^>]*>(.*?)</mark>", str(marked(text, evidence)), re.DOTALL)]


@pytest.mark.parametrize(
    ("text", "evidence", "found"),
    [
        ("Please do not hesitate to write.", _rule("do not hesitate to"), ["do not hesitate to"]),
        ('{"currency": "RMB", "due": 3}', _rule("/currency: 'RMB' is not one of ['CNY']"), ['"currency": "RMB"']),
        ('{"a": {"covered": true}}', _rule("/a/covered: True is not of type 'string'"), ['"covered": true']),
        ('{"check_out": null, "guests": 2}', _rule("book_hotel.check_out: None"), ['"check_out": null']),
        ("That makes 460 euros.", _rule("460 for 368"), ["460"]),
        ("At most 80 words, please.", _rule("162 words, max 80"), ["80 words"]),
        ("请看附件。", _rule("附件"), ["附件"]),
        ("It is not  one-of the values", _term("not one of"), ["not  one-of"]),
        ("open, Open, opened", _term("open"), ["open", "Open"]),
        ("a cat and a dog", _term("a"), []),
        ("nothing of it stands here", _rule("162 words, max 80"), []),
    ],
)
def test_what_was_found_is_marked(text: str, evidence: dict[str, Any], found: list[str]) -> None:
    assert _found(text, evidence) == found


def test_marks_do_not_overlap_and_the_longer_of_two_at_one_place_wins() -> None:
    assert _found("is not one of these", _term("not one of"), _term("not one"), _term("one of these")) == ["not one of"]


def test_markup_in_texts_and_in_names_of_rules_is_only_text() -> None:
    made = marked('<img src=x onerror="a()"> & more', [_rule("onerror", name='"><script>')])
    assert "<img" not in made
    assert "<script>" not in made
    assert "&lt;img src=x" in made


@given(
    text=st.text(alphabet=st.sampled_from("ab <>&\"'{}:,.1附é\n\\") | st.characters(), max_size=60),
    details=st.lists(st.text(alphabet="ab <>&\"'/:.1附 for", max_size=12), max_size=4),
    terms=st.lists(st.text(alphabet="ab 1附<&", min_size=1, max_size=8), max_size=4),
)
def test_without_its_marks_a_text_is_always_the_same(text: str, details: list[str], terms: list[str]) -> None:
    made = marked(text, [*map(_rule, details), *map(_term, terms)])
    assert unescape(re.sub(r'<mark class="(?:rule|term)" title="[^"<>]*">|</mark>', "", str(made))) == text


def test_evidence_stands_at_its_place_and_a_place_without_text_of_its_own_at_its_first_part() -> None:
    event = {
        "request": {"messages": [{"role": "user", "content": "Sum it up."}], "output_schema": {"type": "object"}},
        "response": {"content": None, "tool_calls": [{"function": {"name": "book", "arguments": '{"guests": null}'}}]},
        "signals": {"checks": [{"name": "short", "passed": False}, {"name": "polite", "passed": True}], "rating": 1},
    }
    found = shown(
        event,
        [
            _rule("book.guests: None", "response.tool_calls[0].function.arguments"),
            _rule(": passed and failed", "signals.checks"),
            _term("sum", "request.messages[0].content"),
            _term("lost", "nowhere"),
        ],
    )
    assert [place.title for place in found.asked] == ["user", "output schema"]
    assert found.asked[0].terms == ["sum"]
    assert found.asked[1].folded
    assert [(place.title, len(place.rules)) for place in found.answered] == [("calls book", 1)]
    assert [(place.title, len(place.rules)) for place in found.noticed] == [
        ("check short failed", 1),
        ("check polite passed", 0),
        ("rating", 0),
    ]
