"""What people do with a ticket: a closed union of actions, told apart by `action`."""

from typing import Annotated, Any, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field

from feedback.domain.failure import Time
from feedback.domain.ticket_facts import RejectReason
from feedback.service.bootstrap import Service
from feedback.service.review import act
from feedback.service.snooze import snooze, wake

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


TicketAction = Annotated[Take | Approve | Reject | Reopen | Snooze | Wake, Field(discriminator="action")]


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
        case _:
            assert_never(asked)
