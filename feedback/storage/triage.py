"""Questions about what waits for a person: failures that nobody could tell, and those of no template."""

from collections.abc import Iterator
from dataclasses import dataclass

from feedback.domain.triage import Group
from feedback.storage.database import Store
from feedback.storage.patterns import chunks
from feedback.storage.tables import IN_TRIAGE

__all__ = ["InTriage", "count_in_triage", "groups_in_triage", "in_triage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InTriage:
    """One failure that waits, and where its facts and texts are; None where they were erased."""

    event_id: str
    position: int
    assessed_position: int
    occurred_at: str
    source: str
    category: str
    locus: str
    template_name: str | None
    content: str | None
    evidence: str | None


def groups_in_triage(store: Store) -> Iterator[Group]:
    """Yield what waits, in groups of one fingerprint, in no order that matters."""
    spoken: dict[str, int] = dict(
        store.rows(
            """SELECT said_fingerprint, count(DISTINCT event_id) FROM corrections
               WHERE person AND said_fingerprint IS NOT NULL GROUP BY said_fingerprint"""
        )
    )
    # its index brings a group by margin and event id, so that of equal minima the event id that comes first is met first
    sql = f"""SELECT fingerprint, event_id, count(*), avg(coalesce(margin, 1.0)), min(coalesce(margin, 1.0))
              FROM failures WHERE {IN_TRIAGE} GROUP BY fingerprint"""
    for fingerprint, event_id, waiting, margin, _ in store.stream(sql):
        yield Group(fingerprint, event_id, waiting, margin, spoken.get(fingerprint, 0))


def count_in_triage(store: Store) -> tuple[int, int]:
    """Return how many groups, and how many failures in them, wait for a person."""
    ((groups, failures),) = store.rows(f"SELECT count(DISTINCT fingerprint), count(*) FROM failures WHERE {IN_TRIAGE}")
    return groups, failures


def in_triage(store: Store, event_ids: list[str]) -> dict[str, InTriage]:
    """Return those of these failures that wait, by event id."""
    found = {}
    for part, marks in chunks(event_ids):
        sql = f"""SELECT event_id, position, assessed_position, occurred_at, source, category, locus, template_name,
                  said.body, evidence.body FROM failures LEFT JOIN payloads said USING (payload_id)
                  LEFT JOIN payloads evidence ON evidence.payload_id = evidence_payload_id
                  WHERE event_id IN ({marks}) AND {IN_TRIAGE}"""
        for row in store.rows(sql, part):
            names = ("event_id", "position", "assessed_position", "occurred_at", "source", "category", "locus")
            more = ("template_name", "content", "evidence")
            found[row[0]] = InTriage(**dict(zip((*names, *more), row, strict=True)))
    return found
