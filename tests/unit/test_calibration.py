"""Calibration: probabilities that sum to one, a first that stays first, and thresholds that keep their promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.classification.calibration import Calibration, calibrate, softmax, uncalibrated
from feedback.classification.measures import calibration_error, measure, reliability
from feedback.domain.taxonomy import NEEDS_TRIAGE

CLASSES = ("a", "b", "c", NEEDS_TRIAGE)


def _cases(count: int, sharpness: float, seed: int) -> tuple[np.ndarray, list[str]]:
    """Return scores and truths drawn from them: the scores are `sharpness` times what they should be."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, len(CLASSES))) * 2
    truth = [CLASSES[rng.choice(len(CLASSES), p=row)] for row in softmax(logits)]
    return logits * sharpness, truth


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.floats(-30, 30), min_size=4, max_size=4), min_size=1, max_size=8),
    st.floats(0.1, 5),
    st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(-3, 3)),
)
def test_probabilities_sum_to_one_and_the_first_stays_first(
    rows: list[list[float]], temperature: float, beta: tuple[float, float, float]
) -> None:
    scores = np.array(rows)
    decided = Calibration(CLASSES, temperature, beta, dict.fromkeys(CLASSES, 0.5)).decide(scores)
    assert decided.probabilities.sum(axis=1) == pytest.approx(np.ones(len(rows)))
    assert (decided.probabilities >= 0).all()
    first = softmax(scores[:, :3] / temperature).argmax(axis=1)
    chosen = decided.probabilities[np.arange(len(rows)), first]
    assert chosen == pytest.approx(decided.probabilities.max(axis=1))


def test_scores_that_are_too_sure_are_brought_to_what_holds() -> None:
    scores, truth = _cases(4_000, sharpness=4, seed=1)
    fresh, fresh_truth = _cases(4_000, sharpness=4, seed=2)
    calibration = calibrate(scores, truth, CLASSES, precision=0.5)
    told = np.array([name != NEEDS_TRIAGE for name in fresh_truth])

    def error(used: Calibration) -> float:
        ten = used.decide(fresh).probabilities
        right = np.array(used.categories)[ten.argmax(axis=1)] == np.array(fresh_truth)
        return calibration_error(ten.max(axis=1)[told], right[told])

    assert error(calibration) < 0.03 < error(uncalibrated(CLASSES))


@pytest.mark.parametrize("precision", [0.6, 0.8, 0.9])
def test_of_the_answers_of_each_category_the_stated_share_is_right(precision: float) -> None:
    scores, truth = _cases(6_000, sharpness=2, seed=3)
    calibration = calibrate(scores, truth, CLASSES, precision)
    fresh, fresh_truth = _cases(6_000, sharpness=2, seed=4)
    decided = calibration.decide(fresh)
    first = np.array(calibration.categories)[decided.probabilities.argmax(axis=1)]
    for name in calibration.categories:
        among = (first == name) & decided.sure
        assert among.any()
        assert (np.array(fresh_truth)[among] == name).mean() == pytest.approx(precision, abs=0.06)


def test_a_category_that_is_never_right_is_never_sure() -> None:
    scores = np.tile([5.0, 0.0, 0.0, 0.0], (50, 1)) + np.arange(50)[:, None] * [0.01, 0, 0, 0]
    calibration = calibrate(np.vstack([scores, [[0, 5.0, 0, 0]] * 50]), ["c"] * 50 + ["b"] * 50, CLASSES, 0.8)
    assert not calibration.decide(scores).sure.any()


def test_reliability_tells_said_and_true_shares_by_bin() -> None:
    top = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False])
    assert reliability(top, right) == [(0.55, 0.5, 2), (0.95, 1.0, 2)]
    assert calibration_error(top, right) == pytest.approx(0.05)


def test_measures_are_counted_from_the_answers_by_hand() -> None:
    decided = uncalibrated(CLASSES).decide(np.log(np.array([
        [0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.5, 0.3, 0.1, 0.1], [0.2, 0.2, 0.1, 0.5],
    ])))  # fmt: skip
    found = measure(decided, ["a", "b", "b", NEEDS_TRIAGE], ["x", "x", "y", "y"], ("a", "b", "c"))
    assert (found.cases, found.triage_cases) == (3, 1)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.half == 1.0
    assert found.by_group == {"x": 1.0, "y": 0.0}
    assert found.mean_over_groups == 0.5
    assert found.answered == 1.0
    assert found.triage_recall == 0.0
    of_a, of_b, _ = found.by_category
    assert (of_a.precision, of_a.recall) == (0.5, 1.0)
    assert (of_b.precision, of_b.recall) == (1.0, 0.5)
    assert of_a.right_of_answered == pytest.approx(1 / 3)  # of three first guesses of a one was a, one b, one triage
