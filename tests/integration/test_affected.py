"""What has to be generated anew once a ticket is known: samples, data versions and models, one object a line."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.cli import main
from feedback.errors import NotFound
from feedback.service.affected import affected
from feedback.service.register import register_templates
from feedback.service.review import act
from feedback.service.views import ticket_views
from feedback.storage.database import Store, open_store
from tests.builders import (
    OTHER_TEMPLATE,
    TEMPLATE,
    a_sample,
    a_service,
    a_template,
    a_training_version,
    failures,
    register,
    take_in,
)


def _id(store: Store, kind: str = "template_revision") -> str:
    return str(next(v["ticket_id"] for v in ticket_views(a_service(store)) if v["kind"] == kind))


def _sample(sample_id: str, version: str, dataset_version: str = "v1", name: str = TEMPLATE) -> Any:
    return a_sample(sample_id=sample_id, dataset_version=dataset_version, template={"name": name, "version": version})


def _training(name: str, dataset_version: str, version: str, template: str = TEMPLATE) -> Any:
    templates = [{"name": template, "version": version}]
    return a_training_version(training_version=name, dataset_version=dataset_version, templates=templates)


def _store(path: Path | str = ":memory:") -> Store:
    """Return a store whose ticket failed on 2.0.0, with samples of versions around it, registered in no order."""
    store = open_store(path)
    take_in(store, *failures(4))
    register(
        store,
        _sample("s-9", "2.0.0"),
        _sample("s-1", "2.0.0", "v2"),
        _sample("s-1", "2.0.0"),
        _sample("s-5", "1.10.0"),
        _sample("s-6", "1.9.0"),
        _sample("s-7", "2.1.0", "v3"),
        _sample("s-8", "1.0.0", "v3", OTHER_TEMPLATE),
        _training("model-b", "v9", "1.9.0"),
        _training("model-a", "v2", "1.0.0", OTHER_TEMPLATE),
        _training("model-c", "v3", "2.1.0"),
    )
    return store


def _samples(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(r["template"]["version"], r["sample_id"], r["dataset_version"]) for r in rows if r["kind"] == "sample"]


def test_until_a_fix_is_known_all_that_was_made_up_to_the_newest_failing_version_is_to_be_made_anew() -> None:
    store = _store()
    rows = list(affected(a_service(store), _id(store)))
    assert [row["kind"] for row in rows] == ["training_version"] * 2 + ["dataset_version"] * 2 + ["sample"] * 5
    assert [row["training_version"] for row in rows[:2]] == ["model-a", "model-b"]  # by its data, by its template
    assert rows[2:4] == [
        {"kind": "dataset_version", "dataset": "sft_en", "dataset_version": "v1", "samples": 4},
        {"kind": "dataset_version", "dataset": "sft_en", "dataset_version": "v2", "samples": 1},
    ]
    assert _samples(rows) == [
        ("1.9.0", "s-6", "v1"),
        ("1.10.0", "s-5", "v1"),
        ("2.0.0", "s-1", "v1"),
        ("2.0.0", "s-1", "v2"),
        ("2.0.0", "s-9", "v1"),
    ]
    assert rows[4] == {
        "kind": "sample",
        "sample_id": "s-6",
        "dataset": "sft_en",
        "dataset_version": "v1",
        "template": {"name": TEMPLATE, "version": "1.9.0"},
    }
    assert list(affected(a_service(store), _id(store, "regression_set"))) == rows


def test_with_a_fix_it_is_what_was_made_before_it_and_what_failed_on_it_again() -> None:
    store = _store()
    service, ticket = a_service(store), _id(store)
    act(service, ticket, "take", actor="token:anna")
    act(service, ticket, "approve", actor="token:anna")
    register(store, _sample("s-late", "2.0.5", "v4"), _sample("s-fixed", "2.2.0", "v4"))
    register_templates(service, [a_template(version="2.1.0", resolves=[ticket])])
    before = _samples(list(affected(service, ticket)))
    assert [version for version, *_ in before] == ["1.9.0", "1.10.0", "2.0.0", "2.0.0", "2.0.0", "2.0.5"]
    take_in(store, *failures(1, "again", template={"name": TEMPLATE, "version": "2.1.0"}))
    after = _samples(list(affected(service, ticket)))
    assert [one for one in after if one not in before] == [("2.1.0", "s-7", "v3")]


def test_samples_are_read_one_by_one() -> None:
    store = _store()
    rows = affected(a_service(store), _id(store))
    assert len(list(islice(rows, 6))) == 6
    with store.writing():
        store.db.conn.execute("DELETE FROM samples WHERE sample_id = 's-9'")
    assert "s-9" not in [row["sample_id"] for row in rows]


def test_a_ticket_without_samples_affects_nothing() -> None:
    store = open_store(":memory:")
    take_in(store, *failures(4))
    assert list(affected(a_service(store), _id(store))) == []


def test_a_ticket_that_is_not_there_is_said_to_be_unknown_at_once() -> None:
    with pytest.raises(NotFound, match="no ticket 'TR-none'"):
        affected(a_service(_store()), "TR-none")


def test_the_command_prints_an_object_a_line(tmp_path: Path) -> None:
    store = _store(tmp_path / "a.db")
    ticket = _id(store)
    done = CliRunner().invoke(main, ["tickets", "affected", ticket, "--db", str(tmp_path / "a.db")])
    assert done.exit_code == 0, done.output
    assert [json.loads(line) for line in done.output.splitlines()] == list(affected(a_service(store), ticket))


def test_a_store_made_before_finds_its_samples_as_quickly(tmp_path: Path) -> None:
    store = _store(tmp_path / "old.db")
    rows, indexes = list(affected(a_service(store), _id(store))), _indexes(store)
    with store.writing():
        store.db.conn.execute("DROP INDEX samples_by_template_1")
        store.db.conn.execute("DROP INDEX failures_put_down_1")
        store.db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'the_makings_of_templates'")
    store.close()
    store = open_store(tmp_path / "old.db")
    assert _indexes(store) == indexes
    assert list(affected(a_service(store), _id(store))) == rows


def _indexes(store: Store) -> list[Any]:
    return store.rows("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name")
