"""Triage: which of the failures that wait for a person would teach most, so that they are asked about first."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Group", "Ranked", "ranked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
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


def ranked(groups: Iterable[Group]) -> list[Ranked]:
    """
    Return the groups, those that would teach most first; of equal ones by event id.

    The score is (1 - margin) log2(1 + waiting) / (1 + spoken). A small margin is where a label says most (margin sampling:
    Scheffer and others, 2001), many alike are where it serves most (weighting by density: Settles and Craven, 2008), and
    what people have said of such failures before is known.
    """
    found = []
    for one in groups:
        doubt, reach = 1 - min(max(one.margin, 0.0), 1.0), math.log2(1 + one.waiting)
        found.append(Ranked(group=one, score=doubt * reach / (1 + one.spoken), doubt=doubt, reach=reach))
    return sorted(found, key=lambda each: (-each.score, each.group.event_id))
