"""`feedback templates watch` as a process: it is told to stop by signals, and everything is waited for, nothing timed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from feedback.storage import registry
from feedback.storage.database import open_store

_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class _Watching:
    """A watch that runs: its folder, its store, and what it prints."""

    process: subprocess.Popen[str]
    folder: Path
    db: Path
    stdout: IO[str]
    stderr: IO[str]

    def said(self, stream: IO[str]) -> str:
        line = stream.readline()
        assert line, f"it ended with code {self.process.wait()}: {self.stderr.read()}"
        return line.rstrip("\n")

    def ended(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """End it, and return its exit code and what it had still to say."""
        self.process.send_signal(by)
        rest = self.process.communicate()
        return self.process.returncode, *rest

    def write(self, name: str, version: str, system: str = "Be brief.") -> Path:
        return _write(self.folder / name, version, system)


def _write(path: Path, version: str, system: str = "Be brief.") -> Path:
    whole = path.with_suffix(".writing")
    whole.write_text(f"name: t\nversion: {version}\nkind: single_turn\nsystem: {system}\n", encoding="utf-8")
    return whole.replace(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the folder that is watched."""
    made = tmp_path / "templates"
    made.mkdir()
    return made


@contextmanager
def _watching(folder: Path, *options: str) -> Iterator[_Watching]:
    settings = folder.parent / "settings.toml"
    quick = "[templates]\nwatch_interval_seconds = 0.02\n[store]\nbusy_timeout_seconds = 0.02\n"
    settings.write_text(quick, encoding="utf-8")
    db = folder.parent / "feedback.db"
    command = [sys.executable, "-m", "feedback", "templates", "watch", str(folder), "--db", str(db), *options]
    environment = os.environ | {"FEEDBACK_SETTINGS": str(settings)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    ) as process:
        too_long = threading.Timer(_PATIENCE_SECONDS, process.kill)
        too_long.start()
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            watching = _Watching(process, folder, db, process.stdout, process.stderr)
            assert watching.said(process.stderr) == f"Watching {folder}. Ctrl-C ends it."
            yield watching
        finally:
            too_long.cancel()
            process.kill()


def _registered(db: Path) -> list[tuple[str, str]]:
    store = open_store(db)
    found = [(one.version, one.system) for one in registry.all_templates(store)]
    store.close()
    return found


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_what_is_there_is_registered_and_what_appears_until_a_signal_ends_it(folder: Path, by: signal.Signals) -> None:
    there = _write(folder / "a.yaml", "1.0.0")
    with _watching(folder) as watching:
        assert watching.said(watching.stdout) == f"t 1.0.0 registered from {there}"
        later = watching.write("b.yaml", "1.1.0")
        assert watching.said(watching.stdout) == f"t 1.1.0 registered from {later}"
        assert watching.ended(by) == (0, "", "")
    assert _registered(watching.db) == [("1.0.0", "Be brief."), ("1.1.0", "Be brief.")]


def test_an_invalid_file_is_named_once_and_registered_when_it_is_whole(folder: Path) -> None:
    with _watching(folder) as watching:
        half = folder / "half.yaml"
        half.write_text("name: t\nversion: 1.0.0\n")
        assert watching.said(watching.stderr) == f"{half}: refused: kind: is required"
        watching.write("other.yaml", "2.0.0")
        assert watching.said(watching.stdout).startswith("t 2.0.0 registered")  # looks went by, and nothing was said
        watching.write("half.yaml", "1.0.0")
        assert watching.said(watching.stdout) == f"t 1.0.0 registered from {half}"
        assert watching.ended() == (0, "", "")


def test_a_changed_text_under_a_known_version_is_refused_and_the_watch_goes_on(folder: Path) -> None:
    path = _write(folder / "a.yaml", "1.0.0")
    with _watching(folder) as watching:
        watching.said(watching.stdout)
        watching.write("a.yaml", "1.0.0", "Be long.")
        sentence = "template 't 1.0.0' is already stored with other content: give the changed text a new version"
        assert watching.said(watching.stderr) == f"{path}: refused: {sentence}"
        watching.write("a.yaml", "1.0.1", "Be long.")
        assert watching.said(watching.stdout) == f"t 1.0.1 registered from {path}"
        assert watching.ended() == (0, "", "")
    assert _registered(watching.db) == [("1.0.0", "Be brief."), ("1.0.1", "Be long.")]


def test_a_store_that_another_process_holds_is_waited_for(folder: Path) -> None:
    with _watching(folder) as watching:
        watching.write("a.yaml", "1.0.0")
        watching.said(watching.stdout)
        store = open_store(watching.db)
        with store.writing():
            path = watching.write("b.yaml", "1.1.0")
            assert watching.said(watching.stderr).startswith(f"Waiting: {watching.db} is locked by another process")
        store.close()
        assert watching.said(watching.stdout) == f"t 1.1.0 registered from {path}"
        code, out, waited = watching.ended()
    assert (code, out) == (0, "")
    assert all(line.startswith("Waiting: ") for line in waited.splitlines())


def test_in_json_there_is_an_object_a_line_for_every_file_known_and_refused_ones_too(folder: Path) -> None:
    first = _write(folder / "a.yaml", "1.0.0")
    with _watching(folder, "--json") as watching:
        assert json.loads(watching.said(watching.stdout)) == {
            "file": str(first), "template": "t 1.0.0", "status": "registered", "note": "",
        }  # fmt: skip
        watching.write("b.yaml", "1.0.0")
        assert json.loads(watching.said(watching.stdout))["status"] == "known"
        watching.write("b.yaml", "one")
        refused = json.loads(watching.said(watching.stdout))
        assert (refused["file"], refused["template"], refused["status"]) == (str(folder / "b.yaml"), None, "refused")
        assert refused["note"].startswith("version: expected a semantic version")
        assert watching.ended()[0] == 0
