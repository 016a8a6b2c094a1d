"""How rules of grouping become read models: every failure of their pattern, past and coming, is counted where they say."""

from sqlite3 import Connection
from typing import Any

from feedback.domain.assessment import fingerprint_of
from feedback.domain.facts import GroupingRuleSet
from feedback.domain.grouping import end_of

__all__ = ["Grouping"]


class Grouping:
    """Writes and asks the rules under a prefix. Writing returns the patterns to be counted anew."""

    def __init__(self, db: Connection, at: str) -> None:
        """Work on the tables of `db` whose names begin with `at`."""
        self._db = db
        self._at = at

    def _rows(self, sql: str, *parameters: object) -> list[Any]:
        return self._db.execute(sql.format(at=self._at), parameters).fetchall()

    def counted_as(self, pattern_id: str | None, locus: str) -> str:
        """Return the locus that a failure of this pattern is counted at, where `locus` was said of it."""
        return locus if pattern_id is None else end_of(self._rules(pattern_id), locus)

    def fold(self, fact: GroupingRuleSet, *, recorded_at: str) -> set[str]:
        """Set a rule, or take it back, and put the failures of its pattern where all rules together now say."""
        self._rows("DELETE FROM {at}grouping_rules WHERE pattern_id = ? AND locus = ?", fact.pattern_id, fact.locus)
        if fact.counted_as is not None:
            row = (fact.pattern_id, fact.locus, fact.counted_as, fact.actor, recorded_at)
            self._rows("INSERT INTO {at}grouping_rules VALUES (?, ?, ?, ?, ?)", *row)
        rules = self._rules(fact.pattern_id)
        sql = "SELECT DISTINCT said_locus, locus FROM {at}failures WHERE pattern_id = ?"
        moved = [
            (said, end) for said, stood in self._rows(sql, fact.pattern_id) if (end := end_of(rules, said)) != stood
        ]
        for said, end in moved:
            self._rows(
                "UPDATE {at}failures SET locus = ?, fingerprint = ? WHERE pattern_id = ? AND said_locus = ?",
                end,
                fingerprint_of(fact.category, fact.template, end),
                fact.pattern_id,
                said,
            )
        return {fact.pattern_id} if moved else set()

    def _rules(self, pattern_id: str) -> dict[str, str]:
        return dict(self._rows("SELECT locus, counted_as FROM {at}grouping_rules WHERE pattern_id = ?", pattern_id))
