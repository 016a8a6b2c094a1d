"""The classifier: text views and evidence features into calibrated probabilities over the categories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from feedback.classification.evidence import RULES, find
from feedback.classification.features import NO_TOOL, VIEWS, Views, involves_no_tool, rule_features, views_of
from feedback.domain.assessment import Evidence
from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding

__all__ = ["Classified", "Classifier", "Example", "describe", "fit", "softmax"]

_RULE_WEIGHT = 0.7
_REGULARISATION = 4.0
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


@dataclass(frozen=True, slots=True)
class Classified:
    """Probabilities by category (they sum to 1), and what spoke for the first of them."""

    probabilities: dict[str, float]
    evidence: tuple[Evidence, ...]
    findings: tuple[Finding, ...]


def describe(event: FailureEvent) -> Example:
    """Return what the model sees of `event`."""
    views = views_of(event)
    return Example(views, views.texts(), find(event), involves_no_tool(event))


class Classifier:
    """A fitted classifier. The same input gives the same answer, whatever else is in the batch."""

    def __init__(
        self,
        vectorizers: Sequence[TfidfVectorizer],
        regression: LogisticRegression,
        temperature: float,
        version: str,
    ) -> None:
        """Wrap fitted parts; `vectorizers` are one a view, in their order, then one for the characters of the signals."""
        self.vectorizers = tuple(vectorizers)
        self.regression = regression
        self.temperature = temperature
        self.version = version
        self.categories: tuple[str, ...] = tuple(str(name) for name in regression.classes_)
        self._columns = rule_columns(self.categories)
        self._names: list[tuple[str, str]] = [
            (view, term)
            for view, vectorizer in zip((*VIEWS, _CHARACTERS), self.vectorizers, strict=True)
            for term in vectorizer.get_feature_names_out()
        ] + [("rule", rule) for rule in self._columns]
        coefficients = np.asarray(regression.coef_)
        self._weights = coefficients - coefficients.mean(axis=0)  # what speaks for a category against the others

    def logits(self, examples: Sequence[Example]) -> tuple[csr_matrix, np.ndarray]:
        """Return features (n_examples, n_features) and uncalibrated scores (n_examples, n_categories)."""
        features = featurize(self.vectorizers, self._columns, examples)
        return features, np.asarray(self.regression.decision_function(features))

    def classify(self, events: Sequence[FailureEvent], *, explained_terms: int) -> list[Classified]:
        """Return one answer an event, in order."""
        if not events:
            return []
        examples = [describe(event) for event in events]
        features, scores = self.logits(examples)
        probabilities = softmax(scores / self.temperature)
        answers = []
        for n, example in enumerate(examples):
            by_category = {name: round(float(p), 6) for name, p in zip(self.categories, probabilities[n], strict=True)}
            first = int(np.argmax(probabilities[n]))
            evidence = (*_rules(example), *self._terms(features, n, first, example, explained_terms))
            answers.append(Classified(by_category, evidence, example.findings))
        return answers

    def _terms(self, features: csr_matrix, n: int, category: int, example: Example, most: int) -> list[Evidence]:
        """Return the terms of one event that weighed most for a category, heaviest first."""
        start, end = features.indptr[n], features.indptr[n + 1]
        columns = features.indices[start:end]
        weights = features.data[start:end] * self._weights[category, columns]
        terms: list[Evidence] = []
        for at in np.argsort(-weights, kind="stable")[: 8 * most]:
            view, term = self._names[columns[at]]
            if len(terms) == most or weights[at] <= 0:
                break
            if view in VIEWS:
                where = example.views.place_of(view, term)
                terms.append(Evidence(kind="term", name=term, weight=round(float(weights[at]), 4), where=where))
        return terms


def fit(examples: Sequence[Example], categories: Sequence[str]) -> Classifier:
    """Return a classifier fitted to the examples, not yet calibrated and without a version."""
    words = {"min_df": 2, "sublinear_tf": True, "token_pattern": _WORD}
    vectorizers = [TfidfVectorizer(ngram_range=(1, 2 if view in _IN_PAIRS else 1), **words) for view in VIEWS]
    # characters only of the signals: they cost ten times as much as words
    vectorizers.append(TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=3, sublinear_tf=True))
    for vectorizer, view in zip(vectorizers, _READ, strict=True):
        vectorizer.fit([example.texts[view] for example in examples])
    columns = rule_columns(sorted(set(categories)))
    features = featurize(vectorizers, columns, examples)
    regression = LogisticRegression(C=_REGULARISATION, max_iter=1000, class_weight="balanced")
    regression.fit(features, list(categories))
    return Classifier(vectorizers, regression, 1.0, "unversioned")


def featurize(vectorizers: Sequence[Any], columns: dict[str, int], examples: Sequence[Example]) -> csr_matrix:
    """Return the feature matrix (n_examples, n_features): the views in order, then the rules."""
    parts = [
        vectorizer.transform([example.texts[view] for example in examples])
        for vectorizer, view in zip(vectorizers, _READ, strict=True)
    ]
    rows, places, values = [], [], []
    for n, example in enumerate(examples):
        for column, value in rule_features(example.findings, columns, no_tool=example.no_tool).items():
            rows.append(n)
            places.append(column)
            values.append(_RULE_WEIGHT * value)
    rules = csr_matrix((values, (rows, places)), shape=(len(examples), len(columns)))
    return csr_matrix(hstack([*parts, rules], format="csr"))


def rule_columns(categories: Sequence[str]) -> dict[str, int]:
    """Return the column of each rule, of each category that rules speak for, and of no tool being involved."""
    return {name: n for n, name in enumerate((*RULES, *(f"category:{name}" for name in categories), NO_TOOL))}


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities (n, k) of scores (n, k)."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _rules(example: Example) -> list[Evidence]:
    return [
        Evidence(kind="rule", name=finding.rule, detail=finding.detail, where=finding.where)
        for finding in example.findings
    ]
