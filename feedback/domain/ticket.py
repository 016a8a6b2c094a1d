"""
A ticket's life: which tickets a verdict opens, and which action leads from which state to which (contract, section 6).

`decide` tells what a command comes to, or refuses it; `evolve` keeps the books and never refuses the past.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from feedback.domain.canonical import short_id
from feedback.domain.facts import (
    RejectReason,
    TicketApproved,
    TicketFact,
    TicketKind,
    TicketOpened,
    TicketRegressed,
    TicketRejected,
    TicketReopened,
    TicketRevised,
    TicketsMerged,
    TicketSnoozed,
    TicketTaken,
)
from feedback.domain.recurrence import VerdictValue
from feedback.domain.template import is_at_least
from feedback.errors import ForbiddenAction

__all__ = [
    "TRANSITIONS",
    "Action",
    "Command",
    "Snooze",
    "State",
    "Ticket",
    "decide",
    "evolve",
    "kinds_due",
    "regression",
    "ticket_id_of",
]

State = Literal["open", "in_review", "approved", "revised", "verified", "regressed", "frozen", "rejected"]
Action = Literal["take", "approve", "register", "regress", "reject", "reopen"]

TRANSITIONS: dict[TicketKind, dict[Action, tuple[tuple[State, ...], State]]] = {
    "template_revision": {
        "take": (("open", "regressed"), "in_review"),
        "approve": (("in_review",), "approved"),
        "register": (("approved",), "revised"),
        "regress": (("revised", "verified"), "regressed"),
        "reject": (("open", "in_review"), "rejected"),
        "reopen": (("rejected",), "open"),
    },
    "regression_set": {
        "take": (("open",), "in_review"),
        "approve": (("in_review",), "approved"),
        "reject": (("open", "in_review"), "rejected"),
        "reopen": (("rejected",), "open"),
    },
}
"""From which states an action leads to which; anything else is refused."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Until when a ticket is set aside: a time, or so many failures of its pattern more than were seen then, or either."""

    until: str | None
    failures: int | None
    failures_seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The state of one ticket; `version` counts its facts, `high_risk` is its pattern's."""

    ticket_id: str
    kind: TicketKind
    pattern_id: str
    high_risk: bool = False
    state: State = "open"
    version: int = 1
    approvals: tuple[str, ...] = field(default=())
    assignee: str | None = None
    fixed_in: str | None = None
    snooze: Snooze | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What someone asks of a ticket; a rejection needs a reason, an approval at least one case check behind it."""

    action: Action
    actor: str
    reason: RejectReason | None = None
    cases: int = 0


def ticket_id_of(pattern_id: str, kind: TicketKind, opening: int) -> str:
    """Return `TR-` or `RS-` and a hash, the same in every deployment that saw the same failures."""
    return short_id("TR-" if kind == "template_revision" else "RS-", pattern_id, kind, str(opening))


def kinds_due(
    verdict: VerdictValue, *, high_risk: bool, opens_revision: bool, high_risk_opens_set: bool
) -> tuple[TicketKind, ...]:
    """Return the kinds of ticket that a pattern with this verdict should have."""
    if verdict == "systemic":
        return ("template_revision", "regression_set") if opens_revision else ("regression_set",)
    return ("regression_set",) if high_risk and high_risk_opens_set else ()


def decide(command: Command, ticket: Ticket) -> TicketFact:
    """
    Return the fact that `command` comes to.

    Raises:
        ForbiddenAction: The ticket's state does not allow it, the reason is missing, the reviewer has approved
            before, or there is no regression test yet.
    """
    action, actor, ticket_id = command.action, command.actor, ticket.ticket_id
    allowed, _ = TRANSITIONS[ticket.kind].get(action, ((), ticket.state))
    if ticket.state not in allowed:
        raise ForbiddenAction(ticket_id, action, ticket.state, " or ".join(allowed) or "another kind of ticket")
    match action:
        case "take":
            return TicketTaken(ticket_id=ticket_id, actor=actor)
        case "approve":
            return _approval(command, ticket)
        case "reject":
            if command.reason is None:
                raise ForbiddenAction(ticket_id, action, ticket.state, "a reason")
            return TicketRejected(ticket_id=ticket_id, actor=actor, reason=command.reason)
        case "reopen":
            return TicketReopened(ticket_id=ticket_id, actor=actor)
        case "register" | "regress":
            raise ForbiddenAction(ticket_id, action, ticket.state, "a registered version or a failure, not a person")
        case _:
            assert_never(action)


def _approval(command: Command, ticket: Ticket) -> TicketApproved:
    if not command.cases:
        raise ForbiddenAction(ticket.ticket_id, "approve", ticket.state, "at least one regression case: no test yet")
    if command.actor in ticket.approvals:
        raise ForbiddenAction(ticket.ticket_id, "approve", ticket.state, "a second, different reviewer")
    needed = 2 if ticket.high_risk else 1
    return TicketApproved(ticket_id=ticket.ticket_id, actor=command.actor, settles=len(ticket.approvals) + 1 >= needed)


def regression(
    ticket: Ticket, effective_versions: Sequence[str | None], fixed_in: str | None = None
) -> TicketRegressed | None:
    """
    Return the regression that failures on these effective versions mean, or None: older and unknown ones are none.

    Args:
        fixed_in: The fix, where the failures are those of another template than the ticket's.
    """
    fix = fixed_in or ticket.fixed_in
    if fix is None or ticket.state not in TRANSITIONS["template_revision"]["regress"][0]:
        return None
    for version in effective_versions:
        if version is not None and is_at_least(version, fix):
            return TicketRegressed(ticket_id=ticket.ticket_id, effective_version=version, fixed_in=fix)
    return None


def evolve(ticket: Ticket | None, fact: TicketFact) -> Ticket:
    """Return `ticket` after `fact`; only an opening has no ticket before it. Whatever happens to a ticket wakes it."""
    if isinstance(fact, TicketOpened):
        return Ticket(ticket_id=fact.ticket_id, kind=fact.kind, pattern_id=fact.pattern_id)
    if ticket is None:
        message = f"the log holds {fact.type} of {fact.ticket_id} before its opening"
        raise ValueError(message)
    ticket = replace(ticket, version=ticket.version + 1, snooze=None)
    match fact:
        case TicketTaken():
            return replace(ticket, state="in_review", assignee=fact.actor, approvals=())
        case TicketApproved():
            state: State = "approved" if fact.settles else "in_review"
            return replace(ticket, state=state, approvals=(*ticket.approvals, fact.actor))
        case TicketRejected():
            return replace(ticket, state="rejected")
        case TicketsMerged():
            return replace(ticket, state="rejected", merged_into=fact.into)
        case TicketReopened():
            return replace(ticket, state="open", approvals=(), assignee=None, merged_into=None)
        case TicketSnoozed(until=None, failures=None):
            return ticket
        case TicketSnoozed():
            return replace(ticket, snooze=Snooze(fact.until, fact.failures, fact.failures_seen or 0))
        case TicketRevised():
            return replace(ticket, state="revised", fixed_in=fact.version)
        case TicketRegressed():
            return replace(ticket, state="regressed")
        case _:
            assert_never(fact)
