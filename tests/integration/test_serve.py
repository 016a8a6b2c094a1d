"""`feedback serve` as a process: it ends when told to, says why it does not begin, and killed it loses nothing accepted."""

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from feedback.service.bootstrap import open_service
from feedback.storage.maintenance import check_read_models, verify
from tests.builders import failures, table
from tests.commands import run

PATIENCE_SECONDS = 60
KILLS = 6


@contextmanager
def _served(path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a process that serves the store at `path`, and its address; it is killed where it still lives at the end."""
    command = [sys.executable, "-m", "feedback", "serve", "--db", str(path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1].rstrip("/")
        finally:
            process.kill()


@pytest.mark.usefixtures("trained")
def test_told_to_end_it_ends_cleanly_though_connections_are_open(tmp_path: Path) -> None:
    with _served(tmp_path / "feedback.db") as (process, address), httpx.Client(base_url=address) as client:
        assert client.get("/healthz").text == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


@pytest.mark.usefixtures("trained")
def test_killed_amid_intake_it_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    path, dice, accepted = tmp_path / "feedback.db", random.Random(4), set[str]()
    batches = iter([failures(10, f"b{n}") for n in range(10_000)])
    for _ in range(KILLS):
        before = len(accepted)
        with _served(path) as (process, address):
            producers = [threading.Thread(target=_produce, args=(address, batches, accepted)) for _ in range(3)]
            for producer in producers:
                producer.start()
            deadline = time.monotonic() + PATIENCE_SECONDS
            while len(accepted) == before:
                assert time.monotonic() < deadline, "nothing is accepted"
                time.sleep(0.001)
            time.sleep(dice.uniform(0, 0.3))
            process.kill()
            for producer in producers:
                producer.join(PATIENCE_SECONDS)
    service = open_service(path)
    assert accepted <= {row["event_id"] for row in table(service.store, "failures")}
    assert verify(service.store) == []
    assert check_read_models(service.store) == []


_TAKING = threading.Lock()


def _produce(address: str, batches: Iterator[list[dict[str, object]]], accepted: set[str]) -> None:
    """Send batches until nobody answers any more, and keep what was accepted."""
    with httpx.Client(base_url=address) as client:
        while True:
            with _TAKING:
                batch = next(batches)
            try:
                answer = client.post("/v1/failures", json=batch)
            except httpx.TransportError:
                return
            accepted.update(item["event_id"] for item in answer.json()["items"] if item["status"] == "accepted")


@pytest.mark.usefixtures("trained")
def test_two_services_may_serve_one_store(tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    with _served(path) as (_, one), _served(path) as (_, two):
        assert httpx.post(f"{one}/v1/failures", json=failures(3)).json()["accepted"] == 3
        assert httpx.post(f"{two}/v1/failures", json=failures(4)).json()["duplicate"] == 3
        deadline = time.monotonic() + PATIENCE_SECONDS
        while httpx.get(f"{one}/v1/failures").json()["items"][0]["waiting"]:
            assert time.monotonic() < deadline, "nothing is assessed"
            time.sleep(0.05)
    service = open_service(path)
    assert service.store.rows("SELECT count(*) FROM facts WHERE type = 'FailureAssessed'")[0][0] <= 4
    assert check_read_models(service.store) == []


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        result = run("serve", "--db", str(tmp_path / "feedback.db"), "--port", str(taken), code=1)
    assert f"cannot listen on 127.0.0.1:{taken} (Address already in use)" in result.output


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "feedback.example"])
def test_without_tokens_no_address_is_served_that_others_reach(tmp_path: Path, host: str) -> None:
    result = run("serve", "--db", str(tmp_path / "feedback.db"), "--host", host, code=2)
    assert "create a token first" in result.output
