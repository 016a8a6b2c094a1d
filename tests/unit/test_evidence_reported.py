"""Reported: what validators, checks and logs say."""

import pytest

from tests.unit.test_evidence_find import event, failed, one, rules


@pytest.mark.parametrize(
    ("error", "rule"),
    [
        ("json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", "reported.json"),
        ("SyntaxError: Unexpected token H in JSON at position 0", "reported.json"),
        ("output wrapped in markdown code fence", "reported.fence"),
        ("expected a table", "reported.form"),
        ("'RMB' is not one of ['CNY']", "reported.enum"),
        ("Input should be 'a' or 'b' [type=literal_error]", "reported.enum"),
        ("Field required [type=missing]", "reported.required"),
        ("3 is not of type 'string'", "reported.type"),
        ("Extra inputs are not permitted", "reported.additional"),
        ("'x' does not match '^[A-Z]+$'", "reported.format"),
        ("-1 is less than the minimum of 0", "reported.range"),
        ("184 words, limit 151", "reported.limit"),
        ("response exceeds maximum length", "reported.limit"),
        ("answer too short", "reported.too_short"),
        ("language mismatch: detected en", "reported.language"),
        ("blocked by content_filter", "reported.blocked"),
        ("retrieved 0 documents", "reported.retrieval_empty"),
        ("hits=0", "reported.retrieval_empty"),
        ("groundedness 0.2", "reported.ungrounded"),
        ("upstream timed out", "reported.neutral"),
    ],
)
def test_common_wordings_of_tools_are_read(error: str, rule: str) -> None:
    assert rule in rules(event("Go", signals={"error": error}))


@pytest.mark.parametrize("error", ["worker 7 restarted", "see the ticket", "build 50312 done", ""])
def test_other_words_say_nothing(error: str) -> None:
    assert rules(event("Go", answer="Fine.", signals={"error": error})) == set()


def test_passed_checks_say_nothing() -> None:
    signals = {"checks": [{"name": "is_json", "passed": True, "detail": "JSONDecodeError"}]}
    assert rules(event("Go", signals=signals)) == set()


@pytest.mark.parametrize(
    ("path", "message", "locus"),
    [
        ("/items/3/unit", "3 is not of type 'string'", "/items/*/unit:type"),
        ("$.items[0].unit", "3 is not of type 'string'", "/items/*/unit:type"),
        ("items.0.unit", "3 is not of type 'string'", "/items/*/unit:type"),
        ("/8c1f-77", "3 is not of type 'string'", "/*:type"),
        ("", "3 is not of type 'string'", ":type"),
    ],
)
def test_a_path_keeps_names_and_masks_what_varies(path: str, message: str, locus: str) -> None:
    signals = {"validation_errors": [{"path": path, "code": "type", "message": message}]}
    assert one(event("Go", signals=signals), "reported.type").locus == locus


def test_a_required_property_becomes_part_of_the_place() -> None:
    signals = {"validation_errors": [{"path": "", "message": "'due' is a required property"}]}
    assert one(event("Go", signals=signals), "reported.required").locus == "/due:required"
    schema = {"type": "object", "properties": {"sum": {}}}
    assert one(event("Go", schema=schema, signals=signals), "reported.required").locus == "/*:required"


def test_a_timeout_points_to_no_category() -> None:
    assert one(event("Go", signals=failed("call", "504 gateway timeout")), "reported.neutral").category == ""
