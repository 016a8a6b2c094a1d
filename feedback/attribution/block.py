"""A pattern in numbers, as it is laid against a prompt."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import compress

from feedback.attribution.pattern import GRAM_SIZE, Pattern

__all__ = ["Block", "block_of"]

_COVERED = [b"\1" * size for size in range(GRAM_SIZE + 1)]


@dataclass(frozen=True, slots=True)
class Block:
    """
    A pattern whose grams have numbers; they stand in order of the text.

    For each gram its number, the word of the block where it starts, its run, and how many words it has. `weights` has one
    entry a word: how much the word says about the template, `total` is their sum. Tuples of numbers are what the garbage
    collector does not walk again and again; with lists or an object a gram it took a third of the time.
    """

    grams: tuple[int, ...]
    starts: tuple[int, ...]
    runs: tuple[int, ...]
    sizes: tuple[int, ...]
    weights: tuple[float, ...]
    total: float
    last_run: int
    starts_open: bool
    ends_open: bool

    def weight_of(self, found: Iterable[int]) -> float:
        """Return the weight of the words that stand in the grams at these places."""
        covered, starts, sizes = bytearray(len(self.weights)), self.starts, self.sizes
        for at in found:
            start, size = starts[at], sizes[at]
            covered[start : start + size] = _COVERED[size]
        return sum(compress(self.weights, covered))

    def reach(self, grams: frozenset[int]) -> float:
        """Return the weight that can at most be found in order where `grams` are found at all."""
        return self.weight_of(at for at, gram in enumerate(self.grams) if gram in grams)


def block_of(pattern: Pattern, numbered: list[list[int]], rarity: list[float]) -> Block:
    """
    Return the block of `pattern`, whose grams have the numbers `numbered`, a list a run.

    A word weighs what the grams it stands in weigh on average, so that one edited word costs one word, not three grams.
    """
    starts: list[int] = []
    runs: list[int] = []
    sizes: list[int] = []
    weights: list[float] = []
    for number, (run, of_run) in enumerate(zip(pattern.runs, numbered, strict=True)):
        size = min(GRAM_SIZE, len(run))
        starts += range(len(weights), len(weights) + len(of_run))
        runs += [number] * len(of_run)
        sizes += [size] * len(of_run)
        for word in range(len(run)):
            around = of_run[max(0, word - size + 1) : word + 1]
            weights.append(sum(rarity[gram] for gram in around) / len(around))
    return Block(
        grams=tuple(gram for of_run in numbered for gram in of_run),
        starts=tuple(starts),
        runs=tuple(runs),
        sizes=tuple(sizes),
        weights=tuple(weights),
        total=sum(weights),
        last_run=len(pattern.runs) - 1,
        starts_open=pattern.starts_open,
        ends_open=pattern.ends_open,
    )
