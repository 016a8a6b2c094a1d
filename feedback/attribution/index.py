"""The registered templates by the grams of their fixed words: where those stand in a text, and who has most of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer

from feedback.attribution.block import Block, block_of
from feedback.attribution.pattern import GRAM_SIZE, Gram, Pattern, grams, patterns_of
from feedback.domain.template import Template

__all__ = ["GramIndex", "IndexedTemplate"]


@dataclass(frozen=True, slots=True)
class IndexedTemplate:
    """A template with its blocks: one for the system message, one for the user message, where they have fixed words."""

    template: Template
    blocks: list[Block]
    vocabulary: frozenset[int]

    @property
    def total(self) -> float:
        """The weight of all fixed words."""
        return sum(block.total for block in self.blocks)

    def reach(self, grams: frozenset[int]) -> float:
        """Return the share (0 to 1) of the weight that can at most be found in order where `grams` are found at all."""
        within = (block.weight_of(each for each in block.grams if each.gram in grams) for block in self.blocks)
        return sum(within) / self.total


class GramIndex:
    """
    Grams and templates.

    `rarity` of a gram is 1 / n where n template names have it: what a house system prompt says is divided among all
    who use it. Versions of one name do not make a gram common.
    """

    def __init__(self, templates: Sequence[Template]) -> None:
        """Index those of `templates` that have fixed words."""
        self._ids: dict[Gram, int] = {}
        read = [(template, patterns) for template in templates if (patterns := patterns_of(template))]
        numbered = [[self._numbered(pattern) for pattern in patterns] for _, patterns in read]
        by_name: defaultdict[str, set[int]] = defaultdict(set)
        for (template, _), parts in zip(read, numbered, strict=True):
            by_name[template.name].update(gram for part in parts for run in part for gram in run)
        self.rarity = self._rarity(by_name.values())
        self.templates = [self._indexed(*each, parts) for each, parts in zip(read, numbered, strict=True)]
        self._weights = self._tfidf(by_name.values()) if self.templates else None

    def find(self, words: list[str]) -> tuple[list[tuple[int, int]], dict[int, list[int]]]:
        """
        Return where registered grams start in `words`.

        First (place, gram) of the full grams, in order of place; then the places of each gram, short ones as well.
        """
        places: dict[int, list[int]] = {}
        hits: list[tuple[int, int]] = []
        for size in range(1, GRAM_SIZE + 1):
            found = map(self._ids.get, zip(*(words[start:] for start in range(size)), strict=False))
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

    def _numbered(self, pattern: Pattern) -> list[list[int]]:
        return [[self._ids.setdefault(gram, len(self._ids)) for gram in grams(run)] for run in pattern.runs]

    def _rarity(self, vocabularies: Iterable[set[int]]) -> list[float]:
        sharing = np.zeros(len(self._ids))
        for vocabulary in vocabularies:
            sharing[list(vocabulary)] += 1
        return [1 / count for count in sharing.tolist()]

    def _indexed(self, template: Template, patterns: list[Pattern], numbered: list[list[list[int]]]) -> IndexedTemplate:
        blocks = [block_of(*each, self.rarity) for each in zip(patterns, numbered, strict=True)]
        return IndexedTemplate(template, blocks, frozenset[int]().union(*(block.vocabulary for block in blocks)))

    def _tfidf(self, vocabularies: Collection[set[int]]) -> sparse.csr_matrix:
        """Return the weights, shape (n_grams, n_templates), each template of length 1; frequencies are of names."""
        transformer = TfidfTransformer().fit(self._matrix(list(vocabularies)))
        return transformer.transform(self._matrix([each.vocabulary for each in self.templates])).T.tocsr()

    def _matrix(self, rows: Sequence[Collection[int]]) -> sparse.csr_matrix:
        """Return 1 where the row has the gram, shape (n_rows, n_grams)."""
        ends = np.cumsum([0, *map(len, rows)])
        columns = np.fromiter((gram for row in rows for gram in sorted(row)), dtype=np.int32, count=int(ends[-1]))
        return sparse.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(rows), len(self._ids)))
