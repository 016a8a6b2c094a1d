"""Killed with kill -9 and run again, `feedback ingest` ends where it would have ended without."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from feedback.cli.ingest import take_in
from feedback.service.assessor import trained_classifier
from feedback.service.bootstrap import Service, open_service
from feedback.service.register import register_templates
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage.failures import count_by_category
from feedback.storage.maintenance import check_read_models, verify
from tests.worlds import DEMO, HARBOUR

KILLS = 50
BETWEEN_FIRST_AND_LAST = 40
PATIENCE_SECONDS = 120


def test_a_process_killed_fifty_times_ends_in_the_same_as_one_that_never_was(tmp_path: Path) -> None:
    stream = tmp_path / "failures.jsonl"
    events = [event for seed in (1, 2) for world in (DEMO, HARBOUR) for event in world.events(seed)]
    stream.write_text("\n".join(json.dumps(event) for event in events), encoding="utf-8")
    settings = tmp_path / "settings.toml"
    settings.write_text("[ingest]\nbatch_size = 8\n", encoding="utf-8")
    trained_classifier()  # the processes below find it kept
    killed, unharmed = _with_templates(tmp_path / "killed.db"), _with_templates(tmp_path / "unharmed.db")
    with stream.open("rb") as file:
        take_in(unharmed, [file])
    last = _position(tmp_path / "unharmed.db")
    first = _position(tmp_path / "killed.db")

    dice = random.Random(9)
    places = [_killed_once(tmp_path, stream, settings, dice) for _ in range(KILLS)]
    assert sum(first < place < last for place in places) >= BETWEEN_FIRST_AND_LAST
    assert len(set(places)) >= BETWEEN_FIRST_AND_LAST
    _run(tmp_path, stream, settings).wait(PATIENCE_SECONDS)

    assert _all_that_is_said(killed) == _all_that_is_said(unharmed)
    assert killed.store.rows("SELECT count(*), count(category) FROM failures") == [(len(events), len(events))]
    assert verify(killed.store) == []
    assert check_read_models(killed.store) == []


def _killed_once(folder: Path, stream: Path, settings: Path, dice: random.Random) -> int:
    """Run the command until it has recorded something new, kill it, and return where the log then ended."""
    before = _position(folder / "killed.db")
    process = _run(folder, stream, settings)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and _position(folder / "killed.db") <= before:
        assert time.monotonic() < deadline, "the process records nothing"
        time.sleep(0.001)
    time.sleep(dice.uniform(0, 0.03))
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_SECONDS)
    return _position(folder / "killed.db")


def _run(folder: Path, stream: Path, settings: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "feedback", "ingest", str(stream), "--db", str(folder / "killed.db")]
    environment = {"FEEDBACK_SETTINGS": str(settings)}
    return subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL)


def _with_templates(path: Path) -> Service:
    service = open_service(path)
    register_templates(service, [*DEMO.templates, *HARBOUR.templates])
    return service


def _position(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT coalesce(max(position), 0) FROM facts").fetchone()[0])
    finally:
        connection.close()


def _all_that_is_said(service: Service) -> object:
    return (
        pattern_rows(service),
        ticket_views(service),
        count_by_category(service.store),
        count_by_category(service.store, attributed=False),
    )
