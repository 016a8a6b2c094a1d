"""The facts of a ticket: what people and the loop did with it."""

from typing import Literal

from pydantic import Field

from feedback.domain.fact import BaseFact, PayloadRef

__all__ = [
    "RejectReason",
    "TicketApproved",
    "TicketAssigned",
    "TicketCommented",
    "TicketFact",
    "TicketKind",
    "TicketOpened",
    "TicketRegressed",
    "TicketRejected",
    "TicketReopened",
    "TicketRevised",
    "TicketSnoozed",
    "TicketTaken",
    "TicketVerified",
    "TicketsMerged",
]

TicketKind = Literal["template_revision", "regression_set"]
RejectReason = Literal["wrong_category", "wrong_template", "duplicate", "wont_fix"]


class _TicketFact(BaseFact):
    ticket_id: str


class _PersonsFact(_TicketFact):
    """What a person did; `payload` is what they said beside it, where they said anything."""

    payload: PayloadRef | None = None


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


class TicketTaken(_PersonsFact):
    """Someone began to work on a ticket."""

    type: Literal["TicketTaken"] = "TicketTaken"
    actor: str


class TicketAssigned(_PersonsFact):
    """Someone said whose ticket it is (an actor); None is nobody's."""

    type: Literal["TicketAssigned"] = "TicketAssigned"
    actor: str
    assignee: str | None = None


class TicketCommented(_TicketFact):
    """Someone said something about a ticket, and did nothing else; the words are the payload."""

    type: Literal["TicketCommented"] = "TicketCommented"
    actor: str
    payload: PayloadRef


class TicketApproved(_PersonsFact):
    """Someone agreed to a ticket's revision or cases; `settles` tells whether no further approval is needed."""

    type: Literal["TicketApproved"] = "TicketApproved"
    actor: str
    settles: bool


class TicketRejected(_PersonsFact):
    """Someone rejected a ticket, and why."""

    type: Literal["TicketRejected"] = "TicketRejected"
    actor: str
    reason: RejectReason


class TicketsMerged(_PersonsFact):
    """Someone said that a ticket is about the same fault as another: it is rejected as a duplicate of `into`."""

    type: Literal["TicketsMerged"] = "TicketsMerged"
    into: str
    actor: str


class TicketReopened(_PersonsFact):
    """Someone took a rejection back, or a merge."""

    type: Literal["TicketReopened"] = "TicketReopened"
    actor: str


class TicketSnoozed(_PersonsFact):
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
    """A template version that resolves the ticket was registered; `actor` is known where a revision of it was."""

    type: Literal["TicketRevised"] = "TicketRevised"
    template: str
    version: str
    actor: str | None = Field(default=None, exclude_if=lambda actor: actor is None)


class TicketVerified(_TicketFact):
    """The version that resolves the ticket was found to have fixed it; `because` says by what."""

    type: Literal["TicketVerified"] = "TicketVerified"
    template: str
    version: str
    because: str


class TicketRegressed(_TicketFact):
    """The pattern failed again on the fixed version or a later one."""

    type: Literal["TicketRegressed"] = "TicketRegressed"
    effective_version: str
    fixed_in: str


TicketFact = (
    TicketOpened
    | TicketTaken
    | TicketAssigned
    | TicketCommented
    | TicketApproved
    | TicketRejected
    | TicketsMerged
    | TicketReopened
    | TicketSnoozed
    | TicketRevised
    | TicketVerified
    | TicketRegressed
)
