"""Failures and exposures over HTTP: what is taken, what is refused, and how the answer tells them apart."""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from feedback.storage.database import open_store
from feedback.storage.dead_letters import dead_letters
from tests.builders import ABSENT, a_failure, an_exposure, facts_of, failures, raw, settings_with, table
from tests.web.serving import asking

MOST = 200_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "feedback.db"


@pytest.fixture
def client(path: Path) -> Iterator[httpx.Client]:
    with asking(path, settings_with(serve={"max_body_bytes": MOST}, store={"busy_timeout_seconds": 0.05})) as client:
        yield client


def _send(client: httpx.Client, content: bytes, kind: str = "application/json", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/v1/failures", content=content, headers={"Content-Type": kind} | named)


def _statuses(answer: httpx.Response) -> list[str]:
    return [item["status"] for item in answer.json()["items"]]


def _stored(path: Path) -> set[str]:
    store = open_store(path)
    found = {row["event_id"] for row in table(store, "failures")}
    store.close()
    return found


def test_one_failure_is_accepted_and_the_same_again_is_a_duplicate(client: httpx.Client, path: Path) -> None:
    first, again = client.post("/v1/failures", json=a_failure()), client.post("/v1/failures", json=a_failure())
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == {
        "accepted": 1,
        "duplicate": 0,
        "conflict": 0,
        "rejected": 0,
        "ignored": 0,
        "items": [{"index": 0, "event_id": "e-1", "status": "accepted", "errors": []}],
    }
    assert _statuses(again) == ["duplicate"]
    assert _stored(path) == {"e-1"}


def test_a_batch_with_refused_items_is_207_and_each_item_has_its_verdict(client: httpx.Client, path: Path) -> None:
    client.post("/v1/failures", json=a_failure())
    changed = a_failure(source="operations")
    answer = client.post("/v1/failures", json=[a_failure(event_id="e-2"), changed, a_failure(channel="by mail"), 7])
    assert answer.status_code == 207
    assert _statuses(answer) == ["accepted", "conflict", "rejected", "rejected"]
    assert [item["event_id"] for item in answer.json()["items"]] == ["e-2", "e-1", None, None]
    assert [item["errors"][0]["path"] for item in answer.json()["items"][1:]] == ["event_id", "channel", ""]
    assert _stored(path) == {"e-1", "e-2"}


def test_a_batch_of_which_nothing_is_taken_is_422_and_still_has_its_verdicts(client: httpx.Client) -> None:
    answer = client.post("/v1/failures", json=[{"broken": True}])
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["rejected"] == 1
    assert _statuses(answer) == ["rejected"]
    assert {"path": "[0]", "message": "broken: unknown key"} in answer.json()["errors"]


def test_what_is_refused_is_kept_with_its_bytes_once(client: httpx.Client, path: Path) -> None:
    for _ in range(2):
        _send(client, b'[{"broken":  true}]')
    (letter,) = dead_letters(open_store(path))
    assert (letter.source, letter.place, letter.raw) == ("POST /v1/failures", "item 1", b'{"broken":  true}')


def test_lines_are_told_apart_and_a_broken_one_costs_only_itself(client: httpx.Client) -> None:
    body = b"\n".join([raw(a_failure()), b"{", b"", raw(a_failure(event_id="e-2"))])
    answer = _send(client, body, "application/x-ndjson")
    assert answer.status_code == 207
    assert _statuses(answer) == ["accepted", "rejected", "accepted"]


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"[{}", b"\xff", b'{"a": 1} x', b"nonsense"])
def test_a_body_that_is_no_json_is_400_and_leaves_nothing_behind(client: httpx.Client, path: Path, body: bytes) -> None:
    answer = _send(client, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert dead_letters(open_store(path)) == []


def test_an_item_nested_too_deep_is_rejected_alone(client: httpx.Client) -> None:
    deep = b'{"metadata": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    answer = _send(client, b"[" + raw(a_failure()) + b"," + deep + b"]")
    assert answer.status_code == 207
    assert _statuses(answer) == ["accepted", "rejected"]


def test_an_empty_array_is_taken(client: httpx.Client) -> None:
    answer = _send(client, b"[]")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_media_type_that_a_foreign_page_could_send_is_415(client: httpx.Client, kind: str) -> None:
    assert _send(client, raw(a_failure()), kind).status_code == 415


def test_gzip_is_read_in_one_member_or_several(client: httpx.Client) -> None:
    half = len(raw(a_failure())) // 2
    body = gzip.compress(raw(a_failure())[:half]) + gzip.compress(raw(a_failure())[half:])
    assert _statuses(_send(client, body, content_encoding="gzip")) == ["accepted"]


@pytest.mark.parametrize("body", [b"\x1f\x8bnonsense", gzip.compress(b"{}")[:-4], b"{}", gzip.compress(b"{}") + b"x"])
def test_broken_gzip_is_400(client: httpx.Client, body: bytes) -> None:
    assert _send(client, body, content_encoding="gzip").status_code == 400


def test_another_encoding_is_415(client: httpx.Client) -> None:
    assert _send(client, b"{}", content_encoding="br").status_code == 415


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_that_is_too_large_is_413_packed_or_unpacked(client: httpx.Client, *, packed: bool) -> None:
    body = b" " * (MOST + 1)
    answer = _send(client, gzip.compress(body), content_encoding="gzip") if packed else _send(client, body)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_many_items_are_413_and_none_is_taken(client: httpx.Client, path: Path) -> None:
    answer = _send(client, b"[" + raw(a_failure()) + b",1" * 10_000 + b"]")
    assert answer.status_code == 413
    assert _stored(path) == set()


def test_a_cloudevent_is_the_same_event_structured_binary_and_in_a_batch(client: httpx.Client) -> None:
    event = a_failure(event_id=ABSENT, occurred_at=ABSENT)
    attributes = {"specversion": "1.0", "id": "7 ü", "source": "/gateway", "type": "failure"}
    attributes["time"] = "2026-04-24T09:13:05+00:00"
    whole = attributes | {"data": event}
    binary = {f"ce_{name}": value.replace("7 ü", "7%20%C3%BC") for name, value in attributes.items()}
    answers = [
        _send(client, raw(whole), "application/cloudevents+json"),
        _send(client, raw([whole]), "application/cloudevents-batch+json"),
        _send(client, raw(event), **binary),
    ]
    assert [_statuses(answer) for answer in answers] == [["accepted"], ["duplicate"], ["duplicate"]]
    assert len({answer.json()["items"][0]["event_id"] for answer in answers}) == 1


def test_a_refused_binary_cloudevent_is_kept_with_its_attributes(client: httpx.Client, path: Path) -> None:
    answer = _send(client, b'{"broken": 1}', ce_specversion="1.0", ce_id="1", ce_source="/x", ce_type="t")
    assert answer.status_code == 422
    (letter,) = dead_letters(open_store(path))
    assert json.loads(letter.raw or b"") == {
        "specversion": "1.0",
        "id": "1",
        "source": "/x",
        "type": "t",
        "data": {"broken": 1},
    }


def test_exposures_have_a_route_of_their_own_and_are_none_on_that_of_failures(client: httpx.Client, path: Path) -> None:
    answer = client.post("/v1/exposures", json=[an_exposure(), an_exposure()])
    assert answer.status_code == 200
    assert answer.json()["items"][0] == {"index": 0, "exposure_id": "x-1", "status": "accepted", "errors": []}
    assert _statuses(answer) == ["accepted", "duplicate"]
    assert client.post("/v1/failures", json=an_exposure(exposure_id="x-2")).status_code == 422
    assert client.post("/v1/exposures", json=a_failure()).status_code == 422
    assert [fact["exposure_id"] for fact in facts_of(open_store(path), "ExposureReported")] == ["x-1"]


def test_requests_at_once_each_get_their_own_verdicts(client: httpx.Client, path: Path) -> None:
    batches = [[*failures(5, f"of-{n}"), a_failure(event_id="shared")] for n in range(24)]
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda batch: client.post("/v1/failures", json=batch), batches))
    for n, answer in enumerate(answers):
        assert [item["event_id"] for item in answer.json()["items"]] == [*(f"of-{n}-{k}" for k in range(5)), "shared"]
        assert _statuses(answer)[:5] == ["accepted"] * 5
    assert sorted(_statuses(answer)[5] for answer in answers) == ["accepted"] + ["duplicate"] * 23
    assert len(_stored(path)) == 24 * 5 + 1


def test_a_busy_store_is_503_says_when_to_try_again_and_records_nothing(client: httpx.Client, path: Path) -> None:
    other = open_store(path)
    with other.writing():
        answer = client.post("/v1/failures", json=a_failure())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert client.post("/v1/failures", json=a_failure()).json()["accepted"] == 1


def test_failures_that_never_count_are_told_apart(client: httpx.Client) -> None:
    draft: dict[str, Any] = a_failure(metadata={"environment": "test"})
    answer = client.post("/v1/failures", json=[draft, a_failure(event_id="e-2")])
    assert answer.json()["ignored"] == 1
