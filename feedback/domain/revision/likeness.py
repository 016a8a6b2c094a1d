"""Likeness: which statement of a template a text speaks of, by the words that they share."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise

from feedback.domain.revision.clauses import Statement

__all__ = ["best_two", "stems"]

_WORD = re.compile(r"[^\W\d_]{3,}|\d+")
_HAN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]+")
_STEM = 5
_EMPTY_WORDS = """
the and for with from that this these those are was were you your not never always must should any all every into when where which who
what how why did does has have can could would will may there their they its about only some most more than then also our one two both
und der die das nicht ein eine mit für den dem wie was wenn auch immer nur sie
rule rules instruction instructions system prompt template check response answer says said passed failed
"""
_EMPTY = frozenset(word[:_STEM] for word in _EMPTY_WORDS.split())
_ENOUGH = 2


def stems(text: str) -> frozenset[str]:
    """Return the words that carry meaning, in lower case and cut to five letters; of Han, kana and hangul pairs of signs."""
    low = text.lower().replace("_", " ")
    words = {word[:_STEM] for word in _WORD.findall(_HAN.sub(" ", low))} - _EMPTY
    signs = {one + other for run in _HAN.findall(low) for one, other in pairwise(run)}
    return frozenset(words | signs)


def best_two(said: str, found: Sequence[Statement], of_kind: Sequence[bool]) -> tuple[int, int] | None:
    """
    Return the two statements, by index and in order, that a text speaks of most, or None where it speaks of one or none.

    Each shares two words with the text, one of them none that the other holds. A word that few statements hold weighs more, a
    long statement needs more; pairs count for more where they have words in common, and where both are `of_kind`.
    """
    about = [stems(one.text) for one in found]
    holding = Counter(stem for one in about for stem in one)
    left = stems(said)
    weights = [_weight(one & left, one, holding) for one in about]
    ranked = [
        (
            _pull(about[one], about[other]) * (weights[one] + weights[other]) * (1 + of_kind[one] + of_kind[other]),
            one,
            other,
        )
        for one, other in combinations(range(len(found)), 2)
        if weights[one] and weights[other] and (about[one] ^ about[other]) & left
    ]
    best = max(ranked, key=lambda pair: (pair[0], -pair[1], -pair[2]), default=None)
    return best and (best[1], best[2])


def _weight(shared: frozenset[str], about: frozenset[str], holding: Counter[str]) -> float:
    return sum(1 / holding[stem] for stem in sorted(shared)) / len(about) ** 0.5 if len(shared) >= _ENOUGH else 0.0


def _pull(one: frozenset[str], other: frozenset[str]) -> float:
    return 1 + len(one & other) / (len(one | other) or 1)
