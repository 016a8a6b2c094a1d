"""`feedback train` with a store, as a user calls it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.classification.training import classifier_version
from feedback.cli import main
from feedback.settings import load_settings
from feedback.storage.database import open_store
from tests.builders import every_row, failures, raw, take_in
from tests.corpora import worded

SHIPPED = classifier_version(load_settings().classifier.precision)


def run(*words: str | Path, code: int = 0) -> Result:
    """Run a command in this process, and check its exit code; an error is never a traceback."""
    result = CliRunner().invoke(main, [*map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, result.output
    return result


def printed(*words: str | Path, code: int = 0) -> Any:
    """Return what a command prints as JSON."""
    return json.loads(run(*words, "--json", code=code).stdout)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with assessed failures."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    take_in(store, *failures(3))
    store.close()
    return path


def _file(folder: Path, *lines: Any, name: str = "events.jsonl") -> Path:
    (folder / name).write_bytes(b"".join(raw(line) + b"\n" for line in lines))
    return folder / name


def _rows(db: Path) -> dict[str, Any]:
    store = open_store(db)
    rows = every_row(store)
    store.close()
    return rows


def _categories(db: Path, prefix: str) -> list[tuple[str, str]]:
    store = open_store(db)
    sql = "SELECT category, classifier_version FROM failures WHERE event_id LIKE ? ORDER BY position"
    rows = store.rows(sql, (f"{prefix}-%",))
    store.close()
    return [(category, version) for category, version in rows]


@pytest.mark.usefixtures("trained")
def test_from_corrections_to_another_answer_and_back(tmp_path: Path) -> None:
    db = tmp_path / "feedback.db"
    run("ingest", _file(tmp_path, *worded(24), *worded(4, "stale", templates=2)), "--db", db)
    before = _categories(db, "stale")
    assert {version for _, version in before} == {SHIPPED}
    said = "conflicting_instructions"
    assert said not in {category for category, _ in (*before, *_categories(db, "e"))}
    words = [{"event_id": f"e-{n}", "category": said, "actor": "anna"} for n in range(24)]
    run("corrections", "import", _file(tmp_path, *words, name="said.jsonl"), "--db", db)

    learned = printed("train", "--with-corrections", "--db", db)
    version = learned["classifier_version"]
    assert (learned["champion_version"], learned["corrections"], learned["promoted"]) == (SHIPPED, 24, True)
    assert learned["figures"]["challenger_accuracy"] > learned["figures"]["champion_accuracy"]
    (of_said,) = learned["by_category"]
    assert (of_said["category"], of_said["corrections"]) == (said, 24)
    assert of_said["right_before"] < 12 < of_said["right_after"]
    assert learned["sentence"].startswith("Promoted: ")
    again = run("train", "--with-corrections", "--db", db).stdout
    assert again == f"There is nothing new to learn: {version} is made of these 24 corrections.\n"

    assert _categories(db, "stale") == before
    run("ingest", _file(tmp_path, *worded(4, "later", templates=2)), "--db", db)
    assert _categories(db, "later") == [(said, version)] * 4

    shown = printed("train", "--replay", "--db", db)
    assert sum(one["failures"] for one in shown["changes"]) == shown["changed"] == 4
    assert {one["to"] for one in shown["changes"]} == {said}
    assert (shown["kept"], shown["written"]) == (24, False)
    assert "4 of 32 failures would change" in run("train", "--replay", "--db", db).stdout
    assert _categories(db, "stale") == before
    assert printed("train", "--replay", "--write", "--db", db)["changes"] == shown["changes"]
    assert _categories(db, "stale") == [(said, version)] * 4
    assert printed("train", "--replay", "--write", "--db", db)["changed"] == 0

    back = printed("train", "--rollback", "--by", "anna", "--db", db)
    assert back == {"classifier_version": SHIPPED, "previous": version}
    assert printed("train", "--replay", "--db", db)["changed"] > 0
    said_so = run("train", "--promote", version, "--by", "anna", "--db", db).stdout
    assert said_so == f"{version} assesses from now on; before, {SHIPPED} did.\n"
    said_so = run("train", "--promote", version, "--by", "anna", "--db", db).stdout
    assert said_so == f"{version} assesses already: nothing is recorded.\n"
    run("rebuild", "--check", "--db", db)
    run("verify", "--db", db)
    actors = [row[5] for row in _rows(db)["promotions"]]
    assert sorted(actors) == ["classifier", "unverified:anna", "unverified:anna"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--promote", "c1:none"),
            f"no classifier 'c1:none': trained here: none yet, .*; the shipped one is {SHIPPED}",
        ),
        (("--rollback",), f"is assessed by the shipped classifier {SHIPPED}, and no promotion is left to roll back"),
        (("--rollback", "--by", "x" * 201), "actor: String should have at most 200 characters"),
        (("--rollback", "--by", "\udcff"), "not valid UTF-8"),
        (("--rollback", "--replay"), "name one of --with-corrections, --promote, --rollback and --replay"),
        (("--write",), "--write records what --replay shows"),
        (("--by", "anna"), "--by says who promotes or rolls back"),
    ],
)
def test_what_cannot_be_done_ends_with_code_2_and_a_sentence_and_records_nothing(
    db: Path, words: tuple[str, ...], sentence: str
) -> None:
    before = _rows(db)
    result = run("train", *words, "--db", db, code=2)
    assert result.stderr.count("Error: ") == 1

    assert re.search(sentence, result.stderr)
    assert _rows(db) == before


def test_without_corrections_it_says_that_there_is_nothing_to_learn_from(db: Path) -> None:
    before = _rows(db)
    assert run("train", "--with-corrections", "--db", db).stdout == (
        "There is nothing to learn from: nobody has corrected a failure yet (`feedback corrections add`).\n"
    )
    assert printed("train", "--with-corrections", "--db", db)["promoted"] is False
    assert _rows(db) == before


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    run("train", "--with-corrections", "--db", tmp_path / "none.db", code=2)
    assert not (tmp_path / "none.db").exists()
