"""What all pages share: their frame, their forms, their errors."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web.forms import form_token, message
from tests.web.serving import serving


@pytest.fixture
def client(tmp_path: Path, trained: object) -> Iterator[httpx.Client]:
    """Give a visitor of a service over an empty store."""
    del trained
    with (
        serving(tmp_path / "feedback.db") as address,
        httpx.Client(base_url=address, headers={"Accept": "text/html"}, follow_redirects=True) as visitor,
    ):
        yield visitor


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
