"""One block laid against one message: which of its words stand there in order, and what stands between them."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from feedback.attribution.block import Block, PlacedGram
from feedback.attribution.prompt import SeenMessage

__all__ = ["Alignment", "align", "best_alignment"]

Link = tuple[PlacedGram, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """
    Where a block stands in a message.

    `found` is the weight of its words found in order, `chain` the grams with their places in the message; `explained`
    has 1 for each word of the message that is either the block's own or stands where the block has a gap;
    `stray` counts words too many or too few where it has none; `around` counts words too many before its first and
    after its last: those missing there were cut off.
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
        weights = self.block.weights
        return {place + at: weights[placed.start + at] for placed, place in self.chain for at in range(placed.size)}


def align(block: Block, message: SeenMessage) -> Alignment | None:
    """Return how `block` fits `message`, or None where no gram of it stands there."""
    if block.vocabulary.isdisjoint(message.places):
        return None
    chain = _longest_chain(block, message)
    explained, stray = _inside(chain, message.length)
    around = _outside(block, chain, explained)
    return Alignment(block, message, block.weight_of(placed for placed, _ in chain), chain, explained, stray, around)


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


def _longest_chain(block: Block, message: SeenMessage) -> list[Link]:
    """
    Return the most grams that stand in the same order in both, with their places in the message.

    Hunt and Szymanski's longest common subsequence: `ends[n]` is the earliest place where a chain of n + 1 can end.
    """
    ends: list[int] = []
    last: list[int] = []
    links: list[tuple[PlacedGram, int, int]] = []
    for placed in block.grams:
        # Backwards, so that one gram of the block never follows itself.
        for place in reversed(message.places.get(placed[0], ())):
            if not ends or place > ends[-1]:
                links.append((placed, place, last[-1] if last else -1))
                ends.append(place)
                last.append(len(links) - 1)
            else:
                length = bisect_left(ends, place)
                links.append((placed, place, last[length - 1] if length else -1))
                ends[length], last[length] = place, len(links) - 1
    chain: list[Link] = []
    at = last[-1]
    while at >= 0:
        placed, place, at = links[at]
        chain.append((placed, place))
    return chain[::-1]


def _inside(chain: list[Link], length: int) -> tuple[bytearray, int]:
    """Return which of the `length` words are explained between the first and the last of the chain, and how many stray."""
    explained, stray = bytearray(length), 0
    for (one, place), (other, next_place) in pairwise(chain):
        if one.run != other.run:
            explained[place:next_place] = b"\1" * (next_place - place)
        else:
            explained[place] = 1
            stray += abs((next_place - place) - (other.start - one.start))
    return explained, stray


def _outside(block: Block, chain: list[Link], explained: bytearray) -> int:
    """Mark what a gap before the first or behind the last of the chain explains, and return how many words are too many there."""
    (first, start), (last, end), length, around = chain[0], chain[-1], len(explained), 0
    if block.starts_open or first.run > 0:
        explained[:start] = b"\1" * start
    else:
        around += max(start - first.start, 0)
    if block.ends_open or last.run < block.last_run:
        explained[end:] = b"\1" * (length - end)
    else:
        around += max((length - end) - (len(block.weights) - last.start), 0)
    return around
