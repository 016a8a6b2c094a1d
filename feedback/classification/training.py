"""Training: fit, calibrate on held-out batches, and name the result after what it is made of."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from feedback.classification.calibration import Calibration, Decided, calibrate
from feedback.classification.card import Card, card_of
from feedback.classification.cases import CORPUS, CORRECTION, LabelledCase, load_corpus
from feedback.classification.model import Classifier, Example, describe, fit
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.settings import load_taxonomy

__all__ = [
    "HeldOut",
    "Progress",
    "Trained",
    "classifier_version",
    "code_version",
    "described",
    "held_out",
    "macro_f1",
    "parted",
    "train",
    "trained_on",
    "unseen_scores",
]

_FOLDS = 5
Progress = Callable[[str, int, int], None]
Known = tuple[Sequence[LabelledCase], Sequence[Example]]
"""Cases, and what the model sees of each."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of cases whose whole batch the model had not seen: `scores` (n_cases, n_classes), and their calibration."""

    cases: tuple[LabelledCase, ...]
    scores: np.ndarray
    calibration: Calibration

    @property
    def decided(self) -> Decided:
        """What the calibrated scores say of each case."""
        return self.calibration.decide(self.scores)


@dataclass(frozen=True, slots=True)
class Trained:
    """A classifier, the macro-F1 (0 to 1) over batches it had not seen, and all figures over these as a card."""

    classifier: Classifier
    cases: int
    macro_f1: float
    card: Card


def code_version() -> str:
    """Return a hash of code, libraries and taxonomy: what a kept classifier must share with us."""
    package, taxonomy = Path(__file__).parent, load_taxonomy()
    hashed = hashlib.sha256(f"{sklearn.__version__} {np.__version__} {taxonomy.version} {taxonomy.ids}".encode())
    for path in sorted(package.rglob("*.py")) + sorted((package.parent / "domain").glob("*.py")):
        hashed.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return hashed.hexdigest()[:16]


def classifier_version(precision: float, corrections: Sequence[LabelledCase] = (), folder: Path = CORPUS) -> str:
    """Return `c1:` and a hash of code, corpus, settings and corrections: what a trained classifier is made of."""
    hashed = hashlib.sha256(f"{code_version()} {precision!r}".encode())
    for path in sorted(folder.glob("*.jsonl")):
        hashed.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    for case in corrections:
        hashed.update(f"{case.category} {case.batch} {case.weight!r} {case.event.model_dump_json()}".encode())
    return "c1:" + hashed.hexdigest()[:16]


def train(
    precision: float,
    corrections: Sequence[LabelledCase] = (),
    folder: Path = CORPUS,
    progress: Progress | None = None,
) -> Trained:
    """Return a classifier trained on the corpus in `folder` and on corrections, calibrated on held-out batches."""
    cases = [*load_corpus(folder), *corrections]
    report = progress or (lambda _step, _done, _of: None)
    examples = described(cases, report)
    out = held_out(cases, examples, precision, progress=report)
    return trained_on(out, examples, classifier_version(precision, corrections, folder), report)


def trained_on(out: HeldOut, examples: Sequence[Example], version: str, progress: Progress) -> Trained:
    """Return the classifier fitted to all cases of `out`, with the calibration that fits them held out."""
    progress("fitting", 0, 1)
    fitted = fit(examples, [case.category for case in out.cases], [case.weight for case in out.cases])
    progress("fitting", 1, 1)
    return Trained(
        Classifier(fitted.vectorizers, fitted.linear, out.calibration, version),
        cases=len(out.cases),
        macro_f1=macro_f1(out.cases, out.decided, out.calibration),
        card=card_of(out.cases, out.decided, out.calibration, version),
    )


def macro_f1(cases: Sequence[LabelledCase], decided: Decided, calibration: Calibration) -> float:
    """Return the macro-F1 (0 to 1) of the first of the ten categories, over the cases that somebody could tell."""
    guesses = decided.probabilities.argmax(axis=1)
    told = [n for n, case in enumerate(cases) if case.category != NEEDS_TRIAGE]
    return float(
        f1_score(
            [cases[n].category for n in told],
            [calibration.categories[guesses[n]] for n in told],
            average="macro",
        )
    )


def described(cases: Sequence[LabelledCase], progress: Progress | None = None) -> list[Example]:
    """Return what the model sees of each case, in order."""
    examples = []
    for n, case in enumerate(cases):
        if progress is not None and n % 50 == 0:
            progress("reading evidence", n, len(cases))
        examples.append(describe(case.event))
    return examples


def held_out(
    cases: Sequence[LabelledCase],
    examples: Sequence[Example],
    precision: float,
    *,
    folds: int = _FOLDS,
    progress: Progress | None = None,
) -> HeldOut:
    """Return scores of every case from a model that saw nothing of its batch, and the calibration that fits them."""
    classes = sorted({case.category for case in cases})
    known = (cases, examples)
    scores = unseen_scores(known, known, parted(cases, folds), classes, progress)
    return HeldOut(tuple(cases), scores, calibrate(scores, [case.category for case in cases], classes, precision))


def parted(cases: Sequence[LabelledCase], folds: int = _FOLDS) -> dict[str, int]:
    """
    Return the part that each batch falls into; parts are of about the same size, and never part a batch.

    Corrections are spread by themselves: few beside the corpus, they would all fall into the part with most room, and what
    is learned from some of them would never be tested on others.
    """
    batches = [case.batch for case in cases]
    corrected = [batch for batch in batches if batch.startswith(CORRECTION)]
    return _spread([batch for batch in batches if not batch.startswith(CORRECTION)], folds) | _spread(corrected, folds)


def _spread(batches: Sequence[str], folds: int) -> dict[str, int]:
    different = len(set(batches))
    if different < 2:  # noqa: PLR2004  one batch cannot be spread
        return dict.fromkeys(batches, 0)
    splits = GroupKFold(min(folds, different)).split(batches, groups=batches)
    return {batches[at]: part for part, (_, unseen) in enumerate(splits) for at in unseen}


def unseen_scores(
    taught: Known,
    tested: Known,
    parts: Mapping[str, int],
    classes: Sequence[str],
    progress: Progress | None = None,
    step: str = "calibrating",
) -> np.ndarray:
    """Return scores (tested, classes), each of a model that was taught nothing of the part that the case is in."""
    scores = np.zeros((len(tested[0]), len(classes)))
    for part in range(max(parts.values()) + 1):
        if progress is not None:
            progress(step, part, max(parts.values()) + 1)
        seen = [n for n, case in enumerate(taught[0]) if parts[case.batch] != part]
        unseen = [n for n, case in enumerate(tested[0]) if parts[case.batch] == part]
        model = fit(
            [taught[1][n] for n in seen], [taught[0][n].category for n in seen], [taught[0][n].weight for n in seen]
        )
        scores[unseen] = model.scores([tested[1][n] for n in unseen])[1]
    return scores
