"""What hangs on a ticket: its history, the proposed revision, and what has to be made anew."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from feedback.service.access import actor_name
from feedback.service.affected import affected
from feedback.service.history import history
from feedback.service.revising import proposal_data, propose
from feedback.web.access import may
from feedback.web.answers import Seen, json_answer
from feedback.web.api.cursors import Cursor, Limit, sliced
from feedback.web.api.shapes import HistoryRow, Page, ProposalView
from feedback.web.lending import Reading
from feedback.web.lines import MEDIA_TYPE, lines_answer
from feedback.web.openapi import plain, problems, tagged

__all__ = ["router"]

router = APIRouter(tags=["tickets"], dependencies=[may("read")])
_SAMPLE = (
    '{"kind": "sample", "sample_id": "s-1", "dataset": "sft_zh", "dataset_version": "v0.3.0", "template": {...}}\n'
)


@router.get(
    "/v1/tickets/{ticket_id}/history",
    summary="Show a ticket's history",
    responses=plain(Page[HistoryRow], "What happened to the ticket, oldest first.") | problems(404),
)
def show_history(service: Reading, ticket_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return who did what, when and why, with the comments that were not erased, a page at a time."""
    rows = [asdict(one) | {"name": actor_name(service, one.actor)} for one in history(service, ticket_id)]
    return json_answer(sliced(rows, limit, cursor))


@router.get(
    "/v1/tickets/{ticket_id}/revision",
    summary="Show the proposed revision",
    responses=tagged(ProposalView, "The proposal, or what it lacks.") | problems(404),
)
def show_revision(service: Reading, seen: Seen, ticket_id: str) -> Response:
    """
    Return the next version of the ticket's template as a file and as a diff, filled from its failures.

    Without a proposal `template` is null, and `missing` says what it lacks. The action `revise` registers it, edited or not.
    """
    return seen.answer(proposal_data(propose(service, ticket_id)))


_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One JSON object a line: training versions, data versions, then every sample.",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _SAMPLE}},
    }
}


@router.get(
    "/v1/tickets/{ticket_id}/affected",
    summary="List what has to be made anew",
    response_class=StreamingResponse,
    responses=_LINES | problems(404),
)
def list_affected(request: Request, service: Reading, ticket_id: str) -> Response:
    """Return what was made from the faulty versions of the ticket's template, as lines, as they are read."""
    affected(service, ticket_id)  # raises where there is no such ticket, before anything is sent
    return lines_answer(request.app.state.stores, lambda lent: affected(lent, ticket_id))
