"""What people and classifiers say of failures afterwards: patterns, tickets and cases follow, people have the last word."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from feedback.classification.evidence import find
from feedback.domain.assessment import fingerprint_of
from feedback.domain.facts import AssessmentCorrected, TicketApproved, TicketTaken
from feedback.domain.failure import FailureEvent
from feedback.domain.locus import locate
from feedback.errors import FeedbackError, InvalidInput, NotAssessed, NotFound, VersionConflict
from feedback.service.correct import correct, correct_by_machine, correct_each
from feedback.service.deciding import Corrected, Word
from feedback.service.register import register_samples
from feedback.service.report import report
from feedback.service.views import pattern_rows, ticket_views
from feedback.settings import Settings
from feedback.storage import maintenance
from feedback.storage.corrections import (
    Pair,
    corrected_by_people,
    corrections,
    labelled,
    machine_pairs,
    pairs,
)
from feedback.storage.database import Store, open_store
from feedback.storage.failures import count_by_category
from feedback.storage.recording import record
from streams.outbox import Outbox
from tests.builders import (
    ABSENT,
    CATEGORY,
    NOW,
    TEMPLATE,
    a_failure,
    a_sample,
    a_service,
    a_template,
    a_training_version,
    an_assessment,
    every_row,
    facts_of,
    failures,
    incoming,
    raw,
    register,
    settings_with,
    table,
    take_in,
    told,
)

OTHER = "insufficient_context"
THIRD = "output_format_violation"
ANNA, BERT = "token:anna", "token:bert"
_HIGH: dict[str, Any] = {"labels": {"risk_level": "high"}}


def _say(
    store: Store, category: str, *event_ids: str, by: str = ANNA, settings: Settings | None = None
) -> list[Corrected]:
    return correct(a_service(store, settings=settings), [(one, category) for one in event_ids], actor=by)


def _machine_says(store: Store, category: str, *event_ids: str, **changes: Any) -> list[Corrected]:
    said = [
        an_assessment(one, **({"category": category, "locus": "new", "classifier_version": "c1:new"} | changes))
        for one in event_ids
    ]
    return correct_by_machine(a_service(store), said)


def _pattern(store: Store, category: str) -> dict[str, Any]:
    (row,) = [row for row in pattern_rows(a_service(store)) if row["category"] == category]
    return row


def _tickets(store: Store, category: str) -> dict[str, dict[str, Any]]:
    views = [view for view in ticket_views(a_service(store)) if view["pattern"]["category"] == category]
    return {view["kind"]: view for view in views}


def _failure(store: Store, event_id: str = "e-0") -> dict[str, Any]:
    (row,) = [row for row in table(store, "failures") if row["event_id"] == event_id]
    return row


def _case_events(store: Store, category: str) -> list[str]:
    pattern_id = _pattern(store, category)["pattern_id"]
    return sorted(row["event_id"] for row in table(store, "cases") if row["pattern_id"] == pattern_id)


def _is_whole(store: Store) -> bool:
    """Tell whether the log is whole, and its fold gives the live rows, however many facts are folded at once."""
    with pytest.MonkeyPatch.context() as patch:
        for batch in (1, 3, 20_000):
            patch.setattr(maintenance, "_BATCH", batch)
            assert maintenance.check_read_models(store) == []
    return maintenance.verify(store) == []


# a failure moves


def test_a_corrected_failure_is_counted_in_its_new_pattern_and_no_longer_in_its_old_one(store: Store) -> None:
    take_in(store, *failures(3), a_failure(event_id="same", session_id="e-session-0", template=_version("2.1.0")))
    (answer,) = _say(store, OTHER, "same")
    assert (answer.status, answer.said, answer.category, answer.version) == ("corrected", CATEGORY, OTHER, 3)
    old, new = _pattern(store, CATEGORY), _pattern(store, OTHER)
    assert (old["counts"]["failures"], old["counts"]["units"]) == (3, 3)
    assert (new["counts"]["failures"], new["counts"]["units"]) == (1, 1)
    assert old["counts"]["by_version"] == {"2.0.0": 3}
    assert new["counts"]["by_version"] == {"2.1.0": 1}
    assert (old["counts"]["last_seen"][:13], new["counts"]["last_seen"][:13]) == ("2026-04-01T02", "2026-04-24T09")
    assert _is_whole(store)


def _version(version: str) -> dict[str, str]:
    return {"name": TEMPLATE, "version": version}


def test_a_unit_that_fails_on_in_the_old_pattern_stays_one_of_it(store: Store) -> None:
    take_in(store, *failures(2), *failures(1, "again", session_id="e-session-0"))
    _say(store, OTHER, "again-0")
    assert _pattern(store, CATEGORY)["counts"]["units"] == 2
    assert _pattern(store, OTHER)["counts"]["units"] == 1


def test_its_locus_is_the_place_that_the_rules_of_the_new_category_name(store: Store) -> None:
    event = failures(1, response={"content": 'Here you are: {"currency": "EUR"}'})[0]
    take_in(store, event)
    _say(store, THIRD, "e-0")
    seen = FailureEvent.model_validate_json(raw(event))
    row = _failure(store)
    assert row["locus"] == locate(seen, THIRD, find(seen)) != "/currency:enum"
    assert row["fingerprint"] == fingerprint_of(THIRD, TEMPLATE, row["locus"])
    assert [one["locus"] for one in table(store, "pattern_loci")] == [row["locus"]]


def test_agreeing_leaves_category_and_locus_as_they_are_and_probability_and_classifier_stay(store: Store) -> None:
    take_in(store, *failures(1))
    before = table(store, "failures", without=["margin"])
    _say(store, CATEGORY, "e-0")
    assert table(store, "failures", without=["margin"]) == before
    _say(store, OTHER, "e-0")
    row = _failure(store)
    assert (row["probability"], row["classifier_version"]) == (0.9, "c1:told")


def test_a_failure_that_leaves_lowers_the_verdict_of_its_pattern(store: Store) -> None:
    take_in(store, *failures(4))
    assert _pattern(store, CATEGORY)["verdict"]["value"] == "systemic"
    _say(store, OTHER, "e-0")
    assert _pattern(store, CATEGORY)["verdict"]["value"] == "undecided"
    _say(store, OTHER, "e-1", "e-2")
    assert _pattern(store, CATEGORY)["verdict"]["value"] == "isolated"
    take_in(store, *failures(9, "more"))
    assert _pattern(store, CATEGORY)["verdict"]["value"] == "systemic"
    assert _is_whole(store)


def test_a_ticket_opened_before_stays_with_its_history_when_its_failures_leave(store: Store) -> None:
    take_in(store, *failures(4))
    revision = _tickets(store, CATEGORY)["template_revision"]
    record(store, [TicketTaken(ticket_id=revision["ticket_id"], actor=ANNA)], now=NOW)
    opened = [row for row in table(store, "tickets") if row["kind"] == "template_revision"]
    _say(store, OTHER, "e-0", "e-1", "e-2")
    assert [row for row in table(store, "tickets") if row["ticket_id"] == revision["ticket_id"]] == opened
    view = _tickets(store, CATEGORY)["template_revision"]
    assert (view["state"], view["assignee"], view["counts"]["failures"]) == ("in_review", ANNA, 1)


def test_correcting_enough_failures_opens_the_tickets_of_the_other_pattern(store: Store) -> None:
    take_in(store, *failures(6))
    _say(store, OTHER, "e-0", "e-1", "e-2")
    assert _tickets(store, OTHER) == {}
    _say(store, OTHER, "e-3")
    assert set(_tickets(store, OTHER)) == {"template_revision", "regression_set"}
    assert _pattern(store, OTHER)["verdict"]["value"] == "systemic"
    _say(store, OTHER, "e-4", "e-5")
    assert len(table(store, "tickets")) == 4
    assert _is_whole(store)


def test_a_gap_of_the_model_opens_no_revision_though_people_say_so(store: Store) -> None:
    take_in(store, *failures(5))
    _say(store, "model_capability_gap", *[f"e-{n}" for n in range(5)])
    assert set(_tickets(store, "model_capability_gap")) == {"regression_set"}


def test_high_risk_goes_with_the_failure(store: Store) -> None:
    take_in(store, *failures(2), *failures(1, "risky", **_HIGH))
    assert _pattern(store, CATEGORY)["risk_level"] == "high"
    assert _pattern(store, CATEGORY)["verdict"]["value"] == "systemic"
    _say(store, OTHER, "risky-0")
    assert (_pattern(store, CATEGORY)["risk_level"], _pattern(store, OTHER)["risk_level"]) == (None, "high")
    assert _pattern(store, CATEGORY)["verdict"]["value"] == "undecided"
    assert set(_tickets(store, OTHER)) == {"regression_set"}


def test_a_pattern_without_tickets_goes_with_its_last_failure(store: Store) -> None:
    take_in(store, *failures(2))
    _say(store, OTHER, "e-0", "e-1")
    assert [row["category"] for row in pattern_rows(a_service(store))] == [OTHER]
    assert _is_whole(store)


def test_a_pattern_with_tickets_is_still_shown_when_its_last_failure_has_left_and_begins_anew(store: Store) -> None:
    take_in(store, *failures(4))
    _say(store, OTHER, "e-0", "e-1", "e-2", "e-3")
    row = _pattern(store, CATEGORY)
    assert (row["counts"]["failures"], row["verdict"]["value"], len(row["tickets"])) == (0, "undecided", 2)
    assert {view["answers"]["regression_test"]["sentence"] for view in _tickets(store, CATEGORY).values()} == {
        "no test yet"
    }
    assert _is_whole(store)
    _say(store, CATEGORY, "e-2")
    row = _pattern(store, CATEGORY)
    assert (row["counts"]["failures"], row["verdict"]["value"]) == (1, "isolated")
    assert row["counts"]["first_seen"] == row["counts"]["last_seen"] == _failure(store, "e-2")["occurred_at"]
    assert _is_whole(store)


@pytest.mark.parametrize("count", [1, 4])
def test_a_pattern_emptied_and_filled_by_one_call_is_judged_as_if_each_word_had_come_alone(count: int) -> None:
    stores = [open_store(":memory:"), open_store(":memory:")]
    for store in stores:
        take_in(store, *failures(count), *failures(count, "b", metadata=told(OTHER)))
    words = [(f"e-{n}", OTHER) for n in range(count)] + [(f"b-{n}", CATEGORY) for n in range(count)]
    correct(a_service(stores[0]), words, actor=ANNA)
    for word in words:
        correct(a_service(stores[1]), [word], actor=ANNA)
    for name in ("pattern_units", "pattern_hours", "pattern_loci", "pattern_versions"):
        assert table(stores[0], name) == table(stores[1], name)
    # the last judgement that was news is kept; how many there were on the way differs
    first, second = (table(store, "patterns", without=("reason", "inputs")) for store in stores)
    assert first == second
    for store in stores:
        assert _is_whole(store)
        store.close()


def test_a_failure_that_needs_triage_joins_a_pattern_once_a_person_says_what_it_is_and_may_leave_again(
    store: Store,
) -> None:
    take_in(store, *failures(4, metadata=told("needs_triage")))
    _say(store, OTHER, "e-0", "e-1", "e-2", "e-3")
    assert set(_tickets(store, OTHER)) == {"template_revision", "regression_set"}
    _say(store, "needs_triage", "e-0")
    assert _pattern(store, OTHER)["counts"]["failures"] == 3
    assert count_by_category(store) == {OTHER: 3, "needs_triage": 1}
    assert _is_whole(store)


def test_a_failure_without_a_template_is_corrected_and_still_waits_without_a_pattern(store: Store) -> None:
    take_in(store, *failures(1, template=ABSENT))
    _say(store, OTHER, "e-0")
    assert (pattern_rows(a_service(store)), count_by_category(store, attributed=False)) == ([], {OTHER: 1})


# cases


def test_the_case_of_a_failure_that_leaves_gives_way_and_says_why(store: Store) -> None:
    take_in(store, *failures(5))
    assert _case_events(store, CATEGORY) == ["e-0"]
    _say(store, OTHER, "e-0")
    assert _case_events(store, CATEGORY) == ["e-1"]
    assert [fact["reason"] for fact in facts_of(store, "CaseRemoved")] == [
        "its failure was put down to another pattern"
    ]
    assert _is_whole(store)


def test_the_other_pattern_proposes_cases_of_the_failures_it_was_given(store: Store) -> None:
    take_in(store, *failures(5))
    _say(store, OTHER, "e-1", "e-2", "e-3", "e-4")
    assert _case_events(store, OTHER) == ["e-1"]
    assert _case_events(store, CATEGORY) == ["e-0"]


def test_a_case_comes_back_with_its_failure(store: Store) -> None:
    take_in(store, *failures(5))
    _say(store, OTHER, "e-0")
    _say(store, CATEGORY, "e-0")
    assert "e-0" in _case_events(store, CATEGORY)
    assert _is_whole(store)


def test_the_cases_of_a_set_under_review_stay_though_their_failure_leaves(store: Store) -> None:
    take_in(store, *failures(5))
    taken = TicketTaken(ticket_id=_tickets(store, CATEGORY)["regression_set"]["ticket_id"], actor=ANNA)
    record(store, [taken], now=NOW)
    _say(store, OTHER, "e-0")
    assert _case_events(store, CATEGORY) == ["e-0"]


def test_a_case_whose_failure_is_put_down_to_another_place_is_proposed_anew_for_that_place(store: Store) -> None:
    take_in(store, *failures(4))
    _machine_says(store, CATEGORY, "e-0", locus="/amount:type")
    (case,) = [case for case in table(store, "cases") if case["event_id"] == "e-0"]
    assert (case["locus"], case["fingerprint"]) == ("/amount:type", _failure(store)["fingerprint"])
    assert _case_events(store, CATEGORY) == ["e-0", "e-1"]
    assert _is_whole(store)


# fixes


def _revised(store: Store) -> str:
    """Bring the revision ticket of the first pattern to revised, fixed in 2.9.0, and return its id."""
    take_in(store, *failures(4))
    ticket_id = str(_tickets(store, CATEGORY)["template_revision"]["ticket_id"])
    approved = TicketApproved(ticket_id=ticket_id, actor=BERT, settles=True)
    record(store, [TicketTaken(ticket_id=ticket_id, actor=ANNA), approved], now=NOW)
    register(store, a_template(version="2.9.0", resolves=[ticket_id]))
    return ticket_id


@pytest.mark.parametrize(("version", "state"), [("2.8.0", "revised"), ("2.9.0", "regressed"), ("2.10.0", "regressed")])
def test_only_a_failure_on_the_fix_or_later_that_people_put_down_to_a_pattern_reopens_its_ticket(
    store: Store, version: str, state: str
) -> None:
    _revised(store)
    take_in(store, a_failure(event_id="late", session_id="x", template=_version(version), metadata=told(OTHER)))
    assert _tickets(store, CATEGORY)["template_revision"]["state"] == "revised"
    _say(store, CATEGORY, "late")
    assert _tickets(store, CATEGORY)["template_revision"]["state"] == state
    _say(store, OTHER, "late")
    assert _tickets(store, CATEGORY)["template_revision"]["state"] == state
    assert _is_whole(store)


def test_a_failure_that_leaves_reopens_nothing(store: Store) -> None:
    _revised(store)
    _say(store, OTHER, "e-0")
    assert _tickets(store, CATEGORY)["template_revision"]["state"] == "revised"
    assert facts_of(store, "TicketRegressed") == []


# people and the machine


def test_a_person_corrects_what_the_machine_corrected(store: Store) -> None:
    take_in(store, *failures(1))
    assert [one.status for one in _machine_says(store, OTHER, "e-0")] == ["corrected"]
    row = _failure(store)
    assert (row["category"], row["locus"], row["classifier_version"]) == (OTHER, "new", "c1:new")
    _say(store, THIRD, "e-0")
    row = _failure(store)
    assert (row["category"], row["classifier_version"]) == (THIRD, "c1:new")
    assert _is_whole(store)


@pytest.mark.parametrize("category", [CATEGORY, OTHER])
def test_the_machine_never_corrects_what_a_person_said_be_it_a_correction_or_agreement(
    store: Store, category: str
) -> None:
    take_in(store, *failures(2))
    _say(store, category, "e-0")
    before = every_row(store)
    (answer,) = _machine_says(store, THIRD, "e-0")
    assert (answer.status, answer.category) == ("kept", category)
    assert every_row(store) == before
    assert [one.status for one in _machine_says(store, THIRD, "e-0", "e-1")] == ["kept", "corrected"]


def test_a_machine_s_word_that_reached_the_log_behind_a_person_s_changes_nothing_live_or_replayed(store: Store) -> None:
    take_in(store, *failures(2))
    _say(store, OTHER, "e-0")
    before = {name: rows for name, rows in every_row(store).items() if name != "facts"}
    late = AssessmentCorrected(
        event_id="e-0",
        category=THIRD,
        locus="x",
        fingerprint="fp1:x",
        actor="classifier",
        person=False,
        classifier_version="c1:x",
    )
    record(store, [late, late.model_copy(update={"event_id": "nobody"})], now=NOW)
    assert {name: rows for name, rows in every_row(store).items() if name != "facts"} == before
    assert _is_whole(store)


def test_the_machine_saying_what_it_said_before_records_nothing(store: Store) -> None:
    take_in(store, *failures(1))
    before = every_row(store)
    (answer,) = _machine_says(store, CATEGORY, "e-0", locus="/currency:enum")
    assert (answer.status, every_row(store)) == ("unchanged", before)


def test_agreement_is_recorded_once_for_each_person(store: Store) -> None:
    take_in(store, *failures(1))
    said = [_say(store, CATEGORY, "e-0", by=by)[0] for by in (ANNA, ANNA, BERT, BERT)]
    assert [one.status for one in said] == ["confirmed", "unchanged", "confirmed", "unchanged"]
    assert [one.version for one in said] == [3, 3, 4, 4]
    assert [fact["actor"] for fact in facts_of(store, "AssessmentCorrected")] == [ANNA, BERT]


def test_agreement_counts_no_pattern_anew_and_judges_nothing(store: Store) -> None:
    take_in(store, *failures(4))
    judged = len(facts_of(store, "PatternJudged"))
    before = {name: table(store, name, without=["margin"]) for name in ("patterns", "tickets", "cases", "failures")}
    _say(store, CATEGORY, "e-0", "e-1")
    assert {name: table(store, name, without=["margin"]) for name in before} == before
    assert len(facts_of(store, "PatternJudged")) == judged


def test_of_two_people_who_disagree_the_last_word_stands_and_the_first_may_insist(store: Store) -> None:
    take_in(store, *failures(1))
    said = [_say(store, category, "e-0", by=by)[0] for category, by in ((OTHER, ANNA), (THIRD, BERT), (OTHER, ANNA))]
    assert [one.status for one in said] == ["corrected"] * 3
    assert _failure(store)["category"] == OTHER


def test_the_same_words_again_change_nothing(store: Store) -> None:
    take_in(store, *failures(3))
    _say(store, OTHER, "e-0", "e-1")
    before = every_row(store)
    assert {one.status for one in _say(store, OTHER, "e-0", "e-1", "e-0")} == {"unchanged"}
    assert every_row(store) == before


def test_two_words_on_one_failure_in_one_call_follow_each_other(store: Store) -> None:
    take_in(store, *failures(1))
    answers = correct(a_service(store), [("e-0", OTHER), ("e-0", OTHER), ("e-0", CATEGORY)], actor=ANNA)
    assert [(one.status, one.said, one.version) for one in answers] == [
        ("corrected", CATEGORY, 3),
        ("unchanged", OTHER, 3),
        ("corrected", OTHER, 4),
    ]
    assert _is_whole(store)


# what is refused


@pytest.mark.parametrize(
    ("event_id", "category", "error", "sentence"),
    [
        ("nobody", OTHER, NotFound, "no failure 'nobody': it was never taken in here; `feedback ingest` takes it in"),
        ("waits", OTHER, NotAssessed, "failure 'waits' is reported and not assessed yet"),
        ("e-0", "nonsense", InvalidInput, "category: expected one of unclear_task_boundary, .*, found 'nonsense'"),
    ],
)
@pytest.mark.parametrize("by_machine", [True, False])
def test_what_cannot_be_corrected_is_refused_and_nothing_of_the_call_is_recorded(
    store: Store, event_id: str, category: str, error: type[FeedbackError], sentence: str, *, by_machine: bool
) -> None:
    take_in(store, *failures(1))
    report(a_service(store), incoming(a_failure(event_id="waits")))
    before, service = every_row(store), a_service(store)
    said = [an_assessment("e-0", category=THIRD), an_assessment(event_id, category=category)]
    call = partial(correct_by_machine, service, said)
    if not by_machine:
        call = partial(correct, service, [("e-0", THIRD), (event_id, category)], actor=ANNA)
    with pytest.raises(error, match=sentence):
        call()
    assert every_row(store) == before


def test_of_many_words_the_faulty_ones_are_refused_and_the_others_recorded(store: Store) -> None:
    take_in(store, *failures(2))
    said = [("e-0", OTHER), ("nobody", OTHER), ("e-1", "nonsense"), ("e-1", OTHER)]
    answers = correct_each(
        a_service(store), [Word(event_id=event_id, said=category, actor=ANNA) for event_id, category in said]
    )
    assert [one.status for one in answers] == ["corrected", "refused", "refused", "corrected"]
    assert [type(one.error) for one in answers] == [type(None), NotFound, InvalidInput, type(None)]
    assert _pattern(store, OTHER)["counts"]["failures"] == 2


def test_a_failure_that_has_moved_on_since_it_was_seen_is_not_corrected(store: Store) -> None:
    take_in(store, *failures(1))
    service = a_service(store)
    (seen,) = correct(service, [("e-0", OTHER)], actor=BERT, expected_versions={"e-0": 2})
    before = every_row(store)
    with pytest.raises(VersionConflict, match="failure:e-0 is at version 3, not 2: read it again and retry"):
        correct(service, [("e-0", THIRD)], actor=ANNA, expected_versions={"e-0": 2})
    assert every_row(store) == before
    assert seen.version == 3
    assert correct(service, [("e-0", THIRD)], actor=ANNA, expected_versions={"e-0": 3})[0].version == 4


# registrations


@pytest.mark.parametrize("origin", [ABSENT, _version("1.0.0")])
def test_a_correction_before_or_after_what_is_registered_ends_in_the_same_rows(origin: Any) -> None:
    offline: dict[str, Any] = {
        "channel": "offline",
        "source": "spot_check",
        "session_id": ABSENT,
        "training_version": "assistant-1",
    }
    events = [event | {"sample_id": f"sample-{n}"} for n, event in enumerate(failures(3, template=origin, **offline))]
    events = [{key: value for key, value in event.items() if value is not ABSENT} for event in events]
    samples = [a_sample(sample_id=f"sample-{n}") for n in range(3)]
    trained = a_training_version(templates=[{"name": TEMPLATE, "version": "1.5.0"}])
    risky = a_template(labels={"risk_level": "medium"})
    steps: list[Callable[[Store], object]] = [
        lambda store: register(store, *samples, trained, risky),
        lambda store: _say(store, OTHER, "e-0", "e-1") and _say(store, THIRD, "e-1", by=BERT),
    ]
    ends = []
    for order in (steps, steps[::-1]):
        store = open_store(":memory:")
        take_in(store, *events)
        for step in order:
            step(store)
        assert [row["category"] for row in table(store, "failures")] == [OTHER, THIRD, CATEGORY]
        assert _is_whole(store)
        ends.append(
            {name: table(store, name) for name in ("failures", "pattern_units", "pattern_loci", "pattern_hours")}
        )
        store.close()
    assert ends[0] == ends[1]


def test_a_sample_registered_later_moves_a_corrected_failure_to_its_template_and_keeps_the_category(
    store: Store,
) -> None:
    take_in(store, *failures(1, session_id=ABSENT, template=ABSENT, sample_id="sample-1"))
    _say(store, OTHER, "e-0")
    register_samples(a_service(store), [a_sample()])
    row = _failure(store)
    assert (row["category"], row["template_name"]) == (OTHER, TEMPLATE)
    assert row["fingerprint"] == fingerprint_of(OTHER, TEMPLATE, row["locus"])
    assert _pattern(store, OTHER)["counts"]["failures"] == 1
    assert _is_whole(store)


# questions


def test_corrections_are_listed_newest_last_and_found_by_failure_actor_and_kind(store: Store) -> None:
    take_in(store, *failures(2))
    _machine_says(store, THIRD, "e-0")
    _say(store, OTHER, "e-0", "e-1")
    _say(store, OTHER, "e-1", by=BERT)
    listed = corrections(store)
    assert [(one.event_id, one.actor, one.said, one.category) for one in listed] == [
        ("e-0", "classifier", CATEGORY, THIRD),
        ("e-0", ANNA, THIRD, OTHER),
        ("e-1", ANNA, CATEGORY, OTHER),
        ("e-1", BERT, OTHER, OTHER),
    ]
    assert [one.classifier_version for one in listed] == ["c1:new", None, None, None]
    assert sorted(one.position for one in listed) == [one.position for one in listed]
    assert corrections(store, event_id="e-0") == listed[:2]
    assert corrections(store, actor=ANNA) == listed[1:3]
    assert corrections(store, person=False) == listed[:1]
    assert corrections(store, event_id="e-1", actor=BERT, person=True) == listed[3:]


def test_people_s_failures_are_told_from_the_machine_s(store: Store) -> None:
    take_in(store, *failures(3))
    _machine_says(store, OTHER, "e-0")
    _say(store, CATEGORY, "e-1")
    assert corrected_by_people(store, ["e-0", "e-1", "e-2", "nobody"]) == {"e-1"}


def test_the_latest_word_of_a_person_on_each_failure_is_what_a_classifier_learns_from(store: Store) -> None:
    events = failures(3)
    take_in(store, *events)
    _say(store, OTHER, "e-1")
    _say(store, CATEGORY, "e-0")
    mark = corrections(store)[-1].position
    _say(store, THIRD, "e-1", by=BERT)
    _machine_says(store, THIRD, "e-2")
    assert [(one.event_id, one.category) for one in labelled(store)] == [("e-0", CATEGORY), ("e-1", THIRD)]
    upto = labelled(store, mark)
    assert [(one.event_id, one.category) for one in upto] == [("e-1", OTHER), ("e-0", CATEGORY)]
    assert [one.position for one in upto] == [one.position for one in corrections(store, person=True)][:2]
    assert labelled(store, mark - 1) == upto[:1]
    assert FailureEvent.model_validate_json(upto[0].content) == FailureEvent.model_validate_json(raw(events[1]))
    assert (upto[0].template_name, upto[0].session_id, upto[0].unit) == (TEMPLATE, "e-session-1", "session:e-session-1")


def _erase(store: Store, event_id: str) -> None:
    with store.writing():
        store.db.conn.execute("DELETE FROM payloads WHERE payload_id = ?", (_failure(store, event_id)["payload_id"],))


def test_a_failure_whose_content_was_erased_teaches_nothing_and_can_still_be_corrected(store: Store) -> None:
    take_in(store, *failures(2))
    _say(store, OTHER, "e-0", "e-1")
    _erase(store, "e-0")
    assert [one.event_id for one in labelled(store)] == ["e-1"]
    _say(store, THIRD, "e-0")
    row = _failure(store)
    assert (row["category"], row["locus"]) == (THIRD, "no evidence")
    assert maintenance.check_read_models(store) == []


def test_every_two_people_on_one_failure_are_a_pair_of_their_latest_words(store: Store) -> None:
    take_in(store, *failures(3))
    for category, event_id, by in (
        (OTHER, "e-0", BERT),
        (CATEGORY, "e-0", ANNA),
        (THIRD, "e-0", BERT),
        (CATEGORY, "e-0", "token:cleo"),
        (OTHER, "e-1", ANNA),
    ):
        _say(store, category, event_id, by=by)
    _machine_says(store, OTHER, "e-2")
    assert [(p.event_id, p.first, p.second) for p in pairs(store)] == [
        ("e-0", ANNA, BERT),
        ("e-0", ANNA, "token:cleo"),
        ("e-0", BERT, "token:cleo"),
    ]
    assert pairs(store)[0] == Pair(
        event_id="e-0", first=ANNA, first_category=CATEGORY, second=BERT, second_category=THIRD
    )


def test_the_first_assessment_is_set_against_the_last_word_of_a_person(store: Store) -> None:
    take_in(store, *failures(4))
    _machine_says(store, THIRD, "e-0", "e-3")
    _say(store, OTHER, "e-0", "e-1")
    _say(store, CATEGORY, "e-2")
    _say(store, THIRD, "e-1", by=BERT)
    assert machine_pairs(store) == {(CATEGORY, CATEGORY): 1, (CATEGORY, OTHER): 1, (CATEGORY, THIRD): 1}


# stores


def _made_before_corrections(path: Path) -> None:
    """Make a store as the version before corrections did: without their table, and without its step."""
    store = open_store(path)
    take_in(store, *failures(4))
    with store.writing():
        store.db.conn.execute("DROP TABLE corrections")
        store.db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'the_corrections'")
    store.close()


@pytest.mark.parametrize("rebuilt", [True, False])
def test_a_store_made_before_corrections_is_opened_verified_rebuilt_and_corrected(
    tmp_path: Path, *, rebuilt: bool
) -> None:
    _made_before_corrections(tmp_path / "old.db")
    old, new = open_store(tmp_path / "old.db"), open_store(tmp_path / "new.db")
    sql = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'corrections' ORDER BY name"
    assert old.rows(sql) == new.rows(sql) != []
    assert (maintenance.verify(old), maintenance.check_read_models(old)) == ([], [])
    if rebuilt:
        maintenance.rebuild(old)
        maintenance.rebuild(old)
    _say(old, OTHER, "e-0", "e-1")
    assert _is_whole(old)
    old.close()
    again = open_store(tmp_path / "old.db")
    assert [one.event_id for one in corrections(again)] == ["e-0", "e-1"]
    again.close()
    new.close()


def test_people_who_correct_at_once_lose_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    take_in(store, *failures(12))
    wrong: list[BaseException] = []

    def speak(name: str, category: str, ids: list[str]) -> None:
        try:
            own = open_store(tmp_path / "a.db")
            for event_id in ids:
                _say(own, category, event_id, by=name)
            own.close()
        except BaseException as error:  # noqa: BLE001  shown by the test
            wrong.append(error)

    ids = [f"e-{n}" for n in range(12)]
    speakers = [
        threading.Thread(target=speak, args=(f"token:{n}", (OTHER, THIRD, CATEGORY)[n % 3], ids[n:] + ids[:n]))
        for n in range(6)
    ]
    for one in speakers:
        one.start()
    for one in speakers:
        one.join()
    assert wrong == []
    listed = corrections(store)
    assert len({(one.event_id, one.actor) for one in listed}) == len(listed) == 72
    last = {one.event_id: one.category for one in listed}
    assert {row["event_id"]: row["category"] for row in table(store, "failures")} == last
    assert [one.said for one in listed] == _before(listed)
    assert _is_whole(store)
    store.close()


def _before(listed: list[Any]) -> list[str]:
    """Return what had been said before each correction, followed from the first."""
    stands: dict[str, str] = {}
    found = []
    for one in listed:
        found.append(stands.get(one.event_id, CATEGORY))
        stands[one.event_id] = one.category
    return found


def test_corrections_are_not_published_and_the_tickets_they_open_are(store: Store) -> None:
    take_in(store, *failures(5))
    outbox = Outbox(a_service(store))
    outbox.done(outbox.pending())
    _say(store, OTHER, "e-0")
    removed = b"".join(message.value or b"" for message in outbox.pending().messages)
    assert b"CaseRemoved" in removed
    assert b"AssessmentCorrected" not in removed
    _say(store, OTHER, "e-1", "e-2", "e-3", settings=settings_with(recurrence={"min_units": 4}))
    published = b"".join(message.value or b"" for message in outbox.pending().messages)
    assert b"TicketOpened" in published
    assert b"AssessmentCorrected" not in published
