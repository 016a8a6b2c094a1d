"""Questions about corrections: who said what of which failure, what a classifier learns from it, and who agrees."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby

from feedback.domain.facts import Aspect
from feedback.domain.failure import TemplateRef
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = [
    "Correction",
    "Labelled",
    "Pair",
    "Standing",
    "corrected_by_people",
    "corrections",
    "count_corrected",
    "labelled",
    "machine_pairs",
    "pairs",
    "standings",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """
    What someone said of a failure, and of which category it had been `said` to be before; `position` is its place in the log.

    `template` and `locus` are what was said where `aspects` name them; a template of None is then none of ours.
    """

    position: int
    recorded_at: str
    event_id: str
    actor: str
    person: bool
    category: str
    said: str
    classifier_version: str | None
    aspects: tuple[Aspect, ...]
    template: TemplateRef | None
    locus: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The latest word of a person on a failure, with the failure's content as canonical JSON."""

    position: int
    event_id: str
    category: str
    content: str
    template_name: str | None
    session_id: str | None
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The latest words of two people on one failure; `first` is the one whose name comes first."""

    event_id: str
    first: str
    first_category: str
    second: str
    second_category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    How a failure stands before it is corrected; `category` and `locus` are None where nobody has assessed it.

    `locus` is where it was said to be, whatever that is counted as; `version` is that of its stream, and `words` holds the latest word of each person on each aspect:
    a category, a locus, or a template as (name, version), which is None where it is none of ours.
    """

    category: str | None
    locus: str | None
    template_name: str | None
    template_version: str | None
    version: int
    words: dict[str, dict[Aspect, object]] = field(default_factory=dict)

    def has_spoken(self, *aspects: Aspect) -> bool:
        """Tell whether any person has spoken of one of these."""
        return any(aspect in words for words in self.words.values() for aspect in aspects)


def corrections(
    store: Store, *, event_id: str | None = None, actor: str | None = None, person: bool | None = None
) -> list[Correction]:
    """Return the corrections of this failure, by this actor, by people or by the machine, or all; newest last."""
    sql = """SELECT position, recorded_at, event_id, actor, person, category, said, classifier_version,
             aspects, template, locus FROM corrections WHERE (? IS NULL OR event_id = ?) AND (? IS NULL OR actor = ?) AND (? IS NULL OR person = ?)
             ORDER BY position"""
    return [
        Correction(
            position=position,
            recorded_at=recorded_at,
            event_id=event,
            actor=name,
            person=bool(is_person),
            category=category,
            said=said,
            classifier_version=version,
            aspects=tuple(json.loads(aspects)),
            template=None if template is None else TemplateRef.model_validate_json(template),
            locus=locus,
        )
        for (
            position,
            recorded_at,
            event,
            name,
            is_person,
            category,
            said,
            version,
            aspects,
            template,
            locus,
        ) in store.rows(sql, (event_id, event_id, actor, actor, person, person))
    ]


def corrected_by_people(store: Store, event_ids: Sequence[str]) -> set[str]:
    """Return those of these failures of which a person has said what they are, or where."""
    found: set[str] = set()
    for part, marks in chunks(event_ids):
        sql = f"""SELECT DISTINCT event_id FROM corrections
                  WHERE person AND aspects <> '["template"]' AND event_id IN ({marks})"""
        found.update(event_id for (event_id,) in store.rows(sql, part))
    return found


def count_corrected(store: Store, *, after: int = 0) -> int:
    """Return of how many failures a person has spoken last behind position `after` of the log."""
    sql = """SELECT count(*) FROM (SELECT 1 FROM corrections WHERE person GROUP BY event_id HAVING max(position) > ?)"""
    return int(store.rows(sql, (after,))[0][0])


def standings(store: Store, event_ids: Sequence[str]) -> dict[str, Standing]:
    """Return how each of these failures stands; one that nobody reported is missing."""
    found: dict[str, Standing] = {}
    for part, marks in chunks(dict.fromkeys(event_ids)):
        sql = f"""SELECT event_id, category, said_locus, template_name, template_version,
                  (SELECT max(version) FROM facts WHERE stream = 'failure:' || event_id)
                  FROM failures WHERE event_id IN ({marks})"""
        for event_id, category, locus, name, version, seen in store.rows(sql, part):
            found[event_id] = Standing(
                category=category, locus=locus, template_name=name, template_version=version, version=seen
            )
        sql = f"""SELECT event_id, actor, category, aspects, template, locus FROM corrections
                  WHERE person AND event_id IN ({marks}) ORDER BY position"""
        for event_id, actor, category, aspects, template, locus in store.rows(sql, part):
            said = {"category": category, "template": _named(template), "locus": locus}
            words = found[event_id].words.setdefault(actor, {})
            words.update({aspect: said[aspect] for aspect in json.loads(aspects)})
    return found


def _named(template: str | None) -> tuple[str, str | None] | None:
    if template is None:
        return None
    ref = TemplateRef.model_validate_json(template)
    return ref.name, ref.version


def labelled(store: Store, upto: int | None = None) -> list[Labelled]:
    """
    Return the latest word of a person on each failure, by position: what a classifier learns from.

    A failure whose content was erased is left out; `needs_triage` is a word like any other.

    Args:
        upto: The last position of the log that counts; None takes the whole of it.
    """
    sql = """SELECT c.position, event_id, c.category, body, template_name, session_id, unit
             FROM (SELECT max(position) AS position FROM corrections
                   WHERE person AND aspects LIKE '%category%' AND (? IS NULL OR position <= ?) GROUP BY event_id)
             JOIN corrections c USING (position) JOIN failures USING (event_id) JOIN payloads USING (payload_id)
             ORDER BY c.position"""
    return [
        Labelled(
            position=position,
            event_id=event_id,
            category=category,
            content=content,
            template_name=template_name,
            session_id=session_id,
            unit=unit,
        )
        for position, event_id, category, content, template_name, session_id, unit in store.rows(sql, (upto, upto))
    ]


def pairs(store: Store) -> list[Pair]:
    """Return every two people's latest words on one failure, by failure, then by their names."""
    sql = """SELECT event_id, actor, category FROM corrections WHERE position IN (
                 SELECT max(position) FROM corrections WHERE person AND aspects LIKE '%category%'
                 GROUP BY event_id, actor)
             ORDER BY event_id, actor"""
    return [
        Pair(event_id=event_id, first=first, first_category=left, second=second, second_category=right)
        for event_id, words in groupby(store.rows(sql), key=lambda row: str(row[0]))
        for (_, first, left), (_, second, right) in combinations(words, 2)
    ]


def machine_pairs(store: Store) -> dict[tuple[str, str], int]:
    """Return failures by (what the first assessment said, what a person said last), of those a person spoke of."""
    sql = """SELECT first.said, last.category, count(*)
             FROM (SELECT min(position) AS opening, max(iif(person, position, NULL)) AS closing
                   FROM corrections WHERE aspects LIKE '%category%' GROUP BY event_id)
             JOIN corrections first ON first.position = opening JOIN corrections last ON last.position = closing
             GROUP BY 1, 2 ORDER BY 1, 2"""
    return {(machine, person): failures for machine, person, failures in store.rows(sql)}
