"""What concerns the visitor alone: who they are, and the keys they may press."""

from typing import Annotated

from fastapi import Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from feedback.domain.roles import permits
from feedback.service.access import Token, authenticate, close_session, open_session
from feedback.web.access import SESSION, Door, may
from feedback.web.lending import Writing
from feedback.web.pages.forms import Submitted, back, keep_name, keep_session, local_path
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router

__all__ = ["router"]

router = page_router(open_to_all=True)
Next = Annotated[str, Form(alias="next", max_length=4_000)]


@router.post("/name", dependencies=[Submitted])
def set_name(request: Request, name: Annotated[str, Form(max_length=100)] = "", next_: Next = "/") -> Response:
    """Keep the name under which the visitor acts, and go back to where they were."""
    name = " ".join(name.split())
    message = f"You act as {name} now. Nobody has verified this name." if name else "You act under no name now."
    response = back(request, local_path(next_), message)
    keep_name(request, response, name)
    return response


@router.get("/sign-in")
def sign_in(request: Request, next_: Annotated[str, Query(alias="next", max_length=4_000)] = "/") -> Response:
    """Show the form that takes a token; lead on where none is asked for."""
    door: Door = request.app.state.door
    if not door.is_closed():
        return RedirectResponse(local_path(next_), status_code=303)
    return page(request, "sign_in.html", next=local_path(next_), refused="")


@router.post("/sign-in", dependencies=[Submitted])
def open_door(
    request: Request, service: Writing, token: Annotated[str, Form(max_length=500)] = "", next_: Next = "/"
) -> Response:
    """Open a session with a token, and go on to where the visitor wanted; say what is wrong with any other text."""
    found = authenticate(service, token.strip())
    if found is None or not permits(found.role, "read"):
        return page(request, "sign_in.html", status=403, next=local_path(next_), refused=_refusal(found))
    response = back(request, local_path(next_), f"You act as {found.name} now, as {_article(found.role)}.")
    secret = open_session(service, found)
    keep_session(request, response, secret, hours=service.settings.access.session_hours)
    return response


@router.post("/sign-out", dependencies=[Submitted])
def sign_out(request: Request, service: Writing) -> Response:
    """End the visitor's session."""
    if secret := request.cookies.get(SESSION):
        close_session(service, secret)
    response = back(request, "/sign-in", "You are signed out.")
    keep_session(request, response, "", hours=0)
    return response


@router.get("/keys", dependencies=[may("read")])
def keys(request: Request) -> Response:
    """Show which keys do what; with a script, `?` shows the same on every page."""
    return page(request, "keys.html")


def _refusal(found: Token | None) -> str:
    if found is None:
        return "This is no token of this service, or it has expired or was revoked. An administrator makes another."
    return (
        f"The token of {found.name} is a producer's: it hands failures in and reads nothing. Sign in with that of a"
        " reviewer, an evaluator or an administrator."
    )


def _article(role: str) -> str:
    return f"{'an' if role[0] in 'ae' else 'a'} {role}"
