"""`feedback corrections` as a user calls it."""

import gzip
import json
import os
import subprocess
import sys
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.cli import main
from feedback.service.report import report
from feedback.storage import maintenance
from feedback.storage.corrections import corrections
from feedback.storage.database import open_store
from tests.builders import CATEGORY, TEMPLATE, a_failure, a_service, failures, incoming, raw, table, take_in

OTHER = "insufficient_context"


def run(*words: str | Path, code: int = 0) -> Result:
    """Run a command in this process, and check its exit code; an error is never a traceback."""
    result = CliRunner().invoke(main, ["corrections", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, result.output
    return result


def printed(*words: str | Path, code: int = 0) -> Any:
    """Return what a command prints as JSON."""
    return json.loads(run(*words, "--json", code=code).stdout)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with six assessed failures of one pattern, and one that waits."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    take_in(store, *failures(6))
    report(a_service(store), incoming(a_failure(event_id="waits")))
    store.close()
    return path


def _file(folder: Path, *lines: Any, name: str = "said.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join((line if isinstance(line, bytes) else raw(line)) + b"\n" for line in lines))
    return path


def _said(event_id: str, category: str = OTHER, **more: Any) -> dict[str, Any]:
    return {"event_id": event_id, "category": category, **more}


def _rows(db: Path) -> list[dict[str, Any]]:
    store = open_store(db)
    rows = table(store, "corrections", without=("position", "recorded_at"))
    store.close()
    return rows


# add


def test_a_correction_is_added_and_said(db: Path) -> None:
    add = ("add", "e-0", OTHER, "--by", "anna", "--db", db)
    assert run(*add).stdout == f"e-0 is {OTHER}, and was {CATEGORY} (version 3).\n"
    assert run(*add).stdout == f"e-0 is {OTHER}, as you have said before: nothing is recorded (version 3).\n"
    assert (
        run("add", "e-0", OTHER, "--by", "bert", "--db", db).stdout
        == f"e-0 is {OTHER}, as was said before (version 4).\n"
    )
    assert [(row["actor"], row["person"], row["said"]) for row in _rows(db)] == [
        ("unverified:anna", 1, CATEGORY),
        ("unverified:bert", 1, OTHER),
    ]


def test_an_added_correction_is_printed_as_json(db: Path) -> None:
    expected = {"event_id": "e-0", "status": "corrected", "category": OTHER, "said": CATEGORY, "version": 3}
    stands = {"template": {"name": TEMPLATE, "version": "2.0.0"}, "locus": "missing:facts:field", "note": None}
    assert printed("add", "e-0", OTHER, "--db", db) == expected | stands | {"errors": []}
    assert [row["actor"] for row in _rows(db)] == [f"unverified:{getuser()}"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nobody", OTHER), "no failure 'nobody': it was never taken in here"),
        (("waits", OTHER), "failure 'waits' is reported and not assessed yet: `feedback ingest` assesses what waits"),
        (("e-0", "wrong"), "category: expected one of unclear_task_boundary, "),
        (("e-0", OTHER, "--expected-version", "7"), "failure:e-0 is at version 2, not 7: read it again and retry"),
        (("e-0", OTHER, "--by", "x" * 201), "actor: String should have at most 200 characters"),
        (("\udcff", OTHER), "not valid UTF-8"),
        (("", OTHER), "event_id: String should have at least 1 character"),
    ],
)
def test_a_correction_that_cannot_be_added_ends_with_code_2_and_a_sentence(
    db: Path, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in run("add", *words, "--db", db, code=2).stderr
    assert _rows(db) == []


# import


def test_an_imported_file_is_taken_in_line_by_line(db: Path, tmp_path: Path) -> None:
    path = _file(
        tmp_path, _said("e-0"), _said("e-1", CATEGORY, actor="cleo"), _said("e-0"), _said("e-2", actor="unverified:dan")
    )
    data = printed("import", path, "--by", "anna", "--db", db)
    assert {key: data[key] for key in ("corrected", "confirmed", "unchanged", "refused")} == {
        "corrected": 2,
        "confirmed": 1,
        "unchanged": 1,
        "refused": 0,
    }
    assert [(one["place"], one["event_id"], one["status"]) for one in data["verdicts"]] == [
        ("line 1", "e-0", "corrected"),
        ("line 2", "e-1", "confirmed"),
        ("line 3", "e-0", "unchanged"),
        ("line 4", "e-2", "corrected"),
    ]
    assert [row["actor"] for row in _rows(db)] == ["unverified:anna", "unverified:cleo", "unverified:dan"]


_FAULTY = (
    b"{oops",
    {"event_id": "e-1"},
    _said("e-1", comment="free words"),
    _said("nobody"),
    _said("waits"),
    _said("e-1", "wrong"),
    b"\xff\xfe",
    b"[1]",
    _said("e-1", actor=""),
)


def test_faulty_lines_are_refused_with_their_number_and_cost_nothing_else(db: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, _said("e-0"), *_FAULTY, _said("e-5"))
    result = run("import", path, "--db", db, code=2)
    assert result.stdout == "2 corrected, 0 confirmed, 0 unchanged, 9 refused.\n"
    lines = result.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == [f"line {n}" for n in range(2, 11)]
    for line, sentence in zip(
        lines,
        (
            "not valid JSON",
            "nothing is said: name a category, a template or a locus",
            "comment: unknown key",
            "no failure 'nobody'",
            "not assessed yet",
            "category: expected one of",
            "not valid UTF-8",
            "should be an object",
            "actor: String should have at least 1 character",
        ),
        strict=True,
    ):
        assert line.startswith(f"{path}: line ")
        assert sentence in line
    assert [row["event_id"] for row in _rows(db)] == ["e-0", "e-5"]


def test_what_was_refused_stands_in_the_json_with_its_errors(db: Path, tmp_path: Path) -> None:
    data = printed("import", _file(tmp_path, b"{oops", _said("e-1", "wrong")), "--db", db, code=2)
    assert (data["refused"], data["unreadable"]) == (2, None)
    assert [(one["place"], one["event_id"], one["status"]) for one in data["verdicts"]] == [
        ("line 1", None, "refused"),
        ("line 2", "e-1", "refused"),
    ]
    assert [one["errors"][0]["path"] for one in data["verdicts"]] == ["", "category"]


def test_the_same_file_again_changes_nothing(db: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, *[_said(f"e-{n}") for n in range(6)])
    run("import", path, "--db", db)
    before = _rows(db)
    assert run("import", path, "--db", db).stdout == "0 corrected, 0 confirmed, 6 unchanged, 0 refused.\n"
    assert _rows(db) == before


def test_a_dash_reads_standard_input_and_arrays_and_gzip_are_taken(db: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "feedback", "corrections", "import", "-", "--db", str(db), "--json"]
    for sent, count in ((_said("e-0"), 1), ([_said("e-1"), _said("e-2")], 2)):
        done = subprocess.run(command, input=raw(sent), capture_output=True, check=True)
        assert json.loads(done.stdout)["corrected"] == count
    (tmp_path / "said.gz").write_bytes(gzip.compress(raw(_said("e-3"))))
    assert printed("import", tmp_path / "said.gz", "--db", db)["corrected"] == 1


def test_a_file_cut_off_keeps_what_came_before_and_ends_with_code_2(db: Path, tmp_path: Path) -> None:
    packed = gzip.compress(b"\n".join(raw(_said(f"e-{n}")) for n in range(6)), compresslevel=0)
    (tmp_path / "cut.gz").write_bytes(packed[: len(packed) // 2])
    result = run("import", tmp_path / "cut.gz", "--db", db, code=2)
    assert "cannot be read to its end" in result.stderr
    assert 0 < len(_rows(db)) < 6


def test_a_file_of_many_batches_is_taken_in_whole(db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text("[ingest]\nbatch_size = 2\n")
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(tmp_path / "mine.toml"))
    lines = [_said("e-0"), b"{", *[_said(f"e-{n}") for n in range(1, 6)]]
    data = printed("import", _file(tmp_path, *lines), "--db", db, code=2)
    assert (data["corrected"], data["refused"], len(data["verdicts"])) == (6, 1, 7)


def test_two_processes_that_import_at_once_lose_nothing(db: Path, tmp_path: Path) -> None:
    names, lines = ("anna", "bert", "cleo"), [_said(f"e-{n}") for n in range(6)]
    settings = tmp_path / "settings.toml"
    settings.write_text("[ingest]\nbatch_size = 1\n", encoding="utf-8")
    path = _file(tmp_path, *lines)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "feedback", "corrections", "import", str(path), "--by", name, "--db", str(db)],
            env=os.environ | {"FEEDBACK_SETTINGS": str(settings)},
            stdout=subprocess.DEVNULL,
        )
        for name in names
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    store = open_store(db)
    assert {(one.event_id, one.actor) for one in corrections(store)} == {
        (f"e-{n}", f"unverified:{name}") for n in range(6) for name in names
    }
    assert len(corrections(store)) == 18
    assert (maintenance.verify(store), maintenance.check_read_models(store)) == ([], [])
    store.close()


# list


def test_corrections_are_listed(db: Path) -> None:
    assert printed("list", "--db", db) == []
    for words in (("e-0", OTHER, "--by", "anna"), ("e-1", OTHER, "--by", "bert")):
        run("add", *words, "--db", db)
    listed = printed("list", "--db", db)
    assert [(one["event_id"], one["actor"], one["person"], one["said"], one["category"]) for one in listed] == [
        ("e-0", "unverified:anna", True, CATEGORY, OTHER),
        ("e-1", "unverified:bert", True, CATEGORY, OTHER),
    ]
    assert printed("list", "--event", "e-1", "--db", db) == listed[1:]
    assert printed("list", "--by", "unverified:anna", "--db", db) == listed[:1]
    assert printed("list", "--from", "people", "--db", db) == listed
    assert printed("list", "--from", "machine", "--db", db) == []
    text = run("list", "--db", db).stdout
    assert text.startswith("2 corrections")
    assert all(word in text for word in ("e-0", "e-1", "unverified:bert", OTHER))
