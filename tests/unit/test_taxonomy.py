from typing import Any

import pytest
from pydantic import ValidationError

from feedback.domain.pattern import pattern_id_of, split_id_of, unit_of
from feedback.domain.taxonomy import NEEDS_TRIAGE, Taxonomy
from feedback.settings import load_taxonomy

_PRECEDENCE = [
    "missing_tool_parameters",
    "multi_turn_state_failure",
    "inconsistent_refusal_boundary",
    "conflicting_instructions",
    "output_format_violation",
    "field_definition_ambiguity",
    "insufficient_context",
    "unclear_task_boundary",
    "over_elaborated_response",
    "model_capability_gap",
]


def _taxonomy(ids: list[str], precedence: list[str]) -> Taxonomy:
    categories: list[dict[str, Any]] = [
        {"id": one, "name": one, "means": "m", "remedy": "r", "rubric": "q?"} for one in ids
    ]
    return Taxonomy.model_validate({"version": "1", "categories": categories, "precedence": precedence})


def test_the_shipped_categories_and_their_precedence_are_those_of_the_contract() -> None:
    taxonomy = load_taxonomy()
    assert list(taxonomy.precedence) == _PRECEDENCE
    assert set(taxonomy.ids) == set(_PRECEDENCE)
    assert taxonomy.version == "1"


def test_only_a_capability_gap_opens_no_revision() -> None:
    assert [one.id for one in load_taxonomy().categories if not one.opens_revision] == ["model_capability_gap"]


def test_needs_triage_is_no_category() -> None:
    taxonomy = load_taxonomy()
    assert NEEDS_TRIAGE not in taxonomy.ids
    with pytest.raises(KeyError):
        taxonomy[NEEDS_TRIAGE]


def test_every_category_says_what_it_means_what_to_do_and_what_to_ask() -> None:
    for category in load_taxonomy().categories:
        assert all((category.name, category.means, category.remedy)), category.id
        assert category.rubric.endswith("?"), category.id


@pytest.mark.parametrize(
    ("ids", "precedence"),
    [(["a", "b"], ["a"]), (["a"], ["a", "b"]), (["a", "b"], ["a", "a"]), (["a", "a"], ["a", "a"]), (["a"], [])],
)
def test_a_precedence_that_does_not_name_each_category_once_is_refused(ids: list[str], precedence: list[str]) -> None:
    with pytest.raises(ValidationError, match="every category once"):
        _taxonomy(ids, precedence)


def test_a_category_is_found_by_its_id() -> None:
    assert _taxonomy(["a", "b"], ["b", "a"])["b"].name == "b"


@pytest.mark.parametrize(("category", "template"), [("output_format_violation", None), (NEEDS_TRIAGE, "payment_terms")])
def test_without_a_template_or_a_category_there_is_no_pattern(category: str, template: str | None) -> None:
    assert pattern_id_of(category, template) is None


def test_a_pattern_is_one_category_in_one_template() -> None:
    ids = {pattern_id_of(category, template) for category in ("a", "b") for template in ("x", "y")}
    assert len(ids) == 4
    assert None not in ids


def test_a_place_split_off_has_an_id_of_its_own_that_is_the_same_everywhere() -> None:
    ids = {
        pattern_id_of("a", "x"),
        split_id_of("a", "x", "/p"),
        split_id_of("a", "x", "/q"),
        split_id_of("b", "x", "/p"),
    }
    assert len(ids) == 4
    assert split_id_of("field_definition_ambiguity", "payment_terms", "/currency:enum") == "P-ba6fc2917168"


@pytest.mark.parametrize(
    ("session", "sample", "unit"),
    [("s", "x", "session:s"), ("s", None, "session:s"), (None, "x", "sample:x"), (None, None, "event:e")],
)
def test_a_unit_is_the_session_else_the_sample_else_the_event(
    session: str | None, sample: str | None, unit: str
) -> None:
    assert unit_of("e", session, sample) == unit
