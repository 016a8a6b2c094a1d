"""What people do with a ticket: a closed union of actions, told apart by `action`."""

from typing import Annotated, Any, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field

from feedback.domain.failure import Time
from feedback.domain.ticket_facts import RejectReason
from feedback.service.bootstrap import Service
from feedback.service.merging import merge_tickets
from feedback.service.review import act
from feedback.service.snooze import snooze, wake
from feedback.service.splitting import split, take_back_split

__all__ = ["TicketAction", "perform"]

_MOST = 2**53


class _Action(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    expected_version: int | None = Field(
        default=None, ge=1, le=_MOST, description="The `version` of the ticket that was seen; or send `If-Match`."
    )


class Take(_Action):
    """Begin to work on a ticket that is open or regressed."""

    action: Literal["take"]


class Approve(_Action):
    """Agree to a ticket in review that has a case."""

    action: Literal["approve"]


class Reject(_Action):
    """Reject a ticket that is open or in review."""

    action: Literal["reject"]
    reason: RejectReason


class Reopen(_Action):
    """Take a rejection back."""

    action: Literal["reopen"]


class Snooze(_Action):
    """Set a ticket aside until an event of a time is seen, until its pattern has so many failures more, or either."""

    action: Literal["snooze"]
    until: Time | None = None
    failures: int | None = Field(default=None, ge=1, le=_MOST)


class Wake(_Action):
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
    Take | Approve | Reject | Reopen | Snooze | Wake | Merge | Split | Unsplit, Field(discriminator="action")
]


def perform(service: Service, ticket_id: str, asked: TicketAction, *, actor: str, expected_version: int) -> None:
    """
    Do what was asked.

    Raises:
        NotFound, ForbiddenAction, VersionConflict, InvalidInput: As the use case of the action says.
    """
    who: dict[str, Any] = {"actor": actor, "expected_version": expected_version}
    match asked:
        case Take() | Approve() | Reopen():
            act(service, ticket_id, asked.action, **who)
        case Reject():
            act(service, ticket_id, "reject", reason=asked.reason, **who)
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
