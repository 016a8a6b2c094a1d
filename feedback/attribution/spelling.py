"""Words as the registered templates spell them: a mistyped word is read as the one that it is a slip away from."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

__all__ = ["Spelling"]

_SHORTEST = 4
"""Letters of a word that is corrected: shorter ones are each a slip away from many."""
_REMEMBERED = 1 << 16
"""Words whose correction is kept."""


class Spelling:
    """
    Corrects words by those that templates use.

    A slip is a letter missing, doubled, exchanged, added or swapped with its neighbour (Damerau 1964). Two words that
    are a slip apart share a form with one letter left out, which finds them without comparing all.
    """

    def __init__(self, used: Mapping[str, int]) -> None:
        """Know the words of `used`, each with how often it is used."""
        self._used = used
        shortened: defaultdict[str, list[str]] = defaultdict(list)
        for word in used:
            if _may_be_mistyped(word):
                for form in {word, *_one_left_out(word)}:
                    shortened[form].append(word)
        # not a method: a cache that holds its owner is only freed by the collector, which the assessor keeps off
        self._meant = lru_cache(_REMEMBERED)(partial(_nearest, used, shortened))

    def corrected(self, words: list[str]) -> list[str]:
        """Return the words, each that is not known replaced by the known one a slip away, where there is one."""
        return [word if word in self._used else self._meant(word) for word in words]


def _nearest(used: Mapping[str, int], shortened: Mapping[str, list[str]], word: str) -> str:
    """Return the known word one slip away from `word`, the most used of several, or `word` where there is none."""
    if not _may_be_mistyped(word):
        return word
    forms = {word, *_one_left_out(word)}
    near = {known for form in forms for known in shortened.get(form, ()) if _is_a_slip(word, known)}
    return max(near, key=lambda known: (used[known], known), default=word)


def _may_be_mistyped(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isalpha()


def _one_left_out(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


def _is_a_slip(word: str, known: str) -> bool:
    """Tell whether one slip makes `word` of `known`: what follows the first difference must fit in one of four ways."""
    at = next((n for n, (one, other) in enumerate(zip(word, known, strict=False)) if one != other), None)
    if at is None:
        return abs(len(word) - len(known)) == 1
    left, right = word[at:], known[at:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right or left == right[1:] or left[1:] == right[1:]
