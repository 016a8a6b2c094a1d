"""Tickets over HTTP, beyond their list: what people say, what happened, how it was, what is proposed, what is made anew."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from feedback.service.access import create_token
from feedback.service.bootstrap import Service, open_service
from tests.builders import a_failure, a_sample, a_template, failures, register, take_in, told
from tests.web.serving import asking


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Give the service's own store: a registered template with a sample, a systemic pattern, one failure in triage."""
    found = open_service(tmp_path / "feedback.db")
    register(found.store, a_template(), a_sample())
    take_in(found.store, *failures(4, metadata=told()))
    yield found
    found.store.close()


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[httpx.Client]:
    del service
    with asking(tmp_path / "feedback.db") as asked:
        yield asked


@pytest.fixture
def place(client: httpx.Client) -> str:
    """Give the address of the revision."""
    (found,) = client.get("/v1/tickets", params={"kind": "template_revision"}).json()["items"]
    return f"/v1/tickets/{found['ticket_id']}"


def _act(client: httpx.Client, place: str, action: str, version: int, **more: Any) -> httpx.Response:
    return client.post(f"{place}/actions", json={"action": action, "expected_version": version} | more)


def test_what_people_say_beside_an_action_stands_in_the_history(client: httpx.Client, place: str) -> None:
    client.cookies.set("name", "Ada")
    assert _act(client, place, "take", 1, comment="mine").status_code == 200
    assert _act(client, place, "comment", 2, comment="looks real").json()["version"] == 3
    assert _act(client, place, "assign", 3, assignee="Ben").json()["assignee"] == "unverified:Ben"
    assert _act(client, place, "assign", 4, assignee=None).json()["assignee"] is None
    rows = client.get(f"{place}/history").json()["items"]
    assert [row["comment"] for row in rows] == [None, "mine", "looks real", None, None]
    assert rows[1]["name"] == "Ada (unverified)"
    first = client.get(f"{place}/history", params={"limit": 2}).json()
    rest = client.get(f"{place}/history", params={"cursor": first["next_cursor"]}).json()
    assert first["items"] + rest["items"] == rows


@pytest.mark.parametrize("action", ["merge", "split", "unsplit"])
def test_an_action_that_keeps_no_comment_takes_none(client: httpx.Client, place: str, action: str) -> None:
    needed: dict[str, dict[str, Any]] = {"merge": {"into": "TR-1"}, "split": {"loci": ["x"]}, "unsplit": {}}
    assert _act(client, place, action, 1, comment="why", **needed[action]).status_code == 422


def test_an_assignee_is_the_token_of_that_name_or_id(client: httpx.Client, place: str, service: Service) -> None:
    made, shown = create_token(service, name="Eve Adams", role="reviewer")
    client.headers["Authorization"] = f"Bearer {shown}"
    for n, name in enumerate(["Eve Adams", made.token_id, made.actor], start=1):
        assert _act(client, place, "assign", n, assignee=name).json()["assignee"] == made.actor


def test_the_proposed_revision_is_registered_by_the_action_that_revises(client: httpx.Client, place: str) -> None:
    proposed = client.get(f"{place}/revision").json()
    assert proposed["diff"].startswith("---")
    assert proposed["next_version"]
    refused = _act(client, place, "revise", 1, yaml=proposed["yaml"])
    assert refused.status_code == 409
    _act(client, place, "take", 1)
    _act(client, place, "approve", 2)
    assert _act(client, place, "revise", 3, yaml="name: [").status_code == 422
    revised = _act(client, place, "revise", 3, yaml=proposed["yaml"])
    assert (revised.status_code, revised.json()["state"]) == (200, "revised")


def test_a_ticket_is_shown_as_it_was_at_a_position_and_at_a_time(client: httpx.Client, place: str) -> None:
    before = client.get(place).json()
    position = int(client.get("/metrics").text.rpartition("feedback_log_position ")[2].splitlines()[0].split(".")[0])
    _act(client, place, "take", 1)
    taken_at = client.get(f"{place}/history").json()["items"][-1]["recorded_at"]
    then = client.get(place, params={"as_of": str(position)}).json()
    assert {name: then[name] for name in ("state", "version", "counts")} == {
        name: before[name] for name in ("state", "version", "counts")
    }
    assert client.get(place, params={"as_of": taken_at}).json()["state"] == "in_review"
    states = client.get("/v1/tickets", params={"as_of": str(position)}).json()["items"]
    assert {one["state"] for one in states} == {"open"}
    now = client.get("/v1/tickets", params={"as_of": taken_at, "state": "in_review"}).json()["items"]
    assert [one["ticket_id"] for one in now] == [before["ticket_id"]]


@pytest.mark.parametrize(("as_of", "status"), [("yesterday", 422), ("-1", 422), ("99999999", 422), ("0", 404)])
def test_a_moment_that_is_none_is_422_and_one_before_the_ticket_404(
    client: httpx.Client, place: str, as_of: str, status: int
) -> None:
    assert client.get(place, params={"as_of": as_of}).status_code == status


def test_what_has_to_be_made_anew_comes_as_lines(client: httpx.Client, place: str) -> None:
    answer = client.get(f"{place}/affected")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["kind"] for line in lines] == ["dataset_version", "sample"]
    assert client.get("/v1/tickets/TR-none/affected").status_code == 404


def test_all_failures_of_a_ticket_are_corrected_at_once(client: httpx.Client, place: str) -> None:
    locus = client.get(place).json()["loci"][0]["locus"]
    said = {"category": "output_format_violation"}
    assert client.post(f"{place}/corrections", json=said | {"at": "/nowhere"}).status_code == 404
    assert client.post(f"{place}/corrections", json=said | {"expected_version": 9}).status_code == 409
    done = client.post(f"{place}/corrections", json=said | {"at": locus, "expected_version": 1})
    assert done.json() == {"corrected": 4, "confirmed": 0, "unchanged": 0}
    assert client.get(place).json()["counts"]["failures"] == 0


def test_what_waits_is_queued_and_answered_together_with_what_is_alike(client: httpx.Client, service: Service) -> None:
    bare = {"signals": {"rating": 1}, "response": {"content": "Fine."}, "template": None}
    take_in(service.store, *(a_failure(event_id=f"t-{n}", session_id=f"s-{n}", **bare) for n in range(3)))
    queue = client.get("/v1/triage").json()
    assert (queue["groups"], queue["failures"]) == (1, 3)
    (group,) = queue["items"]
    assert (group["alike"], group["event_id"][:2]) == (3, "t-")
    place, said = f"/v1/failures/{group['event_id']}/corrections", {"category": "insufficient_context"}
    assert client.post(place, json=said | {"alike": True, "expected_version": 2}).status_code == 422
    assert client.post(place, json=said | {"alike": True}).json()["corrected"] == 3
    assert client.get("/v1/triage", params={"skip": 1}).json()["items"] == []
