"""The page of the queue of tickets."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response

from feedback.service.overview import template_category_counts
from feedback.web.lending import Reading
from feedback.web.pages.queue import Filters, queue
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router
from feedback.web.pages.words import STATES

__all__ = ["router"]

router = page_router()
_TEMPLATES = 1000


@router.get("/tickets")
def tickets(request: Request, service: Reading, filters: Annotated[Filters, Query()]) -> Response:
    """Show the tickets that the filters ask for; a ticket's id as search text leads to that ticket."""
    found = queue(service, filters)
    if len(found.rows) == 1 and filters.text.strip() == found.rows[0]["ticket_id"]:
        return RedirectResponse(f"/tickets/{found.rows[0]['ticket_id']}", status_code=303)
    return page(
        request,
        "tickets.html",
        filters=filters,
        queue=found,
        states=STATES,
        categories=[(one, service.taxonomy[one].name) for one in service.taxonomy.ids],
        templates=sorted(row.template for row in template_category_counts(service, _TEMPLATES)),
    )
