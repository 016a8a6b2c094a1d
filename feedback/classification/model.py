"""The classifier: text views, evidence and relations into calibrated probabilities over the categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from feedback.classification.calibration import Calibration, uncalibrated
from feedback.classification.evidence import RULES, find_in
from feedback.classification.evidence.view import View
from feedback.classification.features import NO_TOOL, VIEWS, Views, involves_no_tool, rule_features, views_of
from feedback.classification.regression import Linear, fit_linear
from feedback.classification.relations import RELATIONS, relations_of
from feedback.domain.assessment import Evidence
from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = ["Classified", "Classifier", "Example", "describe", "fit"]

_RULE_WEIGHT = 0.7
_RELATION_WEIGHT = 0.3
_WORD = r"\w+"
_CHARACTERS = "characters"
_IN_PAIRS = ("signals", "response")  # pairs of words of the request cost as much and brought nothing
_READ = (*range(len(VIEWS)), VIEWS.index("signals"))  # the view that each vectorizer reads


@dataclass(frozen=True, slots=True)
class Example:
    """What the model sees of one event."""

    views: Views
    texts: tuple[str, ...]
    findings: tuple[Finding, ...]
    no_tool: bool
    relations: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Classified:
    """Probabilities by category (they sum to 1), whether the first is sure enough to be said, and what spoke for it."""

    probabilities: dict[str, float]
    sure: bool
    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...]


def describe(event: FailureEvent) -> Example:
    """Return what the model sees of `event`."""
    views, view = views_of(event), View(event)
    return Example(views, views.texts(), find_in(view), involves_no_tool(event), relations_of(view))


class Classifier:
    """A fitted classifier. The same input gives the same answer, whatever else is in the batch."""

    def __init__(
        self,
        vectorizers: Sequence[TfidfVectorizer],
        linear: Linear,
        calibration: Calibration,
        version: str,
    ) -> None:
        """Wrap fitted parts; `vectorizers` are one a view, in their order, then one for the characters of the signals."""
        self.vectorizers = tuple(vectorizers)
        self.linear = linear
        self.calibration = calibration
        self.version = version
        self.categories = calibration.categories
        self._columns = rule_columns(self.categories)
        self._names: list[tuple[str, str]] = [
            (view, term)
            for view, vectorizer in zip((*VIEWS, _CHARACTERS), self.vectorizers, strict=True)
            for term in vectorizer.get_feature_names_out()
        ] + [("rule", rule) for rule in self._columns]
        self._words = sum(len(vectorizer.vocabulary_) for vectorizer in self.vectorizers[: len(VIEWS)])
        ten = [n for n, name in enumerate(linear.classes) if name != NEEDS_TRIAGE]
        coefficients = linear.weights[ten]
        self._weights = coefficients - coefficients.mean(axis=0)  # what speaks for a category against the others

    def scores(self, examples: Sequence[Example]) -> tuple[csr_matrix, np.ndarray]:
        """Return features (n_examples, n_features) and uncalibrated scores (n_examples, classes of the calibration)."""
        features = featurize(self.vectorizers, self._columns, examples)
        return features, self.linear.scores(features)

    def vectorize(self, examples: Sequence[Example]) -> list[csr_matrix]:
        """Return what the bare vectorizers make of the texts of examples, a matrix each: what no classifier is faster than."""
        return _vectorized(self.vectorizers, examples)

    def classify(self, events: Sequence[FailureEvent], *, explained_terms: int) -> list[Classified]:
        """Return one answer an event, in order."""
        if not events:
            return []
        examples = [describe(event) for event in events]
        features, scores = self.scores(examples)
        decided = self.calibration.decide(scores)
        answers = []
        for n, example in enumerate(examples):
            row = decided.probabilities[n]
            by_category = {name: round(float(p), 6) for name, p in zip(self.categories, row, strict=True)}
            evidence = (*_rules(example), *self._terms(features, n, int(np.argmax(row)), example, explained_terms))
            answers.append(Classified(by_category, bool(decided.sure[n]), evidence, example.findings))
        return answers

    def named_columns(self, features: csr_matrix, example: Example, category: int, most: int) -> np.ndarray:
        """Return the columns of the terms and rules that the evidence of one example (its only row) names."""
        rules = {finding.rule for finding in example.findings}
        start = len(self._names) - len(self._columns)
        named = [start + self._columns[rule] for rule in sorted(rules)]
        return np.array([*(column for column, _ in self._weighty(features, 0, category, most)), *named], dtype=int)

    def _weighty(self, features: csr_matrix, n: int, category: int, most: int) -> list[tuple[int, float]]:
        """Return column and weight of the words of one example that weighed most for a category, heaviest first."""
        start, end = features.indptr[n], features.indptr[n + 1]
        columns = features.indices[start:end]
        weights = features.data[start:end] * self._weights[category, columns]
        weights[columns >= self._words] = 0  # characters, rules and relations are no terms
        heaviest = np.argsort(-weights, kind="stable")[:most]
        return [(int(columns[at]), float(weights[at])) for at in heaviest if weights[at] > 0]

    def _terms(self, features: csr_matrix, n: int, category: int, example: Example, most: int) -> list[Evidence]:
        """Return the terms of one example that weighed most for a category, heaviest first, with their places."""
        terms = []
        places: dict[str, list[tuple[str, str]]] = {}
        for column, weight in self._weighty(features, n, category, most):
            view, term = self._names[column]
            if view not in places:
                places[view] = example.views.places(view)
            where = next((path for path, words in places[view] if term in words), None)
            terms.append(Evidence(kind="term", name=term, weight=round(weight, 4), where=where))
        return terms


def fit(examples: Sequence[Example], categories: Sequence[str], weights: Sequence[float] | None = None) -> Classifier:
    """
    Return a classifier fitted to the examples, not yet calibrated and without a version.

    `categories` may hold needs_triage; `weights` say how much each example counts, all alike where they are left out.
    """
    words = {"min_df": 2, "sublinear_tf": True, "token_pattern": _WORD}
    vectorizers = [TfidfVectorizer(ngram_range=(1, 2 if view in _IN_PAIRS else 1), **words) for view in VIEWS]
    # characters only of the signals: they cost ten times as much as words
    vectorizers.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True))
    for vectorizer, view in zip(vectorizers, _READ, strict=True):
        vectorizer.fit([example.texts[view] for example in examples])
    columns = rule_columns(sorted({*categories} - {NEEDS_TRIAGE}))
    features = featurize(vectorizers, columns, examples)
    linear = fit_linear(features, categories, weights)
    return Classifier(vectorizers, linear, uncalibrated(linear.classes), "unversioned")


def featurize(vectorizers: Sequence[Any], columns: dict[str, int], examples: Sequence[Example]) -> csr_matrix:
    """Return the feature matrix (n_examples, n_features): the views in order, the rules, the relations."""
    parts = _vectorized(vectorizers, examples)
    rows, places, values = [], [], []
    for n, example in enumerate(examples):
        for column, value in rule_features(example.findings, columns, no_tool=example.no_tool).items():
            rows.append(n)
            places.append(column)
            values.append(_RULE_WEIGHT * value)
        for name, value in example.relations.items():
            rows.append(n)
            places.append(len(columns) + _RELATION_COLUMN[name])
            values.append(_RELATION_WEIGHT * value)
    shape = (len(examples), len(columns) + len(RELATIONS))
    return csr_matrix(hstack([*parts, csr_matrix((values, (rows, places)), shape=shape)], format="csr"))


def _vectorized(vectorizers: Sequence[Any], examples: Sequence[Example]) -> list[csr_matrix]:
    return [
        vectorizer.transform([example.texts[view] for example in examples])
        for vectorizer, view in zip(vectorizers, _READ, strict=True)
    ]


_RELATION_COLUMN = {name: n for n, name in enumerate(RELATIONS)}


def rule_columns(categories: Sequence[str]) -> dict[str, int]:
    """Return the column of each rule, of each category that rules speak for, and of no tool being involved."""
    return {name: n for n, name in enumerate((*RULES, *(f"category:{name}" for name in categories), NO_TOOL))}


def _rules(example: Example) -> list[Evidence]:
    return [
        Evidence(kind="rule", name=finding.rule, detail=finding.detail, where=finding.where)
        for finding in example.findings
    ]
