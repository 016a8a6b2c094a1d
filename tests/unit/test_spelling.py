"""Spelling: a mistyped word is read as the one that it is a slip away from."""

import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.attribution.spelling import Spelling

USED = Counter(
    {"vessel": 3, "berth": 2, "berths": 1, "draught": 1, "größte": 1, "2026": 5, "the": 9, "mail": 2, "main": 7}
)
SPELLING = Spelling(USED)


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("vesel", "vessel"),
        ("vesssel", "vessel"),
        ("vassel", "vessel"),
        ("evssel", "vessel"),
        ("vesesl", "vessel"),
        ("essel", "vessel"),
        ("vessels", "vessel"),
        ("drauhgt", "draught"),
        ("gröste", "größte"),
    ],
)
def test_one_slip_is_corrected(mistyped: str, meant: str) -> None:
    assert SPELLING.corrected([mistyped]) == [meant]


@pytest.mark.parametrize("word", ["vsel", "vvesssel", "lessve", "hte", "thx", "2025", "20266", "harbour", "船", ""])
def test_two_slips_short_words_and_numbers_stay(word: str) -> None:
    assert SPELLING.corrected([word]) == [word]


def test_known_word_stays_though_another_is_a_slip_away() -> None:
    assert SPELLING.corrected(["berth", "berths", "mail"]) == ["berth", "berths", "mail"]


def test_of_several_the_most_used_is_meant() -> None:
    assert SPELLING.corrected(["maik"]) == ["main"]


def test_nothing_known_corrects_nothing() -> None:
    assert Spelling({}).corrected(["vessel"]) == ["vessel"]


WORD = st.text(string.ascii_lowercase, min_size=4, max_size=9)


@given(used=st.lists(WORD, min_size=1, max_size=30), words=st.lists(WORD, max_size=20))
def test_every_word_is_answered_and_only_with_itself_or_a_known_word(used: list[str], words: list[str]) -> None:
    corrected = Spelling(Counter(used)).corrected(words)
    assert len(corrected) == len(words)
    assert all(one == word or (word not in used and one in used) for word, one in zip(words, corrected, strict=True))


@given(
    used=st.lists(WORD, min_size=1, max_size=30), at=st.integers(0, 8), letter=st.sampled_from(string.ascii_lowercase)
)
def test_any_one_letter_exchanged_is_read_as_some_known_word(used: list[str], at: int, letter: str) -> None:
    word = used[0]
    at %= len(word)
    (read,) = Spelling(Counter(used)).corrected([word[:at] + letter + word[at + 1 :]])
    assert read in used
