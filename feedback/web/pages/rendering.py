"""Rendering: a template and what it shows become a page; what every page shows is put in here."""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from feedback import __version__
from feedback.domain.actor import VERIFIED
from feedback.service.access import actor_name
from feedback.web.access import Caller, Door
from feedback.web.pages import words
from feedback.web.pages.forms import keep_token, kept_name, said, token_of
from feedback.web.pages.statics import static_path
from feedback.web.stores import Stores

__all__ = ["NAVIGATION", "page"]

NAVIGATION = (
    ("Overview", "/"),
    ("Tickets", "/tickets"),
    ("Triage", "/triage"),
    ("Templates", "/templates"),
    ("Regression sets", "/regression-sets"),
    ("Classifier", "/classifier"),
    ("Dead letters", "/dead-letters"),
)
"""The pages that every page leads to, in the order shown: name and path."""


def page(request: Request, template: str, *, status: int = HTTPStatus.OK, **shown: Any) -> HTMLResponse:
    """
    Return the page that `template` makes of what is `shown`.

    A message that an action left (`forms.back`) is shown on it, and on no later one.
    """
    message = said(request)
    content = (
        _environment()
        .get_template(template)
        .render(
            path=request.url.path,
            search=request.query_params.get("text", ""),
            name=kept_name(request),
            visitor=_visitor(request),
            closed=_door(request).closed,
            actor_named=_names(request.app.state.stores),
            token=token_of(request),
            said=message,
            **shown,
        )
    )
    response = HTMLResponse(content, status_code=status, headers={"Cache-Control": "private, no-cache"})
    keep_token(request, response)
    if message:
        response.delete_cookie("said")
    return response


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def _visitor(request: Request) -> Caller | None:
    """Return who has signed in, as far as the route asked; None too where nobody needs to."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return caller if caller is not None and caller.verified else None


def _names(stores: Stores) -> Callable[[str], str]:
    """Return what gives an actor its name; each is looked up once for a page."""

    @cache
    def named(actor: str) -> str:
        if not actor.startswith(VERIFIED):
            return words.actor(actor)
        with stores.reading() as service:
            return actor_name(service, actor)

    return named


@cache
def _environment() -> Environment:
    loader = PackageLoader("feedback.web")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(navigation=NAVIGATION, static=static_path, release=__version__)
    made.filters.update(words.FILTERS)
    return made
