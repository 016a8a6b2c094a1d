"""Length: more than was asked."""

import pytest

from tests.unit.test_evidence_find import event, one, rules

LONG = "The shop is open for you on each of the days of the week. " * 30


@pytest.mark.parametrize(
    ("prompt", "locus"),
    [
        ("Briefly: when is it open?", "length:brief"),
        ("Is the shop open?", "length:yes_no"),
        ("店开门吗？", "length:yes_no"),
        ("When does the shop open?", "length:ratio"),
    ],
)
def test_an_answer_far_longer_than_the_question_is_seen(prompt: str, locus: str) -> None:
    assert one(event(prompt, answer=LONG), "length.much_longer").locus == locus


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("When does the shop open?", "At nine."),
        ("Explain it in detail.", LONG),
        ("word " * 60, LONG),
        ("Is it open?", "Yes, until six."),
    ],
)
def test_an_answer_of_fitting_length_gives_no_evidence(prompt: str, answer: str) -> None:
    assert "length.much_longer" not in rules(event(prompt, answer=answer))


@pytest.mark.parametrize(
    "answer", ["Certainly! At nine.", "Gute Frage! Um neun.", "Bien sûr, à neuf heures.", "当然可以！九点。"]
)
def test_a_preamble_is_seen(answer: str) -> None:
    assert "length.preamble" in rules(event("When?", answer=answer))


@pytest.mark.parametrize(
    "answer",
    [
        "At nine. Let me know if you need more.",
        "九点。如果您还有其他问题，请随时联系。",
        "Um neun. Bei weiteren Fragen: fragen.",
    ],
)
def test_a_closing_offer_is_seen(answer: str) -> None:
    assert "length.closing" in rules(event("When?", answer=answer))


@pytest.mark.parametrize(
    "comment",
    ["Way too long.", "太长了", "Viel zu lang!", "Demasiado largo.", "trop long", "長すぎます", "too verbose"],
)
def test_complaints_about_length_are_heard(comment: str) -> None:
    assert "length.reported" in rules(event("When?", signals={"comment": comment}))


@pytest.mark.parametrize("comment", ["It took a long time.", "How long is the contract?", "Lange her."])
def test_other_uses_of_long_are_not_complaints(comment: str) -> None:
    assert "length.reported" not in rules(event("When?", signals={"comment": comment}))
