"""Tickets: the list, one of them, and what people do with it."""

import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request
from fastapi.responses import Response

from feedback.domain.ticket import State
from feedback.domain.ticket_facts import TicketKind
from feedback.errors import Fault, InvalidInput, VersionConflict
from feedback.service.as_of import ticket_states_as_of, ticket_view_as_of
from feedback.service.bootstrap import Service
from feedback.service.views import TicketOrder, ticket_view, ticket_views
from feedback.web.access import Caller, acting, may
from feedback.web.answers import Seen, Tag, tags_in
from feedback.web.api.actions import TicketAction, perform
from feedback.web.api.cursors import Cursor, Limit, sliced
from feedback.web.api.moments import AsOf, moment_in
from feedback.web.api.shapes import Page, TicketState, TicketView
from feedback.web.lending import Reading, Writing
from feedback.web.openapi import problems, tagged
from feedback.web.problems import problem_of
from feedback.web.repeats import Once

__all__ = ["router"]

router = APIRouter(tags=["tickets"])
_VERSIONED = re.compile(r'"v(\d{1,15})\.[^"]*"')
_EXAMPLES: dict[str, Any] = {
    "take": {"summary": "Begin work", "value": {"action": "take", "expected_version": 1}},
    "reject": {
        "summary": "Reject, and why",
        "value": {"action": "reject", "expected_version": 2, "reason": "wrong_category"},
    },
    "snooze": {
        "summary": "Set aside until ten more failures",
        "value": {"action": "snooze", "expected_version": 2, "failures": 10},
    },
}


@router.get(
    "/v1/tickets",
    summary="List tickets",
    dependencies=[may("read")],
    responses=tagged(Page[TicketView | TicketState], "Tickets, the most urgent first; snoozed ones last.") | problems(),
)
def list_tickets(
    service: Reading,
    seen: Seen,
    *,
    kind: TicketKind | None = None,
    state: State | None = None,
    snoozed: Annotated[bool, Query(description="Also those that are snoozed.")] = False,
    sort: TicketOrder = "priority",
    as_of: AsOf = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """
    Return tickets of this kind and state, or of all, a page at a time.

    With `as_of` the states that tickets were in then, by id, as their own facts say: without counts and answers.
    """
    if as_of is not None:
        return seen.answer(sliced(_states(service, moment_in(as_of), kind, state), limit, cursor))
    found = ticket_views(service, kind=kind, state=state, order=sort)
    return seen.answer(sliced([one for one in found if snoozed or one["snoozed_until"] is None], limit, cursor))


@router.get(
    "/v1/tickets/{ticket_id}",
    summary="Show a ticket",
    dependencies=[may("read")],
    responses=tagged(TicketView, "The ticket, with its three answers.") | problems(404),
)
def show_ticket(service: Reading, seen: Seen, ticket_id: str, as_of: AsOf = None) -> Response:
    """
    Return one ticket: which class of errors recurs, isolated or systemic, and which test proves the fix.

    With `as_of` as it was then, by today's code and settings; **404** where there was none yet.
    """
    if as_of is not None:
        return seen.answer(ticket_view_as_of(service, ticket_id, moment_in(as_of)))
    view = ticket_view(service, ticket_id)
    return seen.answer(view, version=view["version"])


@router.post(
    "/v1/tickets/{ticket_id}/actions",
    summary="Act on a ticket",
    responses=tagged(TicketView, "The ticket as it is now.", seen=False) | problems(400, 404, 409, 412, 413),
)
def act_on_ticket(
    request: Request,
    caller: Annotated[Caller, may("review", "evaluate")],
    once: Once,
    service: Writing,
    ticket_id: str,
    asked: Annotated[TicketAction, Body(openapi_examples=_EXAMPLES)],
    if_match: Annotated[str | None, Header(max_length=500)] = None,
) -> Response:
    """
    Take, assign, comment, approve, reject, reopen, revise, snooze, wake, merge or split a ticket that was seen.

    The version is `expected_version`, or the ticket's `ETag` as `If-Match`. Where the ticket has changed since, nothing
    happens: **409**, or **412** with `If-Match`, and `current` is its version now. **409** too where its state does not
    allow the action.
    """
    acting(caller, ticket_id, asked.action)
    expected = _expected(asked, if_match)

    def done() -> Response:
        perform(service, ticket_id, asked, actor=caller.actor, expected_version=expected)
        view = ticket_view(service, ticket_id)
        return Tag.now(request, service).answer(view, version=view["version"])

    try:
        return once.answer(service, done)
    except VersionConflict as error:
        if if_match is None:
            raise
        return problem_of(error, status=412)


def _states(
    service: Service, moment: datetime | int, kind: TicketKind | None, state: State | None
) -> list[dict[str, Any]]:
    found = ticket_states_as_of(service, moment)
    return [
        {name: getattr(one, name) for name in TicketState.model_fields}
        for one in found
        if kind in (None, one.kind) and state in (None, one.state)
    ]


def _expected(asked: TicketAction, if_match: str | None) -> int:
    """Return the version that an action expects, as the body says, or the tag."""
    told = {int(found[1]) for tag in tags_in(if_match or "") if (found := _VERSIONED.fullmatch(tag))}
    if if_match is not None and len(told) != 1:
        raise InvalidInput(Fault("header.if-match", "expected the ETag of the ticket, as it was given"))
    told |= {asked.expected_version} if asked.expected_version is not None else set()
    if len(told) != 1:
        message = "says another version than If-Match" if told else "is required, or the ticket's ETag as If-Match"
        raise InvalidInput(Fault("body.expected_version", message))
    return told.pop()
