"""Keeping a trained classifier as a file, without pickle: skops reads only the types it is told to trust."""

from pathlib import Path

import skops.io

from feedback.classification.calibration import Calibration
from feedback.classification.model import Classifier
from feedback.classification.regression import Linear

__all__ = ["load", "save"]


def save(classifier: Classifier, path: Path, code: str) -> None:
    """
    Write the classifier to `path`; whoever reads meanwhile sees the old file or the new one, never a half.

    `code` names the features it was made with (`training.code_version`): with others its answers would be noise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    calibration = classifier.calibration
    parts = {
        "version": classifier.version,
        "code": code,
        "classes": list(calibration.classes),
        "temperature": calibration.temperature,
        "beta": list(calibration.beta),
        "thresholds": dict(calibration.thresholds),
        "vectorizers": list(classifier.vectorizers),
        "weights": classifier.linear.weights,
        "intercepts": classifier.linear.intercepts,
    }
    skops.io.dump(parts, partial)
    partial.replace(path)


def load(path: Path, version: str, code: str) -> Classifier | None:
    """Return the classifier in `path`, or None where there is none, it is another's, or it cannot be read."""
    try:
        parts = skops.io.load(path, trusted=[])
        if parts["version"] != version or parts["code"] != code:
            return None
        calibration = Calibration(
            tuple(parts["classes"]), float(parts["temperature"]), tuple(parts["beta"]), parts["thresholds"]
        )
        linear = Linear(calibration.classes, parts["weights"], parts["intercepts"])
        return Classifier(parts["vectorizers"], linear, calibration, version)
    except Exception:  # noqa: BLE001  whatever is wrong with a cached file, training anew mends it
        return None
