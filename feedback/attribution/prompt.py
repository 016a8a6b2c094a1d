"""A prompt as far as registered templates can tell: which of their grams stand where in which message."""

from dataclasses import dataclass

from feedback.attribution.index import GramIndex
from feedback.domain.failure import FailureEvent

__all__ = ["Prompt", "SeenMessage", "prompt_of"]

_MOST_PLACES = 64
"""Places kept of a gram in one message, first and last: a text of one phrase would cost the square of its length."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenMessage:
    """
    The message `number` of the request, of `length` words.

    `phrases` has (place, gram) where at least two full grams follow each other, `places` where each gram starts.
    """

    number: int
    is_system: bool
    phrases: list[tuple[int, int]]
    places: dict[int, list[int]]
    length: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages that can hold a template's text and hold some, last first: earlier turns are history; and all grams."""

    messages: list[SeenMessage]
    grams: frozenset[int]


def prompt_of(event: FailureEvent, index: GramIndex) -> Prompt:
    """Return the prompt of `event`: what was said to the model, not what it or a tool answered."""
    messages = []
    said = event.request.messages if event.request else ()
    for number, message in reversed([*enumerate(said)]):
        if message.role in ("system", "developer", "user"):
            spoken = index.words(message.text)
            hits, places = index.find(spoken)
            if places:
                phrases = _in_phrases(hits)
                seen = SeenMessage(number, message.role != "user", phrases, _bounded(places), len(spoken))
                messages.append(seen)
    return Prompt(messages, frozenset(gram for message in messages for gram in message.places))


def _in_phrases(hits: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the hits next to another one: one gram alone turns up in any text, two in a row are a quotation."""
    at = {place for place, _ in hits}
    return [hit for hit in hits if hit[0] - 1 in at or hit[0] + 1 in at]


def _bounded(places: dict[int, list[int]]) -> dict[int, list[int]]:
    half = _MOST_PLACES // 2
    return {gram: at if len(at) <= _MOST_PLACES else at[:half] + at[-half:] for gram, at in places.items()}
