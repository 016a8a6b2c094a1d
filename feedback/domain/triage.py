"""Triage: which of the failures that wait for a person would teach most, so that they are asked about first."""

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Group", "Ranked", "ranked"]


class Group(NamedTuple):
    """
    Failures that are alike and wait: how many, and of how many such ones people have spoken already.

    `margin` (0 to 1) is the mean of by how much the first category was more probable than the second. `event_id` is the
    one of which it is smallest.
    """

    fingerprint: str
    event_id: str
    waiting: int
    margin: float
    spoken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A group with its score, which is the product of `doubt` and `reach`, over 1 and those spoken of."""

    group: Group
    score: float
    doubt: float
    reach: float


def ranked(groups: Iterable[Group], most: int, skip: int = 0) -> list[Ranked]:
    """
    Return `most` groups at most, behind the `skip` first: those that would teach most first, of equal ones by event id.

    The score is (1 - margin) log2(1 + waiting) / (1 + spoken). A small margin is where a label says most (margin sampling:
    Scheffer and others, 2001), many alike are where it serves most (weighting by density: Settles and Craven, 2008), and
    what people have said of such failures before is known.
    """
    # there may be a hundred thousand groups, of which a page shows twenty: no more are kept
    first = heapq.nsmallest(
        skip + most, ((-_doubt(one) * _reach(one) / (1 + one.spoken), one.event_id, one) for one in groups)
    )
    return [Ranked(group=one, score=-lowest, doubt=_doubt(one), reach=_reach(one)) for lowest, _, one in first[skip:]]


def _doubt(group: Group) -> float:
    return 1 - min(max(group.margin, 0.0), 1.0)


def _reach(group: Group) -> float:
    return math.log2(1 + group.waiting)
