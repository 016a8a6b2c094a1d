"""What an adversary tried: the world at its worst, and a producer's text where it was not expected."""

import gzip
import json
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.cli import main
from feedback.cli.ingest import take_in as ingest_files
from feedback.domain.locus import masked
from feedback.errors import ForeignStore, StoreBusy, StoreDamaged
from feedback.intake.files import read_items
from feedback.service.bootstrap import Service, open_service
from feedback.service.judge import judge
from feedback.service.register import register_samples, register_templates
from feedback.service.report import report
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.maintenance import check_read_models, rebuild, verify
from tests.builders import (
    ABSENT,
    TEMPLATE,
    a_failure,
    a_sample,
    a_template,
    failures,
    incoming,
    raw,
    settings_with,
    take_in,
    told,
)


def run(*words: object) -> Any:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_of_two_rebuilds_at_once_the_second_is_told_to_wait_and_neither_harms(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = open_store(path)
    take_in(store, *failures(4))
    with maintenance._shadow(store):
        outcome: list[str] = []

        def rebuild_too() -> None:
            try:
                rebuild(open_store(path))
            except StoreBusy as error:
                outcome.append(str(error))

        second = threading.Thread(target=rebuild_too)
        second.start()
        second.join()
        assert outcome == [f"{path} is locked by another process: try again in a moment"]
    assert rebuild(store) > 0
    assert check_read_models(store) == []


def test_read_models_that_lost_failures_stop_the_next_report_instead_of_doubling_events(store: Store) -> None:
    take_in(store, *failures(2))
    store.db.conn.execute("DELETE FROM failures")
    with pytest.raises(StoreDamaged, match="Run `feedback rebuild`"):
        report(Service(store, *_rules()), incoming(*failures(2)))
    rebuild(store)
    assert {verdict.status for verdict in take_in(store, *failures(2))} == {"duplicate"}


def _rules() -> tuple[Any, Any]:
    service = open_service(":memory:")
    return service.settings, service.taxonomy


def test_a_dropped_read_model_is_made_anew_by_a_rebuild(store: Store) -> None:
    take_in(store, *failures(4))
    store.db.conn.execute("DROP TABLE tickets")
    rebuild(store)
    assert check_read_models(store) == []


def test_a_long_word_without_an_end_is_masked_without_delay() -> None:
    assert masked("x" * 400_000 + " at once") == "x" * 400_000 + " at once"
    assert "@" not in masked("write to anna.berg@example.org now")


def test_an_emptied_pattern_begins_anew(store: Store) -> None:
    service = Service(store, *_rules())
    by_text = told(template=("old_template", "1.0.0"))
    sampled = failures(4, session_id=ABSENT, template=ABSENT, metadata=by_text)
    take_in(store, *[event | {"sample_id": f"s{n}"} for n, event in enumerate(sampled)])
    register_samples(service, [a_sample(sample_id=f"s{n}") for n in range(4)])
    late = a_failure(event_id="late", template=ABSENT, metadata=by_text, occurred_at="2030-01-01T00:00:00Z")
    take_in(store, late)
    row = next(row for row in pattern_rows(service) if row["template"] == "old_template")
    assert (row["counts"]["failures"], row["verdict"]["value"]) == (1, "isolated")
    assert row["counts"]["first_seen"].startswith("2030")
    assert check_read_models(store) == []


def test_the_cases_of_an_emptied_pattern_go(store: Store) -> None:
    service = Service(store, *_rules())
    events = failures(4, session_id=ABSENT, template=ABSENT, metadata=told(template=("old_template", "1.0.0")))
    take_in(store, *[event | {"sample_id": f"s{n}"} for n, event in enumerate(events)])
    register_samples(service, [a_sample(sample_id=f"s{n}") for n in range(4)])
    old = [view for view in ticket_views(service) if view["pattern"]["template"] == "old_template"]
    assert len(old) == 2
    assert {view["answers"]["regression_test"]["sentence"] for view in old} == {"no test yet"}


@pytest.mark.parametrize("name", ["[/b]", "[red]x", "[link=a]"])
def test_brackets_of_a_producer_are_shown_as_they_are(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = open_store(path)
    take_in(store, *failures(4, template={"name": name}), b'{"channel": "' + name.encode() + b'"}')
    for words in (("patterns", "list"), ("tickets", "list"), ("templates", "list"), ("dead-letters", "list")):
        done = run(*words, "--db", path)
        assert done.exit_code == 0, done.output
        assert name in done.stdout


def test_templates_registered_while_an_ingest_runs_are_known_from_the_next_batch_on(tmp_path: Path) -> None:
    template = a_template(instruction="Read the clause on payment and name currency, amount and due date of {{ x }}.")
    prompt = "Read the clause on payment and name currency, amount and due date of contract 7."
    request = {"messages": [{"role": "system", "content": template.system}, {"role": "user", "content": prompt}]}
    service = open_service(tmp_path / "a.db")
    rules = service.settings.model_copy(update={"ingest": service.settings.ingest.model_copy(update={"batch_size": 2})})
    service = Service(service.store, rules, service.taxonomy)
    lines = [raw(event) for event in failures(6, template=ABSENT, request=request)]

    class Stream:
        name = "stream.jsonl"

        def __init__(self) -> None:
            self.read_lines = 0

        def readline(self) -> bytes:
            return next(self)

        def __iter__(self) -> "Stream":
            return self

        def __next__(self) -> bytes:
            if self.read_lines == 3:
                register_templates(service, [template])
            if self.read_lines == len(lines):
                raise StopIteration
            self.read_lines += 1
            return lines[self.read_lines - 1] + b"\n"

    ingest_files(service, [Stream()])  # type: ignore[list-item]  # a file as far as reading lines goes
    named = service.store.rows("SELECT template_name FROM failures ORDER BY position")
    assert named == [(None,)] * 2 + [(TEMPLATE,)] * 4


def test_a_broken_gzip_costs_neither_the_summary_nor_the_files_behind_it(tmp_path: Path) -> None:
    cut, good = tmp_path / "cut.gz", tmp_path / "good.jsonl"
    cut.write_bytes(gzip.compress(b"\n".join(raw(event) for event in failures(50, "cut")))[:-40])
    good.write_bytes(b"\n".join(raw(event) for event in failures(3, "good")))
    done = run("ingest", cut, good, "--json", "--db", tmp_path / "a.db")
    assert done.exit_code == 2
    answer = json.loads(done.stdout)
    assert answer["accepted"] >= 3
    assert [one["file"] for one in answer["unreadable"]] == [str(cut)]


def test_a_database_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(ForeignStore, match="a database of something else"):
        open_store(path)
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    step = ("feedback", "of_next_year", "2027")
    store.db.conn.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)", step)
    store.close()
    with pytest.raises(ForeignStore, match="a newer version made it"):
        open_store(tmp_path / "a.db")


def test_an_empty_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert run("verify", "--db", tmp_path / "empty.db").exit_code == 2
    assert (tmp_path / "empty.db").stat().st_size == 0


@pytest.mark.parametrize("salt", ["'abc'", "5", "NULL"])
def test_a_salt_changed_by_hand_is_named(salt: str, store: Store) -> None:
    take_in(store, a_failure())
    store.db.conn.execute("PRAGMA ignore_check_constraints = ON")
    store.db.conn.execute(f"UPDATE OR IGNORE payloads SET salt = {salt} WHERE payload_id = 1")
    assert verify(store) == (
        [] if salt == "NULL" else ["fact 1 (FailureReported, failure:e-1): its payload was changed"]
    )


def test_a_dead_letter_changed_by_hand_is_named(store: Store) -> None:
    take_in(store, b"no json")
    assert verify(store) == []
    store.db.conn.execute("UPDATE payloads SET body = replace(body, 'no json', 'my json')")
    assert verify(store) == ["dead letter 1: its payload was changed"]


def test_what_a_dead_letter_quotes_stands_in_its_payload_alone(store: Store) -> None:
    take_in(store, raw({"channel": "my diagnosis", "occurred_at": "2026-04-24T09:13:05Z", "source": "system_log"}))
    assert "my diagnosis" not in repr(store.rows("SELECT * FROM dead_letters"))


def test_an_empty_session_id_makes_no_unit_of_its_own(store: Store) -> None:
    take_in(store, *failures(4, session_id=""))
    assert pattern_rows(Service(store, *_rules()))[0]["counts"]["units"] == 4


def test_views_reach_back_to_the_beginning_of_time(store: Store) -> None:
    take_in(store, *failures(4, occurred_at="0001-01-02T00:00:00Z"))
    trend = ticket_views(Service(store, *_rules()))[0]["answers"]["recurs"]["trend"]
    assert trend["last_window"] == 4


def test_changed_settings_judge_what_is_already_there(store: Store) -> None:
    take_in(store, *failures(5), settings=settings_with(recurrence={"min_units": 6}))
    service = Service(store, *_rules())
    assert ticket_views(service) == []
    judge(service)
    assert len(ticket_views(service)) == 2
    before = store.rows("SELECT count(*) FROM facts")
    judge(service)
    assert store.rows("SELECT count(*) FROM facts") == before


def test_lines_behind_a_line_that_is_an_array_are_read_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"[1]\n" + raw(a_failure()) + b"\n" + raw(a_failure(event_id="e-2")))
    with path.open("rb") as file:
        assert [item.place for item in read_items(file)] == ["line 1", "line 2", "line 3"]


def test_a_backup_made_while_others_write_is_a_whole_store(tmp_path: Path) -> None:
    path, copies = tmp_path / "a.db", [tmp_path / f"copy-{n}.db" for n in range(5)]
    take_in(open_store(path), *failures(5, "first"))
    done = threading.Event()

    def write_on() -> None:
        store = open_store(path)
        n = 0
        while not done.is_set():
            n += 1
            take_in(store, *failures(3, f"more-{n}"))

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for copy in copies:
            open_store(path).backup(copy)
    finally:
        done.set()
        writer.join()
    for copy in copies:
        whole = open_store(copy)
        assert verify(whole) == []
        assert check_read_models(whole) == []
        assert whole.rows("SELECT count(*) >= 5 FROM failures") == [(1,)]
