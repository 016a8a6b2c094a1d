"""Which facts concern a few patterns: enough of the log to fold their tickets as they were, without folding the rest."""

from collections.abc import Iterator, Sequence

from feedback.domain.case import case_id_of
from feedback.domain.facts import SamplesRegistered
from feedback.domain.pattern import pattern_id_of
from feedback.storage.database import Store, chunks
from feedback.storage.log import Recorded, positions_of, read_at
from feedback.storage.patterns import JudgedPattern, tickets_of

__all__ = ["ever_merged", "facts_concerning"]

_MOVABLE = """template_method NOT IN ('reference', 'person') AND EXISTS (SELECT 1 FROM samples s WHERE s.sample_id = failures.sample_id)"""
_TRAINED = "template_name = ?1 AND training_version IS NOT NULL AND counts"
_STAYING = f"{_TRAINED} AND assessed_position <= ?3 AND NOT ({_MOVABLE})"
_EVENTS = f"""
    SELECT event_id FROM failures WHERE template_name = ?1 AND category = ?2
    UNION SELECT event_id FROM corrections WHERE ?2 IN (category, said) OR aspects <> '["category"]'
    UNION SELECT event_id FROM samples s JOIN failures f ON f.sample_id = s.sample_id
        WHERE s.template_name = ?1 AND template_method IS NOT 'reference'
    UNION SELECT event_id FROM failures WHERE template_method = 'sample' AND json_extract(said_template, '$.name') = ?1
    UNION SELECT event_id FROM failures WHERE {_TRAINED} AND {_MOVABLE}
    UNION SELECT event_id FROM (SELECT event_id, min(hour) FROM failures WHERE {_STAYING} GROUP BY training_version)
    UNION SELECT event_id FROM (SELECT event_id, max(hour) FROM failures WHERE {_STAYING} GROUP BY training_version)
    UNION SELECT event_id FROM (
        SELECT event_id FROM failures WHERE counts AND +position <= ?3 ORDER BY occurred_at DESC LIMIT 1)"""
"""
The failures that are or ever were in a category (?2) of a template (?1): those that are now, and those that a correction or
a sample's template may have moved. Then those that are looked at beside them at a position (?3): the first and the last of
each training version in the template, and the newest of all, where every window ends.
"""
_NAMED = """SELECT iif(template_method IS 'reference', NULL, sample_id), training_version FROM failures
    WHERE event_id IN ({marks})"""
_EXPOSURES = "SELECT exposure_id FROM exposures WHERE template_name = ? AND training_version IS NOT NULL"
_DATASETS = "SELECT DISTINCT dataset FROM samples WHERE sample_id IN ({marks})"


_MERGED = """SELECT DISTINCT pattern_id FROM facts JOIN tickets ON stream = 'ticket:' || ticket_id
    WHERE stream >= 'ticket:' AND stream < 'ticket;' AND type = 'TicketsMerged' AND json_extract(data, '$.into') = ?
    ORDER BY pattern_id"""


def ever_merged(store: Store, ticket_id: str) -> list[str]:
    """Return the patterns of the tickets that were ever merged into this one, by id."""
    return [pattern_id for (pattern_id,) in store.rows(_MERGED, (ticket_id,))]


def facts_concerning(store: Store, patterns: Sequence[JudgedPattern], *, upto: int) -> Iterator[Recorded]:
    """
    Yield the facts at position `upto` or before that a view of these patterns' tickets is made of, oldest first.

    Of registered samples only those that their failures name. What other patterns are is not among them.
    """
    streams: set[str] = set()
    samples: set[str] = set()
    for pattern in patterns:
        events = [row[0] for row in store.rows(_EVENTS, (pattern.template_name, pattern.category, upto))]
        named, training_versions = _named(store, events)
        samples |= named
        streams.update(_own_streams(store, pattern))
        streams.update(f"failure:{event_id}" for event_id in events)
        streams.update(f"case:{case_id_of(pattern.pattern_id, event_id)}" for event_id in events)
        streams.update(f"training-version:{version}" for version in training_versions)
    streams.update(f"samples:{dataset}" for dataset in _datasets(store, samples))
    for recorded in read_at(store, positions_of(store, streams, upto=upto)):
        fact = recorded.fact
        if isinstance(fact, SamplesRegistered):
            fact = fact.model_copy(update={"samples": tuple(one for one in fact.samples if one.sample_id in samples)})
        yield Recorded(recorded.position, recorded.recorded_at, fact)


def _own_streams(store: Store, pattern: JudgedPattern) -> Iterator[str]:
    name = pattern.template_name
    yield f"template:{name}"
    yield f"pattern:{pattern.pattern_id}"
    yield f"grouping:{pattern_id_of(pattern.category, name)}"
    yield from (f"ticket:{ticket.ticket_id}" for ticket in tickets_of(store, [pattern]).get(pattern.pattern_id, []))
    yield from (f"exposure:{exposure_id}" for (exposure_id,) in store.rows(_EXPOSURES, (name,)))


def _named(store: Store, events: Sequence[str]) -> tuple[set[str], set[str]]:
    """Return the samples and the training versions that these failures name."""
    rows = [row for part, marks in chunks(events) for row in store.rows(_NAMED.format(marks=marks), part)]
    return {sample for sample, _ in rows if sample}, {version for _, version in rows if version}


def _datasets(store: Store, samples: set[str]) -> set[str]:
    return {
        dataset for part, marks in chunks(samples) for (dataset,) in store.rows(_DATASETS.format(marks=marks), part)
    }
