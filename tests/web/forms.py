"""Reading pages as a test needs it."""

from html import unescape

import httpx

__all__ = ["form_token", "message"]


def form_token(page: httpx.Response) -> str:
    """Return what the forms of a page send back to prove where they come from."""
    return page.text.partition('name="csrf" value="')[2].partition('"')[0]


def message(page: httpx.Response) -> str:
    """Return what a page says of the last action; nothing where it says nothing."""
    said = page.text.partition('aria-live="polite">')[2].partition("</div>")[0]
    return unescape(said.removeprefix("<p>").removesuffix("</p>"))
