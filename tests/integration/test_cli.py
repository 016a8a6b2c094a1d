import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from feedback import __version__
from feedback.classification.saving import load
from feedback.classification.training import code_version
from feedback.cli import main
from feedback.service.assessor import cache_dir
from feedback.service.report import report
from feedback.settings import config_dir
from feedback.storage import log
from feedback.storage.database import open_store
from tests.builders import (
    ABSENT,
    CATEGORY,
    TEMPLATE,
    a_failure,
    a_sample,
    a_service,
    a_template,
    failures,
    incoming,
    raw,
    register,
    take_in,
)
from tests.commands import lines_file, printed, run

_BOM = b"\xef\xbb\xbf"


def _file(folder: Path, *events: Any, name: str = "events.jsonl") -> Path:
    return lines_file(folder, *events, name=name)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Name a store that does not exist yet."""
    return tmp_path / "feedback.db"


@pytest.fixture
def full(db: Path) -> Path:
    """Give a store with templates, a systemic pattern, its tickets, failures that wait, and dead letters."""
    store = open_store(db)
    register(store, a_template(labels={"scenario": "legal"}), a_template(version="2.10.0", instruction="As a table."))
    take_in(
        store,
        *failures(4),
        a_failure(event_id="w", template=ABSENT),
        a_failure(event_id="s", template={"name": "unregistered", "version": "1.0.0"}),
        b"{oops",
        b"\xff\xfe",
    )
    store.close()
    return db


def _rows(db: Path, sql: str) -> list[Any]:
    store = open_store(db)
    found = store.rows(sql)
    store.close()
    return found


def _commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


_ALL = dict(_commands())
_LEAVES = {path: command for path, command in _ALL.items() if not isinstance(command, click.Group)}
_WITHOUT_STORE = {("assess",), ("train",), ("topics", "create"), ("topics", "list")}
_WITH_STORE = [path for path in _LEAVES if path not in _WITHOUT_STORE]
_READING = [
    ("tickets", "list"),
    ("tickets", "show", "TR-nobody"),
    ("patterns", "list"),
    ("patterns", "show", "P-nobody"),
    ("patterns", "failure", "e-1"),
    ("coverage",),
    ("templates", "list"),
    ("templates", "show", "t"),
    ("templates", "diff", "t", "1.0.0"),
    ("dead-letters", "list"),
    ("dead-letters", "show", "1"),
    ("dead-letters", "retry", "1"),
    ("corrections", "add", "e-1", CATEGORY),
    ("corrections", "import", "-"),
    ("corrections", "list"),
    ("verify",),
    ("rebuild",),
    ("backup", "copy.db"),
]


# every command


@pytest.mark.parametrize("path", _ALL, ids=" ".join)
def test_every_command_has_a_help_text_of_its_own(path: tuple[str, ...]) -> None:
    command = _ALL[path]
    assert command.help
    first = command.help.strip().splitlines()[0].split(".")[0]
    assert first[:40] in " ".join(run(*path, "--help").stdout.split())
    assert run(*path, "-h").stdout == run(*path, "--help").stdout


@pytest.mark.parametrize("path", _LEAVES, ids=" ".join)
def test_every_option_of_a_command_says_what_it_does(path: tuple[str, ...]) -> None:
    options = [option for option in _LEAVES[path].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("path", _WITH_STORE, ids=" ".join)
def test_every_command_that_uses_a_store_takes_db_and_its_variable(path: tuple[str, ...]) -> None:
    (option,) = [one for one in _LEAVES[path].params if "--db" in one.opts]
    assert option.envvar == "FEEDBACK_DB"


@pytest.mark.parametrize(
    "path", [path for path in _LEAVES if path not in {("backup",), ("worker",), ("serve",)}], ids=" ".join
)
def test_every_command_that_prints_data_takes_json(path: tuple[str, ...]) -> None:
    assert any("--json" in option.opts for option in _LEAVES[path].params)


def test_the_help_names_every_command() -> None:
    text = run("--help").stdout
    assert [name for name in main.commands if not re.search(rf"^  {name} ", text, re.MULTILINE)] == []


def test_the_version_is_that_of_the_package() -> None:
    assert __version__ in run("--version").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("tickets", "nonsense"),
        ("ingest",),
        ("ingest", "missing.jsonl"),
        ("assess", "missing.jsonl"),
        ("tickets", "list", "--kind", "nonsense"),
        ("dead-letters", "show", "first"),
        ("templates", "register", "missing.yaml"),
        ("samples", "register", "missing.jsonl"),
        ("verify", "--nonsense"),
        ("verify", "--db", "/"),
    ],
    ids=" ".join,
)
def test_bad_usage_ends_with_code_2_and_a_sentence(arguments: tuple[str, ...]) -> None:
    assert "Error: " in run(*arguments, code=2).stderr


@pytest.mark.parametrize("arguments", _READING, ids=lambda arguments: " ".join(arguments[:2]))
def test_reading_a_store_that_does_not_exist_is_refused_and_makes_none(
    arguments: tuple[str, ...], db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert f"Error: no store '{db}'" in run(*arguments, "--db", db, code=2).stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", _READING, ids=lambda arguments: " ".join(arguments[:2]))
def test_a_file_that_is_no_store_ends_with_code_1_and_a_sentence(
    arguments: tuple[str, ...], db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    db.write_text("once upon a time, in a file that is no database " * 40)
    assert run(*arguments, "--db", db, code=1).stderr.startswith(f"Error: {db}: ")


def test_an_unusable_settings_file_ends_with_code_2_and_a_sentence(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text("[recurrence]\nmin_units = 0\n")
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(tmp_path / "mine.toml"))
    error = run("tickets", "list", "--db", full, code=2).stderr
    assert "mine.toml: recurrence.min_units = 0: " in error


def test_the_environment_names_the_store(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDBACK_DB", str(full))
    assert len(printed("tickets", "list")) == 2


def test_an_option_comes_before_the_environment(full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDBACK_DB", str(tmp_path / "other.db"))
    assert len(printed("tickets", "list", "--db", full)) == 2


def test_the_settings_name_the_store_where_nothing_else_does(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.toml").write_text(f"[store]\npath = '{full}'\n")
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(tmp_path / "mine.toml"))
    assert len(printed("tickets", "list")) == 2


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "feedback", "--version"], capture_output=True, check=True)
    assert __version__ in done.stdout.decode()


# tickets, patterns


def test_tickets_are_listed_and_shown(full: Path) -> None:
    listed = printed("tickets", "list", "--db", full)
    assert {one["kind"] for one in listed} == {"template_revision", "regression_set"}
    assert printed("tickets", "show", listed[0]["ticket_id"], "--db", full) == listed[0]
    text = run("tickets", "list", "--db", full).stdout
    assert all(one["ticket_id"] in text for one in listed)


@pytest.mark.parametrize(
    ("options", "count"), [(("--kind", "regression_set"), 1), (("--state", "open"), 2), (("--state", "approved"), 0)]
)
def test_tickets_are_found_by_kind_and_state(full: Path, options: tuple[str, ...], count: int) -> None:
    assert len(printed("tickets", "list", *options, "--db", full)) == count


def test_a_shown_ticket_answers_the_three_questions(full: Path) -> None:
    ticket = printed("tickets", "list", "--db", full)[0]
    text = run("tickets", "show", ticket["ticket_id"], "--db", full).stdout
    for answer in ticket["answers"].values():
        assert answer["sentence"] in text
    assert ticket["linked_ticket_id"] in text
    assert f"{CATEGORY} in {TEMPLATE}" in text


def test_a_ticket_with_many_loci_says_how_many_more(db: Path) -> None:
    store = open_store(db)
    told = [{"told": {"category": CATEGORY, "locus": f"/field_{'abcdefghijkl'[n]}:type"}} for n in range(12)]
    take_in(
        store, *[e | {"metadata": m, "labels": {"risk_level": "high"}} for e, m in zip(failures(12), told, strict=True)]
    )
    store.close()
    ticket = printed("tickets", "list", "--db", db)[0]
    text = run("tickets", "show", ticket["ticket_id"], "--db", db).stdout
    assert "... and 2 more" in text
    assert "risk: high" in text


def test_a_ticket_without_a_partner_shows_none(db: Path) -> None:
    store = open_store(db)
    take_in(store, a_failure(labels={"risk_level": "high"}))
    store.close()
    (ticket,) = printed("tickets", "list", "--db", db)
    assert "linked with" not in run("tickets", "show", ticket["ticket_id"], "--db", db).stdout


def test_a_ticket_that_does_not_exist_ends_with_code_2(full: Path) -> None:
    error = run("tickets", "show", "TR-nobody", "--db", full, code=2).stderr
    assert error == "Error: no ticket 'TR-nobody': `feedback tickets list` shows all\n"


def test_patterns_are_listed_with_what_waits_without_a_template(full: Path) -> None:
    data = printed("patterns", "list", "--db", full)
    assert [(one["template"], one["verdict"]["value"]) for one in data["patterns"]] == [
        (TEMPLATE, "systemic"),
        ("unregistered", "isolated"),
    ]
    assert data["unattributed"] == {CATEGORY: 1}
    text = run("patterns", "list", "--db", full).stdout
    assert "2 patterns" in text
    assert "Waiting without a template" in text


# templates


def _template(folder: Path, name: str = "t.yaml", **changes: Any) -> Path:
    path = folder / name
    body = json.loads(a_template(**changes).model_dump_json(exclude_defaults=True))
    path.write_text(json.dumps(body))  # JSON is YAML
    return path


def test_templates_are_registered_once(db: Path, tmp_path: Path) -> None:
    path = _template(tmp_path)
    assert printed("templates", "register", path, "--db", db) == [
        {"template": "payment_terms 2.0.0", "status": "registered", "note": ""}
    ]
    assert run("templates", "register", path, "--db", db).stdout == "0 registered, 1 known before.\n"


def test_the_shipped_templates_are_registered_from_their_folder(db: Path) -> None:
    run("templates", "register", config_dir() / "templates", "--db", db)
    assert len(printed("templates", "list", "--db", db)) == len(list((config_dir() / "templates").iterdir()))


def test_registering_a_template_says_what_follows_for_its_tickets(full: Path, tmp_path: Path) -> None:
    path = _template(tmp_path, version="3.0.0", resolves=["TR-nobody"])
    assert "payment_terms 3.0.0: TR-nobody is unknown here" in run("templates", "register", path, "--db", full).stdout


def test_a_changed_template_under_a_known_version_is_refused(full: Path, tmp_path: Path) -> None:
    path = _template(tmp_path, instruction="Changed.")
    error = run("templates", "register", path, "--db", full, code=2).stderr
    assert "give the changed text a new version" in error


def test_a_faulty_template_file_is_refused_and_makes_no_store(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text("name: t\nversion: 1.0\nkind: single_turn\n")
    assert (
        f"{path}: version: expected a semantic version" in run("templates", "register", path, "--db", db, code=2).stderr
    )
    assert not db.exists()


def test_templates_are_listed_with_versions_that_nobody_registered(full: Path) -> None:
    listed = printed("templates", "list", "--db", full)
    assert [(one["name"], one["version"]) for one in listed] == [
        (TEMPLATE, "2.0.0"),
        (TEMPLATE, "2.10.0"),
        ("unregistered", "1.0.0"),
    ]
    assert "not registered" in run("templates", "list", "--db", full).stdout


@pytest.mark.parametrize(("version", "shown"), [((), "2.10.0"), (("2.0.0",), "2.0.0")])
def test_a_template_is_shown_in_its_newest_version_or_the_one_named(
    full: Path, version: tuple[str, ...], shown: str
) -> None:
    assert printed("templates", "show", TEMPLATE, *version, "--db", full)["version"] == shown
    assert f"version: {shown}\n" in run("templates", "show", TEMPLATE, *version, "--db", full).stdout


def test_what_is_shown_of_a_template_can_be_registered_elsewhere_as_the_same(full: Path, tmp_path: Path) -> None:
    path = tmp_path / "shown.yaml"
    path.write_text(run("templates", "show", TEMPLATE, "2.0.0", "--db", full).stdout, encoding="utf-8")
    (answer,) = printed("templates", "register", path, "--db", full)
    assert answer["status"] == "known"


def test_tools_of_a_template_are_shown_as_they_were_registered(db: Path, tmp_path: Path) -> None:
    tool = {"type": "function", "function": {"name": "book", "parameters": {"default": None}}}
    path = tmp_path / "t.yaml"
    path.write_text(json.dumps({"name": "t", "version": "1.0.0", "kind": "tool_assisted", "tools": [tool]}))
    run("templates", "register", path, "--db", db)
    assert printed("templates", "show", "t", "--db", db)["tools"] == [tool]


def test_two_versions_are_compared_element_by_element(full: Path) -> None:
    data = printed("templates", "diff", TEMPLATE, "2.0.0", "--db", full)
    assert (data["old"], data["new"]) == ("2.0.0", "2.10.0")
    assert list(data["changes"]) == ["instruction", "labels"]
    assert data["changes"]["instruction"][-2:] == ["-Extract the payment terms as JSON.", "+As a table."]
    assert "+As a table." in run("templates", "diff", TEMPLATE, "2.0.0", "2.10.0", "--db", full).stdout


def test_a_version_does_not_differ_from_itself(full: Path) -> None:
    assert run("templates", "diff", TEMPLATE, "2.0.0", "2.0.0", "--db", full).stdout == "no difference\n"


@pytest.mark.parametrize("arguments", [("show", "nothing"), ("show", TEMPLATE, "9.9.9"), ("diff", TEMPLATE, "9.9.9")])
def test_a_template_that_is_not_registered_ends_with_code_2(full: Path, arguments: tuple[str, ...]) -> None:
    assert "Error: no template" in run("templates", *arguments, "--db", full, code=2).stderr


# versions


def _trained_on(version: str, name: str = "m1") -> dict[str, Any]:
    return {"training_version": name, "dataset_version": "v1", "templates": [{"name": TEMPLATE, "version": version}]}


def test_training_versions_are_registered_once(db: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, _trained_on("2.0.0"), _trained_on("2.1.0", "m2"))
    assert printed("versions", "register", path, "--db", db) == {"registered": 2, "known": 0}
    assert run("versions", "register", path, "--db", db).stdout == "0 registered, 2 known before.\n"


def test_one_conflict_among_training_versions_registers_none_of_the_file(db: Path, tmp_path: Path) -> None:
    run("versions", "register", _file(tmp_path, _trained_on("2.0.0")), "--db", db)
    before = printed("verify", "--db", db)["head"]
    path = _file(tmp_path, _trained_on("2.0.0", "m2"), _trained_on("2.1.0"))
    assert "training version 'm1'" in run("versions", "register", path, "--db", db, code=2).stderr
    assert printed("verify", "--db", db)["head"] == before


def test_faulty_registrations_are_named_with_file_and_line(db: Path, tmp_path: Path) -> None:
    path = _file(tmp_path, b"{}", b"oops")
    error = run("versions", "register", path, "--db", db, code=2).stderr
    assert f"{path}:1: " in error
    assert f"{path}:2: not valid JSON" in error
    assert not db.exists()


# dead letters


def test_dead_letters_are_listed_and_shown_with_their_bytes(full: Path) -> None:
    newest, oldest = printed("dead-letters", "list", "--db", full)
    assert oldest["bytes"] == "{oops"
    assert newest["errors"] == [{"path": "", "message": "not valid UTF-8: byte 0"}]
    assert printed("dead-letters", "show", str(newest["number"]), "--db", full) == newest
    assert "2 dead letters" in run("dead-letters", "list", "--db", full).stdout
    text = run("dead-letters", "show", str(oldest["number"]), "--db", full).stdout
    assert text.splitlines()[0].startswith("test.jsonl: line 7, received ")
    assert text.splitlines()[-1] == "{oops"


def test_the_bytes_of_a_dead_letter_come_out_as_they_came_in(full: Path) -> None:
    number = printed("dead-letters", "list", "--db", full)[0]["number"]
    assert run("dead-letters", "show", str(number), "--raw", "--db", full).stdout_bytes == b"\xff\xfe"


def test_a_dead_letter_that_does_not_exist_ends_with_code_2(full: Path) -> None:
    assert "no dead letter '99'" in run("dead-letters", "show", "99", "--db", full, code=2).stderr


# verify, rebuild, backup


def test_a_whole_store_verifies_and_prints_its_head(full: Path) -> None:
    data = printed("verify", "--db", full)
    assert (data["ok"], data["problems"]) == (True, [])
    text = run("verify", "--expect", data["head"], "--db", full).stdout
    assert f"Log head: {data['head']}" in text
    assert "All is well" in text


def _tamper(db: Path, sql: str) -> None:
    store = open_store(db)
    with store.writing():
        store.db.conn.execute(sql)
    store.close()


def test_a_changed_fact_ends_verify_with_code_1_and_its_name(full: Path) -> None:
    _tamper(full, "UPDATE facts SET data = replace(data, 'e-1', 'e-9') WHERE position = 4")
    data = printed("verify", "--db", full, code=1)
    assert not data["ok"]
    assert data["problems"][0].startswith("fact 4 (")
    result = run("verify", "--db", full, code=1)
    assert "fact 4 (" in result.stderr
    assert "Problems found: 1." in result.stdout


def test_a_log_whose_end_was_cut_off_does_not_hold_the_head_expected(full: Path) -> None:
    head = printed("verify", "--db", full)["head"]
    _tamper(full, "DELETE FROM facts WHERE position = (SELECT max(position) FROM facts)")
    run("verify", "--db", full)
    assert "was cut off" in run("verify", "--expect", head, "--db", full, code=1).stderr


def test_rebuild_folds_the_log_anew_and_check_compares(full: Path) -> None:
    _tamper(full, "UPDATE patterns SET failures = 99")
    assert not printed("rebuild", "--check", "--db", full, code=1)["ok"]
    facts = printed("rebuild", "--db", full)["facts"]
    assert facts == int(printed("verify", "--db", full)["head"].partition(":")[0])
    assert "All is well" in run("rebuild", "--check", "--db", full).stdout
    assert run("rebuild", "--db", full).stdout == f"Rebuilt from {facts} facts.\n"


def test_a_fact_that_cannot_be_read_ends_rebuild_with_code_1_and_a_sentence(full: Path) -> None:
    _tamper(full, "UPDATE facts SET data = '{}' WHERE position = 4")
    assert run("rebuild", "--db", full, code=1).stderr.startswith("Error: fact 4 cannot be read")
    assert len(printed("tickets", "list", "--db", full)) == 2


def test_a_backup_holds_the_same_log_and_overwrites_nothing(full: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert f"Copied to {copy}" in run("backup", copy, "--db", full).stdout
    assert printed("verify", "--db", copy)["head"] == printed("verify", "--db", full)["head"]
    assert "overwrites nothing" in run("backup", copy, "--db", full, code=2).stderr
    assert "is no folder" in run("backup", tmp_path / "no" / "copy.db", "--db", full, code=2).stderr


# assess, ingest, train: with the real classifier


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"FEEDBACK_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/a"),
        ({"XDG_CACHE_HOME": "/b", "HOME": "/c"}, "/b/feedback"),
        ({"FEEDBACK_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/c"}, "/c/.cache/feedback"),
    ],
)
def test_classifiers_are_kept_where_the_environment_says(
    environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FEEDBACK_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cache_dir() == Path(folder)


def test_train_names_what_it_made(trained: dict[str, Any]) -> None:
    assert re.fullmatch("c1:[0-9a-f]{16}", trained["classifier_version"])
    assert 0 < trained["macro_f1_unseen_batches"] <= 1
    assert trained["kept_in"] == os.environ["FEEDBACK_CACHE"]
    name = trained["classifier_version"].removeprefix("c1:")
    kept = {path.name for path in Path(trained["kept_in"]).glob(f"*{name}*")}
    assert kept == {f"classifier-{name}.skops", f"classifier-{name}.json"}


@pytest.mark.usefixtures("trained")
class TestWithTheClassifier:
    def test_assess_prints_one_assessment_a_line_in_the_same_order(self, tmp_path: Path) -> None:
        path = _file(tmp_path, *failures(3), a_failure(event_id=ABSENT))
        lines = [json.loads(line) for line in run("assess", path).stdout.splitlines()]
        assert [one["event_id"] for one in lines][:3] == ["e-0", "e-1", "e-2"]
        assert lines[3]["event_id"].startswith("sha256:")
        for one in lines:
            ranked = sum(alternative["probability"] for alternative in one["alternatives"])
            whole = ranked + (0 if one["category"] == "needs_triage" else one["probability"])
            assert whole == pytest.approx(1, abs=1e-4)

    def test_assess_touches_no_store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = _file(tmp_path, a_failure())
        monkeypatch.chdir(tmp_path)
        run("assess", path)
        assert list(tmp_path.iterdir()) == [path]

    def test_assess_passes_over_what_is_rejected_and_ends_with_code_2(self, tmp_path: Path) -> None:
        path = _file(tmp_path, a_failure(event_id="a"), b"{", a_failure(event_id="b"))
        result = run("assess", path, code=2)
        assert [json.loads(line)["event_id"] for line in result.stdout.splitlines()] == ["a", "b"]
        assert result.stderr.startswith(f"{path}: line 2: not valid JSON")

    def test_assess_attributes_to_the_templates_of_a_folder(self, tmp_path: Path) -> None:
        text = "You read freight papers of a harbour and list each crate with its weight in kilograms, no more."
        (tmp_path / "t").mkdir()
        (tmp_path / "t" / "t.yaml").write_text(f"name: crates\nversion: 1.0.0\nkind: single_turn\nsystem: {text}\n")
        messages = [{"role": "system", "content": text}, {"role": "user", "content": "Crate 1"}]
        path = _file(tmp_path, a_failure(template=ABSENT, request={"messages": messages}))
        assert json.loads(run("assess", path).stdout)["template"] is None
        found = json.loads(run("assess", path, "--templates", tmp_path / "t").stdout)["template"]
        assert (found["name"], found["version"], found["method"]) == ("crates", "1.0.0", "text")

    def test_assess_answers_every_event_of_a_long_file_in_order(self, tmp_path: Path) -> None:
        lines = run("assess", _file(tmp_path, *failures(300))).stdout.splitlines()
        assert [json.loads(line)["event_id"] for line in lines] == [f"e-{n}" for n in range(300)]

    def test_ingest_takes_in_more_than_one_batch(
        self, db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "mine.toml").write_text("[ingest]\nbatch_size = 2\n")
        monkeypatch.setenv("FEEDBACK_SETTINGS", str(tmp_path / "mine.toml"))
        data = printed("ingest", _file(tmp_path, *failures(5), failures(1)[0]), "--db", db)
        assert (data["accepted"], data["duplicate"], data["assessed"]) == (5, 1, 5)

    def test_assess_answers_the_same_whatever_else_is_in_the_file(self, tmp_path: Path) -> None:
        alone = run("assess", _file(tmp_path, a_failure())).stdout
        among = run("assess", _file(tmp_path, *failures(3, prefix="x"), a_failure())).stdout
        assert among.splitlines(keepends=True)[-1] == alone

    def test_ingest_counts_what_became_of_every_item(self, db: Path, tmp_path: Path) -> None:
        path = _file(tmp_path, *failures(3), failures(1)[0], failures(1, dataset="other")[0], b"{oops")
        data = printed("ingest", path, "--db", db, code=2)
        counts = {name: data[name] for name in ("accepted", "duplicate", "conflict", "rejected", "assessed")}
        assert counts == {"accepted": 3, "duplicate": 1, "conflict": 1, "rejected": 1, "assessed": 3}
        assert [(one["place"], one["status"], one["event_id"]) for one in data["refused"]] == [
            ("line 5", "conflict", "e-0"),
            ("line 6", "rejected", None),
        ]
        assert data["refused"][0]["file"] == str(path)
        assert data["head"] == printed("verify", "--db", db)["head"]

    def test_ingest_of_the_same_file_twice_changes_nothing(self, db: Path, tmp_path: Path) -> None:
        path = _file(tmp_path, *failures(4))
        run("ingest", path, "--db", db)
        before = printed("verify", "--db", db)["head"]
        assert printed("ingest", path, "--db", db)["duplicate"] == 4
        assert printed("verify", "--db", db)["head"] == before

    def test_ingest_says_what_it_did_and_what_it_refused(self, db: Path, tmp_path: Path) -> None:
        path = _file(tmp_path, a_failure(), b"{oops", a_failure(channel="both"))
        result = run("ingest", path, "--db", db, code=2)
        assert "1 accepted, 0 duplicate, 0 in conflict, 2 rejected; 1 assessed." in result.stdout
        assert "Log head: " in result.stdout
        assert f"{path}: line 3: rejected: channel: Input should be 'online' or 'offline'" in result.stderr

    def test_ingest_shows_the_first_refusals_and_how_many_more(self, db: Path, tmp_path: Path) -> None:
        result = run("ingest", _file(tmp_path, *[b"{"] * 25), "--db", db, code=2)
        assert result.stderr.count("not valid JSON") == 20
        assert "... and 5 more" in result.stderr
        assert len(printed("dead-letters", "list", "--db", db)) == 25

    @pytest.mark.parametrize("form", ["lines", "array", "gzip", "gzip array", "mark", "empty lines", "no last newline"])
    def test_ingest_takes_every_form_of_file(self, db: Path, tmp_path: Path, form: str) -> None:
        lines = [raw(event) for event in failures(3)]
        array = b"[" + b",\n".join(lines) + b"]"
        data = {
            "lines": b"\n".join(lines) + b"\n",
            "array": array,
            "gzip": gzip.compress(b"\n".join(lines)),
            "gzip array": gzip.compress(array),
            "mark": _BOM + b"\n".join(lines),
            "empty lines": b"\n\n" + b"\n \r\n".join(lines) + b"\n\n",
            "no last newline": b"\n".join(lines),
        }[form]
        (tmp_path / "events").write_bytes(data)
        assert printed("ingest", tmp_path / "events", "--db", db)["accepted"] == 3

    def test_ingest_takes_several_files(self, db: Path, tmp_path: Path) -> None:
        paths = [_file(tmp_path, *failures(2, prefix=name), name=f"{name}.jsonl") for name in ("a", "b")]
        assert printed("ingest", *paths, "--db", db)["accepted"] == 4

    @pytest.mark.parametrize("command", ["ingest", "assess"])
    def test_a_dash_reads_standard_input(self, db: Path, command: str) -> None:
        piped = b"\n".join([raw(a_failure()), b"{oops"])
        environment = os.environ | {"FEEDBACK_DB": str(db)}
        done = subprocess.run(
            [sys.executable, "-m", "feedback", command, "-", "--json"],
            input=piped,
            capture_output=True,
            env=environment,
            check=False,
        )
        assert done.returncode == 2, done.stderr.decode()
        data = json.loads(done.stdout)
        if command == "ingest":
            assert (data["accepted"], data["rejected"]) == (1, 1)
            assert data["refused"][0]["place"] == "line 2"
        else:
            assert data["event_id"] == "e-1"
            assert b"line 2: not valid JSON" in done.stderr

    def test_an_empty_file_is_taken_in(self, db: Path, tmp_path: Path) -> None:
        assert printed("ingest", _file(tmp_path), "--db", db)["accepted"] == 0
        assert printed("verify", "--db", db)["head"] == log.EMPTY_HEAD

    def test_a_gzip_cut_off_keeps_what_came_before_and_ends_with_code_2(self, db: Path, tmp_path: Path) -> None:
        packed = gzip.compress(b"\n".join(raw(event) for event in failures(400)), compresslevel=0)
        (tmp_path / "cut.gz").write_bytes(packed[: len(packed) // 2])
        error = run("ingest", tmp_path / "cut.gz", "--db", db, code=2).stderr
        assert "cut.gz: cannot be read to its end" in error
        count = len(_rows(db, "SELECT 1 FROM failures WHERE category IS NOT NULL"))
        assert 100 < count < 400

    def test_assess_of_a_gzip_cut_off_ends_with_code_2_and_a_sentence(self, tmp_path: Path) -> None:
        packed = gzip.compress(b"\n".join(raw(event) for event in failures(3)), compresslevel=0)
        (tmp_path / "cut.gz").write_bytes(packed[:-30])
        error = run("assess", tmp_path / "cut.gz", code=2).stderr
        assert "cannot be read to its end" in error
        assert "cut.gz" in error

    def test_a_file_whose_name_is_no_utf8_is_taken_in_with_its_dead_letters(self, db: Path, tmp_path: Path) -> None:
        path = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
        Path(os.fsdecode(path)).write_bytes(raw(a_failure()) + b"\n{oops\n")
        done = subprocess.run(
            [sys.executable, "-m", "feedback", "ingest", path, "--db", db], capture_output=True, check=False
        )
        assert b"Traceback" not in done.stderr
        assert done.returncode == 2
        assert b"1 accepted" in done.stdout

    def test_ingest_assesses_what_was_left_waiting(self, db: Path, tmp_path: Path) -> None:
        store = open_store(db)
        report(a_service(store), incoming(*failures(3)))
        store.close()
        assert printed("ingest", _file(tmp_path), "--db", db)["assessed"] == 3

    def test_ingest_attributes_by_the_samples_registered(self, db: Path, tmp_path: Path) -> None:
        run("samples", "register", _file(tmp_path, json.loads(a_sample().model_dump_json())), "--db", db)
        event = a_failure(template=ABSENT, channel="offline", source="spot_check", sample_id="sample-1")
        run("ingest", _file(tmp_path, event), "--db", db)
        rows = _rows(db, "SELECT template_name, template_method FROM failures")
        assert rows == [(TEMPLATE, "sample")]

    def test_ingest_into_a_folder_that_does_not_exist_ends_with_code_2(self, tmp_path: Path) -> None:
        path = _file(tmp_path, a_failure())
        assert "Error: no place for a file" in run("ingest", path, "--db", tmp_path / "no" / "a.db", code=2).stderr

    def test_a_kept_classifier_of_another_version_or_a_broken_one_is_not_used(
        self, trained: dict[str, Any], tmp_path: Path
    ) -> None:
        name = f"classifier-{trained['classifier_version'].removeprefix('c1:')}.skops"
        kept = Path(trained["kept_in"]) / name
        assert load(kept, trained["classifier_version"], code_version()) is not None
        assert load(kept, "c1:other", code_version()) is None
        (tmp_path / "broken").write_bytes(kept.read_bytes()[:1000])
        assert load(tmp_path / "broken", trained["classifier_version"], code_version()) is None
        assert load(tmp_path / "missing", trained["classifier_version"], code_version()) is None
