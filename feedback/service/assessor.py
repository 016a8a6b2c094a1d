"""Making the assessor: the trained classifier, kept between runs, and the templates it may name."""

import gc
import os
from collections.abc import Sequence
from pathlib import Path

from feedback.attribution import Attributor
from feedback.classification import saving
from feedback.classification.model import Classifier
from feedback.classification.training import Progress, Trained, classifier_version, train
from feedback.domain.template import Template
from feedback.errors import ForeignClassifier
from feedback.pipeline import Assessor
from feedback.settings import Settings, load_settings, load_taxonomy

__all__ = [
    "adopted_classifier",
    "build_assessor",
    "cache_dir",
    "kept_classifier",
    "train_and_keep",
    "trained_classifier",
]


def build_assessor(
    templates: Sequence[Template],
    settings: Settings | None = None,
    progress: Progress | None = None,
    classifier: Classifier | None = None,
) -> Assessor:
    """Return an assessor that knows these templates, training a classifier first where none is given and none is kept."""
    settings = settings or load_settings()
    assessor = Assessor(
        classifier=classifier or trained_classifier(progress),
        attributor=Attributor(templates, settings.attribution),
        settings=settings.classifier,
        taxonomy_version=load_taxonomy().version,
    )
    gc.freeze()  # it lives as long as the process: without this the collector walks it anew every few batches
    return assessor


def trained_classifier(progress: Progress | None = None) -> Classifier:
    """
    Return the classifier made of today's corpus and code: the one kept, or one trained now and then kept.

    One made of another corpus, code or library has another version, and is never used.
    """
    version = classifier_version()
    return saving.load(_path(version), version) or train_and_keep(progress).classifier


def kept_classifier(progress: Progress | None = None) -> tuple[str, bytes]:
    """Return version and bytes of today's classifier, as `adopted_classifier` takes them elsewhere."""
    version = trained_classifier(progress).version
    return version, _path(version).read_bytes()


def adopted_classifier(version: str, content: bytes) -> Classifier:
    """
    Return the classifier that another process of the same release keeps.

    Raises:
        ForeignClassifier: Another release made it: its features are not ours, so its answers would be noise.
    """
    path = _path(version)
    path.parent.mkdir(parents=True, exist_ok=True)
    if version != classifier_version():
        raise ForeignClassifier(version, classifier_version())
    found = saving.load(path, version)
    if found is None:
        path.with_suffix(f".{os.getpid()}").write_bytes(content)
        path.with_suffix(f".{os.getpid()}").replace(path)
        found = saving.load(path, version)
    if found is None:
        raise ForeignClassifier(version, classifier_version())
    return found


def train_and_keep(progress: Progress | None = None) -> Trained:
    """Train the classifier anew and keep it."""
    trained = train(progress=progress)
    saving.save(trained.classifier, _path(trained.classifier.version))
    return trained


def _path(version: str) -> Path:
    return cache_dir() / f"classifier-{version.removeprefix('c1:')}.skops"


def cache_dir() -> Path:
    """Return where trained classifiers are kept: `FEEDBACK_CACHE`, else `feedback` in the user's cache folder."""
    named = os.environ.get("FEEDBACK_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "feedback"
