"""Failures: the list, one of them, and what people said of it."""

from fastapi import APIRouter
from fastapi.responses import Response

from feedback.service.failures import failure_rows, failure_view
from feedback.web.access import may
from feedback.web.answers import Seen
from feedback.web.api.cursors import Cursor, Limit, number_in, page
from feedback.web.api.shapes import FailureDetail, FailureSummary, Page
from feedback.web.lending import Reading
from feedback.web.openapi import problems, tagged

__all__ = ["router"]

router = APIRouter(tags=["failures"])


@router.get(
    "/v1/failures",
    summary="List failures",
    dependencies=[may("read")],
    responses=tagged(Page[FailureSummary], "Failures in short, the last reported first.") | problems(),
)
def list_failures(service: Reading, seen: Seen, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return failures in short, a page at a time."""
    return seen.answer(page(failure_rows(service, limit=limit + 1, before=number_in(cursor)), limit, "position"))


@router.get(
    "/v1/failures/{event_id:path}",
    summary="Show a failure",
    dependencies=[may("read")],
    responses=tagged(FailureDetail, "All that is known of the failure.") | problems(404),
)
def show_failure(service: Reading, seen: Seen, event_id: str) -> Response:
    """Return one failure: what came in, what was said of it and by whom, its pattern, its tickets, its three levels."""
    return seen.answer(failure_view(service, event_id))
