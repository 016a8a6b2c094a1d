"""How corrections become read models: a failure moves from the pattern it was in to the one it belongs to."""

import json
from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any, NamedTuple

from feedback.domain.assessment import fingerprint_of
from feedback.domain.facts import AssessmentCorrected
from feedback.domain.pattern import pattern_id_of
from feedback.storage import counting
from feedback.storage.grouping import Grouping
from feedback.storage.log import Recorded
from feedback.storage.registrations import BY_PERSON, Registrations

__all__ = ["Correcting"]


class _Now(NamedTuple):
    """What a correction writes of a failure."""

    category: str
    template_name: str | None
    template_version: str | None
    template_score: float | None
    template_method: str | None
    locus: str
    fingerprint: str
    effective_version: str | None
    risk_level: str | None
    pattern_id: str | None
    said_locus: str
    margin: float | None


class _Stood(NamedTuple):
    """How a failure stood before, and what a correction needs besides."""

    category: str
    template_name: str | None
    template_version: str | None
    template_score: float | None
    template_method: str | None
    locus: str
    fingerprint: str
    effective_version: str | None
    risk_level: str | None
    pattern_id: str | None
    margin: float | None
    occurred_at: str
    counts: int
    labels: str
    training_version: str | None


def _counted(failure: _Now | _Stood) -> tuple[str | None, ...]:
    """Return what a pattern counts of a failure."""
    return (
        failure.pattern_id,
        failure.locus,
        failure.fingerprint,
        failure.effective_version,
        failure.risk_level,
    )


class Correcting:
    """Writes corrections into the tables under a prefix, and returns the patterns to be counted anew."""

    def __init__(self, db: Connection, at: str, grouping: Grouping, registrations: Registrations) -> None:
        """Work on the tables of `db` whose names begin with `at`; the others know rules and registrations among them."""
        self._db = db
        self._at = at
        self._grouping = grouping
        self._registrations = registrations

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        return self._db.execute(sql.format(at=self._at), parameters).fetchall()

    def fold(self, recorded: Iterable[Recorded]) -> set[str]:
        """
        Apply corrections in order, and return the patterns that lost or gained a failure or a locus.

        However many are folded at once, the rows are those of folding them one by one.
        """
        changed: set[str] = set()
        for one in recorded:
            if isinstance(one.fact, AssessmentCorrected):
                changed |= self._one(one.position, one.recorded_at, one.fact)
        return changed

    def _one(self, position: int, recorded_at: str, fact: AssessmentCorrected) -> set[str]:
        sql = f"SELECT {', '.join(_Stood._fields)} FROM {{at}}failures WHERE event_id = ? AND category IS NOT NULL"
        rows = self._rows(sql, fact.event_id)
        if not rows or (not fact.person and self._person_spoke(fact.event_id)):
            return set()
        stood = _Stood(*rows[0])
        now = self._after(fact, stood)
        self._rows(
            f"UPDATE {{at}}failures SET {', '.join(f'{name} = ?' for name in _Now._fields)},"
            " classifier_version = coalesce(?, classifier_version) WHERE event_id = ?",
            *now,
            None if fact.person else fact.classifier_version,
            fact.event_id,
        )
        self._note(position, recorded_at, fact, stood)
        if _counted(stood) == _counted(now):
            return set()
        if stood.pattern_id is not None and stood.pattern_id != now.pattern_id:
            self._empty(stood.pattern_id, stood.occurred_at)
        return {pattern for pattern in (stood.pattern_id, now.pattern_id) if pattern is not None}

    def _after(self, fact: AssessmentCorrected, stood: "_Stood") -> "_Now":
        """Return how a failure stands after a correction; what was not spoken of stays, or follows from what was."""
        name, version, score, method = (
            stood.template_name, stood.template_version, stood.template_score, stood.template_method,
        )  # fmt: skip
        effective, risk = stood.effective_version, stood.risk_level
        if "template" in fact.aspects:
            name, version = (fact.template.name, fact.template.version) if fact.template else (None, None)
            score, method = (1.0 if name else None), BY_PERSON
            effective = self._registrations.effective_version(stood.training_version, name, version)
            risk = self._registrations.risk_level(stood.labels, name, version)
        whole = pattern_id_of(fact.category, name, counts=bool(stood.counts))
        pattern_id, locus = self._grouping.placed(whole, fact.locus)
        return _Now(
            category=fact.category,
            template_name=name,
            template_version=version,
            template_score=score,
            template_method=method,
            locus=locus,
            fingerprint=fingerprint_of(fact.category, name, locus),
            effective_version=effective,
            risk_level=risk,
            pattern_id=pattern_id,
            said_locus=fact.locus,
            # a person's word leaves no doubt for the triage queue
            margin=None if fact.person and "category" in fact.aspects else stood.margin,
        )

    def _note(self, position: int, recorded_at: str, fact: AssessmentCorrected, stood: "_Stood") -> None:
        aspects = fact.aspects
        self._rows(
            "INSERT INTO {at}corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(position, recorded_at, fact.event_id, fact.actor, fact.person, fact.category, stood.category),
            fact.classifier_version,
            json.dumps(aspects),
            fact.template.model_dump_json() if fact.template else None,
            fact.locus if "locus" in aspects else None,
            # a store from before version 2 could not tell it of its words when it was brought up to date
            None if fact.v == 1 else stood.fingerprint,
        )

    def _person_spoke(self, event_id: str) -> bool:
        """Tell whether a person has said what it is or where; who only named its template leaves the rest to machines."""
        sql = """SELECT 1 FROM {at}corrections WHERE event_id = ? AND person AND aspects <> '["template"]' LIMIT 1"""
        return bool(self._rows(sql, event_id))

    def _empty(self, pattern_id: str, last_left: str) -> None:
        """Count a pattern at once where it is left empty; `last_left` is when the failure that left it occurred."""
        if self._rows("SELECT 1 FROM {at}failures WHERE pattern_id = ? LIMIT 1", pattern_id):
            return
        # a later correction may fill it again: its verdict must be gone by then, as if each had been counted alone
        sql = "UPDATE {at}patterns SET first_seen = ?, last_seen = ? WHERE pattern_id = ?"
        self._rows(sql, last_left, last_left, pattern_id)
        counting.count_anew(self._db, self._at, {pattern_id})
