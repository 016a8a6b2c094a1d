"""Making the assessor: the trained classifier, kept between runs, and the templates it may name."""

import gc
import os
from collections.abc import Sequence
from pathlib import Path

from feedback.attribution import Attributor
from feedback.classification import saving
from feedback.classification.card import Card, read_card, write_card
from feedback.classification.cases import CORPUS, LabelledCase
from feedback.classification.model import Classifier
from feedback.classification.training import Progress, Trained, classifier_version, code_version, train
from feedback.domain.template import Template
from feedback.errors import ForeignClassifier
from feedback.pipeline import Assessor
from feedback.settings import ClassifierSettings, Settings, load_settings, load_taxonomy

__all__ = [
    "adopted_classifier",
    "build_assessor",
    "cache_dir",
    "classifier_card",
    "classifier_path",
    "keep",
    "kept_classifier",
    "train_and_keep",
    "trained_classifier",
]


def build_assessor(
    templates: Sequence[Template],
    settings: Settings | None = None,
    progress: Progress | None = None,
    classifier: Classifier | None = None,
    earlier: Assessor | None = None,
) -> Assessor:
    """
    Return an assessor that knows these templates, training a classifier first where none is given and none is kept.

    Templates that `earlier` knows too are not read again.
    """
    settings = settings or load_settings()
    assessor = Assessor(
        classifier=classifier or trained_classifier(progress, settings.classifier),
        attributor=Attributor(templates, settings.attribution, earlier.attributor if earlier else None),
        settings=settings.classifier,
        taxonomy_version=load_taxonomy().version,
    )
    gc.freeze()  # it lives as long as the process: without this the collector walks it anew every few batches
    return assessor


def trained_classifier(
    progress: Progress | None = None,
    settings: ClassifierSettings | None = None,
    corrections: Sequence[LabelledCase] = (),
    folder: Path = CORPUS,
) -> Classifier:
    """
    Return the classifier made of today's code, corpus, settings and these corrections: the one kept, or one trained now.

    One made of anything else has another version, and is never used in its place.
    """
    settings = settings or load_settings().classifier
    version = classifier_version(settings.precision, corrections, folder)
    found = saving.load(classifier_path(version), version, code_version())
    if found is None and progress is not None and any(cache_dir().glob("classifier-*.skops")):
        progress("those kept are of other code, corpus, settings, taxonomy or corrections", 0, 1)
    return found or train_and_keep(progress, settings, corrections, folder).classifier


def kept_classifier(
    settings: ClassifierSettings | None = None, corrections: Sequence[LabelledCase] = ()
) -> tuple[str, bytes]:
    """Return version and bytes of the classifier made of these, as `adopted_classifier` takes them elsewhere."""
    version = trained_classifier(None, settings, corrections).version
    return version, classifier_path(version).read_bytes()


def adopted_classifier(version: str, content: bytes) -> Classifier:
    """
    Return the classifier that another process of the same release keeps.

    Raises:
        ForeignClassifier: Another release made it: its features are not ours, so its answers would be noise.
    """
    path, code = classifier_path(version), code_version()
    found = saving.load(path, version, code)
    if found is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        arrived = path.with_suffix(f".{os.getpid()}")
        arrived.write_bytes(content)
        found = saving.load(arrived, version, code)
        if found is None:
            arrived.unlink()
            raise ForeignClassifier(version, code)
        arrived.replace(path)
    return found


def train_and_keep(
    progress: Progress | None = None,
    settings: ClassifierSettings | None = None,
    corrections: Sequence[LabelledCase] = (),
    folder: Path = CORPUS,
) -> Trained:
    """Train the classifier anew and keep it."""
    settings = settings or load_settings().classifier
    trained = train(settings.precision, corrections, folder, progress)
    keep(trained.classifier, trained.card)
    return trained


def keep(classifier: Classifier, card: Card | None = None) -> None:
    """Keep a classifier under its version, and beside it what it is worth, where that was measured."""
    saving.save(classifier, classifier_path(classifier.version), code_version())
    if card is not None:
        write_card(card, _card_path(classifier.version))


def classifier_card(version: str) -> Card | None:
    """Return the figures of a classifier that was trained on this machine; None where it came from elsewhere."""
    return read_card(_card_path(version), version)


def _card_path(version: str) -> Path:
    return classifier_path(version).with_suffix(".json")


def classifier_path(version: str) -> Path:
    """Return where the classifier of this version is kept, if it is."""
    return cache_dir() / f"classifier-{version.removeprefix('c1:')}.skops"


def cache_dir() -> Path:
    """Return where trained classifiers are kept: `FEEDBACK_CACHE`, else `feedback` in the user's cache folder."""
    named = os.environ.get("FEEDBACK_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "feedback"
