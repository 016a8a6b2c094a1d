"""A store that an older version made is brought up to date when it is opened, and nothing in it is lost."""

from pathlib import Path

from feedback.domain.facts import AssessmentCorrected, PatternJudged
from feedback.service.judge import judge
from feedback.service.triage import triage_queue
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage.corrections import labelled
from feedback.storage.database import Store, open_store
from feedback.storage.maintenance import check_read_models, verify
from feedback.storage.recording import record
from tests.builders import NOW, a_service, failures, take_in, told

_OLD_COLUMNS = ("level_units", "level_hour", "level_required", "level_window_hours")


def _as_before_the_judgements(path: Path) -> None:
    """Turn the store at `path` into what the version before the step `the_judgements` left behind."""
    store = open_store(path)
    connection = store.db.conn
    for index in ("patterns_by_template_1", "exposures_by_template_1"):
        connection.execute(f"DROP INDEX {index}")
    for table in ("unjudged", "exposures", "exposed_templates"):
        connection.execute(f"DROP TABLE {table}")
    connection.execute("ALTER TABLE patterns DROP COLUMN inputs")
    for column in _OLD_COLUMNS:
        connection.execute(f"ALTER TABLE patterns ADD COLUMN {column} INTEGER")
    connection.execute("DELETE FROM meta WHERE key = 'judged_by'")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'the_judgements'")
    store.close()


def _judged_by_version_one(store: Store) -> None:
    (pattern,) = pattern_rows(a_service(store))
    fact = PatternJudged(
        v=1,
        pattern_id=pattern["pattern_id"],
        category=pattern["category"],
        template=pattern["template"],
        verdict="systemic",
        reason="5 distinct units within 14 days make it systemic, reached on 2026-04-01",
        units=4,
        units_required=4,
        window_hours=336,
        hour=493_000,
        high_risk=False,
    )
    record(store, [fact], now=NOW)


def test_an_older_store_keeps_its_verdicts_and_is_judged_anew_by_today_s_rules(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    store = open_store(path)
    take_in(store, *failures(5))
    tickets = [one["ticket_id"] for one in ticket_views(a_service(store))]
    _judged_by_version_one(store)
    store.close()
    _as_before_the_judgements(path)

    store = open_store(path)
    assert check_read_models(store) == []
    (row,) = pattern_rows(a_service(store))
    assert (row["verdict"]["value"], row["verdict"]["inputs"]) == ("systemic", {})
    judge(a_service(store))
    (row,) = pattern_rows(a_service(store))
    assert row["verdict"]["inputs"]["units"] == 5
    assert [one["ticket_id"] for one in ticket_views(a_service(store))] == tickets
    assert verify(store) == check_read_models(store) == []
    store.close()


def _as_before_the_words_of_people(path: Path) -> None:
    """Turn the store at `path` into what the version before the step `the_words_of_people` left behind."""
    store = open_store(path)
    connection = store.db.conn
    for index in ("failures_in_triage_1", "corrections_by_fingerprint_1"):
        connection.execute(f"DROP INDEX {index}")
    connection.execute("ALTER TABLE failures DROP COLUMN margin")
    for column in ("aspects", "template", "locus", "said_fingerprint"):
        connection.execute(f"ALTER TABLE corrections DROP COLUMN {column}")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = 'the_words_of_people'")
    store.close()


def test_an_older_store_keeps_its_corrections_and_gets_a_triage_queue(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    store = open_store(path)
    take_in(store, *failures(4), *failures(3, "t", metadata=told("needs_triage")))
    words = [("e-0", "anna", True, "insufficient_context"), ("t-0", "anna", True, "insufficient_context")]
    for event_id, actor, person, category in (*words, ("e-1", "classifier", False, "model_capability_gap")):
        fact = AssessmentCorrected(
            v=1,
            event_id=event_id,
            category=category,
            locus="max_words",
            fingerprint="fp1:0",
            actor=actor,
            person=person,
        )
        record(store, [fact], now=NOW)
    judge(a_service(store))
    queue = triage_queue(a_service(store))
    store.close()
    _as_before_the_words_of_people(path)

    store = open_store(path)
    assert check_read_models(store) == []
    assert [one.category for one in labelled(store)] == ["insufficient_context"] * 2
    assert queue.failures == 2
    assert triage_queue(a_service(store)) == queue
    store.close()


def test_opening_a_store_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for _ in range(2):
        store = open_store(path)
        schema = store.rows("SELECT name, sql FROM sqlite_master ORDER BY name")
        store.close()
    store = open_store(path)
    assert store.rows("SELECT name, sql FROM sqlite_master ORDER BY name") == schema
    store.close()
