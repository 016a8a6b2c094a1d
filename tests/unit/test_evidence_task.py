"""Task: asking back at first contact, and what people say of the task."""

import pytest

from tests.unit.test_evidence_find import event, failed, one, rules


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("Get me all insects of the spring season.", "I can do that. Would you like all items or just bugs?"),
        ("Book a single room in Oslo for two nights.", "Gladly. Could you please specify the part of town?"),
        ("Übersetze den Satz ins Englische.", "Gern. Könnten Sie mir sagen, für wen der Text ist?"),
        ("Traduce la frase.", "Claro. ¿Cuál es el tono que prefiere usted?"),
        ("帮我写一份会议通知。", "好的，请问会议的主题是什么？"),
    ],
)
def test_asking_back_at_first_contact_is_found(request_: str, answer: str) -> None:
    assert one(event(request_, answer=answer), "task.asks_back").where == "response.content"


def test_asking_back_in_a_later_turn_is_not() -> None:
    talk = ("Book a room.", "For when?", "Tomorrow.")
    assert "task.asks_back" not in rules(event(*talk, answer="Could you please specify the city?"))


def test_asking_for_what_is_missing_is_not() -> None:
    answer = "I don't see any attachment. Could you please share the file?"
    assert "task.asks_back" not in rules(event("Summarise the attached file.", answer=answer))


def test_a_question_that_asks_for_nothing_is_not() -> None:
    assert "task.asks_back" not in rules(event("Tell me a joke.", answer="Why did the hen cross the road? To rest."))


@pytest.mark.parametrize(
    "comment",
    [
        "I only wanted the title, not the whole thing",
        "not what I asked",
        "das war nicht gefragt",
        "je voulais juste la liste",
        "solo quería una lista",
        "我只要标题",
        "勝手に書き換えられた",
    ],
)
def test_people_saying_that_the_task_was_another_are_heard(comment: str) -> None:
    found = one(event("Look at it.", answer="Done.", signals={"comment": comment}), "task.reported")
    assert found.locus == "task:reported"


@pytest.mark.parametrize(
    "detail", ["the request was vague, a clarifying question was due", "应该先问", "hätte nachfragen müssen"]
)
def test_checks_that_speak_of_asking_are_heard(detail: str) -> None:
    assert "task.reported_question" in rules(event("Find music.", answer="Here.", signals=failed("review", detail)))
