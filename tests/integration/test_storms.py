"""Storms in a real store: what tickets and patterns say of them, and that they change no verdict."""

from pathlib import Path
from typing import Any

import pytest

from feedback.domain.facts import ExposureReported
from feedback.service.patterns import pattern_view
from feedback.service.views import ticket_views
from feedback.settings import Settings
from feedback.storage.database import Store, open_store
from feedback.storage.recording import record
from tests.builders import NOW, TEMPLATE, a_failure, a_service, failures, settings_with, take_in, told
from tests.commands import printed, run


def _repeats(count: int, session: str = "s-12", **changes: Any) -> list[dict[str, Any]]:
    """Return failures of one session, all within two hours."""
    return [
        a_failure(
            event_id=f"{session}-{n}", session_id=session, occurred_at=f"2026-04-02T0{n % 2}:{n:02}:00Z", **changes
        )
        for n in range(count)
    ]


def _storms(store: Store, settings: Settings | None = None) -> list[str]:
    """Return what the one pattern of the template says, in its view and in its tickets."""
    service = a_service(store, settings=settings)
    ((pattern_id,),) = store.rows(
        "SELECT pattern_id FROM patterns WHERE template_name = ? AND failures > 0", (TEMPLATE,)
    )
    found = pattern_view(service, pattern_id)["storms"]
    for ticket in ticket_views(service):
        if ticket["pattern"]["template"] == TEMPLATE:
            assert ticket["answers"]["recurs"]["storms"] == found
    return [storm["sentence"] for storm in found]


def test_the_repeats_of_one_session_are_one_unit_and_named(store: Store) -> None:
    take_in(store, *failures(3), *_repeats(9))
    assert _storms(store) == ["9 of 12 failures are one session's, s-12, within 2 hours: counted as one unit"]
    assert store.rows("SELECT failures, units FROM patterns") == [(12, 4)]


def test_a_storm_of_one_session_alone_stays_isolated(store: Store) -> None:
    take_in(store, *_repeats(40))
    assert len(_storms(store)) == 1
    assert store.rows("SELECT verdict FROM patterns") == [("isolated",)]


@pytest.mark.parametrize(("count", "named"), [(4, False), (5, True)])
def test_how_many_failures_make_a_storm_is_a_setting(store: Store, count: int, *, named: bool) -> None:
    take_in(store, *_repeats(count))
    assert bool(_storms(store)) == named
    assert _storms(store, settings_with(recurrence={"storm_failures": count})) != []
    assert _storms(store, settings_with(recurrence={"storm_failures": count + 1})) == []


def test_a_deployment_that_brings_the_failures_is_named_and_changes_no_verdict(store: Store) -> None:
    take_in(
        store,
        *failures(12, training_version="new"),
        *failures(2, "old", training_version="old", metadata=told("needs_triage", "x")),
    )
    assert _storms(store) == ["12 of 12 failures within 12 hours came with training version new (1 other is in use)"]
    alone = open_store(":memory:")
    take_in(alone, *failures(12, training_version="new"))
    assert store.rows("SELECT verdict, inputs FROM patterns") == alone.rows("SELECT verdict, inputs FROM patterns")
    assert _storms(alone) == []
    alone.close()


def test_an_exposure_shows_that_another_version_is_in_use(store: Store) -> None:
    take_in(store, *failures(12, training_version="new"))
    assert _storms(store) == []
    exposure = ExposureReported(
        exposure_id="x", template=TEMPLATE, version="2.0.0", training_version="old",
        first_hour=493_000, hours=2_000, interactions=10,
    )  # fmt: skip
    record(store, [exposure], now=NOW)
    assert _storms(store) == ["12 of 12 failures within 12 hours came with training version new (1 other is in use)"]


def test_versions_of_other_templates_are_not_in_use_here(store: Store) -> None:
    take_in(store, *failures(12, training_version="new"))
    take_in(store, *failures(12, "o", training_version="old", template={"name": "other", "version": "1.0.0"}))
    assert _storms(store) == []


def test_the_repeats_of_a_session_make_no_storm_of_its_deployment(store: Store) -> None:
    old = failures(1, "old", training_version="old")
    take_in(store, *old, *failures(2, training_version="new"), *_repeats(30, training_version="new"))
    assert _storms(store) == ["30 of 33 failures are one session's, s-12, within 2 hours: counted as one unit"]
    take_in(store, *failures(20, "more", training_version="new"))
    assert (
        _storms(store)[1]
        == "22 of 23 other failures within 20 hours came with training version new (1 other is in use)"
    )


def test_storms_are_printed_with_the_pattern_and_with_its_tickets(tmp_path: Path) -> None:
    db = tmp_path / "feedback.db"
    store = open_store(db)
    take_in(store, *failures(8), *_repeats(9))
    store.close()
    said = "9 of 17 failures are one session's, s-12, within 2 hours: counted as one unit"
    ticket = printed("tickets", "list", "--db", db)[0]
    assert [storm["sentence"] for storm in ticket["answers"]["recurs"]["storms"]] == [said]
    assert said in run("tickets", "show", ticket["ticket_id"], "--db", db).stdout
    assert f"Storm: {said}.\n" in run("patterns", "show", ticket["ticket_id"], "--db", db).stdout
