"""The pages together."""

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from feedback.web.pages import (
    classifier,
    dead_letters,
    drawings,
    failures,
    overview,
    regression_sets,
    statics,
    templates,
    ticket,
    ticket_files,
    ticket_scope,
    tickets,
    triage,
    visitor,
    webhooks,
)
from feedback.web.pages.routing import error_page

__all__ = ["PAGES", "add_pages"]

PAGES = (
    statics.router,
    visitor.router,
    drawings.router,
    overview.router,
    tickets.router,
    ticket.router,
    templates.router,
    classifier.router,
    dead_letters.router,
    failures.router,
    triage.router,
    webhooks.router,
    regression_sets.router,
    ticket_files.router,
    ticket_scope.router,
)
"""The routers of all families."""


def add_pages(app: FastAPI) -> None:
    """Have `app` answer with pages, and say as a page that there is none where a browser asks for one."""
    for router in PAGES:
        app.include_router(router)
    for_programs = app.exception_handlers[HTTPException]

    async def unknown(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
        if wants_page:
            return error_page(request, error.status_code, str(error.detail))
        answer = for_programs(request, error)
        return answer if isinstance(answer, Response) else await answer

    app.add_exception_handler(HTTPException, unknown)
