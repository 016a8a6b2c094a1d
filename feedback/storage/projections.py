"""
Projections: how facts become read models.

The same code serves live writing and rebuilding: it reads the facts and the tables it fills, and nothing else, so a
log folded from position 0 gives the same rows.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from feedback.domain.assessment import Attribution, fingerprint_of
from feedback.domain.facts import (
    AssessmentCorrected,
    CaseProposed,
    CaseRemoved,
    ClassifierPromoted,
    ClassifierTrained,
    ExposureReported,
    FailureAssessed,
    FailureReported,
    GroupingRuleSet,
    LocusSplit,
    PatternJudged,
    SamplesRegistered,
    TemplateRegistered,
    TicketFact,
    TicketOpened,
    TicketReopened,
    TicketRevised,
    TicketsMerged,
    TrainingVersionRegistered,
)
from feedback.domain.pattern import pattern_id_of, unit_of
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.domain.ticket import Snooze, Ticket, evolve
from feedback.storage import counting
from feedback.storage.correcting import Correcting
from feedback.storage.counting import Counted
from feedback.storage.database import Store
from feedback.storage.grouping import Grouping
from feedback.storage.log import Recorded
from feedback.storage.promoting import fold_classifier
from feedback.storage.registrations import Registrations

__all__ = ["TICKET_COLUMNS", "Projections", "ticket_from_row"]

TICKET_COLUMNS = "ticket_id, kind, pattern_id, state, version, approvals, assignee, fixed_in, snooze, merged_into"
_CHUNK = 500


class _Failure(NamedTuple):
    """What was reported of a failure, as far as its assessment needs it."""

    position: int
    occurred_at: str
    hour: int
    unit: str
    training_version: str | None
    has_request: bool
    labels: str
    sample_id: str | None
    dataset: str | None
    dataset_version: str | None
    counts: bool


class _Settled(NamedTuple):
    """What the registrations and the rules of grouping make of an assessment."""

    origin: Attribution | None
    effective_version: str | None
    risk_level: str | None
    pattern_id: str | None
    locus: str
    fingerprint: str


class Projections:
    """Folds facts into the read models under a prefix; keeps no state between two calls."""

    def __init__(self, store: Store, prefix: str = "") -> None:
        """Fold into the live tables, or into those under `prefix`."""
        self._db = store.db.conn
        self._at = prefix
        self._grouping = Grouping(self._db, prefix)
        self._registrations = Registrations(self._db, prefix, self._grouping)
        self._correcting = Correcting(self._db, prefix, self._grouping, self._registrations)

    def fold(self, recorded: Iterable[Recorded]) -> set[str]:
        """Apply the facts in order, and return the ids of the patterns that are to be judged anew."""
        touched: set[str] = set()
        for kind, group in groupby(recorded, key=lambda one: type(one.fact)):
            if kind is FailureReported:
                self._reported(list(group))
            elif kind is FailureAssessed:
                self._assessed(list(group), touched)
            elif kind is AssessmentCorrected:
                self._count_anew(self._correcting.fold(group), touched)
            else:
                for one in group:
                    self._single(one, touched)
        return touched

    def _single(self, one: Recorded, touched: set[str]) -> None:
        match one.fact:
            case TemplateRegistered() as fact:
                changed = self._registrations.template(fact, recorded_at=one.recorded_at, position=one.position)
                self._count_anew(changed, touched)
            case SamplesRegistered() as fact:
                self._count_anew(self._registrations.samples(fact), touched)
            case TrainingVersionRegistered() as fact:
                self._count_anew(self._registrations.training_version(fact), touched)
            case GroupingRuleSet() | LocusSplit() as fact:
                self._count_anew(self._grouping.fold(fact, recorded_at=one.recorded_at), touched)
            case ExposureReported() as fact:
                touched |= self._exposed(fact)
            case PatternJudged() as fact:
                self._judged(fact)
            case CaseProposed() | CaseRemoved() as fact:
                self._case(fact)
            case ClassifierTrained() | ClassifierPromoted() as fact:
                fold_classifier(self._db, self._at, one.position, one.recorded_at, fact)
            case FailureReported() | FailureAssessed() | AssessmentCorrected():
                message = "failures are folded in batches"
                raise AssertionError(message)
            case fact:
                pattern_id = self._ticket(one, fact)
                # failures of the fix may have come before it was registered, or before their ticket was merged
                if isinstance(fact, TicketRevised | TicketsMerged | TicketReopened):
                    touched.add(pattern_id)

    def _execute(self, sql: str, *parameters: object) -> list[Any]:
        return self._db.execute(sql.format(at=self._at), parameters).fetchall()

    def _reported(self, batch: Sequence[Recorded]) -> None:
        self._db.executemany(
            f"""INSERT INTO {self._at}failures (position, event_id, occurred_at, hour, channel, source, dataset,
                dataset_version, training_version, sample_id, session_id, unit, labels, has_request, payload_id, counts)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [_failure_row(one.position, one.fact) for one in batch if isinstance(one.fact, FailureReported)],
        )

    def _assessed(self, batch: Sequence[Recorded], touched: set[str]) -> None:
        facts = [(one.position, one.fact) for one in batch if isinstance(one.fact, FailureAssessed)]
        known = self._failures([fact.event_id for _, fact in facts])
        settle = _Settling(self._registrations, self._grouping)
        updates: list[tuple[object, ...]] = []
        counted: list[Counted] = []
        for position, fact in facts:
            failure = known[fact.event_id]
            settled = settle(fact, failure)
            updates.append(_update(position, fact, failure, settled))
            if settled.pattern_id is not None and settled.origin is not None:
                touched.add(settled.pattern_id)
                counted.append(_counted(fact, failure, settled, settled.pattern_id, settled.origin.name))
        self._db.executemany(
            f"""UPDATE {self._at}failures SET assessed_position = ?, category = ?, probability = ?,
                said_template = ?, template_name = ?, template_version = ?, template_score = ?, template_method = ?,
                effective_version = ?, risk_level = ?, locus = ?, fingerprint = ?, pattern_id = ?,
                said_locus = ?, classifier_version = ?, evidence_payload_id = ?, margin = ? WHERE position = ?""",
            updates,
        )
        counting.add(self._db, self._at, counted)

    def _failures(self, event_ids: Sequence[str]) -> dict[str, "_Failure"]:
        found: dict[str, _Failure] = {}
        for start in range(0, len(event_ids), _CHUNK):
            chunk = event_ids[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            sql = f"""SELECT event_id, position, occurred_at, hour, unit, training_version, has_request, labels,
                      sample_id, dataset, dataset_version, counts FROM {self._at}failures WHERE event_id IN ({marks})"""
            found.update({row[0]: _Failure(*row[1:]) for row in self._db.execute(sql, chunk)})
        return found

    def _count_anew(self, pattern_ids: set[str], touched: set[str]) -> None:
        counting.count_anew(self._db, self._at, pattern_ids)
        touched |= pattern_ids

    def _judged(self, fact: PatternJudged) -> None:
        self._execute(
            "UPDATE {at}patterns SET verdict = ?, reason = ?, inputs = ? WHERE pattern_id = ?",
            fact.verdict,
            fact.reason,
            json.dumps(fact.inputs or {}),
            fact.pattern_id,
        )

    def _exposed(self, fact: ExposureReported) -> set[str]:
        """Count interactions, and return the patterns of their template."""
        self._execute(
            "INSERT INTO {at}exposures VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            fact.exposure_id,
            fact.template,
            fact.version,
            fact.training_version,
            fact.first_hour,
            fact.hours,
            fact.interactions,
            fact.sessions,
        )
        self._execute(
            """INSERT INTO {at}exposed_templates VALUES (?, ?)
               ON CONFLICT (template_name) DO UPDATE SET interactions = interactions + excluded.interactions""",
            fact.template,
            fact.interactions,
        )
        rows = self._execute("SELECT pattern_id FROM {at}patterns WHERE template_name = ?", fact.template)
        return {pattern_id for (pattern_id,) in rows}

    def _case(self, fact: CaseProposed | CaseRemoved) -> None:
        if isinstance(fact, CaseRemoved):
            self._execute("DELETE FROM {at}cases WHERE case_id = ?", fact.case_id)
            return
        self._execute(
            "INSERT INTO {at}cases VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            fact.case_id,
            fact.ticket_id,
            fact.pattern_id,
            fact.event_id,
            fact.locus,
            fact.fingerprint,
            json.dumps(fact.checks),
            fact.payload.id,
        )

    def _ticket(self, one: Recorded, fact: TicketFact) -> str:
        """Change a ticket, and return its pattern."""
        rows = self._execute(f"SELECT {TICKET_COLUMNS} FROM {{at}}tickets WHERE ticket_id = ?", fact.ticket_id)
        ticket = evolve(ticket_from_row(rows[0]) if rows else None, fact)
        changing = (ticket.state, ticket.version, json.dumps(ticket.approvals), ticket.assignee, ticket.fixed_in)
        if isinstance(fact, TicketOpened):
            opened = (ticket.ticket_id, ticket.kind, ticket.pattern_id, fact.opening)
            sql = "INSERT INTO {at}tickets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)"
            self._execute(sql, *opened, *changing, one.recorded_at, one.recorded_at)
            return ticket.pattern_id
        self._execute(
            """UPDATE {at}tickets SET state = ?, version = ?, approvals = ?, assignee = ?, fixed_in = ?, changed_at = ?,
               snooze = ?, merged_into = ? WHERE ticket_id = ?""",
            *changing,
            one.recorded_at,
            json.dumps(astuple(ticket.snooze)) if ticket.snooze else None,
            ticket.merged_into,
            ticket.ticket_id,
        )
        return ticket.pattern_id


class _Settling:
    """Settles assessments by the registrations and the rules of grouping, each question asked once a batch."""

    def __init__(self, registrations: Registrations, grouping: Grouping) -> None:
        self._template = registrations.settled
        self._effective_version = cache(registrations.effective_version)
        self._risk_level = cache(registrations.risk_level)
        self._placed = cache(grouping.placed)

    def __call__(self, fact: FailureAssessed, failure: _Failure) -> _Settled:
        origin = self._template(fact.template, failure.sample_id, failure.dataset, failure.dataset_version)
        name, version = (origin.name, origin.version) if origin else (None, None)
        whole = pattern_id_of(fact.category, name, counts=bool(failure.counts))
        pattern_id, locus = self._placed(whole, fact.locus)
        as_said = origin is fact.template and locus == fact.locus
        return _Settled(
            origin=origin,
            effective_version=self._effective_version(failure.training_version, name, version),
            risk_level=self._risk_level(failure.labels, name, version),
            pattern_id=pattern_id,
            locus=locus,
            fingerprint=fact.fingerprint if as_said else fingerprint_of(fact.category, name, locus),
        )


def _update(position: int, fact: FailureAssessed, failure: _Failure, settled: _Settled) -> tuple[object, ...]:
    origin = settled.origin
    return (
        position,
        fact.category,
        fact.probability,
        fact.template.model_dump_json() if fact.template and failure.sample_id is not None else None,
        origin.name if origin else None,
        origin.version if origin else None,
        origin.score if origin else None,
        origin.method if origin else None,
        settled.effective_version,
        settled.risk_level,
        settled.locus,
        settled.fingerprint,
        settled.pattern_id,
        fact.locus,
        fact.classifier_version,
        fact.payload.id,
        _margin(fact),
        failure.position,
    )


def _margin(fact: FailureAssessed) -> float:
    """Return by how much the first category was more probable than the second."""
    others = sorted(fact.alternatives.values(), reverse=True)
    at = int(fact.category == NEEDS_TRIAGE)  # then the first one is among them
    return fact.probability - (others[at] if len(others) > at else 0.0)


def _counted(
    fact: FailureAssessed, failure: _Failure, settled: _Settled, pattern_id: str, template_name: str
) -> Counted:
    return Counted(
        pattern_id=pattern_id,
        category=fact.category,
        template_name=template_name,
        event_id=fact.event_id,
        occurred_at=failure.occurred_at,
        hour=failure.hour,
        unit=failure.unit,
        high_risk=settled.risk_level == "high",
        locus=settled.locus,
        fingerprint=settled.fingerprint,
        effective_version=settled.effective_version,
        has_request=failure.has_request,
    )


def ticket_from_row(row: Sequence[Any], *, high_risk: bool = False) -> Ticket:
    """Return the ticket in a row of `TICKET_COLUMNS`; its risk is its pattern's."""
    ticket_id, kind, pattern_id, state, version, approvals, assignee, fixed_in, snooze, merged_into = row
    return Ticket(
        ticket_id=ticket_id,
        kind=kind,
        pattern_id=pattern_id,
        high_risk=high_risk,
        state=state,
        version=version,
        approvals=tuple(json.loads(approvals)),
        assignee=assignee,
        fixed_in=fixed_in,
        snooze=Snooze(*json.loads(snooze)) if snooze else None,
        merged_into=merged_into,
    )


def _failure_row(position: int, fact: FailureReported) -> tuple[object, ...]:
    return (
        position,
        fact.event_id,
        fact.occurred_at,
        int(datetime.fromisoformat(fact.occurred_at).timestamp() // 3600),
        fact.channel,
        fact.source,
        fact.dataset,
        fact.dataset_version,
        fact.training_version,
        fact.sample_id,
        fact.session_id,
        unit_of(fact.event_id, fact.session_id, fact.sample_id),
        fact.labels.model_dump_json(exclude_defaults=True),
        fact.has_request,
        fact.payload.id,
        fact.counts,
    )
