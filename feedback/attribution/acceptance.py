"""Whether the template that fits best is named at all: a logistic model over what speaks for it and against it."""

import math
from dataclasses import astuple, dataclass

from feedback.domain.failure import Labels

__all__ = ["Grounds", "agreement", "probability"]

_COMPARED = ("primary_task", "scenario", "output_format", "risk_level", "difficulty")


@dataclass(frozen=True, slots=True)
class Grounds:
    """
    What speaks for the best template.

    `share` (0 to 1) of the evidence that is for it; `lead` (-1 to 1) in share over the best of another name; `stray`
    (0 to 1/2), words too many or too few beside its fixed words; `labels` (-1 to 1), how far those of event and
    template agree.
    """

    share: float
    lead: float
    stray: float
    labels: float


_INTERCEPT = -7.91
_WEIGHTS = Grounds(share=10.92, lead=3.07, stray=-4.61, labels=1.97)
"""Learned by `python -m benchmarks.acceptance` from templates and prompts made of the corpus, none of a benchmark."""


def probability(grounds: Grounds, intercept: float = _INTERCEPT, weights: Grounds = _WEIGHTS) -> float:
    """Return how probable it is that the template with these grounds made the prompt."""
    weighed = zip(astuple(weights), astuple(grounds), strict=True)
    return 1 / (1 + math.exp(-intercept - sum(weight * value for weight, value in weighed)))


def agreement(one: Labels, other: Labels) -> float:
    """Return 1 where all labels that both have are the same, -1 where all differ, 0 where none can be compared."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in _COMPARED]
    same = [left == right for left, right in pairs if left is not None and right is not None]
    return 2 * sum(same) / len(same) - 1 if same else 0.0
