"""The facts of a ticket: what people and the loop did with it."""

from typing import Literal

from feedback.domain.fact import BaseFact

__all__ = [
    "RejectReason",
    "TicketApproved",
    "TicketFact",
    "TicketKind",
    "TicketOpened",
    "TicketRegressed",
    "TicketRejected",
    "TicketReopened",
    "TicketRevised",
    "TicketSnoozed",
    "TicketTaken",
    "TicketsMerged",
]

TicketKind = Literal["template_revision", "regression_set"]
RejectReason = Literal["wrong_category", "wrong_template", "duplicate", "wont_fix"]


class _TicketFact(BaseFact):
    ticket_id: str


class TicketOpened(_TicketFact):
    """A ticket was opened for a pattern; `locus` is the (first) place of one that was split off."""

    type: Literal["TicketOpened"] = "TicketOpened"
    kind: TicketKind
    pattern_id: str
    category: str
    template: str
    locus: str | None = None
    opening: int
    high_risk: bool
    because: str


class TicketTaken(_TicketFact):
    """Someone began to work on a ticket."""

    type: Literal["TicketTaken"] = "TicketTaken"
    actor: str


class TicketApproved(_TicketFact):
    """Someone agreed to a ticket's revision or cases; `settles` tells whether no further approval is needed."""

    type: Literal["TicketApproved"] = "TicketApproved"
    actor: str
    settles: bool


class TicketRejected(_TicketFact):
    """Someone rejected a ticket, and why."""

    type: Literal["TicketRejected"] = "TicketRejected"
    actor: str
    reason: RejectReason


class TicketsMerged(_TicketFact):
    """Someone said that a ticket is about the same fault as another: it is rejected as a duplicate of `into`."""

    type: Literal["TicketsMerged"] = "TicketsMerged"
    into: str
    actor: str


class TicketReopened(_TicketFact):
    """Someone took a rejection back, or a merge."""

    type: Literal["TicketReopened"] = "TicketReopened"
    actor: str


class TicketSnoozed(_TicketFact):
    """
    Someone set a ticket aside until a time, or until its pattern has so many failures more than `failures_seen`.

    With neither the ticket was woken.
    """

    type: Literal["TicketSnoozed"] = "TicketSnoozed"
    actor: str
    until: str | None = None
    failures: int | None = None
    failures_seen: int | None = None


class TicketRevised(_TicketFact):
    """A template version that resolves the ticket was registered."""

    type: Literal["TicketRevised"] = "TicketRevised"
    template: str
    version: str


class TicketRegressed(_TicketFact):
    """The pattern failed again on the fixed version or a later one."""

    type: Literal["TicketRegressed"] = "TicketRegressed"
    effective_version: str
    fixed_in: str


TicketFact = (
    TicketOpened
    | TicketTaken
    | TicketApproved
    | TicketRejected
    | TicketsMerged
    | TicketReopened
    | TicketSnoozed
    | TicketRevised
    | TicketRegressed
)
