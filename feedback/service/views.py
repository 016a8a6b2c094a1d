"""What readers are shown of a ticket and of a pattern: the shapes of the contract, with the three answers in numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from feedback.domain.case import JUDGED
from feedback.domain.grouping import with_members
from feedback.domain.priority import Priority
from feedback.domain.snooze import lasting
from feedback.domain.storms import Storm
from feedback.domain.ticket import Ticket
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.service.priority import priorities
from feedback.service.specification import fault_rows, faults_of
from feedback.service.storms import storms
from feedback.storage import tickets as stored
from feedback.storage.failures import newest_seen
from feedback.storage.patterns import JudgedPattern, grouping_rules, patterns, tickets_of, versions_of
from feedback.storage.tickets import Case, FoundTicket

__all__ = ["TicketOrder", "counts_data", "pattern_rows", "ticket_view", "ticket_views", "verdict_data"]

TicketOrder = Literal["priority", "failures"]
_EXAMPLES = 5


def ticket_view(service: Service, ticket_id: str) -> dict[str, Any]:
    """
    Return one ticket as section 6 of the contract writes it.

    Raises:
        NotFound: There is no such ticket.
    """
    found = stored.find_ticket(service.store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
    (pattern,) = patterns(service.store, [found.ticket.pattern_id])
    return _view(service, found, pattern, _context(service, [pattern]))


def ticket_views(
    service: Service, *, kind: str | None = None, state: str | None = None, order: TicketOrder = "priority"
) -> list[dict[str, Any]]:
    """
    Return the tickets of this kind and state, or of all.

    By priority the highest come first, of equal ones by ticket id; by failures they come as from `list_tickets`. Those
    that are snoozed (`snoozed_until` says how long) come last.
    """
    found = stored.list_tickets(service.store, kind=kind, state=state)
    about = patterns(service.store, dict.fromkeys(one.ticket.pattern_id for one in found))
    by_id = {pattern.pattern_id: pattern for pattern in about}
    context = _context(service, about)
    if order == "priority":
        found.sort(key=lambda one: (-context.priorities[one.ticket.pattern_id].score, one.ticket.ticket_id))
    views = [_view(service, one, by_id[one.ticket.pattern_id], context) for one in found]
    return sorted(views, key=lambda view: view["snoozed_until"] is not None)


def pattern_rows(
    service: Service, *, category: str | None = None, template: str | None = None, verdict: str | None = None
) -> list[dict[str, Any]]:
    """Return the patterns of these, or all, with their counts, verdict and tickets, most failures first."""
    found = [
        pattern
        for pattern in patterns(service.store, of_templates=None if template is None else [template])
        if category in {None, pattern.category} and verdict in {None, verdict_data(pattern)["value"]}
    ]
    tickets = tickets_of(service.store, found)
    return [
        {
            "pattern_id": pattern.pattern_id,
            "category": pattern.category,
            "template": pattern.template_name,
            "locus": pattern.locus,
            "risk_level": "high" if pattern.high_risk else None,
            "counts": counts_data(service, pattern),
            "verdict": verdict_data(pattern),
            "tickets": [ticket.ticket_id for ticket in tickets.get(pattern.pattern_id, [])],
        }
        for pattern in found
    ]


class _Context(NamedTuple):
    """What is asked once for all patterns that are shown."""

    priorities: dict[str, Priority]
    storms: dict[str, list[Storm]]
    faults: list[dict[str, Any]]
    newest: str | None


def _context(service: Service, about: Sequence[JudgedPattern]) -> _Context:
    return _Context(priorities(service, about), storms(service, about), fault_rows(service), newest_seen(service.store))


def _view(service: Service, found: FoundTicket, pattern: JudgedPattern, context: _Context) -> dict[str, Any]:
    store, ticket = service.store, found.ticket
    priority = context.priorities[pattern.pattern_id]
    newest = context.newest or pattern.last_seen
    snoozed = lasting(ticket.snooze, failures=pattern.failures, newest=newest)
    linked = [
        other.ticket_id
        for other in tickets_of(store, [pattern]).get(pattern.pattern_id, [])
        if other.kind != ticket.kind
    ]
    loci = stored.loci(store, pattern.pattern_id)
    merged = stored.merged_tickets(store, ticket.ticket_id)
    stands_for = dict.fromkeys([pattern.pattern_id, *(one.ticket.pattern_id for one in merged)])
    members = with_members(grouping_rules(store, pattern.whole_id))
    return {
        "ticket_id": ticket.ticket_id,
        "kind": ticket.kind,
        "state": ticket.state,
        "pattern": _about(found),
        "linked_ticket_id": linked[0] if linked else None,
        "risk_level": "high" if pattern.high_risk else None,
        "verdict": verdict_data(pattern),
        "counts": counts_data(service, pattern),
        "loci": [asdict(one) | {"merged": members.get(one.locus, [])} for one in loci],
        "answers": {
            "recurs": _recurs(service, pattern, len(loci), context.storms[pattern.pattern_id]),
            "systemic": _systemic(pattern, faults_of(context.faults, pattern.pattern_id)),
            "regression_test": _regression_test(stored.cases(store, stands_for)),
        },
        "examples": stored.examples(store, pattern.pattern_id, _EXAMPLES),
        "assignee": ticket.assignee,
        "snoozed_until": None if snoozed is None else asdict(snoozed),
        "priority": priority.score,
        "version": ticket.version,
        **_merges(ticket, merged),
    }


def _about(found: FoundTicket) -> dict[str, Any]:
    """Return what a ticket is about; a place only where it was split off."""
    about = {"category": found.category, "template": found.template_name}
    return about | ({"locus": found.locus} if found.locus is not None else {})


def _merges(ticket: Ticket, merged: Sequence[FoundTicket]) -> dict[str, Any]:
    """Return the ticket that one is merged into, and those merged into it; nothing where there are none."""
    found: dict[str, Any] = {"merged_into": ticket.merged_into} if ticket.merged_into else {}
    if merged:
        found["merged"] = [
            {
                "ticket_id": one.ticket.ticket_id,
                "pattern": _about(one),
                "counts": {"failures": one.failures, "units": one.units},
            }
            for one in merged
        ]
    return found


def verdict_data(pattern: JudgedPattern) -> dict[str, Any]:
    """Return the last verdict on a pattern: value, reason and inputs."""
    if pattern.verdict is None:
        return {"value": "undecided", "reason": "not judged yet", "inputs": {}}
    return {"value": pattern.verdict, "reason": pattern.reason, "inputs": dict(pattern.inputs)}


def counts_data(service: Service, pattern: JudgedPattern) -> dict[str, Any]:
    """Return what is counted in a pattern now."""
    versions = versions_of(service.store, pattern.pattern_id)
    return {
        "failures": pattern.failures,
        "units": pattern.units,
        "first_seen": pattern.first_seen,
        "last_seen": pattern.last_seen,
        "by_version": {version or "unknown": failures for version, failures in versions.items()},
    }


def _recurs(service: Service, pattern: JudgedPattern, loci: int, seen: Sequence[Storm]) -> dict[str, Any]:
    window = timedelta(days=service.settings.recurrence.window_days)
    end = datetime.fromisoformat(newest_seen(service.store) or pattern.last_seen)
    reach = end - datetime.min.replace(tzinfo=UTC)
    marks = [(end - min(n * window, reach)).isoformat(timespec="microseconds") for n in (2, 1, 0)]
    before, last = (
        stored.failures_between(service.store, pattern.pattern_id, after, until) for after, until in pairwise(marks)
    )
    name = service.taxonomy[pattern.category].name
    return {
        "category": pattern.category,
        "failures": pattern.failures,
        "units": pattern.units,
        "loci": loci,
        "trend": {"window_days": window.days, "last_window": last, "window_before": before},
        "storms": [asdict(storm) for storm in seen],
        "sentence": f"{name}: {_plural(pattern.failures, 'failure')} in {_plural(pattern.units, 'unit')}, at"
        f" {_plural(loci, 'place')} in the template; {last} in the last {window.days} days, {before} in those before",
    }


def _systemic(pattern: JudgedPattern, faults: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the second answer; of several specification faults it names the largest."""
    verdict = verdict_data(pattern)
    sentence = f"{verdict['value'].capitalize()}: {verdict['reason']}"
    return verdict | {"sentence": sentence, "specification_fault": faults[0] if faults else None}


def _regression_test(cases: list[Case]) -> dict[str, Any]:
    judged = sum(set(case.checks) == {JUDGED} for case in cases)
    by_program = len(cases) - judged
    sentence = "no test yet"
    if cases:
        sentence = f"{_plural(len(cases), 'case')} proposed: {by_program} decided by program, {judged} by a judge"
    return {
        "cases": [{"case_id": one.case_id, "locus": one.locus, "checks": list(one.checks)} for one in cases],
        "decided_by_program": by_program,
        "need_a_judge": judged,
        "sentence": sentence,
    }


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
