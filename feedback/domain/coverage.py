"""
Coverage: what stands in each cell of task, scenario and output format, and what is missing there.

What is counted is labelled first (`feedback.domain.labelling`), so nothing is lost: the cells add up to the whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from feedback.domain.labelling import LabelSet

__all__ = [
    "Cell",
    "Counts",
    "Description",
    "Expected",
    "Labelled",
    "Place",
    "RiskyPattern",
    "Status",
    "cells_of",
    "expected_cells",
    "gathered",
    "rare",
    "status_of",
    "total",
]

Status = Literal["empty", "thin", "covered"]


class Counts(NamedTuple):
    """
    What stands somewhere.

    `in_triage` and `unattributed` (without a template) are failures too, counted in `failures`; `exposures` are
    interactions reported of a template, `templates` registered versions.
    """

    samples: int = 0
    failures: int = 0
    in_triage: int = 0
    unattributed: int = 0
    exposures: int = 0
    cases: int = 0
    templates: int = 0


Labelled = tuple[LabelSet, Counts]
"""So much that is labelled so."""


class Place(NamedTuple):
    """The labels of a cell; None stands for things without this label, of the knowledge point also for all of them."""

    primary_task: str | None
    scenario: str | None
    output_format: str | None
    knowledge_point: str | None = None


class Description(NamedTuple):
    """What is expected to be covered; None stands for any."""

    primary_task: str | None = None
    scenario: str | None = None
    output_format: str | None = None
    knowledge_point: str | None = None

    def fits(self, labels: LabelSet) -> bool:
        """Tell whether a thing labelled so belongs here."""
        return _agree(self[:3], labels[:3]) and self.knowledge_point in {None, *labels.knowledge_points}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell, what stands in it, and whether a description of what is expected agrees with the labels it has."""

    place: Place
    counts: Counts
    status: Status
    expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One expectation, and all that fits it."""

    description: Description
    counts: Counts
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyPattern:
    """A pattern of high risk, and how it was last judged; `locus` is the place of one that was split off."""

    pattern_id: str
    category: str
    template: str
    locus: str | None = None
    failures: int
    units: int
    first_seen: str
    last_seen: str
    verdict: str


def total(counts: Iterable[Counts]) -> Counts:
    """Return the sum, part by part."""
    return Counts(*map(sum, zip(*counts, strict=True)))


def gathered(labelled: Iterable[Labelled]) -> list[Labelled]:
    """Return the same with each set of labels once."""
    held: dict[LabelSet, Counts] = {}
    for labels, counts in labelled:
        held[labels] = total((held.get(labels, Counts()), counts))
    return list(held.items())


def status_of(counts: Counts, min_samples: int) -> Status:
    """Return `empty` without any sample, `thin` below `min_samples`, else `covered`."""
    if not counts.samples:
        return "empty"
    return "thin" if counts.samples < min_samples else "covered"


def cells_of(
    labelled: Iterable[Labelled],
    expected: Sequence[Description],
    *,
    min_samples: int,
    by_knowledge_point: bool = False,
) -> list[Cell]:
    """
    Return every cell in which something stands, and those expected by task, scenario and format in which nothing does.

    By labels in alphabetical order, things without a label last. The counts add up to those of `labelled`; by knowledge
    point they do not, since a thing stands once under each of its points.
    """
    held: dict[Place, list[Counts]] = defaultdict(list)
    for labels, counts in labelled:
        points = labels.knowledge_points if by_knowledge_point else ()
        for point in points or (None,):
            held[Place(*labels[:3], point)].append(counts)
    for place in _described(expected, by_knowledge_point=by_knowledge_point):
        if place in held or (place.knowledge_point is None and any(place[:3] == other[:3] for other in held)):
            continue
        held[place] = []
    return [
        _cell(place, total(held[place]), expected, min_samples, by_knowledge_point=by_knowledge_point)
        for place in sorted(held, key=lambda place: [(label is None, label or "") for label in place])
    ]


def _described(expected: Sequence[Description], *, by_knowledge_point: bool) -> list[Place]:
    """Return the cells that descriptions name in full."""
    full = [one for one in expected if None not in one[:3]]
    return [Place(*one[:3], one.knowledge_point if by_knowledge_point else None) for one in full]


def _cell(
    place: Place, counts: Counts, expected: Sequence[Description], min_samples: int, *, by_knowledge_point: bool
) -> Cell:
    depth = 4 if by_knowledge_point else 3
    described = [one[:depth] for one in expected if any(one[:depth])]
    is_expected = any(_agree(one, place[:depth]) for one in described)
    return Cell(place=place, counts=counts, status=status_of(counts, min_samples), expected=is_expected)


def expected_cells(
    labelled: Sequence[Labelled], expected: Iterable[Description], *, min_samples: int
) -> list[Expected]:
    """Return each expectation with all that fits it, in the order given; a thing may fit several."""
    found = []
    for description in expected:
        counts = total(counts for labels, counts in labelled if description.fits(labels))
        found.append(Expected(description=description, counts=counts, status=status_of(counts, min_samples)))
    return found


def rare(patterns: Iterable[RiskyPattern], rare_units: int) -> list[RiskyPattern]:
    """Return the patterns in which fewer than `rare_units` distinct units failed; fewest first, then by id."""
    few = [pattern for pattern in patterns if pattern.units < rare_units]
    return sorted(few, key=lambda pattern: (pattern.units, pattern.failures, pattern.pattern_id))


def _agree(wanted: Sequence[str | None], found: Sequence[object]) -> bool:
    return all(one is None or one == other for one, other in zip(wanted, found, strict=True))
