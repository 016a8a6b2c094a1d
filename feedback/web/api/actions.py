"""What people do with a ticket: a closed union of actions, told apart by `action`."""

from typing import Annotated, Any, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field

from feedback.domain.comment import MOST_CHARACTERS
from feedback.domain.failure import Time
from feedback.domain.ticket_facts import RejectReason
from feedback.service.access import actor_of
from feedback.service.bootstrap import Service
from feedback.service.merging import merge_tickets
from feedback.service.review import act
from feedback.service.revising import register_revision
from feedback.service.snooze import snooze, wake
from feedback.service.splitting import split, take_back_split

__all__ = ["TicketAction", "perform"]

_MOST = 2**53


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    expected_version: int | None = Field(
        default=None, ge=1, le=_MOST, description="The `version` of the ticket that was seen; or send `If-Match`."
    )


class _Commented(_Action):
    comment: str | None = Field(
        default=None, max_length=MOST_CHARACTERS, description="Why, in your own words; they stand in the history."
    )


class Take(_Commented):
    """Begin to work on a ticket that is open or regressed."""

    action: Literal["take"]


class Approve(_Commented):
    """Agree to a ticket in review that has a case."""

    action: Literal["approve"]


class Reject(_Commented):
    """Reject a ticket that is open or in review."""

    action: Literal["reject"]
    reason: RejectReason


class Reopen(_Commented):
    """Take a rejection back."""

    action: Literal["reopen"]


class Assign(_Commented):
    """Say who works on a ticket."""

    action: Literal["assign"]
    assignee: str | None = Field(
        min_length=1,
        max_length=100,
        description="Name or id of a token, else a name that stays unverified; null: nobody.",
    )


class Comment(_Action):
    """Say something about a ticket; nothing else changes."""

    action: Literal["comment"]
    comment: str = Field(min_length=1, max_length=MOST_CHARACTERS)


class Revise(_Action):
    """Register the next version of the template of an approved ticket; the ticket is then revised."""

    action: Literal["revise"]
    yaml: str = Field(
        min_length=1, max_length=1_000_000, description="The template file; its `resolves` names the ticket."
    )


class Snooze(_Commented):
    """Set a ticket aside until an event of a time is seen, until its pattern has so many failures more, or either."""

    action: Literal["snooze"]
    until: Time | None = None
    failures: int | None = Field(default=None, ge=1, le=_MOST)


class Wake(_Commented):
    """End a snooze."""

    action: Literal["wake"]


class Merge(_Action):
    """Say that a ticket is the same fault as another; reopening takes it back."""

    action: Literal["merge"]
    into: str = Field(min_length=1, max_length=100, description="Id of the other ticket.")


class Split(_Action):
    """Make places of a ticket a fault of their own, with tickets of its own."""

    action: Literal["split"]
    loci: list[Annotated[str, Field(min_length=1, max_length=500)]] = Field(min_length=1, max_length=100)


class Unsplit(_Action):
    """Take a split back, by a ticket that came of it."""

    action: Literal["unsplit"]


TicketAction = Annotated[
    Take | Assign | Comment | Approve | Reject | Reopen | Revise | Snooze | Wake | Merge | Split | Unsplit,
    Field(discriminator="action"),
]


def perform(service: Service, ticket_id: str, asked: TicketAction, *, actor: str, expected_version: int) -> None:
    """
    Do what was asked.

    Raises:
        NotFound, ForbiddenAction, VersionConflict, InvalidInput: As the use case of the action says.
    """
    who: dict[str, Any] = {"actor": actor, "expected_version": expected_version}
    if isinstance(asked, _Commented):
        who["comment"] = asked.comment
    match asked:
        case Take() | Approve() | Reopen():
            act(service, ticket_id, asked.action, **who)
        case Reject():
            act(service, ticket_id, "reject", reason=asked.reason, **who)
        case Assign():
            assignee = actor_of(service, asked.assignee) if asked.assignee else None
            act(service, ticket_id, "assign", assignee=assignee, **who)
        case Comment():
            act(service, ticket_id, "comment", comment=asked.comment, **who)
        case Revise():
            register_revision(service, ticket_id, asked.yaml, **who)
        case Snooze():
            snooze(service, ticket_id, until=asked.until, failures=asked.failures, **who)
        case Wake():
            wake(service, ticket_id, **who)
        case Merge():
            merge_tickets(service, ticket_id, asked.into, **who)
        case Split():
            split(service, ticket_id, asked.loci, **who)
        case Unsplit():
            take_back_split(service, ticket_id, **who)
        case _:
            assert_never(asked)
