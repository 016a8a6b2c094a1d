"""
A ticket's life: which tickets a verdict opens, and which action leads from which state to which (contract, section 6).

`decide` tells what a command comes to, or refuses it; `evolve` keeps the books and never refuses the past.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, assert_never, get_args

from feedback.domain.actor import is_verified
from feedback.domain.canonical import short_id
from feedback.domain.facts import (
    PayloadRef,
    RejectReason,
    TicketApproved,
    TicketAssigned,
    TicketCommented,
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
    TicketVerified,
)
from feedback.domain.recurrence import VerdictValue
from feedback.domain.template import is_at_least
from feedback.errors import Fault, ForbiddenAction, InvalidInput

__all__ = [
    "NOT_BY_PEOPLE",
    "TRANSITIONS",
    "Action",
    "Command",
    "Snooze",
    "State",
    "Ticket",
    "allowed_in",
    "decide",
    "evolve",
    "kinds_due",
    "regression",
    "ticket_id_of",
]

State = Literal["open", "in_review", "approved", "revised", "verified", "regressed", "frozen", "rejected"]
Action = Literal["take", "assign", "comment", "approve", "register", "verify", "regress", "freeze", "reject", "reopen"]

TRANSITIONS: dict[TicketKind, dict[Action, tuple[tuple[State, ...], State]]] = {
    "template_revision": {
        "take": (("open", "regressed"), "in_review"),
        "approve": (("in_review",), "approved"),
        "register": (("approved",), "revised"),
        "verify": (("revised",), "verified"),
        "regress": (("revised", "verified"), "regressed"),
        "reject": (("open", "in_review"), "rejected"),
        "reopen": (("rejected",), "open"),
    },
    "regression_set": {
        "take": (("open",), "in_review"),
        "approve": (("in_review",), "approved"),
        "freeze": (("approved",), "frozen"),
        "reject": (("open", "in_review"), "rejected"),
        "reopen": (("rejected",), "open"),
    },
}
"""From which states an action leads to which; anything else is refused. To assign and to comment leads nowhere."""

NOT_BY_PEOPLE: dict[Action, str] = {
    "register": "a registered template version whose `resolves` names it",
    "verify": "its frozen cases passing on the new version, and a failure rate that has fallen",
    "regress": "a failure on the fixed version or a later one",
    "freeze": "a frozen version of the regression set that holds its cases",
}
"""By what the actions come about that no person asks for."""

_Change = (
    TicketTaken
    | TicketAssigned
    | TicketApproved
    | TicketRejected
    | TicketsMerged
    | TicketReopened
    | TicketSnoozed
    | TicketRevised
    | TicketVerified
    | TicketRegressed
)


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
    """
    What someone asks of a ticket; a rejection needs a reason, an approval at least one case check behind it.

    `assignee` is the actor that the ticket is assigned to, None nobody. `comment` is where the actor's words stand.
    """

    action: Action
    actor: str
    reason: RejectReason | None = None
    cases: int = 0
    assignee: str | None = None
    comment: PayloadRef | None = None


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


def allowed_in(action: Action, kind: TicketKind) -> tuple[State, ...]:
    """
    Return the states in which a ticket of this kind allows an action; none where it never does.

    Assigning and commenting are allowed wherever something may still come: in every state out of which a transition
    leads. That is all but `frozen`, since what is rejected may be reopened, and what is verified may regress.
    """
    table = TRANSITIONS[kind]
    if action in ("assign", "comment"):
        return tuple(state for state in get_args(State) if any(state in sources for sources, _ in table.values()))
    return table[action][0] if action in table else ()


def decide(command: Command, ticket: Ticket) -> TicketFact:
    """
    Return the fact that `command` comes to.

    Raises:
        ForbiddenAction: The ticket's state does not allow it, no person does it, the reason is missing, the reviewer
            has approved before or showed no token where the risk is high, or there is no regression test yet.
        InvalidInput: A comment says nothing.
    """
    action, ticket_id, allowed = command.action, ticket.ticket_id, allowed_in(command.action, ticket.kind)
    if allowed and action in NOT_BY_PEOPLE:
        raise ForbiddenAction(ticket_id, action, ticket.state, f"{NOT_BY_PEOPLE[action]}, not a person")
    if ticket.state not in allowed:
        raise ForbiddenAction(ticket_id, action, ticket.state, " or ".join(allowed) or "another kind of ticket")
    said: dict[str, Any] = {"ticket_id": ticket_id, "actor": command.actor, "payload": command.comment}
    match action:
        case "take":
            return TicketTaken(**said)
        case "assign":
            return TicketAssigned(**said, assignee=command.assignee)
        case "comment":
            if command.comment is None:
                raise InvalidInput(Fault("comment", "expected words, found none"))
            return TicketCommented(**said)
        case "approve":
            return TicketApproved(**said, settles=_settles(command, ticket))
        case "reject":
            if command.reason is None:
                raise ForbiddenAction(ticket_id, action, ticket.state, "a reason")
            return TicketRejected(**said, reason=command.reason)
        case "reopen":
            return TicketReopened(**said)
        case "register" | "verify" | "regress" | "freeze":
            raise AssertionError(action)
        case _:
            assert_never(action)


def _settles(command: Command, ticket: Ticket) -> bool:
    """Tell whether no approval is needed beside this one: where the risk is high, two different tokens must agree."""
    needed = None
    if ticket.high_risk and not is_verified(command.actor):
        needed = "two reviewers with a token each, since its risk is high; a name on the command line is none"
    elif not command.cases:
        needed = "at least one regression case: no test yet"
    elif ticket.high_risk and command.actor in ticket.approvals:
        needed = "a second, different reviewer"
    if needed:
        raise ForbiddenAction(ticket.ticket_id, "approve", ticket.state, needed)
    return not ticket.high_risk or any(is_verified(actor) for actor in ticket.approvals)


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
    """
    Return `ticket` after `fact`; only an opening has no ticket before it.

    Whatever happens to a ticket wakes it, but for a comment, which is only said.
    """
    if isinstance(fact, TicketOpened):
        return Ticket(ticket_id=fact.ticket_id, kind=fact.kind, pattern_id=fact.pattern_id)
    if ticket is None:
        message = f"the log holds {fact.type} of {fact.ticket_id} before its opening"
        raise ValueError(message)
    ticket = replace(ticket, version=ticket.version + 1)
    return ticket if isinstance(fact, TicketCommented) else _after(replace(ticket, snooze=None), fact)


def _after(ticket: Ticket, fact: _Change) -> Ticket:
    match fact:
        case TicketTaken():
            return replace(ticket, state="in_review", assignee=fact.actor, approvals=())
        case TicketAssigned():
            return replace(ticket, assignee=fact.assignee)
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
        case TicketVerified():
            return replace(ticket, state="verified")
        case TicketRegressed():
            return replace(ticket, state="regressed")
        case _:
            assert_never(fact)
