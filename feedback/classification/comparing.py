"""
Comparing: whether a classifier that learned more corrections is better than the one that assesses now.

Both answer cases whose whole batch, and whose whole group of corrections, they were not taught; the parts are the same.
Over the corrections the answers are compared pair by pair with the exact test of McNemar (Note on the sampling error of
the difference between correlated proportions or percentages, Psychometrika 12, 1947), one-sided: of the failures that
only one of the two answers rightly, are there more of the challenger's than a fair coin would give?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from feedback.classification.calibration import Calibration, calibrate
from feedback.classification.cases import CORPUS, LabelledCase, load_corpus
from feedback.classification.training import (
    Progress,
    Trained,
    classifier_version,
    described,
    held_out,
    macro_f1,
    parted,
    trained_on,
    unseen_scores,
)
from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = ["MOST_LOST", "SURE", "Compared", "OfCategory", "challenge", "compare", "p_value"]

SURE = 0.05
"""A challenger is better where the test gives less than this ..."""
MOST_LOST = 0.01
"""... and it loses no more than this of the macro-F1 over the corpus."""


@dataclass(frozen=True, slots=True)
class OfCategory:
    """Corrections that people put down to a category, and how many the champion and the challenger answer so."""

    category: str
    corrections: int
    right_before: int
    right_after: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What the comparison of a champion with a challenger came to; `figures` are named as in the facts."""

    figures: dict[str, float]
    by_category: tuple[OfCategory, ...]
    better: bool

    @property
    def discordant(self) -> int:
        """Corrections that only one of the two answers rightly."""
        return int(self.figures["only_champion_right"] + self.figures["only_challenger_right"])


def p_value(only_champion: int, only_challenger: int) -> float:
    """Return how probable so many right answers of the challenger alone, or more, are where neither is better."""
    if not only_champion + only_challenger:
        return 1.0
    return float(binomtest(only_challenger, only_champion + only_challenger, alternative="greater").pvalue)


def compare(
    truth: Sequence[str], champion: Sequence[str], challenger: Sequence[str], *, corpus: tuple[float, float]
) -> Compared:
    """
    Return how two classifiers' answers compare with what people said.

    Args:
        corpus: Macro-F1 (0 to 1) of champion and challenger over the batches of the corpus.
    """
    said = np.array(truth)
    before, after = np.array(champion) == said, np.array(challenger) == said
    only_champion, only_challenger = int((before & ~after).sum()), int((after & ~before).sum())
    p = p_value(only_champion, only_challenger)
    figures = {
        "champion_accuracy": float(before.mean()),
        "challenger_accuracy": float(after.mean()),
        "champion_macro_f1": _macro_f1(truth, champion),
        "challenger_macro_f1": _macro_f1(truth, challenger),
        "only_champion_right": float(only_champion),
        "only_challenger_right": float(only_challenger),
        "p_value": p,
        "champion_corpus_macro_f1": corpus[0],
        "challenger_corpus_macro_f1": corpus[1],
    }
    by_category = [
        OfCategory(name, int((said == name).sum()), int(before[said == name].sum()), int(after[said == name].sum()))
        for name in sorted(set(truth))
    ]
    return Compared(figures, tuple(by_category), better=p < SURE and corpus[1] >= corpus[0] - MOST_LOST)


def challenge(
    precision: float,
    champion: Sequence[LabelledCase],
    corrections: Sequence[LabelledCase],
    folder: Path = CORPUS,
    progress: Progress | None = None,
) -> tuple[Trained, Compared]:
    """
    Return the classifier trained on the corpus and `corrections`, compared with the one of the corpus and `champion`.

    The classifier is the very one that `training.train` makes of the same. What counts is the answer as it would be given,
    needs_triage included: each is calibrated on what it is made of. Every case of `champion` is of an event that
    `corrections`, which hold at least one, have too; what was said of it may differ.
    """
    report = progress or (lambda _step, _done, _of: None)
    corpus = load_corpus(folder)
    cases = [*corpus, *corrections]
    examples = described(cases, report)
    out = held_out(cases, examples, precision, progress=report)
    own = [*range(len(corpus)), *_places(champion, corrections, len(corpus))]
    taught = [*corpus, *champion], [examples[at] for at in own]
    classes = out.calibration.classes
    scores = unseen_scores(taught, (cases, examples), parted(cases), classes, report, "comparing with the promoted one")
    calibration = calibrate(scores[own], [case.category for case in taught[0]], classes, precision)
    answers, figures = [], []
    for found, calibrated in ((scores, calibration), (out.scores, out.calibration)):
        figures.append(macro_f1(corpus, calibrated.decide(found[: len(corpus)]), calibrated))
        answers.append(_answers(calibrated, found[len(corpus) :]))
    compared = compare([case.category for case in corrections], *answers, corpus=(figures[0], figures[1]))
    return trained_on(out, examples, classifier_version(precision, corrections, folder), report), compared


def _places(champion: Sequence[LabelledCase], corrections: Sequence[LabelledCase], start: int) -> list[int]:
    """Return where the events of the champion's corrections stand among the challenger's, counted from `start`."""
    known = {case.event.model_dump_json(): start + n for n, case in enumerate(corrections)}
    return [known[case.event.model_dump_json()] for case in champion]


def _answers(calibration: Calibration, scores: np.ndarray) -> list[str]:
    decided = calibration.decide(scores)
    first = decided.probabilities.argmax(axis=1)
    return [calibration.categories[at] if sure else NEEDS_TRIAGE for at, sure in zip(first, decided.sure, strict=True)]


def _macro_f1(truth: Sequence[str], answers: Sequence[str]) -> float:
    return float(f1_score(truth, answers, labels=sorted(set(truth)), average="macro", zero_division=0))
