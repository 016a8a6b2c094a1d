"""Training: fit, calibrate on held-out batches, and keep the result under the version it is made of."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
from scipy.optimize import minimize_scalar
from sklearn.metrics import f1_score, log_loss
from sklearn.model_selection import GroupKFold

from feedback.classification.cases import CORPUS, LabelledCase, load_corpus
from feedback.classification.model import Classifier, Example, describe, fit, softmax
from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = ["HeldOut", "Trained", "classifier_version", "held_out", "train"]

_FOLDS = 5
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Scores of cases whose whole batch the model had not seen: `scores` (n_cases, n_categories)."""

    cases: tuple[LabelledCase, ...]
    categories: tuple[str, ...]
    scores: np.ndarray
    temperature: float

    @property
    def probabilities(self) -> np.ndarray:
        """Calibrated probabilities (n_cases, n_categories)."""
        return softmax(self.scores / self.temperature)


@dataclass(frozen=True, slots=True)
class Trained:
    """A classifier, and the macro-F1 (0 to 1) over batches it had not seen."""

    classifier: Classifier
    cases: int
    macro_f1: float


def classifier_version(folder: Path = CORPUS) -> str:
    """Return `c1:` and a hash of corpus, code and libraries: what a trained classifier is made of."""
    package = Path(__file__).parent
    made_of = sorted(package.rglob("*.py")) + sorted(folder.glob("*.jsonl"))
    made_of += sorted((package.parent / "domain").glob("*.py"))
    hashed = hashlib.sha256(f"{sklearn.__version__} {np.__version__}".encode())
    for path in made_of:
        hashed.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return "c1:" + hashed.hexdigest()[:16]


def train(folder: Path = CORPUS, progress: Progress | None = None) -> Trained:
    """Return a classifier trained on the corpus in `folder`, calibrated on held-out batches."""
    cases = load_corpus(folder)
    report = progress or (lambda _step, _done, _of: None)
    examples = []
    for n, case in enumerate(cases):
        if n % 50 == 0:
            report("reading evidence", n, len(cases))
        examples.append(describe(case.event))
    out = held_out(cases, examples, progress=report)
    answered = [n for n, case in enumerate(cases) if case.category != NEEDS_TRIAGE]
    report("fitting", 0, 1)
    fitted = fit([examples[n] for n in answered], [cases[n].category for n in answered])
    truth = [cases[n].category for n in answered]
    guesses = [out.categories[at] for at in out.scores[answered].argmax(axis=1)]
    report("fitting", 1, 1)
    return Trained(
        Classifier(fitted.vectorizers, fitted.regression, out.temperature, classifier_version(folder)),
        cases=len(cases),
        macro_f1=float(f1_score(truth, guesses, average="macro")),
    )


def held_out(
    cases: Sequence[LabelledCase], examples: Sequence[Example], *, progress: Progress | None = None
) -> HeldOut:
    """Return scores of every case from a model that saw nothing of its batch, and the temperature that calibrates them."""
    batches = [case.batch for case in cases]
    categories = sorted({case.category for case in cases} - {NEEDS_TRIAGE})
    scores = np.zeros((len(cases), len(categories)))
    splits = list(GroupKFold(min(_FOLDS, len(set(batches)))).split(cases, groups=batches))
    for n, (seen, unseen) in enumerate(splits):
        if progress is not None:
            progress("calibrating", n, len(splits))
        known = [at for at in seen if cases[at].category != NEEDS_TRIAGE]
        model = fit([examples[at] for at in known], [cases[at].category for at in known])
        scores[unseen] = model.logits([examples[at] for at in unseen])[1]
    labelled = np.array([case.category != NEEDS_TRIAGE for case in cases])
    truth = [case.category for case in cases if case.category != NEEDS_TRIAGE]

    def loss(temperature: float) -> float:
        return float(log_loss(truth, softmax(scores[labelled] / temperature), labels=categories))

    temperature = float(minimize_scalar(loss, bounds=(0.1, 10.0), method="bounded").x)
    return HeldOut(tuple(cases), tuple(categories), scores, temperature)
