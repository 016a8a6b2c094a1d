"""Drafts and test traffic: kept and assessed, and counted nowhere."""

from pathlib import Path
from typing import Any

import pytest

from feedback.intake.native import parse_failure
from feedback.service.consume import AssessedFailure, consume
from feedback.service.correct import correct
from feedback.service.coverage import coverage
from feedback.service.failures import failure_view
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.failures import count_by_category, count_by_channel, count_ignored, newest_seen
from tests.builders import (
    ABSENT,
    CATEGORY,
    TEMPLATE,
    Step,
    a_failure,
    a_sample,
    a_service,
    an_assessment,
    at_rest,
    facts_of,
    failure_row,
    failures,
    incoming,
    register,
    settings_with,
    take_in,
    told,
)
from tests.commands import lines_file, printed, run

_MANY = 12
_TEST = {"environment": "test"}
_DRAFT = {"template": {"name": TEMPLATE, "version": "2.1.0-draft.1"}}


def _test_traffic(count: int = _MANY, **changes: Any) -> list[dict[str, Any]]:
    return failures(count, prefix="test", **{"metadata": _TEST | told(), **changes})


@pytest.mark.parametrize(
    "changes", [{"metadata": _TEST}, {"metadata": {"draft": True}}, _DRAFT], ids=["test", "draft", "draft template"]
)
def test_what_is_marked_is_kept_and_assessed_and_opens_nothing(store: Store, changes: dict[str, Any]) -> None:
    take_in(store, *failures(_MANY, **changes))
    row = failure_row(store, "e-0")
    assert (row["category"], row["template_name"], row["locus"]) == (CATEGORY, TEMPLATE, "/currency:enum")
    assert (row["counts"], row["pattern_id"]) == (0, None)
    assert pattern_rows(a_service(store)) == []
    assert ticket_views(a_service(store)) == []
    assert count_ignored(store) == _MANY


def test_the_same_failures_without_a_mark_open_tickets(store: Store) -> None:
    take_in(store, *failures(_MANY))
    assert len(ticket_views(a_service(store))) == 2
    assert count_ignored(store) == 0


def test_a_high_risk_draft_opens_no_regression_set(store: Store) -> None:
    take_in(store, a_failure(labels={"risk_level": "high"}, **_DRAFT))
    assert ticket_views(a_service(store)) == []


def test_what_is_marked_changes_nothing_that_is_said_of_the_others() -> None:
    def said(store: Store) -> list[Any]:
        service = a_service(store)
        patterns, tickets = pattern_rows(service), ticket_views(service)
        of_store = (count_by_category(store), count_by_channel(store), newest_seen(store), coverage(service))
        return [patterns, tickets, of_store]

    alone, among = open_store(":memory:"), open_store(":memory:")
    take_in(alone, *failures(_MANY))
    later = _test_traffic(occurred_at="2027-01-01T00:00:00+00:00", labels={"risk_level": "high"})
    take_in(among, *later, *failures(_MANY))
    assert said(among) == said(alone)
    alone.close()
    among.close()


def test_the_fact_says_that_it_does_not_count_and_else_nothing(store: Store) -> None:
    take_in(store, a_failure(), a_failure(event_id="e-2", metadata=_TEST))
    assert [fact.get("counts") for fact in facts_of(store, "FailureReported")] == [None, False]


def test_what_marks_an_event_is_told_when_it_is_reported_and_a_change_touches_nothing_older(store: Store) -> None:
    none = settings_with(recurrence={"ignored": []})
    take_in(store, a_failure(metadata=_TEST), settings=none)
    take_in(store, a_failure(event_id="e-2", metadata=_TEST))
    take_in(store, a_failure(metadata=_TEST))
    assert [failure_row(store, event_id)["counts"] for event_id in ("e-1", "e-2")] == [1, 0]
    assert maintenance.check_read_models(store) == []
    maintenance.rebuild(store)
    assert [failure_row(store, event_id)["counts"] for event_id in ("e-1", "e-2")] == [1, 0]


def test_a_correction_of_what_does_not_count_is_recorded_and_counts_it_nowhere(store: Store) -> None:
    take_in(store, a_failure(metadata=_TEST))
    correct(a_service(store), [("e-1", "insufficient_context")], actor="anna")
    row = failure_row(store)
    assert (row["category"], row["pattern_id"]) == ("insufficient_context", None)
    assert pattern_rows(a_service(store)) == []
    assert maintenance.check_read_models(store) == []


def test_a_sample_registered_before_or_after_a_draft_gives_it_a_template_and_no_pattern() -> None:
    draft = a_failure(
        channel="offline",
        source="spot_check",
        sample_id="sample-1",
        session_id=ABSENT,
        template=ABSENT,
        metadata=_TEST | told(),
    )
    steps: list[Step] = [lambda s: register(s, a_sample()), lambda s: take_in(s, draft)]
    first, last = at_rest(*steps), at_rest(*reversed(steps))
    assert first == last
    assert [(row["template_name"], row["pattern_id"]) for row in first["failures"]] == [(TEMPLATE, None)]


def test_what_comes_assessed_from_a_stream_is_told_apart_too(store: Store) -> None:
    (item,) = incoming(a_failure(metadata=_TEST))
    one = AssessedFailure(item, parse_failure(item.raw), an_assessment())
    (verdict,) = consume(a_service(store), [one], cluster="c", reached={})
    assert (verdict.status, verdict.counts) == ("accepted", False)
    assert failure_row(store)["pattern_id"] is None


def test_a_store_made_before_counts_all_it_holds(tmp_path: Path) -> None:
    store = open_store(tmp_path / "old.db")
    take_in(store, *failures(3))
    with store.writing():
        store.db.conn.execute("DROP INDEX failures_in_triage_1")
        for column in ("counts", "said_locus", "margin"):
            store.db.conn.execute(f"ALTER TABLE failures DROP COLUMN {column}")
        store.db.conn.execute("DROP TABLE grouping_rules")
        store.db.conn.execute("DELETE FROM _sqlite_migrations WHERE name IN ('the_noise', 'the_words_of_people')")
    store.close()
    store = open_store(tmp_path / "old.db")
    take_in(store, *_test_traffic(2))
    assert [row["counts"]["failures"] for row in pattern_rows(a_service(store))] == [3]
    assert maintenance.check_read_models(store) == []
    store.close()


# the command line


def test_ingest_says_how_many_of_those_accepted_do_not_count(tmp_path: Path) -> None:
    path = lines_file(tmp_path, *failures(2), *_test_traffic(3))
    said = run("ingest", path, "--db", tmp_path / "a.db").stdout
    assert "5 accepted, " in said
    assert "3 of those accepted do not count: drafts or test traffic" in said
    assert printed("ingest", path, "--db", tmp_path / "b.db")["ignored"] == 3
    again = run("ingest", path, "--db", tmp_path / "a.db").stdout
    assert "do not count" not in again


def test_the_command_that_shows_a_failure_says_that_it_does_not_count(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    take_in(store, a_failure(metadata=_TEST), a_failure(event_id="e-2"))
    assert failure_view(a_service(store), "e-1")["counts"] is False
    store.close()
    assert "does not count" in run("patterns", "failure", "e-1", "--db", tmp_path / "a.db").stdout
    assert "does not count" not in run("patterns", "failure", "e-2", "--db", tmp_path / "a.db").stdout


def test_the_list_of_patterns_says_how_many_failures_are_not_in_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    take_in(store, *failures(2), *_test_traffic(3, template=ABSENT))
    store.close()
    shown = run("patterns", "list", "--db", tmp_path / "a.db").stdout
    assert "Not counted: 3 of drafts or test traffic" in shown
    assert "Waiting without a template" not in shown
    assert printed("patterns", "list", "--db", tmp_path / "a.db")["ignored"] == 3
