"""One shape for every error of the API: problem details (RFC 9457), made from our own errors and from the framework's."""

from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from feedback.errors import (
    Busy,
    CallerError,
    CircularMerge,
    Conflict,
    Fault,
    FeedbackError,
    ForbiddenAction,
    IdempotencyMismatch,
    InvalidInput,
    NotAssessed,
    NotFound,
    NotPermitted,
    TicketChanged,
    TokenNeeded,
    VersionConflict,
)
from feedback.web.headers import HEADERS

__all__ = ["MEDIA_TYPE", "add_problems", "problem", "problem_of", "status_of"]

MEDIA_TYPE = "application/problem+json"
_STATUSES: tuple[tuple[type[FeedbackError], int], ...] = (
    (TokenNeeded, 401),
    (NotPermitted, 403),
    (InvalidInput, 422),
    (IdempotencyMismatch, 422),
    (NotFound, 404),
    (Conflict, 409),
    (ForbiddenAction, 409),
    (VersionConflict, 409),
    (NotAssessed, 409),
    (CircularMerge, 409),
    (CallerError, 400),
    (Busy, 503),
)
"""The status of each family of our errors; the first that fits."""
_HEADERS: dict[int, dict[str, str]] = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
"""What a status demands beside the body."""
log = structlog.get_logger("feedback.web")


def problem(
    status: int, detail: str, *, kind: str = "about:blank", errors: Sequence[Fault] = (), **more: Any
) -> Response:
    """Return a response that says what is wrong; `more` are members of its own, `errors` the faults of an input."""
    content: dict[str, Any] = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if errors:
        content["errors"] = [{"path": fault.path, "message": fault.message} for fault in errors]
    return JSONResponse(content | more, status_code=status, media_type=MEDIA_TYPE, headers=_HEADERS.get(status))


def status_of(error: FeedbackError) -> int:
    """Return the HTTP status of one of our errors."""
    return next((status for family, status in _STATUSES if isinstance(error, family)), 500)


def add_problems(app: FastAPI) -> None:
    """Have `app` answer every error as a problem."""
    app.add_exception_handler(FeedbackError, _ours)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unexpected)


def problem_of(error: FeedbackError, *, status: int | None = None) -> Response:
    """
    Return one of our errors as a problem, with its own status or another.

    A version conflict has `current`, and one of a ticket also `changes`: what happened to it since it was seen.
    """
    more: dict[str, Any] = {"current": error.found} if isinstance(error, VersionConflict) else {}
    if isinstance(error, TicketChanged):
        more["changes"] = [asdict(one) for one in error.changes]
    faults = error.faults if isinstance(error, InvalidInput) else ()
    return problem(
        status or status_of(error),
        str(error),
        kind=f"urn:feedback:problem:{type(error).__name__}",
        errors=faults,
        **more,
    )


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, FeedbackError)
    found = problem_of(error)
    if found.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("failed", path=request.url.path, because=str(error))
    return found


def _unreadable(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, RequestValidationError)
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return problem(400, f"the body is not valid JSON: {error.errors()[0]['ctx']['error']}")
    faults = [Fault(".".join(str(part) for part in one["loc"]), one["msg"]) for one in error.errors()]
    return problem(422, str(InvalidInput(*faults)), kind="urn:feedback:problem:InvalidInput", errors=faults)


def _framework(request: Request, error: Exception) -> Response:
    del request
    assert isinstance(error, HTTPException)
    found = problem(error.status_code, str(error.detail))
    found.headers.update(error.headers or {})
    return found


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("failed unexpectedly", path=request.url.path, exc_info=error)
    found = problem(500, "this is our fault: the log of the service has more")
    found.headers.update(HEADERS)  # the framework answers this one outside of everything else
    return found
