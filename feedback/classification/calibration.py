"""Calibration: from scores to probabilities that hold, and to answers sure enough to be given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = ["Calibration", "Decided", "calibrate", "softmax", "uncalibrated"]

_TINY = 1e-9
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Decided:
    """
    What calibrated scores say, a row a case.

    `probabilities` (n, 10) sum to 1; `doubt` (n) is the probability that nobody could tell; `confidence` (n) is that of
    the first category, less the doubt; `sure` (n) tells whether that is enough for this category.
    """

    probabilities: np.ndarray
    doubt: np.ndarray
    confidence: np.ndarray
    sure: np.ndarray


@dataclass(frozen=True, slots=True)
class Calibration:
    """
    How scores over `classes` (the ten categories and needs_triage) become probabilities over the ten, and answers.

    A temperature softens all scores (Guo and others, 2017); a beta map (Kull and others, 2017) then moves the first
    probability to the share of such answers that were right on held-out batches, and the other nine make room in
    proportion. `thresholds` hold the least confidence of each category.
    """

    classes: tuple[str, ...]
    temperature: float
    beta: tuple[float, float, float]
    thresholds: Mapping[str, float]

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories in the order of the columns of `probabilities`."""
        return tuple(name for name in self.classes if name != NEEDS_TRIAGE)

    def decide(self, scores: np.ndarray) -> Decided:
        """Return what scores (n, classes) say."""
        triage = self.classes.index(NEEDS_TRIAGE)
        doubt = softmax(scores / self.temperature)[:, triage]
        ten = self._moved(softmax(np.delete(scores, triage, axis=1) / self.temperature))
        confidence = ten.max(axis=1) * (1 - doubt)
        least = np.array([self.thresholds[name] for name in self.categories])
        return Decided(ten, doubt, confidence, confidence >= least[ten.argmax(axis=1)])

    def _moved(self, ten: np.ndarray) -> np.ndarray:
        """Return `ten` with the first probability moved by the beta map, but never below the second."""
        rows, first = np.arange(len(ten)), ten.argmax(axis=1)
        top = np.clip(ten[rows, first], _TINY, 1 - _TINY)
        second = np.partition(ten, -2, axis=1)[:, -2]
        rise, fall, shift = self.beta
        moved = expit(rise * np.log(top) - fall * np.log1p(-top) + shift)
        moved = np.maximum(moved, second / (1 - top + second))
        scaled = ten * ((1 - moved) / (1 - top))[:, None]
        scaled[rows, first] = moved
        return np.asarray(scaled / scaled.sum(axis=1, keepdims=True))


def uncalibrated(classes: Sequence[str]) -> Calibration:
    """Return the calibration that changes nothing and is always sure."""
    return Calibration(tuple(classes), 1.0, (1.0, 1.0, 0.0), dict.fromkeys(classes, 0.0))


def calibrate(scores: np.ndarray, truth: Sequence[str], classes: Sequence[str], precision: float) -> Calibration:
    """
    Return the calibration that fits scores (n, classes) of cases the model had not seen.

    The threshold of a category is the lowest confidence at and above which the share of right answers among them, the
    cases that nobody could tell counted as wrong, is at least `precision`; where no ten answers reach it, above all.
    """
    answered = np.array([name != NEEDS_TRIAGE for name in truth])
    told = [name for name in truth if name != NEEDS_TRIAGE]
    categories = [name for name in classes if name != NEEDS_TRIAGE]
    ten = np.delete(scores, list(classes).index(NEEDS_TRIAGE), axis=1)

    def loss(temperature: float) -> float:
        return float(log_loss(told, softmax(ten[answered] / temperature), labels=categories))

    temperature = float(minimize_scalar(loss, bounds=(0.05, 20.0), method="bounded").x)
    soft = softmax(ten / temperature)
    right = np.array([categories[first] for first in soft.argmax(axis=1)]) == np.array(truth)
    beta = _beta(soft.max(axis=1)[answered], right[answered])
    bare = Calibration(tuple(classes), temperature, beta, dict.fromkeys(classes, 0.0))
    decided = bare.decide(scores)
    first = decided.probabilities.argmax(axis=1)
    thresholds = {
        name: _threshold(decided.confidence[first == n], right[first == n], precision)
        for n, name in enumerate(categories)
    }
    return Calibration(bare.classes, temperature, beta, thresholds)


def _beta(top: np.ndarray, right: np.ndarray) -> tuple[float, float, float]:
    """Return rise, fall and shift of the map from a first probability to the share that was right."""
    if right.all() or not right.any():
        return 1.0, 1.0, 0.0
    top = np.clip(top, _TINY, 1 - _TINY)
    fitted = LogisticRegression(C=1e6).fit(np.column_stack([np.log(top), -np.log1p(-top)]), right)
    rise, fall = map(float, fitted.coef_[0])
    return max(rise, 0.0), max(fall, 0.0), float(fitted.intercept_[0])


def _threshold(confidence: np.ndarray, right: np.ndarray, precision: float) -> float:
    order = np.argsort(confidence)
    if not len(order):
        return 0.0
    above = np.arange(len(order), 0, -1)
    shares = np.cumsum(right[order][::-1])[::-1] / above
    enough = np.flatnonzero((shares >= precision) & (above >= _FEWEST))
    return float(confidence[order][enough[0]]) if len(enough) else 1.0


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities (n, k) of scores (n, k)."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
