"""How trainings and promotions of classifiers become read models."""

import json
from sqlite3 import Connection

from feedback.domain.facts import ClassifierPromoted, ClassifierTrained

__all__ = ["ClassifierFact", "fold_classifier"]

ClassifierFact = ClassifierTrained | ClassifierPromoted


def fold_classifier(db: Connection, at: str, position: int, recorded_at: str, fact: ClassifierFact) -> None:
    """Write a training or a promotion into the tables whose names begin with `at`; of a training the last comparison."""
    if isinstance(fact, ClassifierPromoted):
        values = (fact.classifier_version, fact.previous, fact.corrections_upto, fact.actor, fact.reason)
        db.execute(f"INSERT INTO {at}promotions VALUES (?, ?, ?, ?, ?, ?, ?)", (position, recorded_at, *values))
        return
    compared = (fact.champion_version, fact.cases, fact.corrections, fact.upto, fact.precision)
    db.execute(
        f"INSERT OR REPLACE INTO {at}classifiers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (fact.classifier_version, position, recorded_at, *compared, json.dumps(fact.figures), fact.better),
    )
