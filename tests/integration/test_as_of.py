"""A ticket as it was at a time or a position; from the command line too."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.cli import main
from feedback.errors import InvalidInput, NotFound
from feedback.service.as_of import position_of, ticket_as_of, ticket_states_as_of, ticket_view_as_of
from feedback.service.correct import correct
from feedback.service.history import history
from feedback.service.priority import ticket_priority
from feedback.service.review import act
from feedback.service.views import ticket_view, ticket_views
from feedback.storage.database import Store, open_store
from tests.builders import (
    ABSENT,
    NOW,
    OTHER_TEMPLATE,
    TEMPLATE,
    a_sample,
    a_service,
    an_exposure,
    every_row,
    failures,
    register,
    take_in,
    told,
)

ANNA = "token:anna"


@pytest.fixture
def store() -> Iterator[Store]:
    """Give a store in which a ticket was opened on day 0, taken on day 1, and grown on day 2."""
    store = open_store(":memory:")
    take_in(store, *failures(4))
    act(a_service(store, now=NOW + timedelta(days=1)), _id(store), "take", actor=ANNA, comment="mine")
    take_in(store, *failures(3, "more", occurred_at="2026-04-20T00:00:00Z"), now=NOW + timedelta(days=2))
    yield store
    store.close()


def _id(store: Store) -> str:
    return str(next(v["ticket_id"] for v in ticket_views(a_service(store)) if v["kind"] == "template_revision"))


def _last(store: Store) -> int:
    return int(store.rows("SELECT max(position) FROM facts")[0][0])


def _at(store: Store, **after: int) -> dict[str, Any]:
    return ticket_view_as_of(a_service(store), _id(store), NOW + timedelta(**after))


def test_a_ticket_is_shown_as_it_was_when_the_last_fact_by_then_was_recorded(store: Store) -> None:
    seen = [(view["state"], view["counts"]["failures"]) for view in (_at(store, days=n) for n in (0, 1, 2, 99))]
    assert seen == [("open", 4), ("in_review", 4), ("in_review", 7), ("in_review", 7)]
    assert _at(store, days=1, minutes=-1)["assignee"] is None
    assert _at(store, days=2) == ticket_view(a_service(store), _id(store))


def test_windows_end_at_the_newest_event_of_any_pattern_that_was_seen_by_then(store: Store) -> None:
    before = _last(store)
    take_in(store, *failures(1, "elsewhere", occurred_at="2026-09-01T00:00:00Z", template={"name": OTHER_TEMPLATE}))
    service, ticket = a_service(store), _id(store)
    trends = [
        ticket_view_as_of(service, ticket, position)["answers"]["recurs"]["trend"]["last_window"]
        for position in (before, _last(store))
    ]
    assert trends == [3, 0]


def test_a_failure_that_was_corrected_since_stands_where_it_stood(store: Store) -> None:
    before = _last(store)
    correct(a_service(store), [("e-0", "insufficient_context"), ("e-1", "needs_triage")], actor=ANNA)
    service, ticket = a_service(store), _id(store)
    counts = [ticket_view_as_of(service, ticket, position)["counts"]["failures"] for position in (before, _last(store))]
    assert counts == [7, 5]


@pytest.mark.parametrize("known_by", ["name", "sample", "text", "exposure"])
def test_a_storm_of_a_deployment_is_told_by_the_other_deployments_of_its_template(known_by: str) -> None:
    store = open_store(":memory:")
    take_in(store, *failures(6, "burst", training_version="model-2", occurred_at="2026-04-10T00:00:00Z"))
    take_in(store, *failures(1, "newest", occurred_at="2026-04-20T00:00:00Z", template={"name": OTHER_TEMPLATE}))
    service, ticket, before = a_service(store), _id(store), _last(store)
    assert ticket_view(service, ticket)["answers"]["recurs"]["storms"] == []  # nothing else is deployed
    other: dict[str, Any] = {"metadata": told("insufficient_context", "missing:facts"), "training_version": "model-1"}
    if known_by == "sample":
        register(store, a_sample())
        other |= {"template": ABSENT, "sample_id": "sample-1", "session_id": ABSENT}
    if known_by == "text":  # as the samples of this id disagree on where it is from
        for name in (OTHER_TEMPLATE, "a_third"):
            register(store, a_sample(dataset_version=name, template={"name": name, "version": "1.0.0"}))
        other |= {"template": ABSENT, "sample_id": "sample-1", "session_id": ABSENT}
        other["metadata"]["told"]["template"] = (TEMPLATE, "2.0.0")
    for hour in ("2026-04-05T00:00:00Z", "2026-04-08T00:00:00Z", "2026-04-15T00:00:00Z"):
        if known_by == "exposure":
            traffic = {"from": hour, "to": hour.replace("00:00:", "06:00:"), "training_version": "model-1"}
            take_in(store, an_exposure(exposure_id=hour, **traffic))
        else:
            take_in(store, *failures(1, hour, occurred_at=hour, **other))
    then = ticket_view_as_of(service, ticket, _last(store))
    assert then["answers"]["recurs"]["storms"] == ticket_view(service, ticket)["answers"]["recurs"]["storms"] != []
    assert ticket_view_as_of(service, ticket, before)["answers"]["recurs"]["storms"] == []


def test_a_failure_that_a_second_sample_of_its_id_took_away_stands_where_the_first_had_put_it() -> None:
    store = open_store(":memory:")
    register(store, a_sample())
    take_in(store, *failures(4), *failures(2, "sampled", template=ABSENT, sample_id="sample-1"))
    before = _last(store)
    register(store, a_sample(dataset_version="v9", template={"name": OTHER_TEMPLATE, "version": "1.0.0"}))
    counts = [
        ticket_view_as_of(a_service(store), _id(store), position)["counts"]["failures"]
        for position in (before, _last(store))
    ]
    assert counts == [6, 4]


def test_before_its_opening_there_was_no_ticket(store: Store) -> None:
    with pytest.raises(NotFound, match=r"no ticket 'TR-.*': it was opened at 2026-04-25T12:00:00.000000\+00:00: ask"):
        _at(store, minutes=-1)
    with pytest.raises(NotFound, match="no ticket 'TR-none'"):
        ticket_view_as_of(a_service(store), "TR-none", 3)


def test_looking_back_changes_nothing(store: Store) -> None:
    before = every_row(store)
    _at(store, days=1)
    assert every_row(store) == before


def test_a_store_of_the_past_answers_what_else_is_asked_of_the_ticket(store: Store) -> None:
    service, ticket = a_service(store), _id(store)
    with ticket_as_of(service, ticket, _last(store)) as past:
        assert ticket_priority(past, ticket) == ticket_priority(service, ticket)


def test_positions_and_times_name_places_of_the_log(store: Store) -> None:
    service = a_service(store)
    last = _last(store)
    east = timezone(timedelta(hours=8))
    assert position_of(service, NOW - timedelta(seconds=1)) == 0
    assert position_of(service, (NOW + timedelta(days=3)).astimezone(east)) == last
    assert position_of(service, last) == last
    for at in (0, 1, last // 2, last):
        found = store.rows("SELECT recorded_at FROM facts WHERE position = ?", (at,))
        time = datetime.fromisoformat(found[0][0]) if found else NOW - timedelta(days=1)
        most = store.rows(
            "SELECT coalesce(max(position), 0) FROM facts WHERE recorded_at <= ?",
            (time.isoformat(timespec="microseconds"),),
        )
        assert position_of(service, time) == most[0][0]
    with pytest.raises(
        InvalidInput, match=f"as_of: expected a position from 0 to {last}, the last of the log, found 999"
    ):
        position_of(service, 999)
    with pytest.raises(InvalidInput, match="outside the years 1 to 9999 in UTC"):
        position_of(service, datetime(1, 1, 1, tzinfo=east))
    assert position_of(a_service(open_store(":memory:")), datetime(2030, 1, 1, tzinfo=UTC)) == 0


def test_the_states_of_all_tickets_at_a_time_come_from_their_own_facts(store: Store) -> None:
    service = a_service(store)
    assert ticket_states_as_of(service, NOW - timedelta(days=1)) == []
    then = {one.kind: (one.state, one.assignee, one.version) for one in ticket_states_as_of(service, NOW)}
    assert then == {"template_revision": ("open", None, 1), "regression_set": ("open", None, 1)}
    now = {one.kind: (one.state, one.assignee, one.version) for one in ticket_states_as_of(service, _last(store))}
    assert now == {"template_revision": ("in_review", ANNA, 2), "regression_set": ("open", None, 1)}


def test_a_history_ends_where_the_past_does(store: Store) -> None:
    service, ticket = a_service(store), _id(store)
    upto = position_of(service, NOW)
    assert [one.version for one in history(service, ticket, upto=upto)] == [1]
    assert [one.comment for one in history(service, ticket)] == [None, "mine"]


def _show(path: Path, ticket: str, *words: str) -> Result:
    return CliRunner().invoke(main, ["tickets", "show", ticket, *words, "--db", str(path)])


def test_the_command_shows_a_ticket_as_it_was(tmp_path: Path, store: Store) -> None:
    path = tmp_path / "a.db"
    store.backup(path)
    ticket = _id(store)
    for as_of in (
        "2026-04-26T12:00:00+00:00",
        "2026-04-27",
        str(position_of(a_service(store), NOW + timedelta(days=1))),
    ):
        view = json.loads(_show(path, ticket, "--as-of", as_of, "--json").output)
        assert view == _at(store, days=1)
    text = _show(path, ticket, "--as-of", "2026-04-26T11:59:59+00:00").output
    assert f"{ticket}  template_revision  open  (version 1)" in text
    assert "opened for" in text
    assert "taken" not in text
    for as_of, message in (
        ("yesterday", "expected a time such as"),
        ("2026-04-01", "it was opened at"),
        ("9999", "expected a position from 0 to"),
    ):
        refused = _show(path, ticket, "--as-of", as_of)
        assert refused.exit_code == 2
        assert message in refused.stderr
