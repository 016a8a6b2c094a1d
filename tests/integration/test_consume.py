import os
from pathlib import Path

import pytest

from feedback.errors import StoreHeld
from feedback.intake.native import parse_failure
from feedback.service.consume import AssessedFailure, consume
from feedback.service.judge import judge
from feedback.service.report import Incoming, report
from feedback.service.retry import retry
from feedback.storage import positions
from feedback.storage.database import Store, open_store
from feedback.storage.dead_letters import dead_letter, dead_letters
from feedback.storage.holding import held
from feedback.storage.maintenance import check_read_models, verify
from tests.builders import a_failure, a_service, an_assessment, every_row, facts_of, failures, incoming, raw, take_in

PLACE = ("failures.assessed", 0)


def _assessed(event: dict[str, object], **changes: object) -> AssessedFailure:
    received = parse_failure(raw(event))
    item = Incoming("failures.online", f"partition 0, offset {changes.pop('offset', 0)}", raw(event))
    return AssessedFailure(item, received, an_assessment(received.event_id, **changes))


def test_report_assessment_and_place_reached_are_recorded_together(store: Store) -> None:
    service = a_service(store)
    verdicts = consume(service, [_assessed(one) for one in failures(6)], cluster="c", reached={PLACE: 6})
    assert [one.status for one in verdicts] == ["accepted"] * 6
    assert store.rows("SELECT count(*), count(category) FROM failures") == [(6, 6)]
    assert positions.consumed(store, "c") == {PLACE: 6}
    assert positions.consumed(store, "another cluster") == {}
    judge(service)
    assert len(facts_of(store, "TicketOpened")) == 2
    assert verify(store) == []
    assert check_read_models(store) == []


def test_the_same_batch_again_changes_nothing_but_the_place(store: Store) -> None:
    service = a_service(store)
    batch = [_assessed(one) for one in failures(6)]
    consume(service, batch, cluster="c", reached={PLACE: 6})
    before = every_row(store)
    verdicts = consume(service, batch, cluster="c", reached={PLACE: 6})
    assert [one.status for one in verdicts] == ["duplicate"] * 6
    assert every_row(store) == before


def test_the_first_assessment_of_a_failure_stands(store: Store) -> None:
    service = a_service(store)
    consume(service, [_assessed(a_failure())], cluster="c", reached={})
    consume(service, [_assessed(a_failure(), category="output_format_violation")], cluster="c", reached={})
    assert [one["category"] for one in facts_of(store, "FailureAssessed")] == ["field_definition_ambiguity"]


def test_a_failure_that_was_reported_and_not_assessed_gets_the_assessment(store: Store) -> None:
    service = a_service(store)
    report(service, incoming(a_failure()))
    (verdict,) = consume(service, [_assessed(a_failure())], cluster="c", reached={})
    assert verdict.status == "duplicate"
    assert store.rows("SELECT category FROM failures") == [("field_definition_ambiguity",)]


def test_a_conflict_keeps_the_first_content_and_its_own_assessment_goes(store: Store) -> None:
    service = a_service(store)
    other = a_failure(response={"content": "other"})
    verdicts = consume(service, [_assessed(a_failure()), _assessed(other, offset=1)], cluster="c", reached={})
    assert [one.status for one in verdicts] == ["accepted", "conflict"]
    assert len(facts_of(store, "FailureAssessed")) == 1
    assert [one.place for one in dead_letters(store)] == ["partition 0, offset 1"]


def test_a_retried_dead_letter_is_marked_once_it_is_taken_and_kept(store: Store) -> None:
    take_in(store, a_failure(channel="onlin"), a_failure(event_id="e-2", occurred_at="yesterday"))
    service = a_service(store)
    assert [one.status for one in retry(service, dead_letters(store))] == ["rejected", "rejected"]
    assert [one.retried_at for one in dead_letters(store)] == [None, None]
    store.db.conn.execute("UPDATE payloads SET body = replace(body, 'onlin\\\"', 'online\\\"')")
    letter = dead_letter(store, 1)
    assert [one.status for one in retry(service, [letter])] == ["accepted"]
    assert dead_letter(store, 1).retried_at is not None
    assert len(dead_letters(store)) == 2


def test_a_role_is_held_by_one_process_at_a_time_and_says_by_whom(tmp_path: Path) -> None:
    first, second = open_store(tmp_path / "a.db"), open_store(tmp_path / "a.db")
    with held(first, "recorder", f"process {os.getpid()}"):
        with pytest.raises(StoreHeld, match=f"role recorder: process {os.getpid()}"), held(second, "recorder", "me"):
            pass
        with held(second, "publisher", "me"):
            pass
    with held(second, "recorder", "me"):
        pass
    first.close()
    second.close()


def test_what_was_published_is_remembered(store: Store) -> None:
    assert positions.published(store, "tickets") == 0
    positions.keep_published(store, "tickets", 7)
    positions.keep_published(store, "tickets", 9)
    assert positions.published(store, "tickets") == 9
