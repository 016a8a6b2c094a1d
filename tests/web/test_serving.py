"""The service lives, gets ready, and assesses what is in its store."""

from pathlib import Path
from time import sleep
from typing import Any

import httpx
import pytest

from feedback.service.bootstrap import open_service
from feedback.service.report import report
from feedback.storage.failures import find_failure
from tests.builders import a_failure, incoming
from tests.web.serving import serving


def _get_until(url: str, status: int) -> httpx.Response:
    for _ in range(600):
        answer = httpx.get(url)
        if answer.status_code == status:
            return answer
        sleep(0.1)
    raise AssertionError(f"{url} did not answer {status}: {answer.status_code} {answer.text}")


@pytest.mark.usefixtures("trained")
def test_what_waits_in_the_store_is_assessed_behind_the_answers(tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    service = open_service(path)
    report(service, incoming(a_failure()))
    with serving(path) as address:
        assert httpx.get(f"{address}/healthz").text == "ok"
        _get_until(f"{address}/readyz", 200)
    found = find_failure(service.store, "e-1")
    service.store.close()
    assert found is not None
    assert found.category is not None


@pytest.mark.usefixtures("trained")
def test_every_answer_forbids_foreign_scripts_and_frames(tmp_path: Path) -> None:
    with serving(tmp_path / "feedback.db") as address:
        answers: list[Any] = [httpx.get(f"{address}{path}") for path in ("/healthz", "/nothing/here")]
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.usefixtures("trained")
def test_an_error_of_the_framework_is_a_problem_too(tmp_path: Path) -> None:
    with serving(tmp_path / "feedback.db") as address:
        answer = httpx.get(f"{address}/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Not Found"}
