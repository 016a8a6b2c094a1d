"""What the browser tests share: one Chromium a run, and a store as the demo leaves it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import NAMES, chromium_path
from tests.browser.visits import Visit
from tests.commands import run
from tests.web.serving import serving

_REQUIRED = "FEEDBACK_REQUIRE_BROWSER"
_LEFT_OUT: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once why the browser tests were left out."""
    for line in _LEFT_OUT[:1]:
        terminalreporter.write_line(line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """
    Give a browser for the tests of one file.

    While it is open this thread has a running event loop, in which no other test could run its own.
    """
    path = chromium_path()
    if path is None:
        line = f"The browser tests are left out, since there is no Chromium here (none of {', '.join(NAMES)})."
        if os.environ.get(_REQUIRED):
            pytest.fail(line)
        _LEFT_OUT.append(line)
        pytest.skip(line)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_store(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file that the demo leaves; nobody may write to it."""
    del trained
    path = tmp_path_factory.mktemp("demo") / "feedback.db"
    run("demo", "--db", path, "--json")
    return path


@pytest.fixture(scope="session")
def shown(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a service over a copy of the demo's store, for tests that only look."""
    path = tmp_path_factory.mktemp("shown") / "feedback.db"
    shutil.copy(demo_store, path)
    with serving(path) as address:
        yield address


@pytest.fixture
def own(demo_store: Path, tmp_path: Path) -> Iterator[str]:
    """Give the address of a service over the test's own copy of the demo's store."""
    shutil.copy(demo_store, tmp_path / "feedback.db")
    with serving(tmp_path / "feedback.db") as address:
        yield address


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Give what opens pages; at the end of the test nothing may have gone wrong in the browser."""
    visit = Visit(chromium)
    yield visit
    visit.end()
