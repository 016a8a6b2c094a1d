"""Routes of pages: their errors are pages too, for people, with the status that a program would get."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from feedback.errors import FeedbackError
from feedback.web.pages.rendering import page
from feedback.web.problems import status_of

__all__ = ["PageRoute", "error_page", "page_router"]

log = structlog.get_logger("feedback.web")


class PageRoute(APIRoute):
    """A route whose errors are shown as a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that turns what is raised into a page."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except FeedbackError as error:
                return error_page(request, status_of(error), str(error))
            except RequestValidationError as error:
                faults = [f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()]
                return error_page(request, 422, "; ".join(faults))
            except HTTPException as error:
                return error_page(request, error.status_code, str(error.detail))
            except Exception as error:
                log.exception("failed unexpectedly", path=request.url.path, exc_info=error)
                detail = "This is our fault: the log of the service has more."
                return error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, detail)

        return handled


def error_page(request: Request, status: int, detail: str) -> Response:
    """Return the page that says what is wrong."""
    return page(request, "error.html", status=status, title=HTTPStatus(status).phrase, detail=detail)


def page_router() -> APIRouter:
    """Return a router for the pages of one family; the API's document leaves them out."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)
