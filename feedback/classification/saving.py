"""Keeping a trained classifier as a file, without pickle: skops reads only the types it is told to trust."""

from pathlib import Path

import skops.io

from feedback.classification.model import Classifier

__all__ = ["load", "save"]


def save(classifier: Classifier, path: Path) -> None:
    """Write the classifier to `path`; whoever reads meanwhile sees the old file or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    parts = {
        "version": classifier.version,
        "temperature": classifier.temperature,
        "vectorizers": list(classifier.vectorizers),
        "regression": classifier.regression,
    }
    skops.io.dump(parts, partial)
    partial.replace(path)


def load(path: Path, version: str) -> Classifier | None:
    """Return the classifier in `path`, or None where there is none, it is of another version, or it cannot be read."""
    try:
        parts = skops.io.load(path, trusted=[])
    except Exception:  # noqa: BLE001  whatever is wrong with a cached file, training anew mends it
        return None
    if parts["version"] != version:
        return None
    return Classifier(parts["vectorizers"], parts["regression"], parts["temperature"], version)
