"""The routes that read and decide: pages, tags, actions, corrections, registrations, and one shape for every error."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from feedback.service.bootstrap import open_service
from feedback.settings import load_settings
from feedback.storage.database import open_store
from feedback.web.access import Gate
from feedback.web.app import FAMILIES, api_document, build_app
from tests.builders import TEMPLATE, a_failure, a_sample, a_template, a_training_version, failures, take_in, told
from tests.web.serving import asking

LINES = {"Content-Type": "application/x-ndjson"}
YAML = {"Content-Type": "application/yaml"}
ROUTES = [(path, method) for path, methods in api_document()["paths"].items() for method in methods]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    """Give a client of a service over a store with a systemic pattern and a dead letter."""
    service = open_service(tmp_path / "feedback.db")
    take_in(service.store, *failures(4, metadata=told()), {"broken": True})
    service.store.close()
    with asking(tmp_path / "feedback.db") as asked:
        yield asked


def _revision(client: httpx.Client) -> dict[str, Any]:
    (found,) = client.get("/v1/tickets", params={"kind": "template_revision"}).json()["items"]
    return dict(found)


def _act(client: httpx.Client, ticket_id: str, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return client.post(f"/v1/tickets/{ticket_id}/actions", json=body, headers=headers)


def test_a_ticket_goes_from_open_to_revised_over_http(client: httpx.Client) -> None:
    ticket_id = _revision(client)["ticket_id"]
    assert _act(client, ticket_id, action="take", expected_version=1).json()["state"] == "in_review"
    approved = _act(client, ticket_id, action="approve", expected_version=2)
    assert (approved.json()["state"], approved.json()["version"]) == ("approved", 3)
    fix = f"name: {TEMPLATE}\nversion: 2.1.0\nkind: constrained_output\nresolves: [{ticket_id}]\n"
    (registered,) = client.post("/v1/templates", content=fix, headers=YAML).json()["items"]
    assert registered == {
        "template": f"{TEMPLATE} 2.1.0",
        "status": "registered",
        "note": f"{ticket_id} is revised",
    }
    assert client.get(f"/v1/tickets/{ticket_id}").json()["state"] == "revised"


def test_an_action_on_a_version_that_is_past_is_409_and_names_the_one_that_is(client: httpx.Client) -> None:
    ticket_id = _revision(client)["ticket_id"]
    _act(client, ticket_id, action="take", expected_version=1)
    late = _act(client, ticket_id, action="reject", reason="wont_fix", expected_version=1)
    assert late.status_code == 409
    assert late.json()["current"] == 2
    assert client.get(f"/v1/tickets/{ticket_id}").json()["state"] == "in_review"


def test_the_tag_of_a_ticket_stands_for_its_version(client: httpx.Client) -> None:
    ticket_id = _revision(client)["ticket_id"]
    seen = {"If-Match": client.get(f"/v1/tickets/{ticket_id}").headers["etag"]}
    taken = _act(client, ticket_id, seen, action="take")
    assert taken.json()["version"] == 2
    late = _act(client, ticket_id, seen, action="approve")
    assert (late.status_code, late.json()["current"]) == (412, 2)
    assert _act(client, ticket_id, {"If-Match": taken.headers["etag"]}, action="approve").json()["version"] == 3


@pytest.mark.parametrize(
    ("tag", "body"),
    [(None, {}), ('"nonsense"', {}), ("*", {}), ('"v1.x", "v2.x"', {}), ('"v1.x"', {"expected_version": 2})],
)
def test_an_action_must_say_which_version_was_seen(client: httpx.Client, tag: str | None, body: dict[str, Any]) -> None:
    headers = {} if tag is None else {"If-Match": tag}
    answer = _act(client, _revision(client)["ticket_id"], headers, action="take", **body)
    assert answer.status_code == 422
    assert _revision(client)["version"] == 1


def test_a_forbidden_action_is_409_and_says_what_it_needs(client: httpx.Client) -> None:
    answer = _act(client, _revision(client)["ticket_id"], action="approve", expected_version=1)
    assert answer.status_code == 409
    assert "'approve' needs in_review" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"action": "reject"},
        {"action": "reject", "reason": "boring"},
        {"action": "dance"},
        {"action": "take", "reason": "wont_fix"},
        {"action": "snooze", "failures": 0},
        {"action": "snooze"},
        {"action": "snooze", "until": "2020-01-01T00:00:00Z"},
        [],
    ],
)
def test_an_action_that_is_none_is_422(client: httpx.Client, body: Any) -> None:
    ticket_id = _revision(client)["ticket_id"]
    named = body | {"expected_version": 1} if isinstance(body, dict) else body
    answer = client.post(f"/v1/tickets/{ticket_id}/actions", json=named)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_snoozed_ticket_leaves_the_list_until_it_is_woken(client: httpx.Client) -> None:
    ticket_id = _revision(client)["ticket_id"]
    snoozed = _act(client, ticket_id, action="snooze", failures=10, expected_version=1)
    assert snoozed.json()["snoozed_until"]["of"] == 10

    def listed(**asked: bool) -> set[str]:
        return {one["ticket_id"] for one in client.get("/v1/tickets", params=asked).json()["items"]}

    assert ticket_id not in listed()
    assert ticket_id in listed(snoozed=True)
    _act(client, ticket_id, action="wake", expected_version=2)
    assert ticket_id in listed()


def test_a_ticket_is_merged_into_another_and_taken_back_by_reopening(client: httpx.Client, tmp_path: Path) -> None:
    store = open_store(tmp_path / "feedback.db")
    take_in(store, *failures(4, "other", metadata=told("insufficient_context", "missing:facts")))
    store.close()
    one, two = (
        view["ticket_id"] for view in client.get("/v1/tickets", params={"kind": "template_revision"}).json()["items"]
    )
    merged = _act(client, one, action="merge", into=two, expected_version=1)
    assert (merged.status_code, merged.json()["state"]) == (200, "rejected")
    assert _act(client, one, action="merge", into=one, expected_version=2).status_code == 409
    assert _act(client, one, action="merge", into="TR-none", expected_version=2).status_code in {404, 409}
    assert _act(client, one, action="reopen", expected_version=2).json()["state"] == "open"


def test_a_place_is_split_off_into_tickets_of_its_own_and_put_back(client: httpx.Client, tmp_path: Path) -> None:
    store = open_store(tmp_path / "feedback.db")
    take_in(store, *failures(4, "other", metadata=told(locus="/amount:missing")))
    store.close()
    ticket = _revision(client)
    split = _act(client, ticket["ticket_id"], action="split", loci=["/amount:missing"], expected_version=1)
    assert split.status_code == 200
    listed = client.get("/v1/tickets", params={"kind": "template_revision"}).json()["items"]
    (apart,) = [view for view in listed if view["ticket_id"] != ticket["ticket_id"]]
    assert [locus["locus"] for locus in apart["loci"]] == ["/amount:missing"]
    assert _act(client, ticket["ticket_id"], action="split", loci=["/none"], expected_version=1).status_code == 404
    back = _act(client, apart["ticket_id"], action="unsplit", expected_version=apart["version"])
    assert back.json()["state"] == "rejected"


def test_a_correction_moves_the_failure_and_the_same_word_again_is_unchanged(client: httpx.Client) -> None:
    said = {"category": "insufficient_context", "expected_version": 2}
    first = client.post("/v1/failures/e-0/corrections", json=said)
    assert first.json() == {
        "event_id": "e-0",
        "status": "corrected",
        "category": "insufficient_context",
        "said": "field_definition_ambiguity",
        "version": 3,
        "template": {"name": TEMPLATE, "version": "2.0.0"},
        "locus": "missing:facts:field",
        "note": "",
    }
    assert client.post("/v1/failures/e-0/corrections", json=said).status_code == 409
    again = client.post("/v1/failures/e-0/corrections", json={"category": "insufficient_context"})
    assert again.json()["status"] == "unchanged"
    assert client.get("/v1/failures/e-0").json()["standing"]["category"] == "insufficient_context"


def test_a_person_says_the_template_and_the_place_too_and_null_is_none_of_ours(client: httpx.Client) -> None:
    said = {"template": {"name": "other_template"}, "locus": "/amount:unit"}
    moved = client.post("/v1/failures/e-0/corrections", json=said).json()
    assert (moved["template"], moved["locus"]) == ({"name": "other_template", "version": None}, "/amount:unit")
    assert "not registered" in moved["note"]
    assert client.post("/v1/failures/e-0/corrections", json={"template": None}).json()["template"] is None
    assert client.post("/v1/failures/e-0/corrections", json={}).status_code == 422


def test_a_failure_that_waits_cannot_be_corrected_yet(client: httpx.Client) -> None:
    client.post("/v1/failures", json=a_failure(event_id="fresh"))
    assert client.post("/v1/failures/fresh/corrections", json={"category": "needs_triage"}).status_code == 409
    assert client.get("/v1/failures").json()["items"][0]["waiting"] is True


def test_an_event_id_may_hold_slashes(client: httpx.Client) -> None:
    client.post("/v1/failures", json=a_failure(event_id="eu/7/corrections"))
    assert client.get("/v1/failures/eu%2F7%2Fcorrections").json()["event_id"] == "eu/7/corrections"


def test_templates_come_as_yaml_documents_or_json_and_all_or_none_is_registered(client: httpx.Client) -> None:
    one, two = (a_template(version=version).model_dump(mode="json") for version in ("3.0.0", "3.1.0"))
    documents = f"{json.dumps(one)}\n---\n{json.dumps(two)}\n"
    answer = client.post("/v1/templates", content=documents, headers=YAML).json()
    assert [item["status"] for item in answer["items"]] == ["registered", "registered"]
    assert client.post("/v1/templates", json=[one, two]).json()["items"][0]["status"] == "known"
    changed = two | {"instruction": "Extract nothing."}
    fresh = a_template(version="4.0.0").model_dump(mode="json")
    assert client.post("/v1/templates", json=[fresh, changed]).status_code == 409
    faulty = client.post("/v1/templates", json=[fresh, {"name": "x"}])
    assert (faulty.status_code, faulty.json()["errors"][0]["path"]) == (422, "[1]")
    assert client.post("/v1/templates", content="a: [", headers=YAML).status_code == 400
    assert client.post("/v1/templates", content="- 1", headers=YAML).status_code == 422
    rows = client.get("/v1/templates").json()["items"]
    assert {row["version"] for row in rows if row["registered"]} == {"3.0.0", "3.1.0"}
    shown = client.get(f"/v1/templates/{TEMPLATE}/versions/3.0.0").json()
    assert shown["instruction"] == one["instruction"]


def test_samples_are_registered_line_by_line(client: httpx.Client) -> None:
    lines = [a_sample().model_dump_json(), "{}", a_sample(sample_id="sample-2").model_dump_json()]
    answer = client.post("/v1/samples", content="\n".join(lines), headers=LINES)
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json()["items"]] == ["registered", "rejected", "registered"]
    data = {"prompt": "a", "completion": "b", "meta": {"template": f"{TEMPLATE}@2.0.0"}}
    where = {"dataset": "sft_en", "dataset_version": "v1"}
    assert client.post("/v1/samples", json=data, params=where).json()["registered"] == 1
    assert client.post("/v1/samples", json=data).status_code == 422


def test_training_versions_are_registered_all_or_none(client: httpx.Client) -> None:
    version = a_training_version().model_dump(mode="json", exclude_none=True)
    other = version | {"training_version": "assistant-2"}
    assert client.post("/v1/versions", json=[version]).json()["items"][0]["status"] == "registered"
    assert client.post("/v1/versions", json=[other, version | {"dataset_version": "v9"}]).status_code == 409
    assert client.post("/v1/versions", json=[other, {}]).status_code == 422
    assert client.post("/v1/versions", json=other).json()["items"][0]["status"] == "registered"


def test_a_dead_letter_is_shown_and_retried(client: httpx.Client) -> None:
    (letter,) = client.get("/v1/dead-letters").json()["items"]
    shown = client.get(f"/v1/dead-letters/{letter['number']}").json()
    assert json.loads(shown["bytes"]) == {"broken": True}
    again = client.post(f"/v1/dead-letters/{letter['number']}/retry")
    assert (again.status_code, again.json()["items"][0]["status"]) == (422, "rejected")


def test_pages_follow_each_other_without_gap_or_repetition(client: httpx.Client) -> None:
    client.post("/v1/failures", json=failures(5, "more"))
    for route, name in (("/v1/failures", "event_id"), ("/v1/tickets", "ticket_id"), ("/v1/dead-letters", "number")):
        whole = [item[name] for item in client.get(route).json()["items"]]
        paged: list[Any] = []
        asked: dict[str, Any] = {"limit": 2}
        while asked:
            answer = client.get(route, params=asked).json()
            paged += [item[name] for item in answer["items"]]
            asked = {"limit": 2, "cursor": answer["next_cursor"]} if answer["next_cursor"] else {}
        assert paged == whole


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WzFd!", "WyJhIl0", "WzEuNV0", "Wy0xXQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ"]
)
def test_a_cursor_that_is_none_of_ours_is_422(client: httpx.Client, cursor: str) -> None:
    answer = client.get("/v1/failures", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "cursor")


TAGGED = ["/v1/tickets", "/v1/patterns", "/v1/failures", "/v1/failures/e-0", "/v1/coverage", "/v1/taxonomy"]


@pytest.mark.parametrize("route", [*TAGGED, "/v1/templates"])
def test_what_was_seen_is_304_until_something_changes(client: httpx.Client, route: str) -> None:
    first = client.get(route)
    tag = first.headers["etag"]
    again = client.get(route, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(f"{route}?limit=7", headers={"If-None-Match": tag}).status_code == 200
    client.post("/v1/failures", json=a_failure(event_id="fresh"))
    assert client.get(route, headers={"If-None-Match": tag}).status_code == 200


def test_a_ticket_that_was_seen_is_304_too(client: httpx.Client) -> None:
    route = f"/v1/tickets/{_revision(client)['ticket_id']}"
    tag = client.get(route).headers["etag"]
    assert client.get(route, headers={"If-None-Match": tag}).status_code == 304


def _is_problem(answer: httpx.Response, status: int) -> bool:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert "content-security-policy" in answer.headers
    return bool(answer.status_code == body["status"] == status)


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_every_route_answers_every_error_as_a_problem(client: httpx.Client, path: str, method: str) -> None:
    place = re.sub(r"{\w+}", "9", path)
    assert _is_problem(client.request("DELETE", place), 405)
    assert _is_problem(client.request(method, place, headers={"Host": "rebound.example"}), 403)
    operation = api_document()["paths"][path][method]
    if "404" in operation["responses"] and method == "get" and "{" in path:
        assert _is_problem(client.get(place), 404)
    if "requestBody" in operation:
        assert _is_problem(client.post(place, content=b"{", headers={"Content-Type": "application/json"}), 400)
        large = client.post(place, content=b" " * 34_000_000, headers={"Content-Type": "application/json"})
        assert _is_problem(large, 413)
    documented = {int(status) for status in operation["responses"]}
    assert {403, 422, 500, 503} <= documented
    for status in documented:
        if status >= 400:
            assert list(operation["responses"][str(status)]["content"]) == ["application/problem+json"]


def test_a_fault_of_ours_is_a_problem_that_tells_nothing_of_the_inside(tmp_path: Path) -> None:
    app = build_app(str(tmp_path / "feedback.db"), load_settings())
    app.state.desk = None  # as broken as can be

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as asking:
            return await asking.post("/v1/failures", json=a_failure())

    answer = asyncio.run(ask())
    assert _is_problem(answer, 500)
    assert answer.json()["detail"] == "this is our fault: the log of the service has more"


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_every_route_says_what_it_is(path: str, method: str) -> None:
    operation = api_document()["paths"][path][method]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    answers = [one for status, one in operation["responses"].items() if status.startswith("2")]
    assert all(one["description"] for one in answers)


def test_every_route_names_the_permission_it_needs() -> None:
    ungated = {
        route.path
        for family in FAMILIES
        for route in family.router.routes
        if isinstance(route, APIRoute) and not any(isinstance(one.call, Gate) for one in route.dependant.dependencies)
    }
    assert ungated == {"/healthz", "/readyz"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "rebound.example:8600"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "10.0.0.7"},
    ],
)
def test_a_page_of_another_site_is_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post("/v1/failures", json=a_failure(event_id="smuggled"), headers=headers)
    assert _is_problem(answer, 403)
    assert client.get("/v1/failures/smuggled").status_code == 404


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8600", "[::1]:8600", "LOCALHOST:1", "feedback.localhost"])
def test_every_name_of_this_machine_is_answered(client: httpx.Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host, "Sec-Fetch-Site": "none"}).text == "ok"
    assert client.get("/healthz", headers={"Host": host, "Origin": f"http://{host}"}).text == "ok"


def test_a_link_that_somebody_follows_here_is_answered(client: httpx.Client) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/healthz", headers=followed).status_code == 200
    assert client.post("/v1/failures", json=a_failure(event_id="x"), headers=followed).status_code == 403


def test_the_metrics_count_requests_by_route_and_items_by_verdict(client: httpx.Client) -> None:
    client.post("/v1/failures", json=[a_failure(event_id="fresh"), {"broken": True}])
    client.get("/v1/failures/fresh")
    client.get("/nothing/here")
    told_ = client.get("/metrics").text
    for line in (
        'feedback_http_requests_total{method="POST",route="/v1/failures",status="207"} 1.0',
        'feedback_http_requests_total{method="GET",route="/v1/failures/{event_id}",status="200"} 1.0',
        'feedback_http_requests_total{method="(none)",route="(none)",status="404"} 1.0',
        'feedback_items_total{kind="failure",status="accepted"} 1.0',
        'feedback_items_total{kind="failure",status="rejected"} 1.0',
        "feedback_failures_waiting 1.0",
    ):
        assert line in told_.splitlines()
