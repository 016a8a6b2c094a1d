"""Judging: patterns whose failures changed get their verdict, their tickets and their cases, as facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback.classification.evidence import find
from feedback.domain.canonical import canonical_json
from feedback.domain.case import LocusSeen, case_body, case_id_of, checks_for, chosen
from feedback.domain.facts import CaseProposed, CaseRemoved, Fact, PatternJudged, TicketOpened
from feedback.domain.failure import FailureEvent
from feedback.domain.recurrence import Level, Verdict, better, level_of, verdict_of
from feedback.domain.ticket import Ticket, kinds_due, regression, ticket_id_of
from feedback.service.bootstrap import Service
from feedback.storage import payloads
from feedback.storage.database import Store
from feedback.storage.failures import contents
from feedback.storage.patterns import (
    JudgedPattern,
    ProposedCase,
    first_loci,
    judged_otherwise,
    patterns,
    proposed_cases,
    tickets_of,
    unit_hours,
    versions_of,
)
from feedback.storage.projections import Touched
from feedback.storage.recording import record

__all__ = ["judge", "judge_by_settings"]

_EVER = 10**9
_FIRST_OPENING = 1
_CASES_CHANGE_IN = ("open",)  # once someone reviews them, the machine leaves them alone


def judge(service: Service, touched: Touched, *, now: datetime) -> None:
    """
    Judge the touched patterns, open the tickets that are due, reopen those that regressed, and propose cases.

    Run it in the transaction that changed the patterns: it decides from the read models and adds facts to them.
    """
    if not touched:
        return
    store = service.store
    found = patterns(store, touched)
    tickets = tickets_of(store, found)
    facts: list[Fact] = []
    opened: dict[str, list[str]] = {}
    for pattern in found:
        if not pattern.failures:
            opened[pattern.pattern_id] = []  # all its failures were put down to another pattern
            continue
        judged = _judged(service, pattern, touched[pattern.pattern_id])
        facts += judged.facts
        due = _openings(service, pattern, judged.verdict, tickets.get(pattern.pattern_id, []))
        opened[pattern.pattern_id] = [fact.ticket_id for fact in due if fact.kind == "regression_set"]
        facts += due
        facts += _regressions(store, pattern, tickets.get(pattern.pattern_id, []))
    for pattern in found:
        sets = [t.ticket_id for t in tickets.get(pattern.pattern_id, []) if _takes_cases(t)]
        for ticket_id in opened[pattern.pattern_id] + sets:
            facts += _cases(service, pattern, ticket_id)
    record(store, facts, now=now)


def judge_by_settings(service: Service) -> None:
    """Judge the patterns whose last verdict was given by other recurrence settings than today's."""
    policy, now = service.settings.recurrence.policy, service.clock()
    with service.store.writing():
        outdated = judged_otherwise(
            service.store,
            window_hours=policy.window_hours,
            required=policy.required(high_risk=False),
            required_high_risk=policy.required(high_risk=True),
        )
        judge(service, {pattern_id: set() for pattern_id in outdated}, now=now)


@dataclass(frozen=True, slots=True)
class _Judged:
    verdict: Verdict
    facts: tuple[PatternJudged, ...]


def _judged(service: Service, pattern: JudgedPattern, hours: set[int]) -> _Judged:
    """Return the pattern's verdict, and the fact that tells it where it is new."""
    policy = service.settings.recurrence.policy
    required = policy.required(high_risk=pattern.high_risk)
    known, window = pattern.level, policy.window_hours
    same_rule = known is not None and known.required == required and pattern.window_hours == window
    if known is not None and same_rule and hours:
        level = better(known, _level_around(service.store, pattern.pattern_id, known, hours, window))
    else:
        level = level_of(
            unit_hours(service.store, pattern.pattern_id, -_EVER, _EVER), window_hours=window, required=required
        )
    if level is None:
        message = f"pattern {pattern.pattern_id} has failures but no hours"
        raise AssertionError(message)
    verdict = verdict_of(level, window_hours=window)
    if same_rule and level == known:
        return _Judged(verdict, ())
    fact = PatternJudged(
        pattern_id=pattern.pattern_id,
        category=pattern.category,
        template=pattern.template_name,
        verdict=verdict.value,
        reason=verdict.reason,
        units=level.units,
        units_required=level.required,
        window_hours=window,
        hour=level.hour,
        high_risk=pattern.high_risk,
    )
    return _Judged(verdict, (fact,))


def _level_around(store: Store, pattern_id: str, known: Level, hours: set[int], window: int) -> Level | None:
    """Return the level of the windows that hold any of `hours`; once systemic only an earlier hour can matter."""
    last = max(hours) + window - 1
    if known.units >= known.required:
        if min(hours) >= known.hour:
            return None
        last = min(last, known.hour)
    around = unit_hours(store, pattern_id, min(hours) - window + 1, last)
    return level_of(around, window_hours=window, required=known.required)


def _openings(
    service: Service, pattern: JudgedPattern, verdict: Verdict, tickets: Sequence[Ticket]
) -> list[TicketOpened]:
    """Return the openings that are due; a pattern never has a second ticket of a kind, whatever became of the first."""
    due = kinds_due(
        verdict.value,
        high_risk=pattern.high_risk,
        opens_revision=service.taxonomy[pattern.category].opens_revision,
        high_risk_opens_set=service.settings.tickets.isolated_high_risk_opens_regression_set,
    )
    present = {ticket.kind for ticket in tickets}
    return [
        TicketOpened(
            ticket_id=ticket_id_of(pattern.pattern_id, kind, _FIRST_OPENING),
            kind=kind,
            pattern_id=pattern.pattern_id,
            category=pattern.category,
            template=pattern.template_name,
            opening=_FIRST_OPENING,
            high_risk=pattern.high_risk,
            because=verdict.reason,
        )
        for kind in due
        if kind not in present
    ]


def _regressions(store: Store, pattern: JudgedPattern, tickets: Sequence[Ticket]) -> list[Fact]:
    fixed = [ticket for ticket in tickets if ticket.fixed_in is not None]
    versions = list(versions_of(store, pattern.pattern_id)) if fixed else []
    return [fact for ticket in fixed if (fact := regression(ticket, versions)) is not None]


def _takes_cases(ticket: Ticket) -> bool:
    return ticket.kind == "regression_set" and ticket.state in _CASES_CHANGE_IN


def _cases(service: Service, pattern: JudgedPattern, ticket_id: str) -> list[Fact]:
    """Return the facts that bring the proposed cases to the earliest failures of the pattern's first loci."""
    most = service.settings.tickets.proposed_cases
    wanted = {seen.case_event: seen for seen in chosen(first_loci(service.store, pattern.pattern_id, most), most)}
    facts: list[Fact] = []
    kept: set[str] = set()
    for case in proposed_cases(service.store, pattern.pattern_id):
        reason = _why_removed(case, wanted.get(case.event_id))
        if reason is None:
            kept.add(case.event_id)
        else:
            facts.append(CaseRemoved(case_id=case.case_id, ticket_id=ticket_id, reason=reason))
    new = [seen for event_id, seen in wanted.items() if event_id not in kept]
    return facts + _proposals(service, pattern, ticket_id, new)


def _why_removed(case: ProposedCase, wanted: LocusSeen | None) -> str | None:
    """Return why a proposed case goes, or None where it is wanted as it is."""
    if not case.belongs:
        return "its failure was put down to another pattern"
    if wanted is None:
        return "an earlier failure of the pattern became known"
    return None if wanted.fingerprint == case.fingerprint else "its failure was put down to another place"


def _proposals(service: Service, pattern: JudgedPattern, ticket_id: str, new: Sequence[LocusSeen]) -> list[Fact]:
    known = contents(service.store, [seen.case_event for seen in new])
    cases = []
    for seen in new:
        body, origin = known.get(seen.case_event, (None, None))
        if body is None or origin is None:
            continue
        event = FailureEvent.model_validate_json(body)
        rubric = service.taxonomy[pattern.category].rubric
        checks = checks_for(event, pattern.category, seen.locus, find(event), rubric)
        case_id = case_id_of(pattern.pattern_id, seen.case_event)
        text = case_body(
            event,
            event_id=seen.case_event,
            case_id=case_id,
            ticket_id=ticket_id,
            category=pattern.category,
            template=origin,
            fingerprint=seen.fingerprint,
            checks=checks,
        )
        cases.append((seen, case_id, [str(check["type"]) for check in checks], canonical_json(text)))
    refs = payloads.add(service.store, [text for *_, text in cases])
    return [
        CaseProposed(
            case_id=case_id,
            ticket_id=ticket_id,
            pattern_id=pattern.pattern_id,
            event_id=seen.case_event,
            locus=seen.locus,
            fingerprint=seen.fingerprint,
            checks=tuple(kinds),
            payload=ref,
        )
        for (seen, case_id, kinds, _), ref in zip(cases, refs, strict=True)
    ]
