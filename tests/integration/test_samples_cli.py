"""`feedback samples register` as a user calls it: registrations and training data, good lines beside bad ones."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from tests.builders import (
    ABSENT,
    OTHER_TEMPLATE,
    TEMPLATE,
    a_failure,
    a_sample,
    every_row,
    facts_of,
    failure_row,
    raw,
    table,
    take_in,
)
from tests.commands import lines_file, printed, run

_SECRET = "the words of a training text"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Name a store that does not exist yet."""
    return tmp_path / "feedback.db"


def _plain(number: int = 1) -> Any:
    return json.loads(a_sample(sample_id=f"plain-{number}").model_dump_json())


def _data(number: int = 1, **meta: Any) -> dict[str, Any]:
    said = {"template": f"{TEMPLATE}@2.0.0", "id": f"data-{number}", "dataset": "sft_en", "dataset_version": "v0.3.0"}
    kept = {key: value for key, value in (said | meta).items() if value is not ABSENT}
    return {"instruction": f"Extract {_SECRET}.", "output": f"{number}: {_SECRET}", "meta": kept}


def _stored(db: Path) -> Store:
    return open_store(db)


def _sample_ids(db: Path) -> list[str]:
    store = _stored(db)
    ids = [row["sample_id"] for row in table(store, "samples")]
    store.close()
    return ids


def test_registrations_and_training_data_are_registered_once(db: Path, tmp_path: Path) -> None:
    path = lines_file(tmp_path, _plain(), _data(), _data(2))
    assert printed("samples", "register", path, "--db", db) == {
        "registered": 3, "known": 0, "rejected": 0, "refused": [],
    }  # fmt: skip
    store = _stored(db)
    before = every_row(store)
    assert run("samples", "register", path, "--db", db).stdout == "0 registered, 3 known before, 0 rejected.\n"
    assert every_row(store) == before
    store.close()
    assert _sample_ids(db) == ["data-1", "data-2", "plain-1"]


def test_a_failure_that_names_a_sample_of_the_training_data_is_put_down_to_its_template(
    db: Path, tmp_path: Path
) -> None:
    store = _stored(db)
    offline = {"channel": "offline", "source": "spot_check", "session_id": ABSENT, "template": ABSENT}
    take_in(store, a_failure(sample_id="data-1", **offline))
    run("samples", "register", lines_file(tmp_path, _data()), "--db", db)
    row = failure_row(store)
    store.close()
    assert (row["template_name"], row["template_version"], row["template_method"]) == (TEMPLATE, "2.0.0", "sample")


def test_no_training_text_gets_into_the_store_neither_registered_nor_refused(db: Path, tmp_path: Path) -> None:
    path = lines_file(tmp_path, _data(), _data(template=ABSENT), _data(2, id=ABSENT))
    run("samples", "register", path, "--db", db, code=2)
    store = _stored(db)
    assert len(table(store, "samples")) == 2
    assert _SECRET not in repr(every_row(store))
    assert table(store, "dead_letters") == []
    store.close()


def test_a_line_that_cannot_be_registered_is_named_and_costs_nothing_else(db: Path, tmp_path: Path) -> None:
    path = lines_file(
        tmp_path, _plain(), b"oops", b"", _data(template="terms@newest"), _data(2, template=ABSENT), _data(3)
    )
    result = run("samples", "register", path, "--db", db, code=2)
    assert result.stdout == "2 registered, 0 known before, 3 rejected.\n"
    remedy = 'name it as {"name": ..., "version": ...} or as "name@version"'
    assert result.stderr.splitlines() == [
        f"{path}: line 2: rejected: not valid JSON: Expecting value, column 1",
        f"{path}: line 4: rejected: meta.template.version: expected a semantic version such as 2.1.0, found 'newest': {remedy}",
        f"{path}: line 5: rejected: meta.template: is required: {remedy}",
    ]
    assert _sample_ids(db) == ["data-3", "plain-1"]


def test_the_summary_in_json_names_every_refused_line_with_its_faults(db: Path, tmp_path: Path) -> None:
    path = lines_file(tmp_path, _data(dataset=ABSENT, dataset_version=ABSENT), _data(2))
    answer = printed("samples", "register", path, "--db", db, code=2)
    assert {key: answer[key] for key in ("registered", "known", "rejected")} == {
        "registered": 1,
        "known": 0,
        "rejected": 1,
    }
    (refused,) = answer["refused"]
    assert (refused["file"], refused["place"]) == (str(path), "line 1")
    assert refused["errors"] == [
        {"path": "meta.dataset", "message": "is required: name it in the line, or with --dataset"},
        {"path": "meta.dataset_version", "message": "is required: name it in the line, or with --dataset-version"},
    ]


def test_the_options_name_the_dataset_of_lines_that_name_none(db: Path, tmp_path: Path) -> None:
    path = lines_file(tmp_path, _data(dataset=ABSENT, dataset_version=ABSENT), _data(2, dataset_version=ABSENT))
    run("samples", "register", path, "--dataset", "sft_zh", "--dataset-version", "v1", "--db", db)
    store = _stored(db)
    found = [(row["sample_id"], row["dataset"], row["dataset_version"]) for row in table(store, "samples")]
    store.close()
    assert found == [("data-1", "sft_zh", "v1"), ("data-2", "sft_en", "v1")]


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_a_sample_in_conflict_is_refused_alone_whatever_the_batches(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(f"[ingest]\nbatch_size = {batch_size}\n", encoding="utf-8")
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(settings))
    other = _data(template=f"{OTHER_TEMPLATE}@1.0.0")
    path = lines_file(tmp_path, _data(), _data(2), other, _data(2), _data(3))
    result = run("samples", "register", path, "--db", db, code=2)
    assert result.stdout == "3 registered, 1 known before, 1 rejected.\n"
    assert result.stderr == (
        f"{path}: line 3: rejected: sample 'data-1 of sft_en v0.3.0' is already stored with other content: "
        "a changed sample belongs to a new dataset version\n"
    )
    store = _stored(db)
    assert {(row["sample_id"], row["template_name"]) for row in table(store, "samples")} == {
        (f"data-{n}", TEMPLATE) for n in (1, 2, 3)
    }
    sizes = [len(fact["samples"]) for fact in facts_of(store, "SamplesRegistered")]
    assert sizes == {1: [1, 1, 1], 2: [2, 1], 100: [3]}[batch_size]
    assert maintenance.check_read_models(store) == []
    store.close()


def test_the_same_text_twice_without_an_id_is_one_sample_and_under_another_template_a_conflict(
    db: Path, tmp_path: Path
) -> None:
    twice = [_data(id=ABSENT), _data(id=ABSENT), _data(id=ABSENT, template=f"{TEMPLATE}@2.1.0")]
    result = run("samples", "register", lines_file(tmp_path, *twice), "--db", db, code=2)
    assert result.stdout == "1 registered, 1 known before, 1 rejected.\n"
    assert "line 3: rejected: sample 'sha256:" in result.stderr


@pytest.mark.parametrize("form", ["gzip", "array"])
def test_training_data_comes_in_gzip_and_as_an_array_too(db: Path, tmp_path: Path, form: str) -> None:
    lines = [_data(n) for n in range(3)]
    path = tmp_path / "sft"
    path.write_bytes(raw(lines) if form == "array" else gzip.compress(b"\n".join(map(raw, lines))))
    assert run("samples", "register", path, "--db", db).stdout == "3 registered, 0 known before, 0 rejected.\n"


def test_training_data_comes_from_standard_input_too(db: Path) -> None:
    command = [sys.executable, "-m", "feedback", "samples", "register", "-", "--db", str(db)]
    done = subprocess.run(command, input=raw(_data()) + b"\n{}", capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stdout.decode() == "1 registered, 0 known before, 1 rejected.\n"
    assert done.stderr.decode().startswith("<stdin>: line 2: rejected: ")


def test_a_file_that_breaks_off_registers_what_came_before_and_says_so(db: Path, tmp_path: Path) -> None:
    noise = "".join(f"{n * n:x}" for n in range(50_000))  # enough that lines come out before the end is missed
    lines = b"\n".join(raw(_data(n) | {"input": noise}) for n in range(3))
    path = tmp_path / "sft.jsonl.gz"
    path.write_bytes(gzip.compress(lines)[:-200])
    result = run("samples", "register", path, "--db", db, code=2)
    assert f"{path}: the rest: rejected: cannot be read to its end" in result.stderr
    assert "data-0" in _sample_ids(db)


def test_an_empty_file_registers_nothing(db: Path, tmp_path: Path) -> None:
    assert run("samples", "register", lines_file(tmp_path), "--db", db).stdout == (
        "0 registered, 0 known before, 0 rejected.\n"
    )
