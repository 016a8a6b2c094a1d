"""Likeness: which statement of a template a text speaks of, by the words that they share."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise

from feedback.domain.revision.clauses import Statement

__all__ = ["Likeness", "stems"]

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
_MOST_PAIRED = 12


def stems(text: str) -> frozenset[str]:
    """Return the words that carry meaning, in lower case and cut to five letters; of Han, kana and hangul pairs of signs."""
    low = text.lower().replace("_", " ")
    words = {word[:_STEM] for word in _WORD.findall(_HAN.sub(" ", low))} - _EMPTY
    signs = {one + other for run in _HAN.findall(low) for one, other in pairwise(run)}
    return frozenset(words | signs)


class Likeness:
    """The statements of a template, each looked at once, asked about many texts."""

    def __init__(self, found: Sequence[Statement]) -> None:
        """Take the words of the statements, and in how many each stands."""
        self._about = [stems(one.text) for one in found]
        self._holding = Counter(stem for one in self._about for stem in one)

    def best_two(self, said: str, of_kind: Sequence[int]) -> tuple[int, int] | None:
        """
        Return the two statements, by index and in order, that a text speaks of most, or None where it speaks of one or none.

        Each shares two words with the text, one of them none that the other holds. A word that few statements hold weighs
        more, a long statement needs more; pairs count for more where they have words in common, and where both are among
        those `of_kind`. Only the dozen that weigh most are paired.
        """
        left = stems(said)
        weights = {index: weight for index in range(len(self._about)) if (weight := self._weight(index, left))}
        heavy = sorted(sorted(weights, key=lambda index: (-weights[index], index))[:_MOST_PAIRED])
        pulls = {
            (one, other): self._pull(one, other)
            * (weights[one] + weights[other])
            * (1 + len({one, other} & set(of_kind)))
            for one, other in combinations(heavy, 2)
            if (self._about[one] ^ self._about[other]) & left
        }
        return max(pulls, key=lambda pair: (pulls[pair], -pair[0], -pair[1]), default=None)

    def _weight(self, index: int, said: frozenset[str]) -> float:
        shared = self._about[index] & said
        if len(shared) < _ENOUGH:
            return 0.0
        rare = sum(1 / self._holding[stem] for stem in sorted(shared))
        return rare / math.sqrt(len(self._about[index]))

    def _pull(self, one: int, other: int) -> float:
        first, second = self._about[one], self._about[other]
        return 1 + len(first & second) / len(first | second)
