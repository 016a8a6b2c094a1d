"""Failures: the list, one of them, and what a person says of it."""

from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from feedback.domain.correction import Said
from feedback.service.correct import correct
from feedback.service.failures import failure_rows, failure_view
from feedback.web.access import Caller, may
from feedback.web.answers import Seen, json_answer
from feedback.web.api.cursors import Cursor, Limit, number_in, page
from feedback.web.api.shapes import Corrected, FailureDetail, FailureSummary, Page
from feedback.web.lending import Reading, Writing
from feedback.web.openapi import plain, problems, tagged

__all__ = ["router"]

router = APIRouter(tags=["failures"])


class Correction(Said):
    """What a person says of a failure: its category, its template (null for none of yours), its place; one at least."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "category": "insufficient_context",
                "template": {"name": "contract_terms"},
                "expected_version": 2,
            }
        },
    )

    expected_version: int | None = Field(default=None, ge=1, le=2**53, description="Refuse where it has changed since.")


@router.get(
    "/v1/failures",
    summary="List failures",
    dependencies=[may("read")],
    responses=tagged(Page[FailureSummary], "Failures in short, the last reported first.") | problems(),
)
def list_failures(service: Reading, seen: Seen, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return failures in short, a page at a time."""
    return seen.answer(page(failure_rows(service, limit=limit + 1, before=number_in(cursor)), limit, "position"))


@router.post(
    "/v1/failures/{event_id:path}/corrections",
    summary="Correct a failure",
    responses=plain(Corrected, "What became of it.") | problems(400, 404, 409, 413),
)
def correct_failure(
    caller: Annotated[Caller, may("review")], service: Writing, event_id: str, said: Annotated[Correction, Body()]
) -> Response:
    """
    Say what a failure is; the machine never overrules it. Its patterns and tickets follow.

    **409** where it is not assessed yet, or has changed since `expected_version`.
    """
    expected = {} if said.expected_version is None else {event_id: said.expected_version}
    (done,) = correct(service, [(event_id, said.said)], actor=caller.actor, expected_versions=expected)
    names = ("event_id", "status", "category", "said", "version", "locus", "note")
    template = dict(zip(("name", "version"), done.template, strict=True)) if done.template else None
    return json_answer({name: getattr(done, name) for name in names} | {"template": template})


@router.get(
    "/v1/failures/{event_id:path}",
    summary="Show a failure",
    dependencies=[may("read")],
    responses=tagged(FailureDetail, "All that is known of the failure.") | problems(404),
)
def show_failure(service: Reading, seen: Seen, event_id: str) -> Response:
    """Return one failure: what came in, what was said of it and by whom, its pattern, its tickets, its three levels."""
    return seen.answer(failure_view(service, event_id))
