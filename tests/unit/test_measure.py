"""Measures of text in seven languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.measure import (
    Pattern,
    Phrases,
    Text,
    asks_question,
    characters,
    language,
    list_items,
    paragraphs,
    refuses,
    sentences,
    words,
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("one two", 2),
        ("Grüße, Welt!", 2),
        ("首都是北京", 5),
        ("用 Python 写", 3),
        ("a_b c-d", 3),
        ("½ cup", 2),
    ],
)
def test_words_are_runs_of_letters_and_single_characters_of_chinese(text: str, count: int) -> None:
    assert words(text) == count


@pytest.mark.parametrize(("text", "count"), [(" ab c \n", 4), ("a\nb", 2), ("北京。", 3)])
def test_characters_leave_out_the_white_space_around_and_line_breaks(text: str, count: int) -> None:
    assert characters(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One", 1),
        ("One. Two! Three?", 3),
        ("It costs 3.50 euros.", 1),
        ("好的。我知道了！", 2),
        ("Wait... what?", 2),
    ],
)
def test_sentences_end_at_full_stops_that_are_not_inside_numbers(text: str, count: int) -> None:
    assert sentences(text) == count


@pytest.mark.parametrize(
    ("text", "count"), [("- a\n* b\n• c", 3), ("1. a\n2) b", 2), ("no - list", 0), ("3.5 litres", 0), ("-5 degrees", 0)]
)
def test_list_items_start_with_a_bullet_or_a_number(text: str, count: int) -> None:
    assert list_items(text) == count


def test_paragraphs_stand_between_blank_lines() -> None:
    assert paragraphs("a\nb\n\n \nc\n\n") == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The house is on the hill and it was sold.", "en"),
        ("Das Haus ist auf dem Hügel und wird verkauft.", "de"),
        ("La maison est sur la colline et elle est dans une forêt.", "fr"),
        ("La casa está en el campo y es una de las más grandes.", "es"),
        ("房子在山上，已经卖掉了。", "zh"),
        ("家は丘の上にあります。", "ja"),
        ("집은 언덕 위에 있습니다.", "ko"),
        ("请使用 Python 的 json 模块来解析这个文件", "zh"),
        ("42", None),
        ("OK", None),
    ],
)
def test_the_dominant_language_is_told_by_script_and_stop_words(text: str, code: str | None) -> None:
    assert language(Text(text)) == code


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m not able to provide this.",
        "Dabei kann ich leider nicht helfen.",
        "Je ne peux pas vous aider.",
        "Lo siento, pero no puedo hacerlo.",
        "抱歉，我无法协助处理这个请求。",
        "申し訳ありませんが、お答えできません。",
        "죄송하지만 도와드릴 수 없습니다.",
    ],
)
def test_a_refusal_is_seen_in_each_language(text: str) -> None:
    assert refuses(Text(text))


@pytest.mark.parametrize("text", ["Sure, here it is.", "The shop cannot open on Sundays.", "可以，没有问题。", ""])
def test_what_is_no_refusal_is_not_taken_for_one(text: str) -> None:
    assert not refuses(Text(text))


def test_a_refusal_counts_at_the_opening_alone() -> None:
    assert not refuses(Text("Here is the letter. " * 60 + "I can't help with that."))


@pytest.mark.parametrize(
    ("text", "asks"), [("Which one?", True), ("几点？", True), ("See https://x.org/?q=1", False), ("No.", False)]
)
def test_a_question_ends_with_a_question_mark(text: str, asks: bool) -> None:
    assert asks_question(text) is asks


def test_of_a_long_text_only_both_ends_are_looked_at() -> None:
    text = Text("start " + "x" * 20_000 + " end")
    assert {"start", "end"} <= text.words
    assert len(text.low) < 8_010


def test_phrases_need_the_whole_of_their_longest_word() -> None:
    table = Phrases("as i said | 说过了")
    assert table.search(Text("Well, AS I SAID before")) == "as i said"
    assert table.search(Text("我说过了")) == "说过了"
    assert table.search(Text("as i saidx")) is None


def test_a_pattern_is_tried_on_its_trigger_or_its_script() -> None:
    pattern = Pattern("word words", r"\d words?|[|(]word|不超过\d字")
    assert pattern.search(Text("5 words")) is not None
    assert pattern.search(Text("不超过5字")) is not None
    assert pattern.search(Text("5 items")) is None
    assert [match[0] for match in pattern.finditer(Text("1 word, 不超过2字"))] == ["1 word", "不超过2字"]


@given(st.text())
def test_every_measure_takes_every_text(text: str) -> None:
    seen = Text(text)
    assert words(text) >= 0
    assert sentences(text) >= 0
    assert bool(seen) == bool(text.strip())
    language(seen)
    refuses(seen)
