"""Comments: what people say beside an action; their words are stored apart from the fact, like those of producers."""

from feedback.errors import Fault, InvalidInput

__all__ = ["MOST_CHARACTERS", "words_of"]

MOST_CHARACTERS = 10_000


def words_of(comment: str | None) -> str | None:
    """
    Return a comment as it is kept, without blanks around it, or None where nothing is said.

    Raises:
        InvalidInput: It is longer than `MOST_CHARACTERS`, or no text that can be stored.
    """
    words = (comment or "").strip()
    if len(words) > MOST_CHARACTERS:
        message = f"expected {MOST_CHARACTERS} characters at most, found {len(words)}: shorten it, or link to the rest"
        raise InvalidInput(Fault("comment", message))
    if any("\ud800" <= sign <= "\udfff" for sign in words):
        raise InvalidInput(Fault("comment", "expected text, found bytes that are no UTF-8: write it as UTF-8"))
    return words or None
