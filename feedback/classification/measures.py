"""Measures: how right, how sure and how honest answers were, where the truth is known."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import f1_score, precision_recall_fscore_support

from feedback.classification.calibration import Decided
from feedback.classification.model import Example
from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = [
    "CategoryMeasured",
    "Measured",
    "RuleMeasured",
    "calibration_error",
    "measure",
    "measure_rules",
    "reliability",
]

_BINS = 10


@dataclass(frozen=True, slots=True)
class CategoryMeasured:
    """Precision, recall and F1 of one category's first guesses, and how many of its cases were answered, and rightly."""

    category: str
    cases: int
    precision: float
    recall: float
    f1: float
    answered: float
    right_of_answered: float


@dataclass(frozen=True, slots=True)
class Measured:
    """
    Figures from 0 to 1 over cases with a known category.

    All are over the cases somebody could tell, but `triage_recall`: the share of the others that were sent to triage (None
    where there are none). `half` is the share of right first guesses among the more probable half; `calibration_error`
    the expected difference between probability and share of right guesses, over ten bins; `right_of_answered` the share
    of right ones among those answered; `mean_over_groups` the mean over groups of the share of right first guesses.
    """

    cases: int
    macro_f1: float
    accuracy: float
    half: float
    calibration_error: float
    answered: float
    right_of_answered: float
    triage_cases: int
    triage_recall: float | None
    mean_over_groups: float
    by_group: dict[str, float]
    by_category: tuple[CategoryMeasured, ...]


@dataclass(frozen=True, slots=True)
class RuleMeasured:
    """How often a rule fired for a category, how often that was the category, and the share of its cases it fired on."""

    rule: str
    category: str
    fired: int
    precision: float
    recall: float


def measure(decided: Decided, truth: Sequence[str], groups: Sequence[str], categories: Sequence[str]) -> Measured:
    """Return the figures of answers to cases of these categories (needs_triage among them) and groups, a row a case."""
    names, labels, grouped = np.array(categories), np.array(truth), np.array(groups)
    told = labels != NEEDS_TRIAGE
    guesses, top = names[decided.probabilities.argmax(axis=1)], decided.probabilities.max(axis=1)
    right, sure = guesses == labels, decided.sure
    ranked = np.argsort(-top[told], kind="stable")[: max(1, told.sum() // 2)]
    by_group = {str(name): float(right[told & (grouped == name)].mean()) for name in sorted(set(grouped[told]))}
    return Measured(
        cases=int(told.sum()),
        macro_f1=float(f1_score(labels[told], guesses[told], average="macro")),
        accuracy=float(right[told].mean()),
        half=float(right[told][ranked].mean()),
        calibration_error=calibration_error(top[told], right[told]),
        answered=float(sure[told].mean()),
        right_of_answered=_share(right, told & sure),
        triage_cases=int((~told).sum()),
        triage_recall=float((~sure[~told]).mean()) if (~told).any() else None,
        mean_over_groups=float(np.mean(list(by_group.values()))),
        by_group=by_group,
        by_category=tuple(_category(name, labels, guesses, sure) for name in categories),
    )


def _category(name: str, labels: np.ndarray, guesses: np.ndarray, sure: np.ndarray) -> CategoryMeasured:
    told = labels != NEEDS_TRIAGE
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels[told] == name, guesses[told] == name, average="binary", zero_division=0.0
    )
    cases = labels == name
    return CategoryMeasured(
        name,
        int(cases.sum()),
        float(precision),
        float(recall),
        float(f1),
        _share(sure, cases),
        _share(labels == name, (guesses == name) & sure),
    )


def _share(of: np.ndarray, among: np.ndarray) -> float:
    return float(of[among].mean()) if among.any() else 0.0


def reliability(top: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int]]:
    """Return mean probability, share of right guesses and number of cases of each of ten bins that is not empty."""
    bins = np.minimum((top * _BINS).astype(int), _BINS - 1)
    return [
        (float(top[bins == n].mean()), float(right[bins == n].mean()), int((bins == n).sum()))
        for n in range(_BINS)
        if (bins == n).any()
    ]


def calibration_error(top: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error: the mean over bins, by size, of the distance between both columns."""
    return sum(abs(said - was) * n for said, was, n in reliability(top, right)) / len(top)


def measure_rules(examples: Sequence[Example], truth: Sequence[str]) -> list[RuleMeasured]:
    """Return each rule that fired, with each category it spoke for, by category and then by name; neutral ones left out."""
    fired: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    totals = Counter(truth)
    for example, label in zip(examples, truth, strict=True):
        for pair in {(finding.category, finding.rule) for finding in example.findings if finding.category}:
            fired[pair] += 1
            hits[pair] += label == pair[0]
    by_category: dict[str, list[RuleMeasured]] = defaultdict(list)
    for (category, rule), count in sorted(fired.items()):
        right = hits[category, rule]
        by_category[category].append(
            RuleMeasured(rule, category, count, right / count, right / totals[category] if totals[category] else 0.0)
        )
    return [one for category in sorted(by_category) for one in by_category[category]]
