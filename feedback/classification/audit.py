"""Audit: which labels of the corpus and of corrections are likely wrong, by what models say that never saw them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedback.classification.calibration import softmax
from feedback.classification.cases import LabelledCase
from feedback.classification.training import HeldOut

__all__ = ["Suspect", "suspects"]


@dataclass(frozen=True, slots=True)
class Suspect:
    """
    A label that is likely wrong, and the one that is likelier; probabilities are over the ten and needs_triage.

    `event_id` is `BATCH:N` for the Nth case of a batch where the event has no id of its own.
    """

    event_id: str
    batch: str
    label: str
    suggested: str
    probability_of_label: float
    probability_of_suggested: float

    @property
    def margin(self) -> float:
        """By how much the suggested label is more probable, from 0 to 1."""
        return self.probability_of_suggested - self.probability_of_label


def suspects(out: HeldOut) -> list[Suspect]:
    """
    Return the labels that are likely wrong, the widest margin first.

    Confident learning (Northcutt, Jiang and Chuang 2021): a class's threshold is the mean probability that its own cases
    have of it. A label is suspect where its case lies below the threshold of its own class, reaches that of another,
    and that one is more probable; of several the most probable is suggested. Probabilities are softened by the held-out
    temperature alone: the thresholds see to the rest.
    """
    classes = out.calibration.classes
    probabilities = softmax(out.scores / out.calibration.temperature)
    labels = np.array([classes.index(case.category) for case in out.cases])
    rows = np.arange(len(labels))
    own = probabilities[rows, labels]
    thresholds = np.array([own[labels == n].mean() if (labels == n).any() else np.inf for n in range(len(classes))])
    reached = np.where(probabilities >= thresholds, probabilities, -1.0)
    suggested = reached.argmax(axis=1)
    doubted = (own < thresholds[labels]) & (reached[rows, suggested] > own)
    names = _names(out.cases)
    found = [
        Suspect(
            event_id=names[n],
            batch=out.cases[n].batch,
            label=classes[labels[n]],
            suggested=classes[suggested[n]],
            probability_of_label=float(own[n]),
            probability_of_suggested=float(probabilities[n, suggested[n]]),
        )
        for n in np.flatnonzero(doubted)
    ]
    return sorted(found, key=lambda one: (-one.margin, one.batch, one.event_id))


def _names(cases: Sequence[LabelledCase]) -> list[str]:
    names, seen = [], Counter[str]()
    for case in cases:
        seen[case.batch] += 1
        names.append(case.event.event_id or f"{case.batch}:{seen[case.batch]}")
    return names
