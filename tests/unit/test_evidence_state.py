"""State: what earlier turns settled."""

import pytest

from tests.unit.test_evidence_find import event, one, rules


@pytest.mark.parametrize(
    "turn",
    [
        "As I said, in Graz.",
        "I already told you that.",
        "我刚才说过了。",
        "Wie gesagt, in Graz.",
        "Ya te dije que en Graz.",
        "さっき言いました。",
    ],
)
def test_a_user_who_repeats_himself_is_heard(turn: str) -> None:
    assert "state.reminded" in rules(event("In Graz.", "Where?", turn, answer="Where?"))
    assert "state.reminded" in rules(event("In Graz.", signals={"comment": turn}))


def test_a_reviewer_can_say_that_a_turn_was_forgotten() -> None:
    assert "state.forgotten" in rules(event("Go", signals={"comment": "It forgot the allergy from an earlier turn."}))
    assert "state.forgotten" not in rules(event("Go", signals={"comment": "The allergy is not listed."}))


@pytest.mark.parametrize(
    ("given", "asked", "slot"),
    [
        ("My order number is 4711-22.", "What is your order number?", "number"),
        ("Write to anna@example.com.", "Could you tell me your e-mail address?", "email"),
        ("Ich heiße Anna.", "Wie ist Ihr Name?", "name"),
        ("我叫李雷，手机号13800001111。", "请问您的电话是多少？", "phone"),
        ("We are 4 people.", "How many people will come?", "party"),
        ("El presupuesto es de 500 euros.", "¿Cuál es su presupuesto?", "budget"),
    ],
)
def test_asking_for_what_was_given_is_seen(given: str, asked: str, slot: str) -> None:
    failure = event(given, "Thanks.", "Go on.", answer=asked)
    assert one(failure, "state.asked_again").locus == f"asked_again:{slot}"
    assert "state.asked_again" not in rules(event("Hello.", "Hi.", "Go on.", answer=asked))
    assert "state.asked_again" not in rules(event(given, answer=asked))


@pytest.mark.parametrize(
    ("turn", "answer"),
    [
        ("No, not Monday but Friday.", "Booked for Monday."),
        ("Actually Friday instead of Monday.", "Booked for Monday."),
        ("Nicht Montag, sondern Freitag.", "Gebucht für Montag."),
        ("Freitag statt Montag.", "Gebucht für Montag."),
        ("不是周一，是周五。", "已预订周一。"),
    ],
)
def test_a_correction_that_is_lost_is_seen(turn: str, answer: str) -> None:
    assert one(event("Book it.", "Monday?", turn, answer=answer), "state.correction_lost").locus == "correction"


@pytest.mark.parametrize(
    ("turn", "answer"),
    [
        ("No, not Monday but Friday.", "Booked for Friday, not Monday."),
        ("No, not Monday but Friday.", "Done."),
        ("Monday.", "Monday."),
    ],
)
def test_a_correction_that_is_kept_gives_no_evidence(turn: str, answer: str) -> None:
    assert "state.correction_lost" not in rules(event("Book it.", "Monday?", turn, answer=answer))


ENGLISH = "The shop is open and it was not closed for you."


@pytest.mark.parametrize(
    ("wish", "answer", "locus"),
    [
        ("From now on answer in German.", ENGLISH, "standing:language"),
        ("以后都请用中文回答。", ENGLISH, "standing:language"),
        ("From now on at most 5 words.", ENGLISH, "standing:max_words"),
        ("Always answer as JSON.", ENGLISH, "standing:json"),
        ("From now on use bullet points.", ENGLISH, "standing:list"),
    ],
)
def test_a_standing_wish_that_is_dropped_is_seen(wish: str, answer: str, locus: str) -> None:
    assert one(event(wish, "Ok.", "Is it open?", answer=answer), "state.standing_dropped").locus == locus


def test_a_wish_for_one_turn_or_one_taken_back_does_not_stand() -> None:
    assert "state.standing_dropped" not in rules(event("Answer in German.", "Ja.", "Is it open?", answer=ENGLISH))
    turns = ("From now on answer in German.", "Ja.", "Please answer in English again.")
    assert "state.standing_dropped" not in rules(event(*turns, answer=ENGLISH))


@pytest.mark.parametrize(
    ("turns", "answer"),
    [
        (
            (
                "We named the analysis platform SOAR, built in house.",
                "Nice.",
                "What is the name of our analysis platform?",
            ),
            "I do not know the name of any platform.",
        ),
        (("我们的会议室订在三楼东侧。", "好的。", "我们的会议室订在哪里？"), "不知道，您没有告诉我。"),
    ],
)
def test_a_fact_told_before_and_said_to_be_unknown_is_found(turns: tuple[str, ...], answer: str) -> None:
    found = one(event(*turns, answer=answer), "state.told_and_denied")
    assert found.where == "request.messages[0].content"


def test_not_knowing_what_nobody_told_is_not() -> None:
    turns = ("I like gardening in spring.", "Nice.", "What is the name of our analysis platform?")
    assert "state.told_and_denied" not in rules(event(*turns, answer="I do not know."))
