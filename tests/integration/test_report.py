import json
from typing import Any

import pytest

from feedback.domain.canonical import digest
from feedback.service.report import Verdict, report
from feedback.storage import maintenance
from feedback.storage.database import Store
from feedback.storage.dead_letters import dead_letters
from feedback.storage.log import head, read
from tests.builders import ABSENT, a_failure, a_service, every_row, facts_of, failures, incoming, raw, table, take_in


def _statuses(verdicts: list[Verdict]) -> list[str]:
    return [verdict.status for verdict in verdicts]


def _report(store: Store, *events: Any) -> list[Verdict]:
    return report(a_service(store), incoming(*events))


def test_an_accepted_failure_is_a_fact_with_its_content_as_payload(store: Store) -> None:
    verdicts = _report(store, a_failure())
    assert [(v.status, v.event_id, v.faults) for v in verdicts] == [("accepted", "e-1", ())]
    (fact,) = facts_of(store, "FailureReported")
    assert (fact["event_id"], fact["occurred_at"]) == ("e-1", "2026-04-24T09:13:05.000000+00:00")
    assert [json.loads(row["body"]) for row in table(store, "payloads")] == [a_failure()]


def test_no_fact_holds_text_of_a_producer(store: Store) -> None:
    secret = "zq-secret"
    event = a_failure(
        request={"messages": [{"role": "user", "content": secret}]},
        response={"content": secret},
        signals={"error": secret, "comment": secret, "checks": [{"name": "c", "passed": False, "detail": secret}]},
        reference=secret,
        metadata={"note": secret, "told": {"evidence": [{"kind": "rule", "name": "r", "detail": secret}]}},
    )
    take_in(store, event)
    assert "FailureAssessed" in {recorded.fact.type for recorded in read(store)}
    assert [row for row in store.rows("SELECT data FROM facts") if secret in row[0]] == []


def test_the_same_event_again_is_a_duplicate_and_changes_nothing(store: Store) -> None:
    _report(store, a_failure())
    before = every_row(store)
    assert _statuses(_report(store, a_failure())) == ["duplicate"]
    assert every_row(store) == before


def test_the_same_content_in_another_layout_is_a_duplicate(store: Store) -> None:
    _report(store, a_failure())
    turned = dict(reversed(a_failure().items()))
    assert _statuses(_report(store, json.dumps(turned, indent=2).encode())) == ["duplicate"]


def test_other_content_under_a_known_id_is_a_conflict_and_never_merged(store: Store) -> None:
    _report(store, a_failure())
    before = table(store, "facts"), table(store, "failures")
    (verdict,) = _report(store, a_failure(response={"content": "other"}))
    assert (verdict.status, verdict.event_id) == ("conflict", "e-1")
    assert str(verdict.faults[0]) == (
        "event_id: 'e-1' was received before with other content: send the change under a new id"
    )
    assert (table(store, "facts"), table(store, "failures")) == before


def test_a_conflict_is_kept_with_its_bytes(store: Store) -> None:
    other = a_failure(response={"content": "other"})
    _report(store, a_failure(), other)
    assert [letter.raw for letter in dead_letters(store)] == [raw(other)]


def test_duplicates_and_conflicts_are_told_apart_within_one_batch(store: Store) -> None:
    other = a_failure(response={"content": "other"})
    verdicts = _report(store, a_failure(), a_failure(), other, a_failure(), a_failure(event_id="e-2"))
    assert _statuses(verdicts) == ["accepted", "duplicate", "conflict", "duplicate", "accepted"]
    assert [row["event_id"] for row in table(store, "failures")] == ["e-1", "e-2"]


def test_an_id_derived_from_content_does_not_depend_on_key_order_or_white_space(store: Store) -> None:
    event = a_failure(event_id=ABSENT)
    spread = json.dumps(dict(reversed(event.items())), indent=4, ensure_ascii=True).encode()
    first, second = _report(store, event, spread)
    assert first.event_id == second.event_id == digest(event)
    assert _statuses([first, second]) == ["accepted", "duplicate"]


def test_events_without_an_id_that_differ_in_anything_are_two(store: Store) -> None:
    events = [a_failure(event_id=ABSENT), a_failure(event_id=ABSENT, metadata={"n": 1})]
    assert _statuses(_report(store, *events)) == ["accepted", "accepted"]


def test_a_conflict_is_found_against_an_id_that_was_derived(store: Store) -> None:
    event = a_failure(event_id=ABSENT)
    verdicts = _report(store, event, a_failure(event_id=digest(event), response={"content": "other"}))
    assert _statuses(verdicts) == ["accepted", "conflict"]


def test_rejected_items_do_not_hold_back_the_others(store: Store) -> None:
    bad: list[Any] = [b"{", b"\xff\xfe", a_failure(channel="offline"), a_failure(event_id=""), b"[1]"]
    good = failures(3)
    verdicts = _report(store, good[0], *bad[:2], good[1], *bad[2:], good[2])
    assert _statuses(verdicts) == ["accepted"] + ["rejected"] * 2 + ["accepted"] + ["rejected"] * 3 + ["accepted"]
    assert {row["event_id"] for row in table(store, "failures")} == {"e-0", "e-1", "e-2"}
    assert {letter.raw for letter in dead_letters(store)} == {item.raw for item in incoming(*bad)}


@pytest.mark.parametrize("times", [1, 3])
def test_a_rejected_item_is_kept_once_however_often_it_comes(store: Store, times: int) -> None:
    for _ in range(times):
        _report(store, b"\xff{")
    assert len(dead_letters(store)) == 1


def test_a_rejected_item_twice_in_one_batch_is_kept_for_each_place(store: Store) -> None:
    _report(store, b"{", b"{")
    assert [letter.place for letter in dead_letters(store)] == ["line 2", "line 1"]


def test_the_same_batch_twice_changes_no_row_of_any_table(store: Store) -> None:
    batch = [*failures(6), b"{", b"\xff", a_failure(event_id=ABSENT), a_failure(event_id="e-0", dataset="other")]
    take_in(store, *batch)
    before = every_row(store)
    verdicts = take_in(store, *batch)
    assert _statuses(verdicts) == ["duplicate"] * 6 + ["rejected"] * 2 + ["duplicate", "conflict"]
    assert every_row(store) == before


def test_what_was_reported_and_not_assessed_is_assessed_later(store: Store) -> None:
    _report(store, *failures(3))
    assert facts_of(store, "FailureAssessed") == []
    take_in(store)
    assert [fact["event_id"] for fact in facts_of(store, "FailureAssessed")] == ["e-0", "e-1", "e-2"]


def test_an_empty_batch_records_nothing(store: Store) -> None:
    before = head(store)
    assert _report(store) == []
    assert head(store) == before


def test_times_of_any_offset_fall_into_the_same_hour(store: Store) -> None:
    _report(
        store,
        a_failure(event_id="a", occurred_at="2026-04-24T01:59:59+08:00"),
        a_failure(event_id="b", occurred_at="2026-04-23T17:00:00Z"),
    )
    assert len({row["hour"] for row in table(store, "failures")}) == 1


def test_times_before_1970_fall_into_the_hour_that_holds_them(store: Store) -> None:
    _report(
        store,
        a_failure(event_id="a", occurred_at="1969-12-31T23:00:00Z"),
        a_failure(event_id="b", occurred_at="1969-12-31T23:59:59.999Z"),
        a_failure(event_id="c", occurred_at="0001-01-01T00:00:00Z"),
    )
    assert [row["hour"] for row in table(store, "failures")][:2] == [-1, -1]


@pytest.mark.parametrize("event_id", ["合同-😀", "a'b\"c", "x" * 200, " ", "\x00", "%s{at}"])
def test_any_event_id_survives(store: Store, event_id: str) -> None:
    take_in(store, a_failure(event_id=event_id))
    assert [row["event_id"] for row in table(store, "failures")] == [event_id]
    assert maintenance.verify(store) == []
    assert maintenance.check_read_models(store) == []
