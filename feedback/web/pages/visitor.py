"""What concerns the visitor alone: the name under which they act, and the keys they may press."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response

from feedback.web.pages.forms import Submitted, back, keep_name
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router

__all__ = ["router"]

router = page_router()


@router.post("/name", dependencies=[Submitted])
def set_name(
    request: Request,
    name: Annotated[str, Form(max_length=100)] = "",
    next_: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Keep the name under which the visitor acts, and go back to where they were."""
    name = " ".join(name.split())
    here = next_ if next_.startswith("/") and not next_.startswith(("//", "/\\")) else "/"
    message = f"You act as {name} now. Nobody has verified this name." if name else "You act under no name now."
    response = back(request, here, message)
    keep_name(request, response, name)
    return response


@router.get("/keys")
def keys(request: Request) -> Response:
    """Show which keys do what; with a script, `?` shows the same on every page."""
    return page(request, "keys.html")
