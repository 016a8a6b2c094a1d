"""One block laid against one message: which of its words stand there in order, and what stands between them."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from feedback.attribution.block import Block, PlacedGram
from feedback.attribution.prompt import SeenMessage

__all__ = ["Alignment", "align"]

_Link = tuple[PlacedGram, int]


@dataclass(frozen=True, slots=True)
class Alignment:
    """
    Where a block stands in a message.

    `found` is the weight of its words found in order; `explained` has 1 for each word of the message that is either
    the block's own or stands where the block has a gap; `stray` counts words too many or too few where it has none.
    """

    message: SeenMessage
    found: float
    explained: bytearray
    stray: int


def align(block: Block, message: SeenMessage) -> Alignment | None:
    """Return how `block` fits `message`, or None where no gram of it stands there."""
    if block.vocabulary.isdisjoint(message.places):
        return None
    chain = _longest_chain(block, message)
    explained, stray = _gaps(block, chain, message.length)
    return Alignment(message, block.weight_of(placed for placed, _ in chain), explained, stray)


def _longest_chain(block: Block, message: SeenMessage) -> list[_Link]:
    """
    Return the most grams that stand in the same order in both, with their places in the message.

    Hunt and Szymanski's longest common subsequence: `ends[n]` is the earliest place where a chain of n + 1 can end.
    """
    ends: list[int] = []
    last: list[int] = []
    links: list[tuple[PlacedGram, int, int]] = []
    for placed in block.grams:
        # Backwards, so that one gram of the block never follows itself.
        for place in reversed(message.places.get(placed.gram, ())):
            length = bisect_left(ends, place)
            links.append((placed, place, last[length - 1] if length else -1))
            if length == len(ends):
                ends.append(place)
                last.append(len(links) - 1)
            else:
                ends[length], last[length] = place, len(links) - 1
    chain: list[_Link] = []
    at = last[-1]
    while at >= 0:
        placed, place, at = links[at]
        chain.append((placed, place))
    return chain[::-1]


def _gaps(block: Block, chain: list[_Link], length: int) -> tuple[bytearray, int]:
    """Return which of the `length` words are explained, and how many stray."""
    explained, stray = bytearray(length), 0
    first, start = chain[0]
    if block.starts_open or first.run > 0:
        explained[:start] = b"\1" * start
    else:
        stray += abs(start - first.start)
    for (one, place), (other, next_place) in pairwise(chain):
        if one.run != other.run:
            explained[place:next_place] = b"\1" * (next_place - place)
        else:
            explained[place] = 1
            stray += abs((next_place - place) - (other.start - one.start))
    last, end = chain[-1]
    if block.ends_open or last.run < block.last_run:
        explained[end:] = b"\1" * (length - end)
    else:
        stray += abs((length - end) - (len(block.weights) - last.start))
    return explained, stray
