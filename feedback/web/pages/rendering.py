"""Rendering: a template and what it shows become a page; what every page shows is put in here."""

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from feedback import __version__
from feedback.web.pages import words
from feedback.web.pages.forms import keep_token, kept_name, said, token_of
from feedback.web.pages.statics import static_path

__all__ = ["NAVIGATION", "page"]

NAVIGATION = (("Overview", "/"), ("Tickets", "/tickets"))
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


@cache
def _environment() -> Environment:
    loader = PackageLoader("feedback.web")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(navigation=NAVIGATION, static=static_path, release=__version__)
    made.filters.update(words.FILTERS)
    return made
