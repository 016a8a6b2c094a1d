"""Relations: how much of the answer was given, and how its numbers and names compare."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.classification.evidence.view import View
from feedback.classification.relations import RELATIONS, relations_of
from feedback.domain.failure import FailureEvent
from tests.builders import a_failure
from tests.unit.test_evidence_find import event


def _relations(failure: FailureEvent) -> dict[str, float]:
    return relations_of(View(failure))


def test_an_answer_copied_from_the_turn_is_not_new() -> None:
    found = _relations(event("The harbour closes early.", answer="The harbour closes early."))
    assert found["answer:in_last_turn"] == 1
    assert "answer:new" not in found
    assert found["last_turn:covered"] == 1


def test_an_answer_of_other_words_is_new() -> None:
    assert _relations(event("When does it close?", answer="Wonderful weather today."))["answer:new"] == 1


def test_chinese_is_compared_by_pairs_of_characters() -> None:
    assert _relations(event("港口今天几点关闭？", answer="港口今天关闭"))["answer:in_last_turn"] == pytest.approx(0.8)


def test_what_came_from_rules_earlier_turns_and_tools_is_told_apart() -> None:
    failure = event(
        "I travel with penguins.", "Noted.", "Book it.", system="Mention insurance.", result="carriage seven",
        answer="penguins insurance carriage",
    )  # fmt: skip
    found = _relations(failure)
    assert [found[f"answer:in_{part}"] for part in ("earlier_turns", "rules", "tool_results")] == [
        pytest.approx(1 / 3)
    ] * 3


def test_numbers_and_names_that_nobody_gave_are_told() -> None:
    found = _relations(event("Who founded it, and when?", answer="It was founded in 1862 by Marenstein."))
    assert {"number:any", "number:new", "number:all_new", "name:any", "name:new"} <= found.keys()
    given_ = _relations(event("Marenstein founded it in 1862, right?", answer="Yes, by Marenstein in 1862."))
    assert {"number:any", "name:any"} <= given_.keys()
    assert not {"number:new", "name:new"} & given_.keys()


def test_a_number_of_an_earlier_turn_that_the_answer_leaves_out_is_told() -> None:
    turns = ("My budget is 4500 euros.", "Fine.", "Suggest something.")
    assert "number:earlier_left_out" in _relations(event(*turns, answer="A week in Rome."))
    assert "number:earlier_left_out" not in _relations(event(*turns, answer="A week in Rome for 4500 euros."))


def test_nothing_is_said_where_request_or_answer_is_missing() -> None:
    assert _relations(event("Hello?")) == {}
    alone = FailureEvent.model_validate_json(json.dumps(a_failure(request=None)))
    assert _relations(alone) == {}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=4), st.text(max_size=200), st.text(max_size=80))
def test_every_relation_is_named_and_lies_between_0_and_1(turns: list[str], answer: str, system: str) -> None:
    texts = [text.encode(errors="ignore").decode() for text in (*turns, answer, system)]
    found = _relations(event(*texts[:-2], answer=texts[-2] or None, system=texts[-1] or None))
    assert found.keys() <= set(RELATIONS)
    assert all(0 < value <= 1 for value in found.values())
