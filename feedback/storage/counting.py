"""Counting failures into patterns: added up as facts arrive, or counted anew from the failures themselves."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import NamedTuple

__all__ = ["Counted", "add", "count_anew"]

_PAIRS = 250


class Counted(NamedTuple):
    """One failure as far as its pattern counts it."""

    pattern_id: str
    category: str
    template_name: str
    event_id: str
    occurred_at: str
    hour: int
    unit: str
    high_risk: bool
    locus: str
    fingerprint: str
    effective_version: str | None
    has_request: bool


@dataclass(slots=True)
class _Sums:
    """What a batch adds to one pattern."""

    category: str
    template_name: str
    failures: int = 0
    first_seen: str = "~"
    last_seen: str = ""
    high_risk: bool = False
    units: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    hours: set[tuple[int, str]] = field(default_factory=set)
    loci: dict[str, list[Counted]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, one: Counted) -> None:
        self.failures += 1
        self.first_seen = min(self.first_seen, one.occurred_at)
        self.last_seen = max(self.last_seen, one.occurred_at)
        self.high_risk |= one.high_risk
        self.units[one.unit] += 1
        self.hours.add((one.hour, one.unit))
        self.loci[one.locus].append(one)
        self.versions[one.effective_version or ""] += 1


def add(db: Connection, at: str, failures: Iterable[Counted]) -> None:
    """Add `failures`, which were not counted before, to the pattern tables under the prefix `at`."""
    sums: dict[str, _Sums] = {}
    for one in failures:
        if one.pattern_id not in sums:
            sums[one.pattern_id] = _Sums(one.category, one.template_name)
        sums[one.pattern_id].take(one)
    _add_patterns(db, at, sums)
    _add_parts(db, at, sums)


def _add_patterns(db: Connection, at: str, sums: dict[str, _Sums]) -> None:
    pairs = [(pattern_id, unit) for pattern_id, batch in sums.items() for unit in batch.units]
    known = _known_units(db, at, pairs)
    new = Counter(pattern_id for pattern_id, unit in pairs if (pattern_id, unit) not in known)
    db.executemany(
        f"""INSERT INTO {at}patterns (pattern_id, category, template_name, failures, units, first_seen, last_seen,
                high_risk) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (pattern_id) DO UPDATE SET failures = failures + excluded.failures,
                units = units + excluded.units,
                last_seen = iif(failures = 0, excluded.last_seen, max(last_seen, excluded.last_seen)),
                first_seen = iif(failures = 0, excluded.first_seen, min(first_seen, excluded.first_seen)),
                high_risk = max(high_risk, excluded.high_risk)""",
        [
            (
                pattern_id,
                batch.category,
                batch.template_name,
                batch.failures,
                new[pattern_id],
                batch.first_seen,
                batch.last_seen,
                batch.high_risk,
            )
            for pattern_id, batch in sums.items()
        ],
    )


def _known_units(db: Connection, at: str, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those (pattern, unit) pairs that are counted already."""
    known: set[tuple[str, str]] = set()
    for start in range(0, len(pairs), _PAIRS):
        chunk = pairs[start : start + _PAIRS]
        marks = ",".join(["(?, ?)"] * len(chunk))
        # CROSS JOIN keeps SQLite from scanning the table: each pair is looked up by the primary key
        sql = f"""SELECT pattern_id, unit FROM (VALUES {marks}) AS asked CROSS JOIN {at}pattern_units
                  ON pattern_id = asked.column1 AND unit = asked.column2"""
        known.update(db.execute(sql, [value for pair in chunk for value in pair]))
    return known


def _add_parts(db: Connection, at: str, sums: dict[str, _Sums]) -> None:
    db.executemany(
        f"""INSERT INTO {at}pattern_units VALUES (?, ?, ?)
            ON CONFLICT (pattern_id, unit) DO UPDATE SET failures = failures + excluded.failures""",
        [(pattern, unit, n) for pattern, batch in sums.items() for unit, n in batch.units.items()],
    )
    db.executemany(
        f"INSERT OR IGNORE INTO {at}pattern_hours VALUES (?, ?, ?)",
        [(pattern, hour, unit) for pattern, batch in sums.items() for hour, unit in batch.hours],
    )
    db.executemany(
        f"""INSERT INTO {at}pattern_versions VALUES (?, ?, ?)
            ON CONFLICT (pattern_id, version) DO UPDATE SET failures = failures + excluded.failures""",
        [(pattern, version, n) for pattern, batch in sums.items() for version, n in batch.versions.items()],
    )
    db.executemany(
        f"""INSERT INTO {at}pattern_loci VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (pattern_id, locus) DO UPDATE SET failures = failures + excluded.failures,
                first_seen = min(first_seen, excluded.first_seen),
                (case_seen, case_event) = (SELECT s, e FROM (
                    SELECT case_seen AS s, case_event AS e UNION ALL SELECT excluded.case_seen, excluded.case_event)
                    WHERE s IS NOT NULL ORDER BY s, e LIMIT 1)""",
        [_locus_row(pattern, members) for pattern, batch in sums.items() for members in batch.loci.values()],
    )


def _locus_row(pattern_id: str, members: Sequence[Counted]) -> tuple[object, ...]:
    usable = min(((m.occurred_at, m.event_id) for m in members if m.has_request), default=(None, None))
    first = min(m.occurred_at for m in members)
    return (pattern_id, members[0].locus, members[0].fingerprint, len(members), first, *usable)


def count_anew(db: Connection, at: str, pattern_ids: Iterable[str]) -> None:
    """
    Count these patterns from the failures under the prefix `at`; verdicts stay.

    A pattern left empty goes, unless it has tickets: those are still shown.
    """
    for pattern_id in sorted(pattern_ids):
        for table in ("pattern_units", "pattern_hours", "pattern_loci", "pattern_versions"):
            db.execute(f"DELETE FROM {at}{table} WHERE pattern_id = ?", (pattern_id,))
        verdict = db.execute(
            f"SELECT verdict, reason, inputs FROM {at}patterns WHERE pattern_id = ?", (pattern_id,)
        ).fetchone()
        rows = db.execute(
            f"""SELECT pattern_id, category, template_name, event_id, occurred_at, hour, unit, risk_level IS 'high',
                locus, fingerprint, effective_version, has_request FROM {at}failures WHERE pattern_id = ?""",
            (pattern_id,),
        ).fetchall()
        if not rows and db.execute(f"SELECT 1 FROM {at}tickets WHERE pattern_id = ?", (pattern_id,)).fetchone():
            sql = f"""UPDATE {at}patterns SET failures = 0, units = 0, high_risk = 0,
                verdict = NULL, reason = NULL, inputs = NULL WHERE pattern_id = ?"""
            db.execute(sql, (pattern_id,))
            continue
        db.execute(f"DELETE FROM {at}patterns WHERE pattern_id = ?", (pattern_id,))
        add(db, at, (Counted(*row) for row in rows))
        if verdict is not None:
            sql = f"UPDATE {at}patterns SET verdict = ?, reason = ?, inputs = ? WHERE pattern_id = ?"
            db.execute(sql, (*verdict, pattern_id))
