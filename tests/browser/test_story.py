"""The whole story: failures handed in over HTTP, a ticket of high risk, two reviewers with a token each, a revised template."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from feedback.domain.roles import Role
from feedback.intake.templates import read_templates
from feedback.service.access import create_token
from feedback.service.bootstrap import open_service
from feedback.service.register import register_templates
from feedback.settings import config_dir
from tests.browser.visits import Visit, grave_violations
from tests.web.serving import serving

_PEOPLE: dict[str, Role] = {"prod": "producer", "Ada": "reviewer", "Ben": "reviewer", "Eve": "evaluator"}
_MOST_WAITS = 600


@dataclass(frozen=True, slots=True)
class Place:
    """A service that asks for tokens, and those it knows, by whom they are for."""

    address: str
    tokens: dict[str, str]

    def asks(self, name: str) -> dict[str, str]:
        """Return the headers of a request by them."""
        return {"Authorization": f"Bearer {self.tokens[name]}"}


@pytest.fixture
def place(trained: Any, tmp_path: Path) -> Iterator[Place]:
    """Give a service with registered templates, no failure, and tokens."""
    del trained
    service = open_service(tmp_path / "feedback.db")
    register_templates(service, read_templates([config_dir() / "templates"]))
    tokens = {name: create_token(service, name=name, role=role)[1] for name, role in _PEOPLE.items()}
    service.store.close()
    with serving(tmp_path / "feedback.db") as address:
        yield Place(address, tokens)


def _sign_in(visit: Visit, place: Place, name: str, path: str) -> Page:
    page = visit.page(place.address, path)
    expect(page).to_have_url(f"{place.address}/sign-in?next={path.replace('/', '%2F')}")
    assert grave_violations(page) == []
    page.get_by_label("Token").fill(place.tokens[name])
    page.locator("main button").click()
    expect(page).to_have_url(f"{place.address}{path}")
    return page


def _ticket(place: Place) -> str:
    """Return the most urgent revision of high risk, once judging has opened it."""
    for _ in range(_MOST_WAITS):
        answer = httpx.get(
            f"{place.address}/v1/tickets", params={"kind": "template_revision"}, headers=place.asks("Ada"), timeout=60
        )
        if found := [one["ticket_id"] for one in answer.json()["items"] if one["risk_level"] == "high"]:
            return str(found[0])
        time.sleep(0.1)
    raise AssertionError("no ticket was opened")


def test_from_failures_over_http_to_a_template_that_two_reviewers_revised(visit: Visit, place: Place) -> None:
    body = (files("feedback.demo") / "events.jsonl").read_bytes()
    headers = place.asks("prod") | {"Content-Type": "application/x-ndjson"}
    sent = httpx.post(f"{place.address}/v1/failures", content=body, headers=headers, timeout=60)
    assert sent.json()["accepted"] == len(body.splitlines())
    ticket = _ticket(place)

    ada = _sign_in(visit, place, "Ada", f"/tickets/{ticket}")
    ada.keyboard.press("a")
    expect(ada.locator(".head .state")).to_contain_text("in review")
    ada.keyboard.press("a")
    expect(ada.locator(".history")).to_contain_text("Ada: approved; one more approval is needed")

    eve = _sign_in(visit, place, "Eve", f"/tickets/{ticket}")
    expect(eve.locator(".next form")).to_have_count(0)

    ben = _sign_in(visit, place, "Ben", f"/tickets/{ticket}")
    ben.keyboard.press("a")
    expect(ben.locator(".head .state")).to_contain_text("approved")
    ben.keyboard.press("a")
    ben.get_by_role("button", name="Register").click()
    expect(ben.locator(".head .state")).to_contain_text("revised")
    expect(ben.locator(".history")).to_contain_text("Ben: approved")
