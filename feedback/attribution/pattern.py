"""A template as a pattern: runs of fixed words, and gaps between them where the data goes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from feedback.attribution.words import words
from feedback.domain.template import Template

__all__ = ["GRAM_SIZE", "Gram", "Pattern", "grams", "patterns_of"]

GRAM_SIZE = 3
"""Words to a gram: two stand together in any text, four break at every small edit."""

_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """
    The part of a template that goes into one message.

    `runs` are the fixed words between two placeholders, no run empty; `starts_open` and `ends_open` tell whether data
    may stand before the first and after the last.
    """

    runs: tuple[list[str], ...]
    starts_open: bool
    ends_open: bool


def patterns_of(template: Template) -> list[Pattern]:
    """Return the pattern of the system message and that of the user message, each only if it has fixed words."""
    user = "\n\n".join(part for part in (template.instruction, template.context) if part)
    return [pattern for pattern in map(_pattern, (template.system, user)) if pattern.runs]


def grams(run: list[str]) -> Iterator[Gram]:
    """Return the grams of a run, one for each word where one starts; a short run is one gram as a whole."""
    size = min(GRAM_SIZE, len(run))
    return zip(*(run[start:] for start in range(size)), strict=False)


def _pattern(text: str) -> Pattern:
    pieces = [words(piece) for piece in _PLACEHOLDER.split(text)]
    return Pattern(tuple(piece for piece in pieces if piece), starts_open=not pieces[0], ends_open=not pieces[-1])
