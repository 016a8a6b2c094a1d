"""
What forms need between two pages: a proof that the form is ours, a message for the next page, and a name.

Each is a cookie that no script can read. The proof is a random text that stands in the cookie and in the form (a double
submit): another site can neither read the one nor, for `SameSite=Strict`, have the browser send the other.
"""

import secrets
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from feedback.web.access import SESSION

__all__ = [
    "Submitted",
    "back",
    "keep_name",
    "keep_session",
    "keep_token",
    "kept_name",
    "local_path",
    "said",
    "token_of",
]

_TOKEN, _SAID, _NAME = "csrf", "said", "name"
_NAME_SECONDS = 365 * 24 * 3600
_SAID_SECONDS = 60
_LONGEST_SAID = 300  # a cookie holds 4 KiB, and a sign may take twelve


def back(request: Request, path: str, message: str) -> RedirectResponse:
    """Return the redirect that ends an action: to `path`, whose page shows `message` once."""
    response = RedirectResponse(path, status_code=303)
    _set(request, response, _SAID, quote(_cut(message)), seconds=_SAID_SECONDS)
    return response


def said(request: Request) -> str:
    """Return the message that the last action left, or nothing."""
    return unquote(request.cookies.get(_SAID, ""))


def kept_name(request: Request) -> str:
    """Return the name under which the visitor acts, or nothing."""
    return unquote(request.cookies.get(_NAME, ""))


def keep_name(request: Request, response: Response, name: str) -> None:
    """Have the visitor act under `name` from now on; under none where it is empty."""
    _set(request, response, _NAME, quote(name), seconds=_NAME_SECONDS if name else 0)


def keep_session(request: Request, response: Response, secret: str, *, hours: float) -> None:
    """Have the visitor be signed in for so long; no longer where `secret` is empty."""
    _set(request, response, SESSION, secret, seconds=int(hours * 3600) if secret else 0)


def local_path(path: str) -> str:
    """Return where a form says to go on, where that is a path of this service, else that of the first page."""
    # a browser drops control characters, and reads a backslash as a slash: either could name another host
    return path if path.startswith("/") and path.isprintable() and not path.startswith(("//", "/\\")) else "/"


def token_of(request: Request) -> str:
    """Return what forms of this visitor must send back; the same through one request and as long as the cookie lives."""
    token = request.cookies.get(_TOKEN) or getattr(request.state, _TOKEN, None) or secrets.token_urlsafe()
    request.state.csrf = token
    return str(token)


def keep_token(request: Request, response: Response) -> None:
    """Give a visitor who has none the cookie that forms are compared with."""
    if _TOKEN not in request.cookies:
        _set(request, response, _TOKEN, token_of(request), seconds=None)


def _cut(message: str) -> str:
    return message if len(message) <= _LONGEST_SAID else message[: _LONGEST_SAID - 1] + "…"


def _set(request: Request, response: Response, cookie: str, value: str, *, seconds: int | None) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(cookie, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)


def _is_ours(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    if not secrets.compare_digest(csrf.encode(), request.cookies.get(_TOKEN, "").encode()) or not csrf:
        raise HTTPException(
            403, "The form did not come from a page of this service, or was too old: load the page again."
        )


Submitted = Depends(_is_ours)
"""A dependency of every route that takes a form: refuses those that are not from our pages."""
