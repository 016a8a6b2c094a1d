"""Evaluating: every figure of the classifier, from the corpus in the package and from labelled failures of one's own."""

import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from feedback.classification import saving
from feedback.classification.cases import ASIDE, LabelledCase, load_corpus
from feedback.classification.evaluation import (
    Corrected,
    Faithful,
    faithfulness,
    labelled_file,
    learning_curve,
    what_corrections_add,
)
from feedback.classification.measures import Measured, RuleMeasured, measure, measure_rules, reliability
from feedback.classification.model import Classifier, Example, fit
from feedback.classification.training import HeldOut, Progress, code_version, described, held_out
from feedback.service.assessor import classifier_path, keep, trained_classifier
from feedback.settings import Settings, load_settings

__all__ = ["Curves", "Report", "Speed", "evaluate"]

_SIZES = (2, 5, 10, 15, 20)
_CORRECTED_BATCHES = 8
_FEW_FOLDS = 6
_EXPLAINED_BATCHES = 3
_BATCH = 256
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Speed:
    """Events a second of processor time, in full and by the bare vectorizers; their mean size in bytes; the model in MB."""

    events_per_second: float
    bare_per_second: float
    mean_bytes: float
    model_megabytes: float


@dataclass(frozen=True, slots=True)
class Curves:
    """Macro-F1 by number of batches learned from, and what corrections add on batches and on labelled origins."""

    learning: list[tuple[int, float]]
    corrected_batches: list[Corrected]
    corrected_origins: list[Corrected]


@dataclass(frozen=True, slots=True)
class Report:
    """All figures; `labelled` and `curves` are None where they were not asked for."""

    classifier_version: str
    precision: float
    thresholds: dict[str, float]
    corpus: Measured
    reliability: list[tuple[float, float, int]]
    aside: Measured
    labelled: Measured | None
    rules: list[RuleMeasured]
    rules_labelled: list[RuleMeasured]
    faithful: Faithful
    speed: Speed
    curves: Curves | None


@dataclass(frozen=True, slots=True)
class _Known:
    """Cases with what the model sees of them."""

    cases: Sequence[LabelledCase]
    examples: Sequence[Example]

    @property
    def truth(self) -> list[str]:
        return [case.category for case in self.cases]

    def chosen(self, batches: Sequence[str], *, inside: bool) -> "_Known":
        kept = [n for n, case in enumerate(self.cases) if (case.batch in batches) == inside]
        return _Known([self.cases[n] for n in kept], [self.examples[n] for n in kept])


def evaluate(
    labelled: Path | None = None,
    *,
    curves: bool = True,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Report:
    """
    Return every figure of the shipped classifier.

    On the corpus each batch is judged by a model that saw nothing of it (without `curves` several batches at once); on the two batches set aside, and on `labelled`
    (JSONL of event, category, origin), by the shipped classifier itself.

    Raises:
        InvalidInput: A line of `labelled` is no labelled failure.
    """
    settings = settings or load_settings()
    precision = settings.classifier.precision
    report = progress or (lambda _step, _done, _of: None)
    corpus, aside = _known(load_corpus(), report), _known(load_corpus(ASIDE), report)
    stream = _known(labelled_file(labelled) if labelled else [], report)
    batches = [case.batch for case in corpus.cases]
    folds = len(set(batches)) if curves else _FEW_FOLDS
    out = held_out(corpus.cases, corpus.examples, precision, folds=folds, progress=report)
    classifier = trained_classifier(progress, settings.classifier)
    told = out.decided
    figures = measure(told, corpus.truth, batches, out.calibration.categories)
    return Report(
        classifier_version=classifier.version,
        precision=precision,
        thresholds={name: classifier.calibration.thresholds[name] for name in classifier.categories},
        corpus=figures,
        reliability=_reliability(out),
        aside=_measured(classifier, aside),
        labelled=_measured(classifier, stream) if stream.cases else None,
        rules=measure_rules(corpus.examples, corpus.truth),
        rules_labelled=measure_rules(stream.examples, stream.truth),
        faithful=_faithful(corpus, out, settings.classifier.explained_terms),
        speed=_speed(classifier, corpus, settings.classifier.explained_terms),
        curves=_curves(corpus, stream, settings.classifier.correction_weight, report) if curves else None,
    )


def _known(cases: Sequence[LabelledCase], report: Progress) -> _Known:
    return _Known(cases, described(cases, report))


def _measured(classifier: Classifier, known: _Known) -> Measured:
    decided = classifier.calibration.decide(classifier.scores(known.examples)[1])
    return measure(decided, known.truth, [case.batch for case in known.cases], classifier.categories)


def _reliability(out: HeldOut) -> list[tuple[float, float, int]]:
    categories, ten = out.calibration.categories, out.decided.probabilities
    told = [n for n, case in enumerate(out.cases) if case.category in categories]
    first = ten.argmax(axis=1)
    right = np.array([categories[first[n]] == out.cases[n].category for n in told])
    return reliability(ten.max(axis=1)[told], right)


def _faithful(corpus: _Known, out: HeldOut, explained_terms: int) -> Faithful:
    """Explain a few batches by a model that has not seen them."""
    batches = sorted({case.batch for case in corpus.cases})[:_EXPLAINED_BATCHES]
    seen, unseen = corpus.chosen(batches, inside=False), corpus.chosen(batches, inside=True)
    model = fit(seen.examples, seen.truth)
    return faithfulness(model, out.calibration, unseen.examples, explained_terms)


def _speed(classifier: Classifier, corpus: _Known, explained_terms: int) -> Speed:
    events = [case.event for case in corpus.cases]
    classifier.classify(events[:_BATCH], explained_terms=explained_terms)  # warm-up
    began = time.process_time()
    for start in range(0, len(events), _BATCH):
        classifier.classify(events[start : start + _BATCH], explained_terms=explained_terms)
    full = time.process_time() - began
    began = time.process_time()
    for start in range(0, len(events), _BATCH):
        classifier.vectorize(corpus.examples[start : start + _BATCH])
    bare = time.process_time() - began
    size = sum(len(event.model_dump_json(exclude_defaults=True).encode()) for event in events) / len(events)
    return Speed(len(events) / full, len(events) / bare, size, _memory(classifier))


def _memory(classifier: Classifier) -> float:
    """Return how many megabytes a kept classifier takes when it is loaded."""
    path = classifier_path(classifier.version)
    if not path.exists():
        keep(classifier)
    tracemalloc.start()
    loaded = saving.load(path, classifier.version, code_version())
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / _MEGABYTE if loaded is not None else 0.0


def _curves(corpus: _Known, stream: _Known, weight: float, report: Progress) -> Curves:
    report("learning curve", 0, 3)
    learning = learning_curve(corpus.cases, corpus.examples, _SIZES)
    report("what corrections add", 1, 3)
    known = (corpus.cases, corpus.examples)
    names = sorted({case.batch for case in corpus.cases})
    some = corpus.chosen(names[:: max(1, len(names) // _CORRECTED_BATCHES)][:_CORRECTED_BATCHES], inside=True)
    batches = what_corrections_add(known, (some.cases, some.examples), weight)
    report("what corrections add", 2, 3)
    return Curves(learning, batches, what_corrections_add(known, (stream.cases, stream.examples), weight))
