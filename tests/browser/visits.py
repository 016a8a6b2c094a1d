"""Visiting pages in a real browser, with an eye on what must never happen there."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

__all__ = ["SIZES", "Visit", "grave_violations", "overflow", "ticket_ids"]

SIZES = {"phone": (390, 844), "tablet": (768, 1024), "desk": (1440, 900)}
_REFUSED = "the server responded with a status of 4"  # the browser reports a page of status 409 as an error of its own


class Visit:
    """Opens pages in contexts of its own, and remembers errors of scripts and requests to other hosts."""

    def __init__(self, chromium: Browser) -> None:
        """Begin with nothing open."""
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []
        self.wrong: list[str] = []

    def page(self, address: str, path: str = "/", *, size: str = "desk", scripts: bool = True, **more: Any) -> Page:
        """Return a new visitor's page at `address` and `path`."""
        width, height = SIZES[size]
        context = self._chromium.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, base_url=address, **more
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        page.on("request", lambda request: self._see(address, request.url))
        page.goto(path, wait_until="networkidle")
        return page

    def end(self) -> None:
        """Close all; fail where something went wrong."""
        for context in self._contexts:
            context.close()
        assert self.wrong == []

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and _REFUSED not in message.text:
            self.wrong.append(f"console: {message.text}")

    def _see(self, address: str, url: str) -> None:
        if not url.startswith((f"{address}/", "data:")):
            self.wrong.append(f"request to another host: {url}")


def overflow(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def grave_violations(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on a page, with the first element of each."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} ({one['nodes'][0].get('failureSummary', '')[:200]})"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def ticket_ids(page: Page) -> list[str]:
    """Return the ids of the tickets that the queue on a page shows, in order."""
    links = page.locator("[data-list] a[data-open]").all()
    return [str(link.get_attribute("href")).rpartition("/")[2] for link in links]
