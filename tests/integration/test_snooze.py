"""Tickets that are set aside until they grow: on a store and on the command line."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import ForbiddenAction, InvalidInput, NotFound, VersionConflict
from feedback.service.correct import correct
from feedback.service.register import register_templates
from feedback.service.review import act
from feedback.service.snooze import snooze, wake
from feedback.service.views import ticket_view, ticket_views
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from tests.builders import TEMPLATE, a_service, a_template, every_row, facts_of, failures, take_in
from tests.commands import printed, run

ANNA = "token:anna"
_OTHER = {"template": {"name": "other", "version": "1.0.0"}}
_MAY = datetime(2026, 5, 1, tzinfo=UTC)
_MAY_STAMP = "2026-05-01T00:00:00.000000+00:00"


@pytest.fixture
def full(store: Store) -> Iterator[Store]:
    """Give a store with one systemic pattern; in the end its log is whole, and a replay gives its rows."""
    take_in(store, *failures(8))
    yield store
    assert maintenance.check_read_models(store) == []
    maintenance.rebuild(store)
    assert maintenance.verify(store) == []


def _id(store: Store, kind: str = "template_revision", template: str = TEMPLATE) -> str:
    views = ticket_views(a_service(store))
    return str(next(v["ticket_id"] for v in views if v["kind"] == kind and v["pattern"]["template"] == template))


def _snooze(store: Store, ticket_id: str, **ends: Any) -> Any:
    snooze(a_service(store), ticket_id, actor=ANNA, **ends)
    return _until(store, ticket_id)


def _until(store: Store, ticket_id: str) -> Any:
    return ticket_view(a_service(store), ticket_id)["snoozed_until"]


def test_a_snoozed_ticket_says_until_when_and_its_state_stays(full: Store) -> None:
    ticket = _id(full)
    before = ticket_view(a_service(full), ticket)
    assert before["snoozed_until"] is None
    assert _snooze(full, ticket, until=_MAY, failures=5) == {"time": _MAY_STAMP, "failures": 0, "of": 5}
    after = ticket_view(a_service(full), ticket)
    changed = {"snoozed_until", "version"}
    assert {name for name in after if after[name] != before[name]} == changed
    assert after["version"] == before["version"] + 1


def test_a_ticket_wakes_when_its_pattern_has_grown_by_the_number(full: Store) -> None:
    ticket = _id(full)
    _snooze(full, ticket, failures=3)
    take_in(full, *failures(2, "more"))
    assert _until(full, ticket) == {"time": None, "failures": 2, "of": 3}
    take_in(full, *failures(20, "elsewhere", **_OTHER), *failures(5, "draft", metadata={"draft": True}))
    assert _until(full, ticket) == {"time": None, "failures": 2, "of": 3}
    take_in(full, *failures(1, "last"))
    assert _until(full, ticket) is None
    assert len(facts_of(full, "TicketSnoozed")) == 1  # that it is over is seen when read, and is no fact


def test_a_ticket_wakes_when_any_event_of_the_time_is_seen_and_no_clock_is_asked(full: Store) -> None:
    ticket = _id(full)
    _snooze(full, ticket, until=_MAY)
    late = a_service(full, now=datetime(2030, 1, 1, tzinfo=UTC))
    assert ticket_view(late, ticket)["snoozed_until"] == {"time": _MAY_STAMP, "failures": 0, "of": None}
    take_in(full, *failures(1, "draft", occurred_at="2026-06-01T00:00:00Z", metadata={"draft": True}))
    assert _until(full, ticket) is not None
    take_in(full, *failures(1, "elsewhere", occurred_at="2026-05-01T00:00:00Z", **_OTHER))
    assert _until(full, ticket) is None


def test_failures_that_a_correction_takes_out_of_the_pattern_are_no_growth(full: Store) -> None:
    ticket = _id(full)
    _snooze(full, ticket, failures=2)
    correct(a_service(full), [("e-0", "insufficient_context"), ("e-1", "insufficient_context")], actor=ANNA)
    take_in(full, *failures(3, "more"))
    assert _until(full, ticket) == {"time": None, "failures": 1, "of": 2}


def test_a_second_snooze_takes_the_place_of_the_first_and_counts_from_then_on(full: Store) -> None:
    ticket = _id(full)
    _snooze(full, ticket, until=_MAY, failures=3)
    take_in(full, *failures(2, "more"))
    assert _snooze(full, ticket, failures=4) == {"time": None, "failures": 0, "of": 4}


def test_a_woken_ticket_is_shown_again_and_waking_it_again_is_no_fact(full: Store) -> None:
    ticket = _id(full)
    _snooze(full, ticket, failures=3)
    wake(a_service(full), ticket, actor=ANNA)
    assert _until(full, ticket) is None
    before = every_row(full)
    wake(a_service(full), ticket, actor=ANNA)
    assert every_row(full) == before


def test_a_regression_and_an_action_wake_a_ticket(full: Store) -> None:
    service, ticket = a_service(full), _id(full)
    _snooze(full, ticket, failures=99)
    act(service, ticket, "take", actor=ANNA)
    assert _until(full, ticket) is None
    act(service, ticket, "approve", actor=ANNA)
    register_templates(service, [a_template(version="2.1.0", resolves=[ticket])])
    assert _snooze(full, ticket, failures=99) is not None
    take_in(full, *failures(1, "again", template={"name": TEMPLATE, "version": "2.1.0"}))
    view = ticket_view(service, ticket)
    assert (view["state"], view["snoozed_until"]) == ("regressed", None)


def test_snoozed_tickets_come_last_in_both_orders(full: Store) -> None:
    take_in(full, *failures(30, "other", **_OTHER))
    ticket = _id(full, template="other")
    for order in ("priority", "failures"):
        assert ticket_views(a_service(full), order=order)[0]["pattern"]["template"] == "other"
    _snooze(full, ticket, failures=3)
    for order in ("priority", "failures"):
        ids = [view["ticket_id"] for view in ticket_views(a_service(full), order=order)]  # type: ignore[arg-type]
        assert ids[-1] == ticket
        assert len(ids) == 4


def test_what_cannot_be_snoozed_is_refused_and_nothing_is_recorded(full: Store) -> None:
    service, ticket, other = a_service(full), _id(full), _id(full, "regression_set")
    act(service, other, "reject", actor=ANNA, reason="wont_fix")
    before = every_row(full)
    with pytest.raises(ForbiddenAction, match="is rejected: 'snooze' needs open"):
        snooze(service, other, actor=ANNA, failures=3)
    with pytest.raises(InvalidInput, match="after the newest event seen, 2026-04-01T07:00:00"):
        snooze(service, ticket, actor=ANNA, until=datetime(2026, 4, 1, 7, tzinfo=UTC))
    with pytest.raises(NotFound, match="no ticket 'TR-none'"):
        snooze(service, "TR-none", actor=ANNA, failures=3)
    with pytest.raises(NotFound, match="no ticket 'TR-none'"):
        wake(service, "TR-none", actor=ANNA)
    with pytest.raises(VersionConflict):
        snooze(service, ticket, actor=ANNA, failures=3, expected_version=9)
    with pytest.raises(VersionConflict):
        wake(service, ticket, actor=ANNA, expected_version=9)
    assert every_row(full) == before


def test_a_store_made_before_has_no_snoozes_and_takes_them(tmp_path: Path) -> None:
    store = open_store(tmp_path / "old.db")
    take_in(store, *failures(8))
    with store.writing():
        store.db.conn.execute("DROP INDEX tickets_by_target_1")
        for column in ("merged_into", "snooze"):
            store.db.conn.execute(f"ALTER TABLE tickets DROP COLUMN {column}")
        steps = "('the_snoozes', 'the_merges_and_splits')"
        store.db.conn.execute(f"DELETE FROM _sqlite_migrations WHERE name IN {steps}")
    store.close()
    store = open_store(tmp_path / "old.db")
    ticket = _id(store)
    assert _until(store, ticket) is None
    assert _snooze(store, ticket, failures=3) is not None
    assert maintenance.check_read_models(store) == []
    store.close()


# the command line


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give the path of a store with one systemic pattern, and so with two tickets."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    take_in(store, *failures(8))
    store.close()
    return path


def _listed(db: Path, *words: str) -> list[str]:
    return [view["ticket_id"] for view in printed("tickets", "list", *words, "--db", db)]


def test_the_list_leaves_snoozed_tickets_out_and_says_so_unless_asked(db: Path) -> None:
    first, second = _listed(db)
    said = run("tickets", "snooze", first, "--failures", "3", "--by", "anna", "--db", db).stdout
    assert said == f"{first} is open (version 2), snoozed until the pattern has grown by 3 failures (0 so far).\n"
    assert _listed(db) == [second]
    assert _listed(db, "--snoozed") == [second, first]
    shown = run("tickets", "list", "--db", db).stdout
    assert "1 tickets, and 1 snoozed (--snoozed lists them too)" in shown
    assert first not in shown
    assert "open (snoozed)" in run("tickets", "list", "--snoozed", "--db", db).stdout
    assert "snoozed until the pattern has grown by 3 failures" in run("tickets", "show", first, "--db", db).stdout
    woken = run("tickets", "wake", first, "--as", "anna", "--db", db).stdout
    assert woken == f"{first} is open (version 3), not snoozed.\n"
    assert _listed(db) == [first, second]
    store = open_store(db)
    assert {fact["actor"] for fact in facts_of(store, "TicketSnoozed")} == {"unverified:anna"}
    store.close()


@pytest.mark.parametrize("time", ["2026-05-01", "2026-05-01T08:00:00+08:00", "2026-05-01T00:00:00Z"])
def test_a_time_is_a_day_in_utc_or_a_time_with_offset(db: Path, time: str) -> None:
    ticket = _listed(db)[0]
    view = printed("tickets", "snooze", ticket, "--until", time, "--db", db)
    assert view["snoozed_until"] == {"time": _MAY_STAMP, "failures": 0, "of": None}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name --until, --failures, or both"),
        (("--failures", "0"), "0 is not in the range x>=1"),
        (("--until", "2026-05-01T00:00:00"), "does not match the formats"),
        (("--until", "2026-03-01"), "expected a time after the newest event seen"),
        (("--until", "2026-05-01", "--expected-version", "7"), "is at version 1, not 7"),
    ],
)
def test_what_is_no_snooze_is_a_sentence_and_exit_code_2(db: Path, words: tuple[str, ...], message: str) -> None:
    assert message in run("tickets", "snooze", _listed(db)[0], *words, "--db", db, code=2).stderr
