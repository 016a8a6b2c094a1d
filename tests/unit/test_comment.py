"""What is kept of a comment, and what cannot be."""

import pytest

from feedback.domain.actor import is_verified, unverified
from feedback.domain.comment import MOST_CHARACTERS, words_of
from feedback.errors import InvalidInput


@pytest.mark.parametrize("comment", [None, "", " \n\t"])
def test_what_says_nothing_is_no_comment(comment: str | None) -> None:
    assert words_of(comment) is None


def test_a_comment_is_kept_as_it_is_written_but_for_blanks_around_it() -> None:
    assert words_of("  too rare:\n  see 条款 \n") == "too rare:\n  see 条款"


def test_a_comment_has_an_end() -> None:
    assert words_of("x" * MOST_CHARACTERS) == "x" * MOST_CHARACTERS
    with pytest.raises(InvalidInput, match="comment: expected 10000 characters at most, found 10001: shorten it"):
        words_of("x" * (MOST_CHARACTERS + 1))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidInput, match="comment: expected text, found bytes that are no UTF-8"):
        words_of("caf\udce9")


def test_no_name_passes_for_a_token() -> None:
    assert unverified("token:3f9a2c") == "unverified:token:3f9a2c"
    assert unverified("unverified:ana") == unverified("ana") == "unverified:ana"
    assert is_verified("token:3f9a2c")
    assert not is_verified(unverified("token:3f9a2c"))
