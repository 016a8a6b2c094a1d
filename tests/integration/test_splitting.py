"""Places split off: a pattern and tickets of their own from then on, and taken back without a trace in the counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.domain.pattern import pattern_id_of, split_id_of
from feedback.domain.recurrence import Verdict
from feedback.errors import ForbiddenAction, NotFound, VersionConflict
from feedback.service.correct import correct, correct_by_machine
from feedback.service.grouping import merge, unmerge
from feedback.service.patterns import pattern_view
from feedback.service.review import act
from feedback.service.splitting import Split, split, take_back_split
from feedback.service.verdicts import verdicts_of
from feedback.service.views import pattern_rows, ticket_view, ticket_views
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.patterns import patterns
from tests.builders import (
    ABSENT,
    CATEGORY,
    TEMPLATE,
    Step,
    a_failure,
    a_sample,
    a_service,
    an_assessment,
    facts_of,
    failure_row,
    failures,
    register,
    table,
    take_in,
    told,
)
from tests.commands import printed, run

A, B, C = "/currency:enum", "/money/currency:enum", "/unit:enum"
WHOLE = str(pattern_id_of(CATEGORY, TEMPLATE))
OF_B = split_id_of(CATEGORY, TEMPLATE, B)
ANNA = "token:anna"


def _of(locus: str, count: int, prefix: str, **changes: Any) -> list[dict[str, Any]]:
    return failures(count, prefix=prefix, **{"metadata": told(locus=locus), **changes})


def _ticket(store: Store, pattern_id: str = WHOLE, kind: str = "template_revision") -> str:
    tickets = [one for one in table(store, "tickets") if one["pattern_id"] == pattern_id]
    return str(next(one["ticket_id"] for one in tickets if one["kind"] == kind))


def _split(store: Store, *loci: str) -> Split:
    return split(a_service(store), _ticket(store), loci, actor=ANNA)


def _counts(store: Store) -> dict[str, int]:
    return {row["pattern_id"]: row["counts"]["failures"] for row in pattern_rows(a_service(store))}


@pytest.fixture
def full(store: Store) -> Iterator[Store]:
    """Give a store with a systemic pattern of three places; in the end its log is whole, and a replay gives its rows."""
    take_in(store, *_of(A, 8, "a"), *_of(B, 3, "b"), *_of(C, 2, "c"))
    yield store
    assert maintenance.check_read_models(store) == []
    assert maintenance.verify(store) == []


def test_a_place_split_off_is_a_pattern_of_its_own_with_its_failures_past_and_coming(full: Store) -> None:
    done = _split(full, B)
    assert (done.pattern_id, done.failures, done.loci) == (OF_B, 3, (B,))
    take_in(full, *_of(B, 4, "later"), *_of(A, 1, "other"))
    assert _counts(full) == {WHOLE: 11, OF_B: 7}
    assert [row["locus"] for row in pattern_rows(a_service(full))] == [None, B]


def test_several_places_make_one_pattern_whatever_order_they_are_named_in(full: Store) -> None:
    done = _split(full, C, B, C)
    assert (done.pattern_id, done.failures, done.loci) == (OF_B, 5, (B, C))


def test_a_split_opens_its_two_tickets_at_once_with_the_person_as_reason(full: Store) -> None:
    done = _split(full, C)
    assert [(one.kind, one.state) for one in done.tickets] == [
        ("regression_set", "open"),
        ("template_revision", "open"),
    ]
    view = pattern_view(a_service(full), done.pattern_id)
    assert view["verdict"]["value"] != "systemic"
    assert {one["because"] for one in view["tickets"]} == {f"{ANNA} split {C} off: a fault of its own"}


def test_a_split_of_a_category_without_revisions_opens_the_regression_set_alone(store: Store) -> None:
    gap = [*_of(A, 8, "a"), *_of(B, 1, "b")]
    for event in gap:
        event["metadata"]["told"]["category"] = "model_capability_gap"
    take_in(store, *gap)
    (whole,) = ticket_views(a_service(store))
    done = split(a_service(store), whole["ticket_id"], [B], actor=ANNA)
    assert [one.kind for one in done.tickets] == ["regression_set"]


def test_a_ticket_of_a_split_names_its_place_and_others_name_none(full: Store) -> None:
    (revision,) = [one.ticket_id for one in _split(full, B).tickets if one.kind == "template_revision"]
    view = ticket_view(a_service(full), revision)
    assert view["pattern"] == {"category": CATEGORY, "template": TEMPLATE, "locus": B}
    assert [(one["locus"], one["failures"]) for one in view["loci"]] == [(B, 3)]
    assert ticket_view(a_service(full), _ticket(full))["pattern"] == {"category": CATEGORY, "template": TEMPLATE}
    assert [fact.get("locus") for fact in facts_of(full, "TicketOpened")] == [None, None, B, B]


def test_each_part_is_judged_by_its_own_units(full: Store) -> None:
    take_in(full, *failures(6, "other", metadata=told("insufficient_context", "missing:attachment")))
    _split(full, B)
    verdicts = verdicts_of(a_service(full), patterns(full))
    assert (verdicts[WHOLE].inputs["units"], verdicts[OF_B].inputs["units"]) == (10, 3)
    assert (verdicts[WHOLE].inputs["others"], verdicts[OF_B].inputs["others"]) == (6, 0)


def test_a_split_changes_no_verdict_of_another_category_or_template_also_where_a_unit_failed_at_both_places(
    full: Store,
) -> None:
    take_in(full, *failures(6, "other", metadata=told("insufficient_context", "missing:attachment")))
    take_in(full, *failures(6, "elsewhere", template={"name": "other", "version": "1.0.0"}))
    take_in(full, *_of(B, 1, "both", session_id="a-session-0"))

    def of_others() -> dict[str, Verdict]:
        found = verdicts_of(a_service(full), patterns(full))
        return {pattern_id: verdict for pattern_id, verdict in found.items() if pattern_id not in {WHOLE, OF_B}}

    before = of_others()
    _split(full, B)
    assert of_others() == before
    assert len(before) == 2


def test_proposed_cases_go_with_their_failures_and_come_back(full: Store) -> None:
    def cases() -> list[tuple[str, str]]:
        return sorted((row["event_id"], row["pattern_id"]) for row in table(full, "cases"))

    before = cases()
    assert before == [("a-0", WHOLE), ("b-0", WHOLE), ("c-0", WHOLE)]
    _split(full, B)
    assert cases() == [("a-0", WHOLE), ("b-0", OF_B), ("c-0", WHOLE)]
    take_back_split(a_service(full), _ticket(full, OF_B), actor=ANNA)
    assert cases() == before


def test_taking_a_split_back_restores_every_count_and_rejects_its_tickets_as_duplicates(full: Store) -> None:
    tables = ("failures", "pattern_units", "pattern_hours", "pattern_loci", "pattern_versions")
    before = {name: table(full, name) for name in tables}
    _split(full, B)
    done = take_back_split(a_service(full), _ticket(full, OF_B), actor=ANNA)
    assert {name: table(full, name) for name in tables} == before
    assert (done.failures, {one.state for one in done.tickets}) == (3, {"rejected"})
    assert {fact["reason"] for fact in facts_of(full, "TicketRejected")} == {"duplicate"}
    assert _counts(full) == {WHOLE: 13, OF_B: 0}
    take_in(full, *_of(B, 2, "later"))
    assert _counts(full) == {WHOLE: 15, OF_B: 0}


def test_split_anew_its_rejected_tickets_are_reopened(full: Store) -> None:
    tickets = [one.ticket_id for one in _split(full, B).tickets]
    take_back_split(a_service(full), tickets[0], actor=ANNA)
    again = _split(full, B)
    assert [(one.ticket_id, one.state) for one in again.tickets] == [(each, "open") for each in tickets]
    assert _counts(full)[OF_B] == 3


def test_a_split_is_not_taken_back_while_someone_works_on_its_tickets(full: Store) -> None:
    _split(full, B)
    revision = _ticket(full, OF_B)
    act(a_service(full), revision, "take", actor=ANNA)
    with pytest.raises(ForbiddenAction, match=f"{revision} is in_review: 'unsplit' needs open or rejected"):
        take_back_split(a_service(full), _ticket(full, OF_B, "regression_set"), actor=ANNA)
    act(a_service(full), revision, "reject", actor=ANNA, reason="wont_fix")
    take_back_split(a_service(full), revision, actor=ANNA)
    assert _counts(full)[WHOLE] == 13


def test_what_cannot_be_split_is_refused_and_nothing_is_recorded(full: Store) -> None:
    with pytest.raises(NotFound, match=f"no place of {_ticket(full)} '/nowhere': it has failures at {A}, {B}, {C}"):
        _split(full, "/nowhere")
    with pytest.raises(ForbiddenAction, match="'split' needs some of its places, and at least one that stays"):
        _split(full, A, B, C)
    with pytest.raises(VersionConflict, match="is at version 1, not 3"):
        split(a_service(full), _ticket(full), [B], actor=ANNA, expected_version=3)
    with pytest.raises(NotFound, match="no ticket 'TR-0'"):
        split(a_service(full), "TR-0", [B], actor=ANNA)
    with pytest.raises(ForbiddenAction, match="'unsplit' needs a pattern that is split off"):
        take_back_split(a_service(full), _ticket(full), actor=ANNA)
    assert facts_of(full, "LocusSplit") == []


def test_a_split_is_taken_back_once_and_its_pattern_is_not_split_further(full: Store) -> None:
    _split(full, B, C)
    with pytest.raises(ForbiddenAction, match="'split' needs a pattern that was not split off itself"):
        split(a_service(full), _ticket(full, OF_B), [C], actor=ANNA)
    take_back_split(a_service(full), _ticket(full, OF_B), actor=ANNA)
    with pytest.raises(ForbiddenAction, match="'unsplit' needs a pattern that is split off"):
        take_back_split(a_service(full), _ticket(full, OF_B), actor=ANNA)


@pytest.mark.parametrize("merged_first", [True, False])
def test_of_a_merged_place_the_one_it_is_counted_at_decides(full: Store, *, merged_first: bool) -> None:
    steps: list[Step] = [lambda s: merge(a_service(s), WHOLE, C, B, actor=ANNA), lambda s: _split(s, B)]
    for step in steps if merged_first else reversed(steps):
        step(full)
    assert _counts(full) == {WHOLE: 8, OF_B: 5}
    unmerge(a_service(full), OF_B, C, actor=ANNA)
    assert _counts(full) == {WHOLE: 10, OF_B: 3}


def test_a_place_split_off_and_then_merged_into_one_that_stayed_is_counted_there(full: Store) -> None:
    _split(full, B)
    merge(a_service(full), OF_B, B, A, actor=ANNA)
    assert _counts(full) == {WHOLE: 13, OF_B: 0}
    view = ticket_view(a_service(full), _ticket(full))
    assert [(one["locus"], one["failures"], one["merged"]) for one in view["loci"]] == [(A, 11, [B]), (C, 2, [])]


def test_a_failure_that_a_correction_or_a_sample_brings_to_a_split_place_counts_in_its_pattern(full: Store) -> None:
    _split(full, B)
    take_in(full, a_failure(metadata=told("insufficient_context")))
    correct_by_machine(a_service(full), [an_assessment("e-1", locus=B)])
    elsewhere = told(locus=B, template=("other", "1.0.0"))
    take_in(full, a_failure(event_id="e-2", sample_id="sample-1", template=ABSENT, metadata=elsewhere))
    register(full, a_sample())
    assert [failure_row(full, event_id)["pattern_id"] for event_id in ("e-1", "e-2")] == [OF_B, OF_B]
    correct(a_service(full), [("b-0", "insufficient_context")], actor=ANNA)
    assert _counts(full)[OF_B] == 4


def test_a_store_made_before_knows_no_splits_and_takes_them(tmp_path: Path) -> None:
    store = open_store(tmp_path / "old.db")
    take_in(store, *_of(A, 8, "a"), *_of(B, 3, "b"))
    with store.writing():
        for statement in (
            "DROP INDEX tickets_by_target_1",
            "ALTER TABLE tickets DROP COLUMN merged_into",
            "DROP TABLE splits",
            "DROP TABLE split_loci",
            "DELETE FROM _sqlite_migrations WHERE name = 'the_merges_and_splits'",
        ):
            store.db.conn.execute(statement)
    store.close()
    store = open_store(tmp_path / "old.db")
    assert _split(store, B).failures == 3
    assert maintenance.check_read_models(store) == []
    store.close()


def test_the_commands_split_and_unsplit_say_what_moved_and_lists_name_the_place(tmp_path: Path) -> None:
    db = tmp_path / "feedback.db"
    store = open_store(db)
    take_in(store, *_of(A, 8, "a"), *_of(B, 1, "b"))
    whole = _ticket(store)
    store.close()
    said = run("tickets", "split", whole, B, "--by", "anna", "--db", db).stdout
    assert said.startswith(f"1 failure at {B}: counted in a pattern of their own, {OF_B}.\n")
    (revision,) = [
        row["ticket_id"]
        for row in printed("tickets", "list", "--kind", "template_revision", "--db", db)
        if row["pattern"].get("locus") == B
    ]
    assert f"{TEMPLATE} at {B}" in run("tickets", "list", "--db", db).stdout
    assert f"  {CATEGORY} in {TEMPLATE} at {B}\n" in run("tickets", "show", revision, "--db", db).stdout
    assert f"{CATEGORY} in {TEMPLATE} at {B}\n" in run("patterns", "show", OF_B, "--db", db).stdout
    assert f"  split off: {B}, now {OF_B}\n" in run("patterns", "show", WHOLE, "--db", db).stdout
    assert B in run("patterns", "list", "--db", db).stdout
    refused = run("tickets", "split", whole, A, "--db", db, code=2)
    assert (
        refused.stderr
        == f"Error: ticket {whole} is open: 'split' needs some of its places, and at least one that stays\n"
    )
    back = printed("tickets", "unsplit", revision, "--db", db)
    assert (back["pattern_id"], back["failures"], back["loci"]) == (OF_B, 1, [B])
    store = open_store(db)
    assert facts_of(store, "LocusSplit")[0]["actor"] == "unverified:anna"
    store.close()
