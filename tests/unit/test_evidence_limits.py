"""Limits of length in many languages."""

import pytest

from tests.unit.test_evidence_find import event, one, rules

LONG = "This answer has rather more words than anybody asked for in this question of theirs."


@pytest.mark.parametrize(
    "prompt",
    [
        "Answer in at most 5 words.",
        "No more than five words, please.",
        "Keep it under 5 words.",
        "Reply in 5 words or less.",
        "Between 2 and 5 words.",
        "Max 5 words.",
        "Höchstens 5 Wörter.",
        "Maximum 5 mots.",
        "Como máximo 5 palabras.",
        "不超过5字。",
        "5字以内。",
    ],
)
def test_an_upper_limit_of_words_is_read_and_checked(prompt: str) -> None:
    found = one(event(prompt, answer=LONG), "limit.max_words")
    assert found.locus == "max_words"
    assert found.check == {"type": "max_words", "limit": 5}
    assert found.category == "over_elaborated_response"


@pytest.mark.parametrize(
    ("prompt", "answer", "rule"),
    [
        ("At most 10 characters.", "Far more than ten.", "limit.max_characters"),
        ("10文字以内で答えて。", "これはとても長い答えになってしまいました。", "limit.max_characters"),
        ("In two sentences.", "One. Two. Three.", "limit.max_sentences"),
        ("No more than 2 bullet points.", "- a\n- b\n- c", "limit.max_items"),
        ("At most one paragraph.", "a\n\nb", "limit.max_paragraphs"),
        ("At least 10 words.", "Too short.", "limit.min_words"),
        ("Mindestens 10 Wörter.", "Zu kurz.", "limit.min_words"),
        ("至少20字。", "太短了。", "limit.min_words"),
        ("Between 10 and 20 words.", "Too short.", "limit.min_words"),
        ("Exactly 3 sentences.", "One. Two.", "limit.min_sentences"),
    ],
)
def test_each_unit_and_bound_has_its_rule(prompt: str, answer: str, rule: str) -> None:
    assert rule in rules(event(prompt, answer=answer))


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Summarise this 500 word article.", "It is about tea."),
        ("At most 5 words.", "It's about tea, isn't it."),
        ("At most 5 words.", "I can't help with that, sorry about it all."),
        ("No less than 3 words.", "One two three four."),
        ("He wrote 3 sentences.", "One. Two. Three. Four."),
    ],
)
def test_a_limit_kept_or_not_stated_gives_no_evidence(prompt: str, answer: str) -> None:
    assert not any(rule.startswith("limit") for rule in rules(event(prompt, answer=answer)))


def test_the_last_limit_of_a_unit_counts() -> None:
    failure = event("Now use up to 50 words.", system="At most 5 words.", answer=LONG)
    assert "limit.max_words" not in rules(failure)
