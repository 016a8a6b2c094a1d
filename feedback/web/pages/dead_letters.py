"""Dead letters: what was refused, why, and once more."""

from typing import Annotated

from fastapi import Form, Query, Request
from fastapi.responses import Response

from feedback.errors import Fault, InvalidInput
from feedback.service.dead_letters import letter, letters_page, retry_letters
from feedback.web.access import may
from feedback.web.lending import Reading, Working, Writing
from feedback.web.pages.forms import Submitted, back
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router
from feedback.web.pages.words import plural

__all__ = ["router"]

router = page_router()
_SHOWN_BYTES = 20_000
Number = Annotated[int, Query(ge=1, le=2**53)]


@router.get("/dead-letters")
def dead_letters(
    request: Request, service: Reading, before: Number | None = None, show: Annotated[str, Query()] = "waiting"
) -> Response:
    """Show the dead letters, newest first."""
    found = letters_page(service, before=before, waiting_only=show != "all")
    return page(request, "dead_letters.html", found=found, show="all" if show == "all" else "waiting")


@router.get("/dead-letters/{letter_id}")
def dead_letter(request: Request, service: Reading, letter_id: int) -> Response:
    """Show one dead letter with its bytes."""
    found = letter(service, letter_id)
    raw = None if found.raw is None else found.raw[:_SHOWN_BYTES].decode("utf-8", "backslashreplace")
    cut = 0 if found.raw is None else max(0, len(found.raw) - _SHOWN_BYTES)
    return page(request, "dead_letter.html", letter=found, raw=raw, cut=cut)


@router.post("/dead-letters/retry", dependencies=[Submitted, may("operate")])
def retry(
    request: Request,
    service: Writing,
    background: Working,
    letter_ids: Annotated[list[int] | None, Form(alias="letter")] = None,
) -> Response:
    """Send dead letters through again, by today's rules."""
    if not letter_ids:
        raise InvalidInput(Fault("letter", "choose at least one dead letter"))
    verdicts = retry_letters(service, letter_ids)
    background.wake()
    taken = sum(one.status in ("accepted", "duplicate") for one in verdicts)
    message = f"{plural(taken, 'dead letter')} taken in, {len(verdicts) - taken} refused again."
    if refused := next((one for one in verdicts if one.faults), None):
        message += f" {refused.faults[0]}"
    return back(request, "/dead-letters", message)
