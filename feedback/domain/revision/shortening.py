"""Shortening: a demonstration without its last sentences, its greeting and its closing kept."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence

from feedback.domain.measure import words

__all__ = ["shortened_to"]

_SENTENCE = re.compile(r"[^.!?。！？]*(?:[.!?。！？]+[\"')\]”」]?(?=\s|$)|[。！？]|$)", re.DOTALL)
_FEW_WORDS = 6


def shortened_to(text: str, fits: Callable[[str], bool]) -> str | None:
    """
    Return as many of the first sentences of `text` as fit, at least one, or None where none does.

    A greeting line and closing lines (of few words each, apart from the rest) stay where the text has both.
    """
    head, body, tail = _parted(text.strip())
    pieces = [piece for piece in _SENTENCE.findall(body) if piece.strip()]
    counts = range(1, len(pieces) + 1)
    fitting = bisect_left(
        counts, True, key=lambda count: not fits(_joined(head, "".join(pieces[:count]).strip(), tail))
    )
    return _joined(head, "".join(pieces[:fitting]).strip(), tail) + "\n" if fitting else None


def _parted(text: str) -> tuple[str, str, str]:
    """Return greeting, body and closing; the first and last are empty where they are no short blocks."""
    blocks = re.split(r"\n\s*\n", text)
    head = blocks[0] if len(blocks) > 1 and _is_short(blocks[:1]) else ""
    rest = blocks[1:] if head else blocks
    tail = rest[-1] if len(rest) > 1 and _is_short(rest[-1:]) else ""
    body = rest[:-1] if tail else rest
    return head, "\n\n".join(body), tail


def _is_short(blocks: Sequence[str]) -> bool:
    return all(words(line) <= _FEW_WORDS for block in blocks for line in block.splitlines())


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
