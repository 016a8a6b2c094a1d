"""Who may speak to the service: its own pages and programs; without tokens only those of this machine, by its own names."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from feedback.web.access import Door
from feedback.web.problems import problem

__all__ = ["Guard", "is_loopback"]

_OWN_SITES = (None, "same-origin", "none")


def is_loopback(host: str) -> bool:
    """Tell whether a host, a name or an address, is this machine as it speaks to itself."""
    if host.lower().rstrip(".") in {"localhost", "localhost.localdomain"} or host.lower().endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """
    Refuses what a browser sends on behalf of another site.

    Such a site may point a name of its own at this machine (DNS rebinding), which the Host header gives away, or post
    a form to it, which Origin or Sec-Fetch-Site give away. A link that somebody follows here changes nothing and passes.
    Where tokens are asked for any Host passes: a browser shows no token under a foreign name.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        """Wrap an app; `door` tells whether tokens are asked for."""
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app inside does, or refuse with 403."""
        reason = self._reason(Headers(scope=scope), scope["method"]) if scope["type"] == "http" else None
        if reason is None:
            await self._app(scope, receive, send)
        else:
            await problem(403, reason)(scope, receive, send)

    def _reason(self, headers: Headers, method: str) -> str | None:
        """Return why a request is refused, or None."""
        host = headers.get("host", "")
        if not is_loopback(_name_of(f"//{host}")) and not self._door.is_closed():
            return f"the Host header names {host!r}: without tokens only a loopback name is answered, such as localhost"
        return _foreign(headers, host, method)


def _foreign(headers: Headers, host: str, method: str) -> str | None:
    """Return that a page of another site asks, or None."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    follows_a_link = method in {"GET", "HEAD"} and headers.get("sec-fetch-mode") == "navigate"
    if site not in _OWN_SITES and not follows_a_link:
        return f"a page of another site asks (Sec-Fetch-Site: {site}): only pages of this service may"
    if origin is not None and _place_of(origin) != host.lower():
        return f"a page of another origin asks ({origin}): only pages of this service may"
    return None


def _name_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _place_of(origin: str) -> str:
    return origin.lower().partition("://")[2]
