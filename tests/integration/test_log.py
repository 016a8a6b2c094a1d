import hashlib
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from feedback.domain.facts import TicketApproved, TicketTaken
from feedback.errors import NotFound, StoreBusy, StoreDamaged, VersionConflict
from feedback.storage import log, maintenance, payloads
from feedback.storage.database import Store, open_store
from tests.builders import NOW, a_failure, a_template, every_row, failures, register, take_in

_TAKEN = TicketTaken(ticket_id="TR-1", actor="ana")
_APPROVED = TicketApproved(ticket_id="TR-1", actor="ben", settles=True)


def _tamper(store: Store, sql: str, *parameters: object) -> None:
    with store.writing():
        store.db.conn.execute(sql, parameters)


@pytest.fixture
def full(store: Store) -> Store:
    """Give a store with facts of many types."""
    register(store, a_template())
    take_in(store, *failures(5))
    assert maintenance.verify(store) == []
    return store


def _positions(store: Store) -> list[int]:
    return [position for (position,) in store.rows("SELECT position FROM facts ORDER BY position")]


def test_an_empty_log_has_the_empty_head(store: Store) -> None:
    assert log.head(store) == log.EMPTY_HEAD == "0:" + "0" * 64
    assert maintenance.verify(store) == []


def test_facts_are_read_back_in_order_with_their_positions(store: Store) -> None:
    with store.writing():
        recorded = log.append(store, [_TAKEN, _APPROVED], now=NOW)
    assert [one.position for one in recorded] == [1, 2]
    assert list(log.read(store)) == recorded
    assert list(log.read(store, after=1)) == recorded[1:]
    assert list(log.read(store, limit=1)) == recorded[:1]


def test_the_head_is_the_hash_of_the_last_row_chained_to_the_one_before(store: Store) -> None:
    with store.writing():
        log.append(store, [_TAKEN], now=NOW)
    # the formula written out, so that a store stays verifiable by anyone who reads it here
    row = (
        '[1, "ticket:TR-1", 1, "TicketTaken", "2026-04-25T12:00:00.000000+00:00", '
        '"{\\"v\\":1,\\"ticket_id\\":\\"TR-1\\",\\"type\\":\\"TicketTaken\\",\\"actor\\":\\"ana\\"}"]'
    )
    assert log.head(store) == "1:" + hashlib.sha256(("0" * 64 + row).encode()).hexdigest()


def test_recorded_at_never_decreases_when_the_clock_goes_back(store: Store) -> None:
    for minutes in (0, -90, 5, 2):
        with store.writing():
            log.append(store, [_TAKEN], now=NOW + timedelta(minutes=minutes))
    times = [one.recorded_at[11:16] for one in log.read(store)]
    assert times == ["12:00", "12:00", "12:05", "12:05"]


def test_versions_count_within_a_stream(store: Store) -> None:
    other = TicketTaken(ticket_id="TR-2", actor="ana")
    with store.writing():
        log.append(store, [_TAKEN, other, _APPROVED], now=NOW)
        log.append(store, [_TAKEN], now=NOW)
    rows = store.rows("SELECT stream, version FROM facts ORDER BY position")
    assert rows == [("ticket:TR-1", 1), ("ticket:TR-2", 1), ("ticket:TR-1", 2), ("ticket:TR-1", 3)]


def test_an_append_at_the_version_expected_goes_through(store: Store) -> None:
    with store.writing():
        log.append(store, [_TAKEN], now=NOW, expected_versions={"ticket:TR-1": 0})
        log.append(store, [_APPROVED], now=NOW, expected_versions={"ticket:TR-1": 1})
    assert [one.fact for one in log.read(store)] == [_TAKEN, _APPROVED]


@pytest.mark.parametrize("expected", [0, 2])
def test_an_append_at_another_version_is_refused_and_appends_nothing(store: Store, expected: int) -> None:
    with store.writing():
        log.append(store, [_TAKEN], now=NOW)
    with (
        pytest.raises(VersionConflict, match=f"ticket:TR-1 is at version 1, not {expected}"),
        store.writing(),
    ):
        log.append(store, [_APPROVED], now=NOW, expected_versions={"ticket:TR-1": expected})
    assert _positions(store) == [1]


def _write_and_fail(store: Store) -> None:
    with store.writing():
        log.append(store, [_TAKEN], now=NOW)
        payloads.add(store, ["text"])
        raise KeyError


def test_an_error_in_the_middle_of_writing_takes_everything_back(store: Store) -> None:
    before = every_row(store)
    with pytest.raises(KeyError):
        _write_and_fail(store)
    assert every_row(store) == before
    assert not store.db.conn.in_transaction


def test_each_payload_has_a_salt_of_its_own(store: Store) -> None:
    with store.writing():
        left, right = payloads.add(store, ["same", "same"])
    assert left.hash != right.hash
    assert payloads.bodies(store, [left.id, right.id]) == {left.id: "same", right.id: "same"}


def test_the_id_of_an_erased_payload_never_comes_back(store: Store) -> None:
    with store.writing():
        (erased,) = payloads.add(store, ["a"])
        store.db.conn.execute("DELETE FROM payloads")
        (following,) = payloads.add(store, ["b"])
    assert following.id > erased.id


def test_an_erased_payload_has_no_body_any_more(store: Store) -> None:
    with store.writing():
        (ref,) = payloads.add(store, ["a"])
        assert payloads.bodies(store, [ref.id]) == {ref.id: "a"}
        store.db.conn.execute("DELETE FROM payloads")
    assert payloads.bodies(store, [ref.id]) == {}


def _last(positions: list[int]) -> int:
    return positions[-1]


def _first(positions: list[int]) -> int:
    return positions[0]


def _middle(positions: list[int]) -> int:
    return positions[len(positions) // 2]


_PLACES = [_first, _middle, _last]
Place = Callable[[list[int]], int]


@pytest.mark.parametrize("place", _PLACES)
def test_verify_names_the_fact_after_one_byte_of_its_data_changed(full: Store, place: Place) -> None:
    position = place(_positions(full))
    ((data,),) = full.rows("SELECT data FROM facts WHERE position = ?", (position,))
    _tamper(full, "UPDATE facts SET data = ? WHERE position = ?", data[:-2] + " " + data[-1], position)
    problems = maintenance.verify(full)
    assert any(problem.startswith(f"fact {position} (") and "changed" in problem for problem in problems)


@pytest.mark.parametrize("byte", [b"\xff", b"\x00", b"'"])
def test_verify_names_the_fact_whatever_its_data_has_become(full: Store, byte: bytes) -> None:
    position = _middle(_positions(full))
    ((data,),) = full.rows("SELECT data FROM facts WHERE position = ?", (position,))
    broken = byte + data.encode()[1:]
    _tamper(full, "UPDATE facts SET data = CAST(? AS TEXT) WHERE position = ?", broken, position)
    assert any(problem.startswith(f"fact {position} (") for problem in maintenance.verify(full))


@pytest.mark.parametrize("column", ["stream", "version", "type", "recorded_at", "hash"])
def test_verify_names_the_fact_after_any_other_column_changed(full: Store, column: str) -> None:
    position = _middle(_positions(full))
    _tamper(full, f"UPDATE facts SET {column} = {column} || '0' WHERE position = ?", position)
    assert any(problem.startswith(f"fact {position} (") for problem in maintenance.verify(full))


@pytest.mark.parametrize("column", ["stream", "type", "recorded_at", "hash"])
def test_verify_names_the_fact_when_a_column_is_no_utf8_any_more(full: Store, column: str) -> None:
    position = _middle(_positions(full))
    _tamper(full, f"UPDATE facts SET {column} = CAST(x'ff41' AS TEXT) WHERE position = ?", position)
    assert any(problem.startswith(f"fact {position} (") for problem in maintenance.verify(full))


@pytest.mark.parametrize("place", [_first, _middle])
def test_verify_names_a_fact_that_was_removed(full: Store, place: Place) -> None:
    position = place(_positions(full))
    _tamper(full, "DELETE FROM facts WHERE position = ?", position)
    assert f"fact {position}: removed from the log" in maintenance.verify(full)


def test_verify_names_all_facts_of_a_gap(full: Store) -> None:
    _tamper(full, "DELETE FROM facts WHERE position BETWEEN 3 AND 5")
    assert "facts 3 to 5: removed from the log" in maintenance.verify(full)


def test_verify_finds_a_removed_fact_though_the_others_were_renumbered(full: Store) -> None:
    position = _middle(_positions(full))
    _tamper(full, "DELETE FROM facts WHERE position = ?", position)
    _tamper(full, "UPDATE facts SET position = position - 1 WHERE position > ?", position)
    assert any(problem.startswith(f"fact {position} (") for problem in maintenance.verify(full))


def test_verify_finds_an_inserted_fact(full: Store) -> None:
    position = _middle(_positions(full))
    _tamper(full, "UPDATE facts SET position = -position WHERE position >= ?", position)
    _tamper(full, "UPDATE facts SET position = 1 - position WHERE position < 0")
    _tamper(
        full,
        """INSERT INTO facts SELECT ?, 'ticket:forged', 1, type, recorded_at, data, hash FROM facts WHERE position = 1""",
        position,
    )
    problems = maintenance.verify(full)
    assert any(problem.startswith(f"fact {position} (") and "ticket:forged" in problem for problem in problems)


def test_verify_finds_two_facts_that_changed_places(full: Store) -> None:
    _tamper(full, "UPDATE facts SET position = -1 WHERE position = 3")
    _tamper(full, "UPDATE facts SET position = 3 WHERE position = 4")
    _tamper(full, "UPDATE facts SET position = 4 WHERE position = -1")
    assert any(problem.startswith("fact 3 (") for problem in maintenance.verify(full))


def test_verify_finds_a_fact_whose_own_hash_was_made_to_fit(full: Store) -> None:
    position = _middle(_positions(full))
    rows = full.rows("SELECT * FROM facts WHERE position IN (?, ?) ORDER BY position", (position - 1, position))
    forged = (*rows[1][:4], "2020-01-01T00:00:00.000000+00:00", rows[1][5])
    _tamper(
        full,
        "UPDATE facts SET recorded_at = ?, hash = ? WHERE position = ?",
        forged[4],
        log.link(rows[0][6], forged),
        position,
    )
    assert any(problem.startswith(f"fact {position + 1} (") for problem in maintenance.verify(full))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE payloads SET body = body || ' ' WHERE payload_id = ?", "its payload was changed"),
        ("UPDATE payloads SET body = CAST(x'ff41' AS TEXT) WHERE payload_id = ?", "its payload was changed"),
        ("UPDATE payloads SET salt = zeroblob(16) WHERE payload_id = ?", "its payload was changed"),
        ("DELETE FROM payloads WHERE payload_id = ?", "its payload is missing"),
    ],
)
def test_verify_names_the_fact_whose_payload_was_changed_or_removed(full: Store, change: str, problem: str) -> None:
    for position, payload_id in full.rows(
        "SELECT position, json_extract(data, '$.payload.id') FROM facts WHERE data LIKE '%\"payload\"%'"
    )[:2]:
        _tamper(full, change, payload_id)
        found = [one for one in maintenance.verify(full) if one.startswith(f"fact {position} (")]
        assert [one.rpartition(": ")[2] for one in found] == [problem]


def test_exchanged_payloads_are_found(full: Store) -> None:
    _tamper(full, "UPDATE payloads SET payload_id = -1 WHERE payload_id = 1")
    _tamper(full, "UPDATE payloads SET payload_id = 1 WHERE payload_id = 2")
    _tamper(full, "UPDATE payloads SET payload_id = 2 WHERE payload_id = -1")
    assert len(maintenance.verify(full)) == 2


def test_an_end_that_was_cut_off_is_found_by_a_head_printed_earlier(full: Store) -> None:
    kept = log.head(full)
    _tamper(full, "DELETE FROM facts WHERE position > ?", _positions(full)[-1] - 2)
    assert maintenance.verify(full) == []
    (problem,) = maintenance.verify(full, kept)
    assert f"the expected head {kept} was cut off" in problem


def test_a_head_printed_earlier_still_stands_when_the_log_has_grown(full: Store) -> None:
    kept = log.head(full)
    take_in(full, a_failure(event_id="later"))
    assert log.head(full) != kept
    assert maintenance.verify(full, kept) == []


def test_a_head_of_another_log_of_the_same_length_is_found(full: Store) -> None:
    position = log.head(full).partition(":")[0]
    (problem,) = maintenance.verify(full, f"{position}:{'ab' * 32}")
    assert problem.startswith(f"fact {position}: the log holds another hash")


@pytest.mark.parametrize("expected", ["", "nonsense", "-3:ab", "7", "²:ab", "9" * 30 + ":ab"])
def test_what_is_no_head_is_never_found_in_the_log(full: Store, expected: str) -> None:
    assert len(maintenance.verify(full, expected)) == 1


def test_the_empty_head_is_the_beginning_of_every_log(full: Store) -> None:
    assert maintenance.verify(full, log.EMPTY_HEAD) == []


def test_a_fact_that_cannot_be_read_is_named(full: Store) -> None:
    _tamper(full, """UPDATE facts SET data = '{"type":"Nothing"}' WHERE position = 3""")
    with pytest.raises(StoreDamaged, match="fact 3 cannot be read"):
        list(log.read(full))


def test_a_rebuild_gives_the_same_rows(full: Store) -> None:
    before = every_row(full)
    maintenance.rebuild(full)
    after = every_row(full)
    assert {name: rows for name, rows in after.items() if name != "meta"} == {
        name: rows for name, rows in before.items() if name != "meta"
    }


def test_a_rebuild_mends_read_models_that_were_changed_by_hand(full: Store) -> None:
    before = every_row(full)["patterns"]
    _tamper(full, "UPDATE patterns SET failures = 99")
    assert any(problem.startswith("patterns: row ") for problem in maintenance.check_read_models(full))
    assert every_row(full)["patterns"] != before
    maintenance.rebuild(full)
    assert every_row(full)["patterns"] == before
    assert maintenance.check_read_models(full) == []


@pytest.mark.parametrize("table", ["failures", "tickets", "cases", "templates", "pattern_hours"])
def test_a_row_missing_from_a_read_model_is_found(full: Store, table: str) -> None:
    _tamper(full, f"DELETE FROM {table}")
    assert any(problem.startswith(f"{table}: row ") for problem in maintenance.check_read_models(full))


def test_checking_leaves_no_table_behind(full: Store) -> None:
    before = set(every_row(full))
    maintenance.check_read_models(full)
    assert set(every_row(full)) == before


def test_a_rebuild_may_follow_a_rebuild(full: Store) -> None:
    facts = len(_positions(full))
    assert [maintenance.rebuild(full), maintenance.rebuild(full)] == [facts, facts]


def test_a_store_reopened_holds_what_was_written(tmp_path: Path) -> None:
    first = open_store(tmp_path / "a.db")
    take_in(first, a_failure())
    before, store_id = every_row(first), first.store_id
    first.close()
    again = open_store(tmp_path / "a.db", create=False)
    assert (every_row(again), again.store_id) == (before, store_id)
    again.close()


def test_two_stores_have_different_ids(tmp_path: Path) -> None:
    left, right = open_store(tmp_path / "a.db"), open_store(tmp_path / "b.db")
    assert left.store_id != right.store_id
    left.close()
    right.close()


def test_a_store_that_must_exist_and_does_not_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no store"):
        open_store(tmp_path / "a.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no place for a file"):
        open_store(tmp_path / "no" / "a.db")


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("once upon a time, in a file that is no database " * 40)
    with pytest.raises(StoreDamaged, match=r"a\.db"):
        open_store(tmp_path / "a.db")


def test_a_store_that_another_holds_is_busy_and_can_be_written_later(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db", busy_timeout_seconds=0.05)
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked by another process"):
        take_in(store, a_failure())
    other.execute("ROLLBACK")
    other.close()
    assert [verdict.status for verdict in take_in(store, a_failure())] == ["accepted"]
    store.close()


def test_two_connections_that_append_in_turn_build_one_chain(tmp_path: Path) -> None:
    left, right = open_store(tmp_path / "a.db"), open_store(tmp_path / "a.db")
    for n, store in enumerate((left, right, left, right)):
        take_in(store, a_failure(event_id=f"e-{n}"))
    assert maintenance.verify(left) == maintenance.check_read_models(right) == []
    assert log.head(left) == log.head(right)
    left.close()
    right.close()


def test_a_backup_is_a_whole_store_of_its_own(full: Store, tmp_path: Path) -> None:
    full.backup(tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]
    copy = open_store(tmp_path / "copy.db", create=False)
    assert every_row(copy) == every_row(full)
    copy.close()
