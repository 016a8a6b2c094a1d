"""What of a ticket is a file: the next version of its template, and what has to be made anew."""

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response

from feedback.errors import NotFound
from feedback.service.affected import affected
from feedback.service.views import ticket_view
from feedback.web.lending import Reading
from feedback.web.lines import lines_answer
from feedback.web.pages.proposals import next_version
from feedback.web.pages.routing import page_router

__all__ = ["router"]

router = page_router()


@router.get("/tickets/{ticket_id}/revision.yaml")
def revision_file(ticket_id: str, service: Reading) -> Response:
    """Answer with the next version of the template, as a file."""
    found = next_version(service, ticket_view(service, ticket_id))
    if found.version is None:
        raise NotFound("next version for ticket", ticket_id, found.proposal.missing[0])
    name = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in found.proposal.template_name)
    return PlainTextResponse(
        found.yaml, media_type="application/yaml", headers=_as_file(f"{name}-{found.version}.yaml")
    )


@router.get("/tickets/{ticket_id}/affected.ndjson")
def affected_file(request: Request, ticket_id: str, service: Reading) -> Response:
    """Answer with what was made from faulty versions, an object a line, as it is read."""
    affected(service, ticket_id)  # raises where there is no such ticket, before anything is sent
    named = _as_file(f"{ticket_id}-affected.ndjson")
    return lines_answer(request.app.state.stores, lambda lent: affected(lent, ticket_id), named)


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
