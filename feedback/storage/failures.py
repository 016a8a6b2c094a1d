"""Questions about single failures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedback.domain.assessment import Attribution
from feedback.storage.database import Store
from feedback.storage.patterns import chunks
from feedback.storage.tables import IN_TRIAGE

__all__ = [
    "Assessed",
    "FoundFailure",
    "Waiting",
    "alike_in_triage",
    "assessed",
    "contents",
    "count_by_category",
    "count_by_channel",
    "count_ignored",
    "count_waiting",
    "failures_before",
    "find_failure",
    "known_payloads",
    "newest_seen",
    "of_pattern",
    "spread_over_loci",
    "still_waiting",
    "waiting",
]

_NEAR = 2_000


_SUMMARY = (
    *("position", "event_id", "occurred_at", "channel", "source", "dataset", "dataset_version", "training_version"),
    *("category", "probability", "template_name", "template_version", "effective_version", "locus", "risk_level"),
    *("pattern_id", "counts"),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A failure that is reported and not yet assessed, with its content as canonical JSON."""

    event_id: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """
    A failure as it stands, with its content as canonical JSON; `position` is that of its report in the log.

    `locus` is the place that was said last, whatever it is counted as.
    """

    position: int
    event_id: str
    content: str
    category: str
    locus: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFailure:
    """
    One failure as it stands, and where its facts are; what follows `assessed_position` is None until it is assessed.

    `content` and `evidence` are canonical JSON, None where they were erased.
    """

    position: int
    dataset: str | None
    dataset_version: str | None
    training_version: str | None
    sample_id: str | None
    content: str | None
    assessed_position: int | None
    evidence: str | None
    category: str | None
    locus: str | None
    fingerprint: str | None
    said_locus: str | None
    template: Attribution | None
    effective_version: str | None
    risk_level: str | None
    pattern_id: str | None
    counts: bool


def known_payloads(store: Store, event_ids: Sequence[str]) -> dict[str, int]:
    """Return the payload id of each of these events that is already reported."""
    known: dict[str, int] = {}
    for part, marks in chunks(event_ids):
        known.update(store.rows(f"SELECT event_id, payload_id FROM failures WHERE event_id IN ({marks})", part))
    return known


def waiting(store: Store, limit: int) -> list[Waiting]:
    """Return the failures that wait for an assessment, first come first, `limit` at most; erased ones are left out."""
    sql = """SELECT event_id, body FROM failures JOIN payloads USING (payload_id)
             WHERE category IS NULL ORDER BY position LIMIT ?"""
    return [Waiting(event_id, body) for event_id, body in store.rows(sql, (limit,))]


def assessed(store: Store, *, after: int, limit: int) -> list[Assessed]:
    """Return the assessed failures reported behind position `after`, oldest first; erased ones are left out."""
    sql = """SELECT position, event_id, body, category, said_locus FROM failures JOIN payloads USING (payload_id)
             WHERE position > ? AND category IS NOT NULL ORDER BY position LIMIT ?"""
    return [
        Assessed(position=position, event_id=event_id, content=content, category=category, locus=locus)
        for position, event_id, content, category, locus in store.rows(sql, (after, limit))
    ]


def still_waiting(store: Store, event_ids: Sequence[str]) -> set[str]:
    """Return those of these events that are reported and that nobody has assessed yet."""
    found: set[str] = set()
    for part, marks in chunks(event_ids):
        sql = f"SELECT event_id FROM failures WHERE event_id IN ({marks}) AND category IS NULL"
        found.update(event_id for (event_id,) in store.rows(sql, part))
    return found


def contents(store: Store, event_ids: Sequence[str]) -> dict[str, tuple[str, Attribution | None]]:
    """Return content and attribution of these failures; one whose payload was erased is missing."""
    found: dict[str, tuple[str, Attribution | None]] = {}
    for part, marks in chunks(event_ids):
        sql = f"""SELECT event_id, body, template_name, template_version, template_score, template_method
                  FROM failures JOIN payloads USING (payload_id) WHERE event_id IN ({marks})"""
        for event_id, body, name, version, score, method in store.rows(sql, part):
            origin = Attribution(name=name, version=version, score=score, method=method) if name else None
            found[event_id] = (body, origin)
    return found


def spread_over_loci(
    store: Store, pattern_id: str, most: int, *, newest_first: bool = False
) -> tuple[list[Assessed], int]:
    """
    Return failures of a pattern, `most` at most, and how many of these were left out because they were erased.

    The earliest (or newest) of each locus come first, then the second of each, so that few failures show many loci. `locus` is
    the one that each is counted at. Only so many are looked at that a large pattern costs no more: the 2,000 earliest (or
    newest), and of each locus the earliest that holds a request.
    """
    way = "DESC" if newest_first else "ASC"
    sql = f"""WITH near AS (SELECT position FROM failures WHERE pattern_id = ?
                ORDER BY occurred_at {way}, event_id {way} LIMIT ?),
              firsts AS (SELECT position FROM pattern_loci l JOIN failures ON event_id = case_event
                WHERE l.pattern_id = ? AND failures.pattern_id = ?),
              ranked AS (SELECT *, row_number() OVER (PARTITION BY locus ORDER BY occurred_at {way}, event_id {way}) AS nth
                FROM failures WHERE position IN (SELECT position FROM near UNION SELECT position FROM firsts))
              SELECT position, event_id, body, category, locus FROM ranked LEFT JOIN payloads USING (payload_id)
              ORDER BY nth, locus LIMIT ?"""
    rows = store.rows(sql, (pattern_id, _NEAR, pattern_id, pattern_id, most))
    found = [
        Assessed(position=position, event_id=event_id, content=content, category=category, locus=locus)
        for position, event_id, content, category, locus in rows
        if content is not None
    ]
    return found, len(rows) - len(found)


def of_pattern(store: Store, pattern_id: str, locus: str | None = None) -> list[str]:
    """Return the event ids of the failures of a pattern, or of those counted at one of its places, earliest first."""
    sql = """SELECT event_id FROM failures WHERE pattern_id = ?1 AND (?2 IS NULL OR locus = ?2)
             ORDER BY occurred_at, event_id"""
    return [event_id for (event_id,) in store.rows(sql, (pattern_id, locus))]


def alike_in_triage(store: Store, event_id: str) -> list[str]:
    """Return this failure and those of its fingerprint, by event id, that wait for a person; none where it does not wait."""
    sql = f"""SELECT event_id FROM failures WHERE {IN_TRIAGE} AND fingerprint = (
                  SELECT fingerprint FROM failures WHERE event_id = ? AND {IN_TRIAGE}) ORDER BY event_id"""
    return [found for (found,) in store.rows(sql, (event_id,))]


def find_failure(store: Store, event_id: str) -> FoundFailure | None:
    """Return one failure, or None where it was never reported."""
    sql = """SELECT position, dataset, dataset_version, training_version, sample_id, said.body, assessed_position,
             evidence.body, category, locus, fingerprint, said_locus, template_name, template_version, template_score,
             template_method, effective_version, risk_level, pattern_id, counts
             FROM failures LEFT JOIN payloads said USING (payload_id)
             LEFT JOIN payloads evidence ON evidence.payload_id = evidence_payload_id WHERE event_id = ?"""
    rows = store.rows(sql, (event_id,))
    if not rows:
        return None
    *reported, name, version, score, method, effective_version, risk_level, pattern_id, counts = rows[0]
    origin = Attribution(name=name, version=version, score=score, method=method) if name else None
    fields = ("position", "dataset", "dataset_version", "training_version", "sample_id", "content", "assessed_position")
    return FoundFailure(
        **dict(zip((*fields, "evidence", "category", "locus", "fingerprint", "said_locus"), reported, strict=True)),
        template=origin,
        effective_version=effective_version,
        risk_level=risk_level,
        pattern_id=pattern_id,
        counts=bool(counts),
    )


def failures_before(store: Store, position: int | None, most: int) -> list[dict[str, Any]]:
    """Return rows of the failures reported before `position`, or of all, the last reported first, `most` at most."""
    sql = f"""SELECT {", ".join(_SUMMARY)} FROM failures WHERE ? IS NULL OR position < ?
              ORDER BY position DESC LIMIT ?"""
    return [dict(zip(_SUMMARY, row, strict=True)) for row in store.rows(sql, (position, position, most))]


def count_by_category(store: Store, *, attributed: bool | None = None) -> dict[str, int]:
    """Return the assessed failures that count, by category, most first; all, or only those with or without a template."""
    condition = {None: "1", True: "template_name IS NOT NULL", False: "template_name IS NULL"}[attributed]
    sql = f"""SELECT category, count(*) AS n FROM failures WHERE counts AND category IS NOT NULL AND {condition}
              GROUP BY category ORDER BY n DESC, category"""
    return dict(store.rows(sql))


def count_by_channel(store: Store) -> dict[str, int]:
    """Return the failures that count, by channel."""
    return dict(store.rows("SELECT channel, count(*) FROM failures WHERE counts GROUP BY channel ORDER BY channel"))


def count_ignored(store: Store) -> int:
    """Return how many failures do not count: drafts and test traffic."""
    return int(store.rows("SELECT count(*) FROM failures WHERE NOT counts")[0][0])


def count_waiting(store: Store) -> int:
    """Return how many failures wait for an assessment, erased ones included."""
    return int(store.rows("SELECT count(*) FROM failures WHERE category IS NULL")[0][0])


def newest_seen(store: Store) -> str | None:
    """Return the latest occurred_at of all failures that count; every window ends there."""
    rows = store.rows("SELECT occurred_at FROM failures WHERE counts ORDER BY occurred_at DESC LIMIT 1")
    return str(rows[0][0]) if rows else None
