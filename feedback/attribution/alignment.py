"""One block laid against one message: which of its words stand there in order, and what stands between them."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from feedback.attribution.block import Block
from feedback.attribution.prompt import SeenMessage

__all__ = ["Alignment", "align", "best_alignment"]

Link = tuple[int, int]
"""A gram of the block, by its place in it, and where it starts in the message."""
_NOWHERE: list[int] = []


@dataclass(frozen=True, slots=True)
class Alignment:
    """
    Where a block stands in a message.

    `found` is the weight of its words found in order, `chain` their grams; `explained` has 1 for each word of the
    message that is either the block's own or stands where the block has a gap; `stray` counts words too many or too few
    where it has none; `around` counts words too many before its first and after its last: those missing there were cut
    off.
    """

    block: Block
    message: SeenMessage
    found: float
    chain: list[Link]
    explained: bytearray
    stray: int
    around: int

    def own(self) -> dict[int, float]:
        """Return the weight of each of the block's own words, by its place in the message."""
        starts, sizes, weights = self.block.starts, self.block.sizes, self.block.weights
        return {place + word: weights[starts[at] + word] for at, place in self.chain for word in range(sizes[at])}


def best_alignment(block: Block, messages: list[SeenMessage]) -> Alignment | None:
    """Return how `block` fits the message that holds most of it, the first of equals; None where none holds any."""
    best: Alignment | None = None
    for message in messages:
        alignment = align(block, message)
        if alignment and (best is None or alignment.found > best.found):
            best = alignment
        if best and best.found == block.total:
            break
    return best


def align(block: Block, message: SeenMessage) -> Alignment | None:
    """Return how `block` fits `message`, or None where no gram of it stands there."""
    chain = _longest_chain(block, message)
    if not chain:
        return None
    explained, stray = _inside(block, chain, message.length)
    around = _outside(block, chain, explained)
    return Alignment(block, message, block.weight_of(at for at, _ in chain), chain, explained, stray, around)


def _longest_chain(block: Block, message: SeenMessage) -> list[Link]:
    """
    Return the most grams that stand in the same order in both, with their places in the message.

    Hunt and Szymanski's longest common subsequence: `ends[n]` is the earliest place where a chain of n + 1 can end.
    """
    ends: list[int] = []
    last: list[int] = []
    links: list[tuple[int, int, int]] = []
    for at, gram in enumerate(block.grams):
        places = message.places.get(gram, _NOWHERE)
        # Backwards, so that one gram of the block never follows itself.
        for place in places if len(places) == 1 else reversed(places):
            if not ends or place > ends[-1]:
                links.append((at, place, last[-1] if last else -1))
                ends.append(place)
                last.append(len(links) - 1)
            else:
                length = bisect_left(ends, place)
                links.append((at, place, last[length - 1] if length else -1))
                ends[length], last[length] = place, len(links) - 1
    chain: list[Link] = []
    before = last[-1] if last else -1
    while before >= 0:
        at, place, before = links[before]
        chain.append((at, place))
    return chain[::-1]


def _inside(block: Block, chain: list[Link], length: int) -> tuple[bytearray, int]:
    """Return which of the `length` words are explained between first and last of the chain, and how many stray there."""
    explained, stray = bytearray(length), 0
    for (one, place), (other, next_place) in pairwise(chain):
        if block.runs[one] != block.runs[other]:
            explained[place:next_place] = b"\1" * (next_place - place)
        else:
            explained[place] = 1
            stray += abs((next_place - place) - (block.starts[other] - block.starts[one]))
    return explained, stray


def _outside(block: Block, chain: list[Link], explained: bytearray) -> int:
    """Mark what a gap before the first or behind the last of the chain explains, and return how many are too many there."""
    (first, start), (last, end), length, around = chain[0], chain[-1], len(explained), 0
    if block.starts_open or block.runs[first] > 0:
        explained[:start] = b"\1" * start
    else:
        around += max(start - block.starts[first], 0)
    if block.ends_open or block.runs[last] < block.last_run:
        explained[end:] = b"\1" * (length - end)
    else:
        around += max((length - end) - (len(block.weights) - block.starts[last]), 0)
    return around
