"""The registered templates by the grams of their fixed words: where those stand in a text, and who has most of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer

from feedback.attribution.block import Block, block_of
from feedback.attribution.pattern import GRAM_SIZE
from feedback.attribution.reader import Reader, TemplateText
from feedback.attribution.spelling import Spelling
from feedback.attribution.words import words
from feedback.domain.template import Template

__all__ = ["GramIndex", "IndexedTemplate"]

_SHARED = 2 / 3
"""How fast a gram loses weight with those who share it: at 1 large families lose to chance, below 1/2 houses win."""


class IndexedTemplate:
    """A template with its blocks: one for the system message, one for the user message, where they have fixed words."""

    def __init__(self, template: Template, read: TemplateText, rarity: list[float]) -> None:
        """Weigh the words of `read` by `rarity` when they are first asked for: few templates are ever compared."""
        self.template = template
        self.vocabulary = read.vocabulary
        self._read = read
        self._rarity = rarity

    @cached_property
    def blocks(self) -> list[Block]:
        """The blocks."""
        return [block_of(*each, self._rarity) for each in zip(self._read.patterns, self._read.numbered, strict=True)]

    @cached_property
    def total(self) -> float:
        """The weight of all fixed words."""
        return sum(block.total for block in self.blocks)

    @cached_property
    def words(self) -> int:
        """The number of all fixed words."""
        return sum(len(block.weights) for block in self.blocks)

    def reach(self, grams: frozenset[int]) -> float:
        """Return the share (0 to 1) of the weight that can at most be found in order where `grams` are found at all."""
        return sum(block.reach(grams) for block in self.blocks) / self.total


class GramIndex:
    """
    Grams and templates.

    `rarity` of a gram is 1 / n ** (2/3) where n template names have it: what a house system prompt says weighs little with
    each of those who use it, but their words together do not vanish beside one word of another's. Versions of one name
    do not make a gram common.
    """

    def __init__(self, templates: Sequence[Template], earlier: "GramIndex | None" = None) -> None:
        """Index those of `templates` that have fixed words; what `earlier` has read of them is not read again."""
        self.reader: Reader = (earlier.reader if earlier else Reader()).for_texts(templates)
        read = [(template, text) for template in templates if (text := self.reader.read(template)).patterns]
        self._ids = self.reader.ids
        self._heads = {size: {gram[0] for gram in self._ids if len(gram) == size} for size in range(1, GRAM_SIZE)}
        self._spelling = Spelling(self.reader.used)
        by_name: defaultdict[str, set[int]] = defaultdict(set)
        for template, text in read:
            by_name[template.name] |= text.vocabulary
        self.rarity = self._rarity(by_name.values())
        self.templates = [IndexedTemplate(template, text, self.rarity) for template, text in read]
        self._weights = self._tfidf(by_name.values()) if self.templates else None

    def words(self, text: str) -> list[str]:
        """Return the words of a text, mistyped ones as the templates spell them."""
        return self._spelling.corrected(words(text))

    def find(self, words: list[str]) -> tuple[list[tuple[int, int]], dict[int, list[int]]]:
        """
        Return where registered grams start in `words`.

        First (place, gram) of the full grams, in order of place; then the places of each gram, short ones as well.
        """
        places: dict[int, list[int]] = {}
        for size, heads in self._heads.items():
            for start in [place for place, word in enumerate(words[: 1 - size or None]) if word in heads]:
                gram = self._ids.get(tuple(words[start : start + size]))
                if gram is not None:
                    places.setdefault(gram, []).append(start)
        found = map(self._ids.get, zip(*(words[start:] for start in range(GRAM_SIZE)), strict=False))
        hits = [(place, gram) for place, gram in enumerate(found) if gram is not None]
        for place, gram in hits:
            places.setdefault(gram, []).append(place)
        return hits, places

    def candidates(self, prompts: Sequence[Collection[int]], count: int) -> list[list[IndexedTemplate]]:
        """Return for the grams of each prompt the first `count` templates by TF-IDF, best first."""
        if self._weights is None:
            return [[] for _ in prompts]
        scores = (self._matrix(prompts) @ self._weights).toarray()
        some = np.argpartition(-scores, min(count, len(self.templates)) - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(scores, some, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(some, order, axis=1)
        return [
            [self.templates[number] for number in numbers if of_prompt[number] > 0]
            for numbers, of_prompt in zip(best.tolist(), scores, strict=True)
        ]

    def _rarity(self, vocabularies: Iterable[set[int]]) -> list[float]:
        sharing = np.zeros(len(self._ids))
        for vocabulary in vocabularies:
            sharing[list(vocabulary)] += 1
        rarity: list[float] = (sharing**-_SHARED).tolist()
        return rarity

    def _tfidf(self, vocabularies: Collection[set[int]]) -> sparse.csr_matrix:
        """Return the weights, shape (n_grams, n_templates), each template of length 1; frequencies are of names."""
        transformer = TfidfTransformer().fit(self._matrix(list(vocabularies)))
        return transformer.transform(self._matrix([each.vocabulary for each in self.templates])).T.tocsr()

    def _matrix(self, rows: Sequence[Collection[int]]) -> sparse.csr_matrix:
        """Return 1 where the row has the gram, shape (n_rows, n_grams)."""
        ends = np.cumsum([0, *map(len, rows)])
        columns = np.fromiter((gram for row in rows for gram in sorted(row)), dtype=np.int32, count=int(ends[-1]))
        return sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), len(self._ids)))
