"""Tickets: the list, one of them, and what people do with it."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request
from fastapi.responses import Response

from feedback.domain.ticket import State
from feedback.domain.ticket_facts import TicketKind
from feedback.errors import Fault, InvalidInput, VersionConflict
from feedback.service.views import TicketOrder, ticket_view, ticket_views
from feedback.web.access import Caller, acting, may
from feedback.web.answers import Seen, Tag, tags_in
from feedback.web.api.actions import TicketAction, perform
from feedback.web.api.cursors import Cursor, Limit, sliced
from feedback.web.api.shapes import Page, TicketView
from feedback.web.lending import Reading, Writing
from feedback.web.openapi import problems, tagged
from feedback.web.problems import problem_of

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
    responses=tagged(Page[TicketView], "Tickets, the most urgent first; snoozed ones last.") | problems(),
)
def list_tickets(
    service: Reading,
    seen: Seen,
    *,
    kind: TicketKind | None = None,
    state: State | None = None,
    snoozed: Annotated[bool, Query(description="Also those that are snoozed.")] = False,
    sort: TicketOrder = "priority",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Return tickets of this kind and state, or of all, a page at a time."""
    found = ticket_views(service, kind=kind, state=state, order=sort)
    return seen.answer(sliced([one for one in found if snoozed or one["snoozed_until"] is None], limit, cursor))


@router.get(
    "/v1/tickets/{ticket_id}",
    summary="Show a ticket",
    dependencies=[may("read")],
    responses=tagged(TicketView, "The ticket, with its three answers.") | problems(404),
)
def show_ticket(service: Reading, seen: Seen, ticket_id: str) -> Response:
    """Return one ticket: which class of errors recurs, isolated or systemic, and which test proves the fix."""
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
    service: Writing,
    ticket_id: str,
    asked: Annotated[TicketAction, Body(openapi_examples=_EXAMPLES)],
    if_match: Annotated[str | None, Header(max_length=500)] = None,
) -> Response:
    """
    Take, approve, reject, reopen, snooze, wake, merge or split a ticket, at the version that was seen.

    The version is `expected_version`, or the ticket's `ETag` as `If-Match`. Where the ticket has changed since, nothing
    happens: **409**, or **412** with `If-Match`, and `current` is its version now. **409** too where its state does not
    allow the action.
    """
    acting(caller, ticket_id, asked.action)
    expected = _expected(asked, if_match)
    try:
        perform(service, ticket_id, asked, actor=caller.actor, expected_version=expected)
    except VersionConflict as error:
        if if_match is None:
            raise
        return problem_of(error, status=412)
    view = ticket_view(service, ticket_id)
    return Tag.now(request, service).answer(view, version=view["version"])


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
