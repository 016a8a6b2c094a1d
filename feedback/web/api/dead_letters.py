"""Dead letters: what was refused, and another try."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from feedback.service.bootstrap import Service
from feedback.service.dead_letters import letter_rows, letter_view, retry_letter
from feedback.web.access import may
from feedback.web.answers import json_answer
from feedback.web.api.cursors import Cursor, Limit, number_in, page
from feedback.web.api.intake import status_of_batch, verdict_data
from feedback.web.api.shapes import DeadLetter, DeadLetterDetail, ItemVerdict, Page
from feedback.web.lending import Reading, Working, Writing
from feedback.web.openapi import plain, problems
from feedback.web.repeats import Once

__all__ = ["router"]

router = APIRouter(tags=["operations"])
Number = Annotated[int, Path(ge=1, lt=2**62)]


@router.get(
    "/v1/dead-letters",
    summary="List dead letters",
    dependencies=[may("read")],
    responses=plain(Page[DeadLetter], "Dead letters, newest first.") | problems(),
)
def list_dead_letters(service: Reading, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return what was refused, with every reason, a page at a time."""
    return json_answer(page(letter_rows(service, limit=limit + 1, before=number_in(cursor)), limit, "number"))


@router.get(
    "/v1/dead-letters/{number}",
    summary="Show a dead letter",
    dependencies=[may("read")],
    responses=plain(DeadLetterDetail, "The dead letter with its bytes.") | problems(404),
)
def show_dead_letter(service: Reading, number: Number) -> Response:
    """Return one dead letter, with its bytes as text."""
    return json_answer(letter_view(service, number))


@router.post(
    "/v1/dead-letters/{number}/retry",
    summary="Retry a dead letter",
    dependencies=[may("operate")],
    responses=plain(ItemVerdict, "It was taken.") | problems(404),
)
def retry_dead_letter(once: Once, service: Writing, background: Working, number: Number) -> Response:
    """Hand a dead letter in once more, by today's rules; the letter is kept. **422** where it is refused again."""
    answer = once.answer(service, lambda: _retried(service, number))
    background.wake()
    return answer


def _retried(service: Service, number: int) -> Response:
    verdict = retry_letter(service, number)
    item = verdict_data(0, verdict)
    return json_answer(item) if not verdict.faults else status_of_batch({"items": [item]}, refused=1)
