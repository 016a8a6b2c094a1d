"""A pattern in numbers, as it is laid against a prompt."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

from feedback.attribution.pattern import GRAM_SIZE, Pattern

__all__ = ["Block", "PlacedGram", "block_of"]


class PlacedGram(NamedTuple):
    """A gram of a block: its number, the word of the block where it starts, its run, and how many words it has."""

    gram: int
    start: int
    run: int
    size: int


@dataclass(frozen=True, slots=True)
class Block:
    """
    A pattern whose grams have numbers; they stand in order of the text.

    `weights` has one entry a word: how much the word says about the template, `total` is their sum.
    """

    grams: list[PlacedGram]
    vocabulary: frozenset[int]
    weights: list[float]
    total: float
    last_run: int
    starts_open: bool
    ends_open: bool

    def weight_of(self, found: Iterable[PlacedGram]) -> float:
        """Return the weight of the words that stand in the grams `found`."""
        covered = bytearray(len(self.weights))
        for _, start, _, size in found:
            covered[start : start + size] = b"\1" * size
        return sum(compress(self.weights, covered))


def block_of(pattern: Pattern, numbered: list[list[int]], rarity: list[float]) -> Block:
    """
    Return the block of `pattern`, whose grams have the numbers `numbered`, a list a run.

    A word weighs what the grams it stands in weigh on average, so that one edited word costs one word, not three grams.
    """
    placed: list[PlacedGram] = []
    weights: list[float] = []
    for number, (run, of_run) in enumerate(zip(pattern.runs, numbered, strict=True)):
        size, offset = min(GRAM_SIZE, len(run)), len(weights)
        placed += [PlacedGram(gram, offset + at, number, size) for at, gram in enumerate(of_run)]
        for word in range(len(run)):
            around = of_run[max(0, word - size + 1) : word + 1]
            weights.append(sum(rarity[gram] for gram in around) / len(around))
    return Block(
        grams=placed,
        vocabulary=frozenset(each.gram for each in placed),
        weights=weights,
        total=sum(weights),
        last_run=len(pattern.runs) - 1,
        starts_open=pattern.starts_open,
        ends_open=pattern.ends_open,
    )
