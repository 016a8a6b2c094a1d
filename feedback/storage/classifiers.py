"""Questions about classifiers: which were trained with corrections, and which one assesses for this store."""

import json
from dataclasses import dataclass

from feedback.domain.facts import PromotionReason
from feedback.storage.database import Store

__all__ = [
    "Promotion",
    "TrainedClassifier",
    "last_word",
    "promotion_mark",
    "promotions",
    "standing",
    "trained_classifiers",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedClassifier:
    """A classifier trained with the corrections up to a position of the log, and how it last compared with a champion."""

    position: int
    recorded_at: str
    classifier_version: str
    champion_version: str
    cases: int
    corrections: int
    upto: int
    precision: float
    figures: dict[str, float]
    better: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A change of the classifier that assesses; `corrections_upto` is None for the shipped one."""

    position: int
    recorded_at: str
    classifier_version: str
    previous: str
    corrections_upto: int | None
    actor: str
    reason: PromotionReason


def trained_classifiers(store: Store) -> list[TrainedClassifier]:
    """Return every classifier trained with corrections, the one compared last at the end."""
    sql = """SELECT position, recorded_at, classifier_version, champion_version, cases, corrections, upto, precision,
             figures, better FROM classifiers ORDER BY position"""
    return [
        TrainedClassifier(
            position=position,
            recorded_at=recorded_at,
            classifier_version=version,
            champion_version=champion,
            cases=cases,
            corrections=corrections,
            upto=upto,
            precision=precision,
            figures=json.loads(figures),
            better=bool(better),
        )
        for position, recorded_at, version, champion, cases, corrections, upto, precision, figures, better in store.rows(
            sql
        )
    ]


def promotions(store: Store) -> list[Promotion]:
    """Return every promotion and rollback, newest last."""
    sql = """SELECT position, recorded_at, classifier_version, previous, corrections_upto, actor, reason
             FROM promotions ORDER BY position"""
    return [
        Promotion(
            position=position,
            recorded_at=recorded_at,
            classifier_version=version,
            previous=previous,
            corrections_upto=upto,
            actor=actor,
            reason=reason,
        )
        for position, recorded_at, version, previous, upto, actor, reason in store.rows(sql)
    ]


def standing(store: Store) -> list[Promotion]:
    """
    Return the promotions that no rollback has taken back, newest last; with none the shipped classifier assesses.

    So that rolling back twice goes two promotions back, and not forth again.
    """
    found: list[Promotion] = []
    for one in promotions(store):
        if one.reason != "rollback":
            found.append(one)
        elif found:
            found.pop()
    return found


def promotion_mark(store: Store) -> int:
    """Return a number that changes whenever a classifier is promoted; 0 while none was."""
    return int(store.rows("SELECT coalesce(max(position), 0) FROM promotions")[0][0])


def last_word(store: Store) -> int:
    """Return the position of the last correction by a person; 0 where there is none."""
    return int(
        store.rows("SELECT coalesce(max(position), 0) FROM corrections WHERE person AND aspects LIKE '%category%'")[0][
            0
        ]
    )
