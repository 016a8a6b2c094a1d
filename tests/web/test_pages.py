"""What all pages share: their frame, their forms, their errors."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from fastapi import Request

from feedback.service.bootstrap import open_service
from feedback.service.review import act
from feedback.service.views import ticket_views
from feedback.web.pages.forms import back
from tests.builders import a_sample, a_template, a_training_version, failures, register, take_in
from tests.web.forms import form_token, message
from tests.web.serving import serving


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, trained: object) -> Iterator[str]:
    """Give the address of a service over an empty store, for tests that write nothing."""
    del trained
    with serving(tmp_path_factory.mktemp("empty") / "feedback.db") as address:
        yield address


@pytest.fixture
def client(empty: str) -> Iterator[httpx.Client]:
    """Give a visitor of that service."""
    with _visitor(empty) as visitor:
        yield visitor


@pytest.fixture
def own_client(tmp_path: Path, trained: object) -> Iterator[httpx.Client]:
    """Give a visitor of a service over the test's own store."""
    del trained
    with serving(tmp_path / "feedback.db") as address, _visitor(address) as visitor:
        yield visitor


def _visitor(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"Accept": "text/html"}, follow_redirects=True)


def test_a_form_without_the_token_of_a_page_is_refused(client: httpx.Client) -> None:
    form_token(client.get("/keys"))
    refused = client.post("/name", data={"name": "Ada", "csrf": "made up"})
    assert refused.status_code == 403
    assert "<h1>Forbidden</h1>" in refused.text
    assert client.post("/name", data={"name": "Ada"}).status_code == 403


def test_a_form_without_any_cookie_is_refused(client: httpx.Client) -> None:
    token = form_token(client.get("/keys"))
    client.cookies.clear()
    assert client.post("/name", data={"name": "Ada", "csrf": token}).status_code == 403
    assert client.post("/name", data={"name": "Ada", "csrf": ""}).status_code == 403


def test_a_name_is_kept_with_its_foreign_letters_and_said_once(client: httpx.Client) -> None:
    token = form_token(client.get("/keys"))
    answer = client.post("/name", data={"name": " Zoë   李 ", "csrf": token, "next": "/keys"})
    assert answer.url.path == "/keys"
    assert message(answer) == "You act as Zoë 李 now. Nobody has verified this name."
    later = client.get("/keys")
    assert message(later) == ""
    assert 'value="Zoë 李"' in later.text


def test_a_long_message_is_cut_and_still_arrives(client: httpx.Client) -> None:
    token = form_token(client.get("/keys"))
    request = Request({"type": "http", "scheme": "http", "server": ("localhost", 80), "path": "/", "headers": []})
    cookie = back(request, "/keys", "𝒳" * 5000).headers["set-cookie"].partition(";")[0]
    assert len(cookie) < 4096
    shown = message(client.get("/keys", headers={"Cookie": f"{cookie}; csrf={token}"}))
    assert shown == "𝒳" * 299 + "…"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil"])
def test_no_form_leads_to_another_host(client: httpx.Client, elsewhere: str) -> None:
    token = form_token(client.get("/keys"))
    answer = client.post("/name", data={"name": "Ada", "csrf": token, "next": elsewhere}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_what_a_visitor_calls_themself_is_no_markup(client: httpx.Client) -> None:
    token = form_token(client.get("/keys"))
    answer = client.post("/name", data={"name": "<b>&\"'", "csrf": token, "next": "/keys"})
    assert "<b>&" not in answer.text
    assert "You act as &lt;b&gt;&amp;&#34;&#39; now." in answer.text


def test_browsers_keep_static_files_for_ever_and_only_under_the_hash_of_their_content(client: httpx.Client) -> None:
    address = client.get("/keys").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    kept = client.get(address)
    assert kept.headers["content-type"].startswith("text/css")
    assert "immutable" in kept.headers["cache-control"]
    assert client.get("/static/0000000000000000/app.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/0000000000000000/app.py").status_code == 404


def test_a_page_that_is_not_there_is_told_to_people_as_a_page_and_to_programs_as_a_problem(
    client: httpx.Client,
) -> None:
    page = client.get("/nothing/here")
    assert page.status_code == 404
    assert "<h1>Not Found</h1>" in page.text
    for path, accept in (("/nothing/here", "application/json"), ("/v1/nothing", "text/html")):
        problem = client.get(path, headers={"Accept": accept})
        assert problem.status_code == 404
        assert problem.headers["content-type"] == "application/problem+json"


def test_what_has_to_be_made_anew_is_a_file_of_lines(own_client: httpx.Client, tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    service = open_service(path)
    take_in(service.store, *failures(4))
    register(service.store, a_template(), a_sample(), a_training_version())
    revision = next(one["ticket_id"] for one in ticket_views(service) if one["kind"] == "template_revision")
    service.store.close()
    answer = own_client.get(f"/tickets/{revision}/affected.ndjson")
    assert [json.loads(line)["kind"] for line in answer.text.splitlines()] == [
        "training_version",
        "dataset_version",
        "sample",
    ]
    unknown = own_client.get("/tickets/TR-none/affected.ndjson")
    assert unknown.status_code == 404
    assert "<h1>Not Found</h1>" in unknown.text
    assert own_client.get("/tickets/TR-none").status_code == 404


def test_a_ticket_without_a_registered_template_says_what_is_missing(own_client: httpx.Client, tmp_path: Path) -> None:
    service = open_service(tmp_path / "feedback.db")
    take_in(service.store, *failures(4))
    revision = next(one["ticket_id"] for one in ticket_views(service) if one["kind"] == "template_revision")
    for action in ("take", "approve"):
        act(service, revision, action, actor="token:anna")
    service.store.close()
    page = own_client.get(f"/tickets/{revision}")
    assert page.status_code == 200
    assert "so there is nothing to change" in page.text
    assert "feedback templates register FILE" in page.text
    assert own_client.get(f"/tickets/{revision}/revision.yaml").status_code == 404


def test_a_ticket_whose_texts_were_erased_is_still_a_page(own_client: httpx.Client, tmp_path: Path) -> None:
    service = open_service(tmp_path / "feedback.db")
    take_in(service.store, *failures(4))
    revision = next(one["ticket_id"] for one in ticket_views(service) if one["kind"] == "template_revision")
    with service.store.writing():
        service.store.rows("DELETE FROM payloads")
    service.store.close()
    page = own_client.get(f"/tickets/{revision}")
    assert page.status_code == 200
    assert page.text.count("Its texts were erased.") == 4


def test_the_pages_of_a_queue_show_each_ticket_once(own_client: httpx.Client, tmp_path: Path) -> None:
    service = open_service(tmp_path / "feedback.db")
    for at in range(60):
        template = {"name": f"template_{at:02}", "version": "1.0.0"}
        take_in(service.store, *failures(1, f"t{at}", template=template, labels={"risk_level": "high"}))
    service.store.close()
    seen: list[str] = []
    address: str | None = "/tickets?kind=regression_set&sort=oldest"
    while address:
        page = own_client.get(address).text
        seen += re.findall(r'data-open href="/tickets/(RS-\w+)"', page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(found[1]) if found else None
    assert len(seen) == len(set(seen)) == 60


def test_a_filter_that_is_none_is_told_as_a_page(client: httpx.Client) -> None:
    answer = client.get("/tickets?sort=by-colour")
    assert answer.status_code == 422
    assert "Sort: Input should be" in answer.text
