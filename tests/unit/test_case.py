from typing import Any

from feedback.domain.assessment import Attribution
from feedback.domain.case import LocusSeen, case_body, case_id_of, checks_for, chosen
from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from tests.builders import ABSENT, CATEGORY, a_failure, raw

_RUBRIC = "Does every field hold the right kind of value?"
_ORIGIN = Attribution(name="payment_terms", version="2.0.0", score=1.0, method="reference")


def _event(**changes: Any) -> FailureEvent:
    return FailureEvent.model_validate_json(raw(a_failure(**changes)))


def _finding(check: dict[str, Any] | None, *, locus: str = "/currency:enum", category: str = CATEGORY) -> Finding:
    return Finding(rule="schema.enum", category=category, detail="", where="response", locus=locus, check=check)


def _seen(locus: str, case_seen: str, case_event: str = "e-1") -> LocusSeen:
    return LocusSeen(
        locus=locus, fingerprint=f"fp1:{locus}", case_seen=case_seen, case_event=case_event, said_locus=locus
    )


def _body(event: FailureEvent) -> dict[str, Any]:
    return case_body(
        event,
        event_id="e-1",
        case_id="RC-1",
        ticket_id="RS-1",
        category=CATEGORY,
        template=_ORIGIN,
        fingerprint="fp1:x",
        checks=[{"type": "is_json"}],
    )


def test_the_loci_seen_first_are_chosen_whatever_their_order() -> None:
    loci = [_seen("c", "2026-04-03"), _seen("a", "2026-04-01", "e-2"), _seen("b", "2026-04-01", "e-1")]
    assert [one.locus for one in chosen(loci, 2)] == ["b", "a"]
    assert chosen(loci[::-1], 2) == chosen(loci, 2)


def test_a_check_that_the_logged_response_fails_is_taken() -> None:
    check = {"type": "not_contains", "text": "RMB"}
    assert checks_for(_event(), CATEGORY, "/currency:enum", [_finding(check)], _RUBRIC) == [check]


def test_a_check_that_the_logged_response_passes_proves_nothing_and_is_left_out() -> None:
    check = {"type": "is_json"}
    assert checks_for(_event(), CATEGORY, "/currency:enum", [_finding(check)], _RUBRIC) == [
        {"type": "rubric", "question": _RUBRIC}
    ]


def test_a_check_of_another_category_is_left_out() -> None:
    finding = _finding({"type": "not_contains", "text": "RMB"}, category="output_format_violation")
    assert checks_for(_event(), CATEGORY, "x", [finding], _RUBRIC)[0]["type"] == "rubric"


def test_checks_of_the_case_s_own_locus_come_first() -> None:
    other = _finding({"type": "not_contains", "text": "currency"}, locus="/other:enum")
    own = _finding({"type": "not_contains", "text": "RMB"})
    checks = checks_for(_event(), CATEGORY, "/currency:enum", [other, own], _RUBRIC)
    assert [check["text"] for check in checks] == ["RMB", "currency"]


def test_checks_of_the_same_field_come_before_those_of_others() -> None:
    other = _finding({"type": "not_contains", "text": "currency"}, locus="/other:enum")
    near = _finding({"type": "not_contains", "text": "RMB"}, locus="/currency:format")
    checks = checks_for(_event(), CATEGORY, "/currency:value", [other, near], _RUBRIC)
    assert [check["text"] for check in checks] == ["RMB", "currency"]


def test_the_same_check_stands_once_and_three_are_enough() -> None:
    texts = ["R", "R", "M", "B", "RM"]
    findings = [_finding({"type": "not_contains", "text": text}) for text in texts]
    checks = checks_for(_event(), CATEGORY, "/currency:enum", findings, _RUBRIC)
    assert [check["text"] for check in checks] == ["R", "M", "B"]


def test_without_a_response_the_rubric_stands() -> None:
    checks = checks_for(_event(response=ABSENT), CATEGORY, "x", [_finding({"type": "is_json"})], _RUBRIC)
    assert checks == [{"type": "rubric", "question": _RUBRIC}]


def test_a_case_has_the_shape_of_the_contract() -> None:
    event = _event(
        reference={"currency": None},
        labels={"risk_level": "high"},
        dataset_version="v0.3.0",
        training_version="assistant-1",
    )
    assert _body(event) == {
        "case_id": "RC-1",
        "category": CATEGORY,
        "fingerprint": "fp1:x",
        "ticket_id": "RS-1",
        "template": {"name": "payment_terms", "version": "2.0.0"},
        "labels": {"risk_level": "high"},
        "request": a_failure()["request"],
        "checks": [{"type": "is_json"}],
        "reference": {"currency": None},
        "provenance": {
            "event_ids": ["e-1"],
            "first_seen": "2026-04-24T09:13:05+00:00",
            "last_seen": "2026-04-24T09:13:05+00:00",
            "dataset_version": "v0.3.0",
            "training_version": "assistant-1",
        },
        "approved_by": [],
    }


def test_a_case_asks_the_model_exactly_what_it_was_asked_when_it_failed() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "book", "arguments": "{}"}}
    tool = {"type": "function", "function": {"name": "book", "parameters": {"x": {"default": None}}}}
    request = {
        "messages": [
            {"role": "user", "content": "Book a table."},
            {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None},
            {"role": "tool", "tool_call_id": "c1", "content": "no table"},
        ],
        "tools": [tool],
    }
    assert _body(_event(request=request))["request"] == request


def test_a_case_id_depends_on_pattern_and_failure_alone() -> None:
    ids = {case_id_of(pattern, event) for pattern in ("P-1", "P-2") for event in ("e-1", "e-2")}
    assert len(ids) == 4
    assert all(one.startswith("RC-") for one in ids)
