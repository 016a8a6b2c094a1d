"""Evaluation: what the classifier is worth on batches and origins it has not seen, and what corrections add."""

import json
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics import f1_score

from feedback.classification.calibration import Calibration
from feedback.classification.cases import LabelledCase
from feedback.classification.model import Classifier, Example, fit
from feedback.domain.failure import FailureEvent
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.errors import Fault, InvalidInput

__all__ = ["Corrected", "Faithful", "faithfulness", "labelled_file", "learning_curve", "what_corrections_add"]

_DRAWS = 2
_HELD_BACK = 4
_SEED = 20_260_401
_FEWEST_ITEMS, _FEWEST_CATEGORIES = 40, 2
_RANDOM_DRAWS = 10


@dataclass(frozen=True, slots=True)
class Corrected:
    """Errors (0 to 1) on the second half of a stream, without and with its first half as corrections."""

    stream: str
    tested: int
    without: float
    with_corrections: float


@dataclass(frozen=True, slots=True)
class Faithful:
    """
    How faithful the named evidence is.

    `share` of the cases whose first category lost more probability without the named terms and rules than without as many
    others drawn at random, and the mean losses of both.
    """

    cases: int
    share: float
    lost_named: float
    lost_random: float


def labelled_file(path: Path) -> list[LabelledCase]:
    """
    Return the cases of a JSONL file with `event`, `category` and, where known, `origin` on each line.

    The origin is the batch of a case; where there is none, the name of the file is.

    Raises:
        InvalidInput: A line is no such object, or its event breaks the contract.
    """
    cases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            event = FailureEvent.model_validate_json(json.dumps(record["event"]))
            cases.append(LabelledCase(event, record["category"], record.get("origin", path.stem)))
        except (ValueError, KeyError, TypeError) as error:
            fault = f"expected an object with event, category and, where known, origin; found {error}"
            raise InvalidInput(Fault(f"{path.name}:{number}", fault)) from error
    return cases


def learning_curve(
    cases: Sequence[LabelledCase], examples: Sequence[Example], sizes: Sequence[int]
) -> list[tuple[int, float]]:
    """Return (batches, macro-F1 on four other batches) for each of `sizes`, the mean of two draws of batches."""
    batches = sorted({case.batch for case in cases})
    scores: dict[int, list[float]] = defaultdict(list)
    for draw in range(_DRAWS):
        order = np.random.default_rng(_SEED + draw).permutation(batches)
        tested = [
            n for n, case in enumerate(cases) if case.batch in order[:_HELD_BACK] and case.category != NEEDS_TRIAGE
        ]
        for size in sizes:
            seen = set(order[_HELD_BACK : _HELD_BACK + size])
            model = _fitted(cases, examples, [n for n, case in enumerate(cases) if case.batch in seen])
            guesses = _guesses(model, [examples[n] for n in tested])
            scores[size].append(float(f1_score([cases[n].category for n in tested], guesses, average="macro")))
    return [(size, float(np.mean(scores[size]))) for size in sizes]


def what_corrections_add(
    known: tuple[Sequence[LabelledCase], Sequence[Example]],
    stream: tuple[Sequence[LabelledCase], Sequence[Example]],
    weight: float,
) -> list[Corrected]:
    """
    Return for each stream (the `batch` of its cases) what half of it, as corrections, does for the other half.

    Cases with the same request are never parted between the halves. Streams of fewer than 40 items or of one category are
    left out, and so is from `known` what is of the same batch.
    """
    told = [n for n, case in enumerate(stream[0]) if case.category != NEEDS_TRIAGE]
    found = []
    for name in sorted({stream[0][n].batch for n in told}):
        items = [n for n in told if stream[0][n].batch == name]
        if len(items) < _FEWEST_ITEMS or len({stream[0][n].category for n in items}) < _FEWEST_CATEGORIES:
            continue
        first = [n for n in items if _side(stream[0][n].event)]
        second = [n for n in items if n not in set(first)]
        base = [n for n, case in enumerate(known[0]) if case.batch != name]
        cases = [known[0][n] for n in base]
        examples = [known[1][n] for n in base]
        corrections = [replace(stream[0][n], weight=weight) for n in first]
        truth = np.array([stream[0][n].category for n in second])
        errors = []
        for extra, seen in (([], []), (corrections, [stream[1][n] for n in first])):
            model = _fitted([*cases, *extra], [*examples, *seen], range(len(cases) + len(extra)))
            errors.append(float(np.mean(_guesses(model, [stream[1][n] for n in second]) != truth)))
        found.append(Corrected(name, len(second), *errors))
    return found


def _side(event: FailureEvent) -> bool:
    """Tell whether an event belongs to the first half: the same for all with the same request."""
    messages = event.request.messages if event.request else ()
    asked = "\n".join(message.text for message in messages if message.role != "assistant")
    said = asked or event.model_dump_json(include={"signals"})
    return zlib.crc32(said.encode(errors="replace")) % 2 == 0


def _fitted(cases: Sequence[LabelledCase], examples: Sequence[Example], chosen: Sequence[int]) -> Classifier:
    return fit([examples[n] for n in chosen], [cases[n].category for n in chosen], [cases[n].weight for n in chosen])


def _guesses(model: Classifier, examples: Sequence[Example]) -> np.ndarray:
    """Return the first of the ten categories of each example."""
    scores = model.scores(examples)[1]
    scores[:, model.linear.classes.index(NEEDS_TRIAGE)] = -np.inf
    return np.asarray(np.array(model.linear.classes)[scores.argmax(axis=1)])


def faithfulness(
    model: Classifier, calibration: Calibration, examples: Sequence[Example], explained_terms: int
) -> Faithful:
    """Return how faithful the evidence is that `model` names on cases it has not seen."""
    rng = np.random.default_rng(_SEED)
    named_more, losses = 0, []
    for example in examples:
        features, scores = model.scores([example])
        first = int(calibration.decide(scores).probabilities[0].argmax())
        present = features.indices
        named = model.named_columns(features, example, first, explained_terms)
        others = np.setdiff1d(present, named)
        if not len(named) or len(others) < len(named):
            continue

        def lost(
            columns: np.ndarray, scores: np.ndarray = scores, features: csr_matrix = features, at: int = first
        ) -> float:
            weights = np.asarray(features[:, columns].toarray())[0]
            without = scores - weights @ model.linear.weights[:, columns].T
            return float(
                calibration.decide(scores).probabilities[0, at] - calibration.decide(without).probabilities[0, at]
            )

        of_named = lost(named)
        of_random = float(np.mean([lost(rng.choice(others, len(named), replace=False)) for _ in range(_RANDOM_DRAWS)]))
        named_more += of_named > of_random
        losses.append((of_named, of_random))
    mean_named, mean_random = np.mean(losses, axis=0) if losses else (0.0, 0.0)
    return Faithful(len(losses), named_more / max(1, len(losses)), float(mean_named), float(mean_random))
