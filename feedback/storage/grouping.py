"""How merges and splits of places become read models: every failure, past and coming, is counted where they say."""

from sqlite3 import Connection
from typing import Any

from feedback.domain.assessment import fingerprint_of
from feedback.domain.facts import GroupingRuleSet, LocusSplit
from feedback.domain.grouping import end_of
from feedback.domain.pattern import split_id_of

__all__ = ["Grouping"]


class Grouping:
    """
    Writes and asks what people said of places, under a prefix. Writing returns the patterns to be counted anew.

    All of it belongs to a whole pattern, a category in a template: merges say at which of its places a failure is
    counted, and of the places so counted, those that are split off form patterns of their own.
    """

    def __init__(self, db: Connection, at: str) -> None:
        """Work on the tables of `db` whose names begin with `at`."""
        self._db = db
        self._at = at

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        return self._db.execute(sql.format(at=self._at), parameters).fetchall()

    def placed(self, whole_id: str | None, said_locus: str) -> tuple[str | None, str]:
        """Return the pattern and the locus that a failure of this whole pattern counts in, by the locus said of it."""
        if whole_id is None:
            return None, said_locus
        locus = end_of(self._rules(whole_id), said_locus)
        sql = "SELECT pattern_id FROM {at}split_loci WHERE whole_id = ? AND locus = ?"
        split = self._rows(sql, whole_id, locus)
        return (split[0][0] if split else whole_id), locus

    def fold(self, fact: GroupingRuleSet | LocusSplit, *, recorded_at: str) -> set[str]:
        """Merge or split, or take it back, and put the failures of the whole pattern where all of it together says."""
        if isinstance(fact, LocusSplit):
            self._split(fact, recorded_at)
        else:
            self._merge(fact, recorded_at)
        changed: set[str] = set()
        sql = """SELECT DISTINCT pattern_id, said_locus, locus FROM {at}failures WHERE pattern_id IN (
                     SELECT ?1 UNION ALL SELECT pattern_id FROM {at}splits WHERE whole_id = ?1)"""
        for stood_in, said, stood_at in self._rows(sql, fact.pattern_id):
            pattern_id, locus = self.placed(fact.pattern_id, said)
            if (pattern_id, locus) != (stood_in, stood_at):
                self._rows(
                    """UPDATE {at}failures SET pattern_id = ?, locus = ?, fingerprint = ?
                       WHERE pattern_id = ? AND said_locus = ?""",
                    pattern_id,
                    locus,
                    fingerprint_of(fact.category, fact.template, locus),
                    stood_in,
                    said,
                )
                changed |= {stood_in, str(pattern_id)}
        return changed

    def _merge(self, fact: GroupingRuleSet, recorded_at: str) -> None:
        self._rows("DELETE FROM {at}grouping_rules WHERE pattern_id = ? AND locus = ?", fact.pattern_id, fact.locus)
        if fact.counted_as is not None:
            row = (fact.pattern_id, fact.locus, fact.counted_as, fact.actor, recorded_at)
            self._rows("INSERT INTO {at}grouping_rules VALUES (?, ?, ?, ?, ?)", *row)

    def _split(self, fact: LocusSplit, recorded_at: str) -> None:
        place = fact.loci[0]
        split_id = split_id_of(fact.category, fact.template, place)
        if fact.taken_back:
            sql = "DELETE FROM {at}split_loci WHERE whole_id = ? AND pattern_id = ?"
            self._rows(sql, fact.pattern_id, split_id)
            return
        self._rows("INSERT OR IGNORE INTO {at}splits VALUES (?, ?, ?)", split_id, fact.pattern_id, place)
        for locus in fact.loci:
            row = (fact.pattern_id, locus, split_id, fact.actor, recorded_at)
            self._rows("INSERT OR REPLACE INTO {at}split_loci VALUES (?, ?, ?, ?, ?)", *row)

    def _rules(self, pattern_id: str) -> dict[str, str]:
        return dict(self._rows("SELECT locus, counted_as FROM {at}grouping_rules WHERE pattern_id = ?", pattern_id))
