"""A vocabulary: words and phrases of several languages, sorted by the kind of thing they speak of."""

import re

from feedback.domain.measure import Text

__all__ = ["Vocabulary"]

_HEAD = 4
_WORD = re.compile(r"\w+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


class Vocabulary:
    """
    Kinds and what speaks of them: entries between bars; a star at the end of a word stands for any ending.

    Words are looked up in the set of words of a text, so that a vocabulary costs much the same however large it is.
    """

    def __init__(self, **kinds: str) -> None:
        """Index the entries; of kinds that are named equally often in a text the one given first counts."""
        self._kinds = tuple(kinds)
        self._words: dict[str, str] = {}
        self._stems: dict[str, list[tuple[str, str]]] = {}
        self._phrases: dict[str, list[tuple[str, str]]] = {}
        self._signs: list[tuple[str, str]] = []
        for kind, entries in kinds.items():
            for entry in filter(None, map(str.strip, entries.split("|"))):
                self._add(kind, " ".join(entry.split()))
        self._keys = frozenset(self._phrases)

    def _add(self, kind: str, entry: str) -> None:
        if _CJK.search(entry):
            self._signs.append((entry, kind))
        elif entry.endswith("*"):
            self._stems.setdefault(entry[:_HEAD], []).append((entry[:-1], kind))
        elif _WORD.fullmatch(entry):
            self._words[entry] = kind
        else:
            self._phrases.setdefault(max(_WORD.findall(entry), key=len), []).append((entry, kind))

    def counts(self, *texts: Text) -> dict[str, int]:
        """Return how many different entries of each kind stand in the texts, kinds without one left out."""
        found: dict[str, set[str]] = {}
        for text in texts:
            self._collect(text, found)
        return {kind: len(found[kind]) for kind in self._kinds if kind in found}

    def best(self, *texts: Text) -> str | None:
        """Return the kind that the texts name most often, or None where they name none."""
        counts = self.counts(*texts)
        return max(counts, key=lambda kind: counts[kind], default=None)

    def names(self, kind: str, *texts: Text) -> bool:
        """Tell whether one of the texts names `kind`."""
        return kind in self.counts(*texts)

    def _collect(self, text: Text, found: dict[str, set[str]]) -> None:
        words = text.words
        for word in words & self._words.keys():
            found.setdefault(self._words[word], set()).add(word)
        if self._stems:
            for word in words:
                for stem, kind in self._stems.get(word[:_HEAD], ()):
                    if word.startswith(stem):
                        found.setdefault(kind, set()).add(stem)
        for key in words & self._keys:
            for phrase, kind in self._phrases[key]:
                if phrase in text.low:
                    found.setdefault(kind, set()).add(phrase)
        if text.cjk:
            for sign, kind in self._signs:
                if sign in text.low:
                    found.setdefault(kind, set()).add(sign)
