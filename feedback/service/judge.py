"""Judging: patterns that changed get their verdict, their tickets and their cases, as facts."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from feedback.classification.evidence import find
from feedback.domain.canonical import canonical_json, short_id
from feedback.domain.case import LocusSeen, case_body, case_id_of, checks_for, chosen
from feedback.domain.facts import CaseProposed, CaseRemoved, Fact, PatternJudged, TicketOpened
from feedback.domain.failure import FailureEvent
from feedback.domain.recurrence import Verdict
from feedback.domain.ticket import Ticket, kinds_due
from feedback.service.bootstrap import Service
from feedback.service.opening import openings
from feedback.service.regressing import regressions
from feedback.service.verdicts import verdicts_of
from feedback.storage import payloads
from feedback.storage.failures import contents
from feedback.storage.judging import is_judged_by, judged, templates_of, unjudged
from feedback.storage.patterns import (
    JudgedPattern,
    ProposedCase,
    first_loci,
    patterns,
    proposed_cases,
    tickets_of,
)
from feedback.storage.recording import record

__all__ = ["judge"]

_CASES_CHANGE_IN = ("open",)  # once someone reviews them, the machine leaves them alone
_NEW_SHARE = 0.1
_NEWS_PROBABILITY = 0.05
_NEWS_GROWTH = 1.5


def judge(service: Service, *, everything: bool = False) -> None:
    """
    Judge the patterns that changed and their neighbours in the template.

    All are judged where that is asked, where other settings judged them last, and where a tenth of the patterns is new:
    what is usual, and how many are looked at, has moved for all of them. Opens the tickets that are due, reopens those
    that regressed, and proposes cases. One transaction; judging again changes nothing.
    """
    store, rules = service.store, short_id("", repr(service.settings.recurrence.policy))
    with store.writing():
        changed = unjudged(store)
        if everything or not is_judged_by(store, rules, _NEW_SHARE):
            found = patterns(store)
        elif changed:
            found = patterns(store, of_templates=templates_of(store, changed))
        else:
            return
        _judge_all(service, found, changed)
        judged(store, rules)


def _judge_all(service: Service, found: Sequence[JudgedPattern], changed: AbstractSet[str]) -> None:
    store, now = service.store, service.clock()
    tickets = tickets_of(store, found)
    verdicts = verdicts_of(service, [pattern for pattern in found if pattern.failures])
    facts: list[Fact] = []
    opened: dict[str, list[str]] = {}
    for pattern in found:
        verdict = verdicts.get(pattern.pattern_id)
        if verdict is None:
            opened[pattern.pattern_id] = []  # all its failures were put down to another pattern
            continue
        if _is_news(pattern, verdict):
            facts.append(_judgement(pattern, verdict))
        due = _openings(service, pattern, verdict, tickets.get(pattern.pattern_id, []))
        opened[pattern.pattern_id] = [fact.ticket_id for fact in due if fact.kind == "regression_set"]
        facts += due
    facts += regressions(store, [ticket for pattern in found for ticket in tickets.get(pattern.pattern_id, [])])
    for pattern in found:
        sets = [t.ticket_id for t in tickets.get(pattern.pattern_id, []) if _takes_cases(t)]
        if pattern.pattern_id in changed or opened[pattern.pattern_id]:
            for ticket_id in opened[pattern.pattern_id] + sets:
                facts += _cases(service, pattern, ticket_id)
    record(store, facts, now=now)


def _is_news(pattern: JudgedPattern, verdict: Verdict) -> bool:
    """Tell whether a verdict says more than the last one: each is a fact, and a fact an hour would drown the log."""
    last = pattern.inputs
    if (pattern.verdict, last.get("high_risk")) != (verdict.value, verdict.inputs["high_risk"]):
        return True
    if pattern.verdict is None or "probability" not in last or ("rate" in last) != ("rate" in verdict.inputs):
        return True
    moved = abs(float(last["probability"] or 0) - float(verdict.inputs["probability"] or 0))
    grown = float(verdict.inputs["units"] or 0) >= _NEWS_GROWTH * float(last["units"] or 0)
    return moved >= _NEWS_PROBABILITY or grown


def _judgement(pattern: JudgedPattern, verdict: Verdict) -> PatternJudged:
    return PatternJudged(
        pattern_id=pattern.pattern_id,
        category=pattern.category,
        template=pattern.template_name,
        verdict=verdict.value,
        reason=verdict.reason,
        units=int(verdict.inputs["units"] or 0),
        high_risk=pattern.high_risk,
        inputs=dict(verdict.inputs),
    )


def _openings(
    service: Service, pattern: JudgedPattern, verdict: Verdict, tickets: Sequence[Ticket]
) -> list[TicketOpened]:
    due = kinds_due(
        verdict.value,
        high_risk=pattern.high_risk,
        opens_revision=service.taxonomy[pattern.category].opens_revision,
        high_risk_opens_set=service.settings.tickets.isolated_high_risk_opens_regression_set,
    )
    return openings(pattern, due, tickets, verdict.reason)


def _takes_cases(ticket: Ticket) -> bool:
    return ticket.kind == "regression_set" and ticket.state in _CASES_CHANGE_IN


def _cases(service: Service, pattern: JudgedPattern, ticket_id: str) -> list[Fact]:
    """Return the facts that bring the proposed cases to the earliest failures of the pattern's first loci."""
    most = service.settings.tickets.proposed_cases
    wanted = {seen.case_event: seen for seen in chosen(first_loci(service.store, pattern.pattern_id, most), most)}
    facts: list[Fact] = []
    kept: set[str] = set()
    for case in proposed_cases(service.store, pattern.pattern_id):
        reason = _why_removed(case, wanted=case.event_id in wanted)
        if reason is None:
            kept.add(case.event_id)
        else:
            facts.append(CaseRemoved(case_id=case.case_id, ticket_id=ticket_id, reason=reason))
    new = [seen for event_id, seen in wanted.items() if event_id not in kept]
    return facts + _proposals(service, pattern, ticket_id, new)


def _why_removed(case: ProposedCase, *, wanted: bool) -> str | None:
    """Return why a proposed case goes, or None where it is wanted as it is."""
    if not case.belongs:
        return "its failure was put down to another pattern"
    if not case.in_place:
        return "its failure was put down to another place"
    return None if wanted else "an earlier failure of the pattern became known"


def _proposals(service: Service, pattern: JudgedPattern, ticket_id: str, new: Sequence[LocusSeen]) -> list[Fact]:
    known = contents(service.store, [seen.case_event for seen in new])
    cases = []
    for seen in new:
        body, origin = known.get(seen.case_event, (None, None))
        if body is None or origin is None:
            continue
        event = FailureEvent.model_validate_json(body)
        rubric = service.taxonomy[pattern.category].rubric
        checks = checks_for(event, pattern.category, seen.said_locus, find(event), rubric)
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
