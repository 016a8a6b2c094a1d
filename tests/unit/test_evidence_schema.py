"""Schema: what breaks in an answer that parses."""

import pytest

from feedback.classification.evidence import find
from tests.unit.test_evidence_find import event, one, rules

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["currency", "due"],
    "properties": {
        "currency": {"enum": ["EUR", "USD", None]},
        "due": {"type": "string", "format": "date"},
        "amount": {"type": "number", "minimum": 0},
        "note": {"anyOf": [{"type": "null"}, {"type": "string", "maxLength": 3}]},
        "items": {"type": "array", "items": {"type": "object", "properties": {"unit": {"type": "string"}}}},
    },
}
GOOD = '"currency": "EUR", "due": "2024-05-01"'


@pytest.mark.parametrize(
    ("answer", "rule", "locus"),
    [
        ('{"currency": "EUR"}', "schema.required", "/due:required"),
        ('{"currency": "RMB", "due": "2024-05-01"}', "schema.enum", "/currency:enum"),
        (f'{{{GOOD}, "amount": "12"}}', "schema.type", "/amount:type"),
        (f'{{{GOOD}, "amount": -1}}', "schema.range", "/amount:range"),
        (f'{{{GOOD}, "anna": 1}}', "schema.additional", "/*:additional"),
        ('{"currency": "EUR", "due": "tomorrow"}', "schema.format", "/due:format"),
        (f'{{{GOOD}, "items": [{{"unit": "kg"}}, {{"unit": 3}}]}}', "schema.type", "/items/*/unit:type"),
        (f'{{{GOOD}, "note": "long"}}', "schema.range", "/note:range"),
        (f'{{{GOOD}, "note": 3}}', "schema.type", "/note:type"),
    ],
)
def test_each_kind_of_error_has_its_rule_and_place(answer: str, rule: str, locus: str) -> None:
    found = one(event("Extract", schema=SCHEMA, answer=answer), rule)
    assert found.locus == locus
    assert found.category == "field_definition_ambiguity"


def test_the_same_place_is_reported_once() -> None:
    answer = f'{{{GOOD}, "items": [{{"unit": 1}}, {{"unit": 2}}, {{"unit": 3}}]}}'
    assert len(find(event("Extract", schema=SCHEMA, answer=answer))) == 1


def test_the_wrong_container_is_a_matter_of_form() -> None:
    assert one(event("Extract", schema=SCHEMA, answer="[1]"), "schema.type").category == "output_format_violation"


def test_an_answer_that_fits_or_does_not_parse_breaks_no_schema() -> None:
    assert rules(event("Extract", schema=SCHEMA, answer=f"{{{GOOD}}}")) == set()
    assert not any(rule.startswith("schema") for rule in rules(event("Extract", schema=SCHEMA, answer="EUR")))
