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
from feedback.classification.model import Example
from feedback.classification.training import (
    HeldOut,
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
    needs_triage included; for the comparison both are calibrated on the corpus alone, so that neither was fitted to the
    corrections it is tested on. Every batch of `champion` is one of `corrections`, which hold at least one case.
    """
    report = progress or (lambda _step, _done, _of: None)
    corpus = load_corpus(folder)
    cases = [*corpus, *corrections]
    examples = described(cases, report)
    out = held_out(cases, examples, precision, progress=report)
    taught = (*corpus, *champion), (*examples[: len(corpus)], *_seen(champion, corrections, examples[len(corpus) :]))
    scores = unseen_scores(
        taught, (cases, examples), parted(cases), out.calibration.classes, report, "comparing with the promoted one"
    )
    answers, figures = [], []
    for one in (scores, out.scores):
        calibration = _calibrated(corpus, one, out, precision)
        figures.append(macro_f1(corpus, calibration.decide(one[: len(corpus)]), calibration))
        answers.append(_answers(calibration, one[len(corpus) :]))
    compared = compare([case.category for case in corrections], *answers, corpus=(figures[0], figures[1]))
    return trained_on(out, examples, classifier_version(precision, corrections, folder), report), compared


def _seen(
    champion: Sequence[LabelledCase], corrections: Sequence[LabelledCase], examples: Sequence[Example]
) -> list[Example]:
    """Return what the model sees of the champion's corrections, most of which are among the challenger's."""
    known = {case.event.model_dump_json(): example for case, example in zip(corrections, examples, strict=True)}
    return [known.get(case.event.model_dump_json()) or described([case])[0] for case in champion]


def _calibrated(corpus: Sequence[LabelledCase], scores: np.ndarray, out: HeldOut, precision: float) -> Calibration:
    truth = [case.category for case in corpus]
    return calibrate(scores[: len(corpus)], truth, out.calibration.classes, precision)


def _answers(calibration: Calibration, scores: np.ndarray) -> list[str]:
    decided = calibration.decide(scores)
    first = decided.probabilities.argmax(axis=1)
    return [calibration.categories[at] if sure else NEEDS_TRIAGE for at, sure in zip(first, decided.sure, strict=True)]


def _macro_f1(truth: Sequence[str], answers: Sequence[str]) -> float:
    return float(f1_score(truth, answers, labels=sorted(set(truth)), average="macro", zero_division=0))
