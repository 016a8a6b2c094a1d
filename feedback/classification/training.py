"""Training: fit, calibrate on held-out batches, and name the result after what it is made of."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from feedback.classification.calibration import Calibration, Decided, calibrate
from feedback.classification.cases import CORPUS, LabelledCase, load_corpus
from feedback.classification.model import Classifier, Example, describe, fit
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.settings import load_taxonomy

__all__ = ["HeldOut", "Progress", "Trained", "classifier_version", "code_version", "described", "held_out", "train"]

_FOLDS = 5
Progress = Callable[[str, int, int], None]


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
    """A classifier, and the macro-F1 (0 to 1) over batches it had not seen."""

    classifier: Classifier
    cases: int
    macro_f1: float


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
    report("fitting", 0, 1)
    fitted = fit(examples, [case.category for case in cases], [case.weight for case in cases])
    report("fitting", 1, 1)
    guesses = out.decided.probabilities.argmax(axis=1)
    told = [n for n, case in enumerate(cases) if case.category != NEEDS_TRIAGE]
    return Trained(
        Classifier(
            fitted.vectorizers, fitted.linear, out.calibration, classifier_version(precision, corrections, folder)
        ),
        cases=len(cases),
        macro_f1=float(
            f1_score(
                [cases[n].category for n in told],
                [out.calibration.categories[guesses[n]] for n in told],
                average="macro",
            )
        ),
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
    batches = [case.batch for case in cases]
    classes = sorted({case.category for case in cases})
    scores = np.zeros((len(cases), len(classes)))
    splits = list(GroupKFold(min(folds, len(set(batches)))).split(cases, groups=batches))
    for n, (seen, unseen) in enumerate(splits):
        if progress is not None:
            progress("calibrating", n, len(splits))
        model = fit(
            [examples[at] for at in seen], [cases[at].category for at in seen], [cases[at].weight for at in seen]
        )
        scores[unseen] = model.scores([examples[at] for at in unseen])[1]
    truth = [case.category for case in cases]
    return HeldOut(tuple(cases), scores, calibrate(scores, truth, classes, precision))
