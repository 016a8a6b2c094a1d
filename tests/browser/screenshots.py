"""Takes the pictures of the main pages that the README shows: `python -m tests.browser.screenshots FOLDER`."""

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import chromium_path
from tests.browser.visits import ticket_ids
from tests.commands import run
from tests.web.serving import serving

__all__ = ["take"]

_COLOURS = 160
_CATEGORY = "over_elaborated_response"
Scheme = Literal["light", "dark"]


def main() -> None:
    """Build the demo in a folder of its own, and write the pictures into the folder named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    path = chromium_path()
    if path is None:
        sys.exit("There is no Chromium here: install it, then run this again.")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        store = Path(place) / "feedback.db"
        run("demo", "--db", store, "--json")
        browser = playwright.chromium.launch(executable_path=path)
        with serving(store) as address:
            take(browser, address, folder)
        browser.close()


def take(browser: Browser, address: str, folder: Path) -> None:
    """Write the pictures of the pages at `address`."""
    page = _page(browser, address, "light")
    page.goto("/", wait_until="networkidle")
    _save(page, folder / "overview.png")
    page.goto("/tickets", wait_until="networkidle")
    _save(page, folder / "tickets.png")
    page.goto(f"/tickets?category={_CATEGORY}")
    ticket = f"/tickets/{ticket_ids(page)[0]}"
    page.goto(ticket, wait_until="networkidle")
    _save(page, folder / "ticket.png")
    page.locator("#examples").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('examples').scrollIntoView()")
    _save(page, folder / "evidence.png")
    page.evaluate("document.getElementById('revision').scrollIntoView()")
    _save(page, folder / "revision.png")
    dark = _page(browser, address, "dark", width=390, height=844)
    dark.goto(ticket, wait_until="networkidle")
    _save(dark, folder / "phone.png")


def _page(browser: Browser, address: str, scheme: Scheme, *, width: int = 1280, height: int = 900) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height}, base_url=address, color_scheme=scheme, reduced_motion="reduce"
    )
    return context.new_page()


def _save(page: Page, file: Path) -> None:
    """Write what the window shows, with few colours: small files, and the same text."""
    with Image.open(BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main()
