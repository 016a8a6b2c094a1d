"""Routes of pages: their errors are pages too, for people, with the status that a program would get."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from feedback.errors import FeedbackError, TokenNeeded
from feedback.web.access import may
from feedback.web.pages.rendering import page
from feedback.web.problems import status_of

__all__ = ["PageRoute", "error_page", "page_router"]

_SIGNED_OUT = (
    "You are signed out, and nothing was done. Sign in in another window, come back to the form, and send it again: what you typed"
    " is still there."
)
log = structlog.get_logger("feedback.web")


class PageRoute(APIRoute):
    """A route whose errors are shown as a page; who must sign in to read it is led to where that is done."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that turns what is raised into a page."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except TokenNeeded as error:
                if request.method in {"GET", "HEAD"}:
                    return _to_sign_in(request)
                return error_page(request, status_of(error), _SIGNED_OUT)
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


def _to_sign_in(request: Request) -> Response:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", status_code=303)


def page_router(*, open_to_all: bool = False) -> APIRouter:
    """
    Return a router for the pages of one family; the API's document leaves them out.

    Where tokens are asked for its pages are for who may read, unless they are `open_to_all`.
    """
    needed = [] if open_to_all else [may("read")]
    return APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=needed)
