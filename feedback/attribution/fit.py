"""One template laid against one prompt: how much of the template is there, and how much of the prompt it leaves over."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from semver import Version

from feedback.attribution.alignment import Alignment, best_alignment
from feedback.attribution.index import GramIndex, IndexedTemplate
from feedback.attribution.prompt import Prompt
from feedback.domain.template import Template, version_key

__all__ = ["ROUNDING", "Fit", "fit"]

_DIGITS = 6
"""Digits kept of a weight, so that the order of summing never decides between two templates."""
ROUNDING = 10.0**-_DIGITS
"""What rounding can add to a share."""
_MOSTLY = 0.9
"""Share of an enclosed template's words that must stand where the enclosing one has a gap: a few are common words."""


@dataclass(frozen=True)
class Fit:
    """
    How well a template explains a prompt.

    `share` is the weight of its fixed words found, divided by that of all its fixed words and of the words that are
    known from other templates and stand where this one has neither words nor data. A prompt that quotes a template
    holds all of that template's words, but the enclosing template's stand outside.
    """

    of: IndexedTemplate
    alignments: list[Alignment]
    share: float
    found: float
    stray: int
    around: int

    @property
    def template(self) -> Template:
        """The template."""
        return self.of.template

    @property
    def rank(self) -> tuple[float, float, int, Version | None, str]:
        """What is larger fits better: share, then evidence, then exactness; where the texts are the same, newest."""
        newest = version_key(self.template.version)
        return self.share, self.found, -self.excess, newest, self.template.name

    @property
    def excess(self) -> int:
        """How many words are too many or too few, inside and around."""
        return self.stray + self.around

    @cached_property
    def own(self) -> dict[tuple[int, int], float]:
        """The weight of each word of the prompt that is the template's own, by message and place."""
        return {(one.message.number, place): weight for one in self.alignments for place, weight in one.own().items()}

    def apart(self, taken: Collection[tuple[int, int]]) -> float:
        """Return the share (0 to 1) of the template's weight that is found at other places than those `taken`."""
        return sum(weight for place, weight in self.own.items() if place not in taken) / self.of.total

    def encloses(self, other: "Fit") -> bool:
        """Tell whether the words of `other` stand in this one's gaps, and this one fits the whole more exactly."""
        if self.excess >= other.excess:
            return False
        explained = {one.message.number: one.explained for one in self.alignments}
        in_gaps = sum(
            number in explained and explained[number][at] for number, at in other.own.keys() - self.own.keys()
        )
        return in_gaps >= _MOSTLY * len(other.own)


def fit(of: IndexedTemplate, prompt: Prompt, index: GramIndex) -> Fit:
    """Return how well the template explains the prompt."""
    alignments = [each for block in of.blocks if (each := best_alignment(block, prompt.messages))]
    found = sum(each.found for each in alignments)
    known = of.total + _foreign(of, alignments, prompt, index)
    return Fit(
        of,
        alignments,
        share=round(min(found / known, 1.0), _DIGITS),
        found=round(found, _DIGITS),
        stray=sum(each.stray for each in alignments),
        around=sum(each.around for each in alignments),
    )


def _foreign(of: IndexedTemplate, alignments: list[Alignment], prompt: Prompt, index: GramIndex) -> float:
    """Return the weight of what other templates say in the system messages and around the template's own words."""
    foreign: set[int] = set()
    for message in prompt.messages:
        own = [alignment.explained for alignment in alignments if alignment.message is message]
        if own or message.is_system:
            explained = own[0] if len(own) == 1 else [any(each) for each in zip(*own, strict=True)]
            foreign |= {gram for place, gram in message.phrases if not (explained and explained[place])}
    # exact, so that the order of summing never decides between two templates
    return math.fsum(index.rarity[gram] for gram in foreign - of.vocabulary)
