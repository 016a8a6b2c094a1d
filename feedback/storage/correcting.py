"""How corrections become read models: a failure moves from the pattern it was in to the one it belongs to."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from feedback.domain.assessment import fingerprint_of
from feedback.domain.facts import AssessmentCorrected
from feedback.domain.pattern import pattern_id_of
from feedback.storage import counting
from feedback.storage.grouping import Grouping
from feedback.storage.log import Recorded

__all__ = ["Correcting"]


class Correcting:
    """Writes corrections into the tables under a prefix, and returns the patterns to be counted anew."""

    def __init__(self, db: Connection, at: str, grouping: Grouping) -> None:
        """Work on the tables of `db` whose names begin with `at`; `grouping` knows the rules among them."""
        self._db = db
        self._at = at
        self._grouping = grouping

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
        sql = """SELECT category, template_name, locus, fingerprint, pattern_id, occurred_at, counts FROM {at}failures
                 WHERE event_id = ? AND category IS NOT NULL"""
        rows = self._rows(sql, fact.event_id)
        if not rows or (not fact.person and self._person_spoke(fact.event_id)):
            return set()
        said, template_name, locus, fingerprint, old, occurred_at, counts = rows[0]
        whole = pattern_id_of(fact.category, template_name, counts=bool(counts))
        new, new_locus = self._grouping.placed(whole, fact.locus)
        new_print = fingerprint_of(fact.category, template_name, new_locus)
        self._rows(
            """UPDATE {at}failures SET category = ?, locus = ?, said_locus = ?, fingerprint = ?, pattern_id = ?,
               classifier_version = coalesce(?, classifier_version) WHERE event_id = ?""",
            *(fact.category, new_locus, fact.locus, new_print, new),
            None if fact.person else fact.classifier_version,
            fact.event_id,
        )
        row = (position, recorded_at, fact.event_id, fact.actor, fact.person, fact.category, said)
        self._rows("INSERT INTO {at}corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row, fact.classifier_version)
        if (old, locus, fingerprint) == (new, new_locus, new_print):
            return set()
        if old is not None and old != new:
            self._empty(old, occurred_at)
        return {pattern for pattern in (old, new) if pattern is not None}

    def _person_spoke(self, event_id: str) -> bool:
        return bool(self._rows("SELECT 1 FROM {at}corrections WHERE event_id = ? AND person LIMIT 1", event_id))

    def _empty(self, pattern_id: str, last_left: str) -> None:
        """Count a pattern at once where it is left empty; `last_left` is when the failure that left it occurred."""
        if self._rows("SELECT 1 FROM {at}failures WHERE pattern_id = ? LIMIT 1", pattern_id):
            return
        # a later correction may fill it again: its verdict must be gone by then, as if each had been counted alone
        sql = "UPDATE {at}patterns SET first_seen = ?, last_seen = ? WHERE pattern_id = ?"
        self._rows(sql, last_left, last_left, pattern_id)
        counting.count_anew(self._db, self._at, {pattern_id})
