"""The triage queue: what waits for a person."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from feedback.service.triage import triage_queue
from feedback.web.access import may
from feedback.web.answers import Seen
from feedback.web.api.cursors import Limit
from feedback.web.api.shapes import TriageQueue
from feedback.web.lending import Reading
from feedback.web.openapi import problems, tagged

__all__ = ["router"]

router = APIRouter(tags=["failures"], dependencies=[may("read")])


@router.get(
    "/v1/triage",
    summary="List what waits for a person",
    responses=tagged(TriageQueue, "Groups that wait, what would teach the classifier most first.") | problems(),
)
def list_triage(
    service: Reading,
    seen: Seen,
    limit: Limit = 20,
    skip: Annotated[int, Query(ge=0, le=2**31, description="Leave out so many of the first.")] = 0,
) -> Response:
    """Return groups of like failures whose category or template could not be told, each by one failure of it."""
    return seen.answer(asdict(triage_queue(service, limit=limit, skip=skip)))
