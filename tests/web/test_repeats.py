"""Idempotency keys: a request is done once, however often it comes, and answered the same each time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from feedback.service.access import create_token
from feedback.service.bootstrap import Service, open_service
from feedback.web.app import api_document
from tests.builders import (
    TEMPLATE,
    a_failure,
    a_sample,
    a_training_version,
    an_exposure,
    failures,
    table,
    take_in,
    told,
)
from tests.web.serving import asking

KEY = {"Idempotency-Key": "b6f2-1"}
POSTS = [path for path, methods in api_document()["paths"].items() if "post" in methods]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    found = open_service(tmp_path / "feedback.db")
    take_in(found.store, *failures(4, metadata=told()), {"broken": True})
    yield found
    found.store.close()


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[httpx.Client]:
    del service
    with asking(tmp_path / "feedback.db") as asked:
        yield asked


def _facts(service: Service) -> int:
    return len(table(service.store, "facts"))


def _is_replay(first: httpx.Response, again: httpx.Response) -> bool:
    return (
        "idempotency-replayed" not in first.headers
        and again.headers.get("idempotency-replayed") == "true"
        and (first.status_code, first.content) == (again.status_code, again.content)
        and first.headers["content-type"] == again.headers["content-type"]
    )


def _requests(client: httpx.Client) -> dict[str, dict[str, Any]]:
    """Return by route a request that does something."""
    (ticket,) = client.get("/v1/tickets", params={"kind": "template_revision"}).json()["items"]
    event_id = client.get("/v1/failures").json()["items"][0]["event_id"]
    to = f"/v1/tickets/{ticket['ticket_id']}"
    template = {"name": TEMPLATE, "version": "7.0.0", "kind": "single_turn"}
    version = a_training_version().model_dump(mode="json", exclude_none=True)
    return {
        "/v1/failures": {"url": "/v1/failures", "json": [a_failure(event_id="n-1"), {"broken": 1}]},
        "/v1/exposures": {"url": "/v1/exposures", "json": an_exposure()},
        "/v1/templates": {"url": "/v1/templates", "json": template},
        "/v1/samples": {"url": "/v1/samples", "json": a_sample().model_dump(mode="json", exclude_none=True)},
        "/v1/versions": {"url": "/v1/versions", "json": version},
        "/v1/dead-letters/{number}/retry": {"url": "/v1/dead-letters/1/retry"},
        "/v1/tickets/{ticket_id}/actions": {"url": f"{to}/actions", "json": {"action": "take", "expected_version": 1}},
        "/v1/tickets/{ticket_id}/corrections": {
            "url": f"{to}/corrections",
            "json": {"category": "output_format_violation"},
        },
        "/v1/failures/{event_id}/corrections": {
            "url": f"/v1/failures/{event_id}/corrections",
            "json": {"category": "insufficient_context"},
        },
    }


@pytest.mark.parametrize("route", POSTS)
def test_the_same_request_again_gets_the_same_answer_and_does_nothing(
    client: httpx.Client, service: Service, route: str
) -> None:
    asked = _requests(client)[route]
    first = client.post(**asked, headers=KEY)
    assert first.status_code in ({422} if "retry" in route else {200, 207})
    facts, letters = _facts(service), len(table(service.store, "dead_letters"))
    assert _is_replay(first, client.post(**asked, headers=KEY))
    assert (_facts(service), len(table(service.store, "dead_letters"))) == (facts, letters)


@pytest.mark.parametrize("route", ["/v1/failures", "/v1/samples"])
def test_another_request_under_a_used_key_is_422_and_does_nothing(
    client: httpx.Client, service: Service, route: str
) -> None:
    client.post(**_requests(client)[route], headers=KEY)
    facts = _facts(service)
    other = client.post(route, json=[a_failure(event_id="other")], headers=KEY)
    assert (other.status_code, other.json()["type"]) == (422, "urn:feedback:problem:IdempotencyMismatch")
    assert _facts(service) == facts


def test_what_was_refused_without_doing_anything_is_tried_again(client: httpx.Client) -> None:
    asked = _requests(client)["/v1/tickets/{ticket_id}/actions"]
    approve = {"url": asked["url"], "json": {"action": "approve", "expected_version": 2}}
    assert client.post(**approve, headers=KEY).status_code == 409
    client.post(**asked)
    assert client.post(**approve, headers=KEY).json()["state"] == "approved"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "h\u00e9"])
def test_a_key_that_is_none_is_422(client: httpx.Client, key: str) -> None:
    header = {"Idempotency-Key": key.encode("latin-1")}
    assert client.post("/v1/failures", json=a_failure(event_id="n"), headers=header).status_code == 422  # type: ignore[arg-type]


def test_keys_of_two_callers_are_two(client: httpx.Client, service: Service) -> None:
    shown = [create_token(service, name=name, role="producer")[1] for name in ("one", "two")]
    answers = [
        client.post(
            "/v1/failures", json=a_failure(event_id=text[4:16]), headers=KEY | {"Authorization": f"Bearer {text}"}
        )
        for text in shown
    ]
    assert [answer.json()["accepted"] for answer in answers] == [1, 1]


def test_requests_at_once_under_one_key_are_done_once(client: httpx.Client, service: Service) -> None:
    batch = [a_failure(event_id="n-1"), {"broken": 1}]
    before = len(table(service.store, "dead_letters"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/failures", json=batch, headers=KEY), range(16)))
    assert {(answer.status_code, answer.text) for answer in answers} == {(207, answers[0].text)}
    assert answers[0].json()["accepted"] == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert len(table(service.store, "dead_letters")) == before + 1
