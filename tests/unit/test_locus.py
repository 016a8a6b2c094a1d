from typing import Any

import pytest

from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from feedback.domain.locus import locate, masked, nearness
from tests.builders import CATEGORY, a_failure, raw


def _event(**signals: Any) -> FailureEvent:
    """Return a failure of which no more is known than these signals, so that no rule knows a place."""
    return FailureEvent.model_validate_json(raw(a_failure(signals=signals or None, response={"content": None})))


def _finding(locus: str | None, category: str = CATEGORY) -> Finding:
    return Finding(rule="schema.enum", category=category, detail="'RMB'", where="response.content", locus=locus)


def test_the_first_rule_of_the_category_that_knows_a_place_names_the_locus() -> None:
    findings = [
        _finding("/a:type", "output_format_violation"),
        _finding(None),
        _finding("/b:enum"),
        _finding("/c:enum"),
    ]
    assert locate(_event(error="x"), CATEGORY, findings) == "/b:enum"


def test_a_rule_of_another_category_names_no_locus() -> None:
    findings = [_finding("/a:type", "output_format_violation")]
    assert locate(_event(error="boom"), CATEGORY, findings) == locate(_event(error="boom"), CATEGORY, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Field 'amount' is 12.50 EUR", "field is eur"),
        ("order 4711-ab of anna@example.com failed", "order of failed"),
        ("see https://example.com/a?b=1 for x", "see for x"),
        ("could not open /srv/data/file.json", "could not open"),
        ("value \"Müller, 3 'x'\" of `iban` rejected", "value of rejected"),
        ("“合同” 不在 「枚举」 中", "不在 中"),
        ("customer, Schmidt called", "customer called"),
        ("Timeout after 30s", "timeout after"),
        ("snake_case-name", "snake case name"),
        ('value "' + "so many words of a user " * 20 + '" rejected', "value rejected"),
        ("for customer Özil and Łukasz", "for customer and"),
        ("", ""),
    ],
)
def test_masking_keeps_words_and_drops_what_varies_by_case(text: str, words: str) -> None:
    assert masked(text) == words


_ALIKE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"error": "Order 4711 of 'Anna' timed out"}, {"error": "Order 99 of 'Ben' timed out"}),
    ({"error": "bad input\nTraceback: line 3"}, {"error": "bad input\nTraceback: line 4 of x"}),
    (
        {"checks": [{"name": "max_words", "passed": False, "detail": "81 words"}]},
        {"checks": [{"name": "max-words", "passed": False, "detail": "99 words"}, {"name": "ok", "passed": True}]},
    ),
    (
        {"checks": [{"name": "tone", "passed": False}, {"name": "length", "passed": False}]},
        {"checks": [{"name": "length", "passed": False}, {"name": "tone", "passed": False}]},
    ),
    (
        {"validation_errors": [{"path": "/a", "code": "enum", "message": "x"}]},
        {"validation_errors": [{"path": "/b", "code": "enum", "message": "y"}]},
    ),
    ({"comment": "Anna got the wrong answer"}, {"comment": "wrong again, says Ben"}),
]


@pytest.mark.parametrize(("left", "right"), _ALIKE)
def test_evidence_that_differs_only_in_what_varies_by_case_has_one_signature(
    left: dict[str, Any], right: dict[str, Any]
) -> None:
    assert locate(_event(**left), CATEGORY, []) == locate(_event(**right), CATEGORY, [])


def test_evidence_of_different_kinds_or_words_has_different_signatures() -> None:
    loci = [locate(_event(**left), CATEGORY, []) for left, _ in _ALIKE]
    assert len(set(loci)) == len(loci)


def test_a_failed_check_comes_before_an_error_and_an_error_before_a_validation() -> None:
    check = {"checks": [{"name": "tone", "passed": False}]}
    error = {"error": "boom"}
    validation = {"validation_errors": [{"code": "enum", "message": "x"}]}
    assert locate(_event(**check, **error, **validation), CATEGORY, []).startswith("check:")
    assert locate(_event(**error, **validation), CATEGORY, []).startswith("error:")
    assert locate(_event(**validation), CATEGORY, []).startswith("validation:")


def test_checks_that_passed_are_no_evidence() -> None:
    assert locate(_event(checks=[{"name": "tone", "passed": True}], error="boom"), CATEGORY, []).startswith("error:")


@pytest.mark.parametrize(
    ("signals", "locus"),
    [
        ({"comment": "Anna Schmidt, 4711"}, "comment"),
        ({"comment": "x", "rating": 1, "quality": {"trainability": 2}}, "comment+quality+rating"),
        ({"rating": 0}, "rating"),
        ({}, "no evidence"),
    ],
)
def test_the_words_of_people_never_enter_the_locus(signals: dict[str, Any], locus: str) -> None:
    assert locate(_event(**signals), CATEGORY, []) == locus


@pytest.mark.parametrize(
    ("found", "locus", "near"),
    [
        ("/currency:enum", "/currency:enum", 0),
        ("/currency:format", "/currency:value", 1),
        ("book_table:guests:empty", "book_table:guests", 1),
        ("json:fenced", "json:wrapped", 1),
        ("/amount:enum", "/currency:enum", 2),
        ("book_table:guests_total:empty", "book_table:guests", 2),
        ("language", "table", 2),
        (None, "/currency:enum", 2),
    ],
)
def test_a_finding_is_nearer_in_the_same_field_tool_or_container(found: str | None, locus: str, near: int) -> None:
    assert nearness(found, locus) == near
