"""Patterns for readers: the list, and of one of them all that answers "why is this a ticket?"."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, get_args

from feedback.domain.explanation import explained, why_none
from feedback.domain.facts import PatternJudged, TicketKind, TicketOpened
from feedback.domain.recurrence import VerdictValue
from feedback.domain.ticket import Ticket
from feedback.domain.timeline import hours_of, step_of, timeline
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.service.priority import priorities, priority_data
from feedback.service.specification import fault_rows, faults_of
from feedback.service.storms import storms
from feedback.service.views import counts_data, pattern_rows, verdict_data
from feedback.storage import log
from feedback.storage import tickets as stored
from feedback.storage.failures import count_by_category, count_ignored
from feedback.storage.judging import templates_of, units_seen, unjudged
from feedback.storage.patterns import JudgedPattern, patterns, split_loci, tickets_of, units_by_step

__all__ = ["pattern_list", "pattern_view"]


def pattern_list(
    service: Service, *, category: str | None = None, template: str | None = None, verdict: str | None = None
) -> dict[str, Any]:
    """
    Return the patterns of this category, template and verdict, or all, as `pattern_rows` has them, and what waits.

    `specification_faults` are those that one of the patterns is part of, the largest first, with all of their patterns.
    `unattributed` are the failures without a template by category; they have no verdict, so none where one is asked for.
    `ignored` are all that do not count.

    Raises:
        NotFound: There is no such category.
    """
    if category is not None and category not in service.taxonomy.ids:
        raise NotFound("category", category, f"one of {', '.join(service.taxonomy.ids)}")
    waiting = {} if template or verdict else count_by_category(service.store, attributed=False)
    rows = pattern_rows(service, category=category, template=template, verdict=verdict)
    shown = {row["pattern_id"] for row in rows}
    return {
        "patterns": rows,
        "specification_faults": [fault for fault in fault_rows(service) if not shown.isdisjoint(fault["pattern_ids"])],
        "unattributed": {name: count for name, count in waiting.items() if category in {None, name}},
        "ignored": count_ignored(service.store),
    }


def pattern_view(service: Service, identity: str) -> dict[str, Any]:
    """
    Return all that is known of a pattern, by its id or that of one of its tickets, as JSON values.

    `verdict` is the last one that was recorded, `why` are its numbers in words, and `judged` says when it was recorded and
    whether more is counted by now. `counts`, `loci` and `timeline` are as of now; `history` has the recorded verdicts,
    oldest first. `split_off` names by place the patterns that were split off this one. `no_ticket` says by kind why there is none.

    Raises:
        NotFound: There is no such pattern or ticket.
    """
    pattern = _found(service, identity)
    history = _history(service, pattern.pattern_id)
    tickets = tickets_of(service.store, [pattern]).get(pattern.pattern_id, [])
    priority = priorities(service, [pattern])[pattern.pattern_id]
    return {
        "pattern_id": pattern.pattern_id,
        "category": pattern.category,
        "template": pattern.template_name,
        "locus": pattern.locus,
        "risk_level": "high" if pattern.high_risk else None,
        "verdict": verdict_data(pattern),
        "judged": _judged(service, pattern, history),
        "why": explained(pattern.inputs),
        "counts": counts_data(service, pattern),
        "history": history,
        "loci": [asdict(one) for one in stored.loci(service.store, pattern.pattern_id)],
        "timeline": _timeline(service, pattern),
        "split_off": {} if pattern.locus else split_loci(service.store, pattern.pattern_id),
        "storms": [asdict(one) for one in storms(service, [pattern])[pattern.pattern_id]],
        "specification_faults": faults_of(fault_rows(service), pattern.pattern_id),
        "tickets": [_ticket(service, ticket, priority.score) for ticket in tickets],
        "no_ticket": _no_ticket(service, pattern, tickets),
        "priority": priority_data(priority),
    }


def _found(service: Service, identity: str) -> JudgedPattern:
    ticket = stored.find_ticket(service.store, identity)
    found = patterns(service.store, [ticket.ticket.pattern_id if ticket else identity])
    if not found:
        raise NotFound("pattern or ticket", identity, "`feedback patterns list` shows all patterns")
    return found[0]


def _history(service: Service, pattern_id: str) -> list[dict[str, Any]]:
    return [
        {
            "recorded_at": one.recorded_at,
            "verdict": one.fact.verdict,
            "units": one.fact.units,
            "probability": (one.fact.inputs or {}).get("probability"),
            "reason": one.fact.reason,
        }
        for one in log.read(service.store, stream=f"pattern:{pattern_id}")
        if isinstance(one.fact, PatternJudged)
    ]


def _judged(service: Service, pattern: JudgedPattern, history: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return when the verdict was recorded, and whether the counts have moved on since."""
    store, hours = service.store, service.settings.recurrence.policy.history_hours
    recorded_at = history[-1]["recorded_at"] if history and pattern.verdict else None
    then, now = pattern.inputs.get("units"), units_seen(store, pattern.pattern_id, pattern.template_name, hours)
    waiting = pattern.template_name in templates_of(store, unjudged(store))
    if recorded_at is None:
        sentence = "not judged yet" if pattern.failures else "all its failures were put down to other patterns"
    elif then is None:
        sentence = f"recorded {recorded_at}, by a version that kept other numbers"
    elif then == now:
        sentence = f"recorded {recorded_at}, and as many units are counted now"
    else:
        sentence = f"recorded {recorded_at} with {then:,} units, older than the counts: now there are {now:,}"
    more = "; the template has changes that are not judged yet" if waiting else ""
    return {
        "recorded_at": recorded_at,
        "units_then": then,
        "units_now": now,
        "waiting": waiting,
        "sentence": sentence + more,
    }


def _timeline(service: Service, pattern: JudgedPattern) -> dict[str, Any]:
    first, last = (
        int(datetime.fromisoformat(time).timestamp() // 3600) for time in (pattern.first_seen, pattern.last_seen)
    )
    step = step_of(first, last)
    hours, before = hours_of(step)
    shown = timeline(units_by_step(service.store, pattern.pattern_id, hours=hours, before=before), step)
    return {"step": shown.step, "left_out": shown.left_out, "bars": [bar._asdict() for bar in shown.bars]}


def _ticket(service: Service, ticket: Ticket, priority: float) -> dict[str, Any]:
    opened = next(log.read(service.store, stream=f"ticket:{ticket.ticket_id}", limit=1))
    because = opened.fact.because if isinstance(opened.fact, TicketOpened) else ""
    return {
        "ticket_id": ticket.ticket_id,
        "kind": ticket.kind,
        "state": ticket.state,
        "priority": priority,
        "opened_at": opened.recorded_at,
        "because": because,
    }


def _no_ticket(service: Service, pattern: JudgedPattern, tickets: Sequence[Ticket]) -> dict[TicketKind, str]:
    verdict: VerdictValue = verdict_data(pattern)["value"]
    present = {ticket.kind for ticket in tickets}
    standing = next((f"{one.ticket_id} is merged into {one.merged_into}" for one in tickets if one.merged_into), None)
    return {
        kind: standing
        or why_none(
            kind,
            verdict,
            high_risk=pattern.high_risk,
            opens_revision=service.taxonomy[pattern.category].opens_revision,
            high_risk_opens_set=service.settings.tickets.isolated_high_risk_opens_regression_set,
        )
        for kind in get_args(TicketKind)
        if kind not in present
    }
