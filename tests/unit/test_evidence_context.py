"""Context: material that is not there."""

import pytest

from tests.unit.test_evidence_find import event, one, rules

ANSWER = "The revenue was 48 million euros in that quarter."


@pytest.mark.parametrize(
    "prompt",
    [
        "Context:\n\nQuestion: What was the revenue?",
        "Use the context.\nContext: []\nQuestion: What was the revenue?",
        "Search results: no results found\nWhat was the revenue?",
        "<context></context> What was the revenue?",
        "Kontext: (leer)\nWie hoch war der Umsatz?",
        "参考资料：无\n收入是多少？",
    ],
)
def test_an_empty_context_against_a_definite_answer_is_seen(prompt: str) -> None:
    assert one(event(prompt, answer=ANSWER), "context.empty").category == "insufficient_context"


@pytest.mark.parametrize(
    "prompt",
    [
        "Context: The revenue was 48 million.\nQuestion: What was it?",
        "Context:\nThe revenue was 48 million.\n\nQuestion: how much?",
    ],
)
def test_a_context_that_is_there_is_not_empty(prompt: str) -> None:
    assert "context.empty" not in rules(event(prompt, answer=ANSWER))


@pytest.mark.parametrize("result", ["[]", '{"results": []}', "No results", "0 hits"])
def test_a_tool_that_found_nothing_leaves_the_context_empty(result: str) -> None:
    assert "context.empty" in rules(event("Revenue?", result=result, answer=ANSWER))


def test_material_that_ends_early_is_cut() -> None:
    assert "context.cut" in rules(event("The report says that [truncated]", answer=ANSWER))
    assert "context.cut" in rules(
        event("Report: " + "the revenue of the division rose and " * 8 + "...", answer=ANSWER)
    )
    assert "context.cut" not in rules(event("Well...", answer=ANSWER))


@pytest.mark.parametrize(
    "prompt",
    [
        "Please read the attached contract: who signs?",
        "What is in the picture?",
        "Siehe Anhang: wer zahlt?",
        "请看附件，谁付款？",
    ],
)
def test_an_attachment_that_is_not_there_is_missed(prompt: str) -> None:
    assert "context.attachment_missing" in rules(event(prompt, answer="The tenant does."))
    assert "context.attachment_missing" not in rules(event(prompt + " text" * 200, answer="The tenant does."))


@pytest.mark.parametrize(
    "answer",
    [
        "This is not mentioned in the text.",
        "文中未提及付款日期。",
        "Das ist im Text nicht angegeben.",
        "No se menciona en el texto.",
    ],
)
def test_an_answer_can_admit_that_material_is_missing(answer: str) -> None:
    assert "context.admitted" in rules(event("When is it due?", answer=answer))


def test_people_say_when_an_answer_was_made_up() -> None:
    assert "context.reported" in rules(event("When?", signals={"comment": "That date is made up."}))
    assert "context.reported" not in rules(event("When?", signals={"comment": "That date is wrong."}))


def test_material_that_has_nothing_to_do_with_the_question_is_found() -> None:
    material = "Passages: " + "The museum shop sells postcards, candles and woollen hats all through winter. " * 4
    prompt = f"{material}\n\nHow many kilometres does the northern railway tunnel measure?"
    assert "context.irrelevant" in rules(event(prompt, answer="It measures 14 kilometres."))
    assert "context.irrelevant" not in rules(event(prompt, answer="I don't know, the passages do not mention it."))
    about = prompt.replace("candles", "models of the northern railway tunnel")
    assert "context.irrelevant" not in rules(event(about, answer="It measures 14 kilometres."))
