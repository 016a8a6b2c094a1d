"""Merged places: counted as one from then on, and taken back without a trace."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.domain.assessment import fingerprint_of
from feedback.errors import CircularMerge, NotFound
from feedback.service.correct import correct, correct_by_machine
from feedback.service.failures import failure_view
from feedback.service.grouping import merge, unmerge
from feedback.service.review import act
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
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
    every_row,
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
_MANY = 8


def _of(locus: str, count: int = _MANY, prefix: str = "a", **changes: Any) -> list[dict[str, Any]]:
    return failures(count, prefix=prefix, **{"metadata": told(locus=locus), **changes})


def _pattern_id(store: Store) -> str:
    return str(next(row["pattern_id"] for row in pattern_rows(a_service(store)) if row["category"] == CATEGORY))


def _merge(store: Store, locus: str, into: str) -> Any:
    return merge(a_service(store), _pattern_id(store), locus, into, actor="token:anna")


def _unmerge(store: Store, locus: str) -> Any:
    return unmerge(a_service(store), _pattern_id(store), locus, actor="token:anna")


def _loci(store: Store) -> dict[str, int]:
    return {row["locus"]: row["failures"] for row in table(store, "pattern_loci")}


def _cases(store: Store) -> list[tuple[str, str]]:
    return sorted((row["event_id"], row["locus"]) for row in table(store, "cases"))


@pytest.fixture
def full(store: Store) -> Iterator[Store]:
    """Give a store with a systemic pattern of three places; in the end its log is whole, and a replay gives its rows."""
    take_in(store, *_of(A), *_of(B, 3, "b"), *_of(C, 2, "c"))
    yield store
    assert maintenance.check_read_models(store) == []
    assert maintenance.verify(store) == []


def test_a_merged_place_is_counted_at_the_other_with_its_fingerprint(full: Store) -> None:
    done = _merge(full, B, A)
    assert (done.status, done.counted_as, done.failures) == ("merged", A, 3)
    assert _loci(full) == {A: _MANY + 3, C: 2}
    row = failure_row(full, "b-0")
    assert (row["locus"], row["said_locus"]) == (A, B)
    assert row["fingerprint"] == fingerprint_of(CATEGORY, TEMPLATE, A)


def test_what_comes_after_a_merge_is_counted_as_it_says(full: Store) -> None:
    _merge(full, B, A)
    take_in(full, *_of(B, 4, "later"))
    assert _loci(full) == {A: _MANY + 3 + 4, C: 2}


def test_a_merge_leaves_pattern_verdict_and_tickets_as_they_were(full: Store) -> None:
    service = a_service(full)
    patterns, tickets = pattern_rows(service), {view["ticket_id"]: view["state"] for view in ticket_views(service)}
    _merge(full, B, A)
    assert pattern_rows(service) == patterns
    assert {view["ticket_id"]: view["state"] for view in ticket_views(service)} == tickets


def test_a_merge_in_one_pattern_leaves_the_same_place_of_others_alone(full: Store) -> None:
    elsewhere = {"template": {"name": "other", "version": "1.0.0"}}
    take_in(full, *_of(B, 2, "elsewhere", **elsewhere))
    _merge(full, B, A)
    assert failure_row(full, "elsewhere-0")["locus"] == B


def test_taking_a_merge_back_restores_every_row(full: Store) -> None:
    tables = ("failures", "patterns", "pattern_loci", "tickets", "grouping_rules")
    before = {name: table(full, name) for name in tables}
    _merge(full, B, A)
    done = _unmerge(full, B)
    assert (done.status, done.counted_as, done.failures, done.rules) == ("unmerged", B, 3, {})
    assert {name: table(full, name) for name in tables} == before


def test_what_came_while_a_merge_held_goes_back_too(full: Store) -> None:
    _merge(full, B, A)
    take_in(full, *_of(B, 4, "later"))
    _unmerge(full, B)
    assert _loci(full) == {A: _MANY, B: 7, C: 2}


def test_chains_end_at_their_last_place_in_whatever_order_they_were_made() -> None:
    events: Step = lambda s: take_in(s, *_of(A), *_of(B, 3, "b"), *_of(C, 2, "c"))
    a_to_b: Step = lambda s: _merge(s, A, B)
    b_to_c: Step = lambda s: _merge(s, B, C)
    one, other = at_rest(events, a_to_b, b_to_c), at_rest(events, b_to_c, a_to_b)
    assert one == other
    assert {row["locus"] for row in one["failures"]} == {C}


def test_a_link_taken_out_of_a_chain_leaves_the_rest_of_it(full: Store) -> None:
    _merge(full, A, B)
    _merge(full, B, C)
    _unmerge(full, B)
    assert _loci(full) == {B: _MANY + 3, C: 2}


def test_a_place_merged_anew_leaves_the_one_it_was_merged_into(full: Store) -> None:
    _merge(full, B, A)
    _merge(full, B, C)
    assert _loci(full) == {A: _MANY, C: 5}
    assert len(facts_of(full, "GroupingRuleSet")) == 2


def test_the_same_merge_again_is_no_fact(full: Store) -> None:
    _merge(full, B, A)
    before = every_row(full)
    assert _merge(full, B, A).status == "unchanged"
    assert every_row(full) == before


def test_a_circle_is_refused_and_nothing_is_recorded(full: Store) -> None:
    _merge(full, A, B)
    _merge(full, B, C)
    before = every_row(full)
    for locus, into in ((C, A), (B, A), (A, A)):
        with pytest.raises(CircularMerge):
            _merge(full, locus, into)
    assert every_row(full) == before


def test_unknown_patterns_places_and_merges_are_refused_with_what_is_known(full: Store) -> None:
    with pytest.raises(NotFound, match="no pattern 'P-none': `feedback patterns list`"):
        merge(a_service(full), "P-none", A, B, actor="anna")
    with pytest.raises(NotFound, match="no pattern 'P-none'"):
        unmerge(a_service(full), "P-none", A, actor="anna")
    with pytest.raises(NotFound, match=rf"no place in P-\w+ '/typo': known are {A}, {B}, {C}$"):
        _merge(full, A, "/typo")
    with pytest.raises(NotFound, match="no place in"):
        _merge(full, "/typo", A)
    with pytest.raises(NotFound, match=f"of '{A}': merged are none"):
        _unmerge(full, A)
    _merge(full, B, C)
    with pytest.raises(NotFound, match=f"of '{A}': merged are {B} into {C}"):
        _unmerge(full, A)


def test_cases_of_an_open_set_follow_a_merge_and_its_end(full: Store) -> None:
    before = _cases(full)
    assert [locus for _, locus in before] == [A, B, C]
    _merge(full, B, C)
    assert _cases(full) == [("a-0", A), ("b-0", C)]
    assert {fact["reason"] for fact in facts_of(full, "CaseRemoved")} == {
        "its failure was put down to another place"
    } | {"an earlier failure of the pattern became known"}
    _unmerge(full, B)
    assert _cases(full) == before


def test_cases_of_a_set_that_someone_reviews_stay(full: Store) -> None:
    (regression,) = [view for view in ticket_views(a_service(full)) if view["kind"] == "regression_set"]
    act(a_service(full), regression["ticket_id"], "take", actor="token:bert")
    before = _cases(full)
    _merge(full, B, A)
    assert _cases(full) == before


def test_a_corrected_failure_is_counted_by_the_rules_of_the_pattern_it_goes_to_and_comes_back_to(full: Store) -> None:
    _merge(full, B, A)
    correct(a_service(full), [("b-0", "insufficient_context")], actor="token:bert")
    away = failure_row(full, "b-0")
    assert away["locus"] == away["said_locus"] != A
    correct(a_service(full), [("b-1", CATEGORY)], actor="token:bert")  # agrees, and says nothing of the place
    agreed = failure_row(full, "b-1")
    assert (agreed["locus"], agreed["said_locus"]) == (A, B)
    _unmerge(full, B)
    assert failure_row(full, "b-1")["locus"] == B


def test_a_failure_that_a_correction_or_a_sample_brings_into_a_pattern_is_counted_by_its_rules(full: Store) -> None:
    _merge(full, B, A)
    take_in(full, a_failure(metadata=told("insufficient_context")))
    correct_by_machine(a_service(full), [an_assessment("e-1", locus=B)])
    elsewhere = told(locus=B, template=("other", "1.0.0"))
    take_in(full, a_failure(event_id="e-2", sample_id="sample-1", template=ABSENT, metadata=elsewhere))
    register(full, a_sample())
    for row in (failure_row(full, "e-1"), failure_row(full, "e-2")):
        assert (row["locus"], row["said_locus"]) == (A, B)
        assert row["fingerprint"] == fingerprint_of(CATEGORY, TEMPLATE, A)


def test_a_sample_that_moves_a_failure_to_another_template_moves_it_out_of_the_merge(store: Store) -> None:
    by_text = {"metadata": told(locus=B, template=(TEMPLATE, "2.0.0")), "sample_id": "sample-1"}
    event = {key: value for key, value in a_failure(**by_text).items() if key != "template"}
    take_in(store, event, *_of(A))
    _merge(store, B, A)
    register(store, a_sample(template={"name": "other", "version": "1.0.0"}))
    row = failure_row(store)
    assert (row["template_name"], row["locus"]) == ("other", B)
    assert row["fingerprint"] == fingerprint_of(CATEGORY, "other", B)
    assert maintenance.check_read_models(store) == []


def test_readers_are_shown_what_is_merged(full: Store) -> None:
    _merge(full, B, A)
    loci = {one["locus"]: one for one in ticket_views(a_service(full))[0]["loci"]}
    assert (loci[A]["merged"], loci[C]["merged"]) == ([B], [])
    standing = failure_view(a_service(full), "b-0")["standing"]
    assert (standing["locus"], standing["said_locus"]) == (A, B)


# the command line


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give the path of a store with a systemic pattern of two places."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    take_in(store, *_of(A), *_of(B, 1, "b"))
    store.close()
    return path


def test_merge_and_unmerge_say_what_is_counted_where(db: Path) -> None:
    (row,) = printed("patterns", "list", "--db", db)["patterns"]
    words = ("patterns", "merge", row["pattern_id"], B, A, "--by", "anna", "--db", db)
    assert run(*words).stdout == f"1 failure at {B} is counted at {A}.\n"
    assert run(*words).stdout == f"1 failure at {B} is counted at {A}, as before: nothing is recorded.\n"
    ticket = printed("tickets", "list", "--db", db)[0]["ticket_id"]
    assert f"9  {A} (with {B})" in run("tickets", "show", ticket, "--db", db).stdout
    assert f"said to be at {B}, which people merged into {A}" in run("patterns", "failure", "b-0", "--db", db).stdout
    assert printed("patterns", "unmerge", row["pattern_id"], B, "--db", db) == {
        "pattern_id": row["pattern_id"],
        "locus": B,
        "status": "unmerged",
        "counted_as": B,
        "failures": 1,
        "rules": {},
    }
    assert "(with" not in run("tickets", "show", ticket, "--db", db).stdout


def test_a_refused_merge_is_a_sentence_and_exit_code_2(db: Path) -> None:
    (row,) = printed("patterns", "list", "--db", db)["patterns"]
    run("patterns", "merge", row["pattern_id"], A, B, "--db", db)
    said = run("patterns", "merge", row["pattern_id"], B, A, "--db", db, code=2).stderr
    assert (
        said
        == f"Error: {B!r} cannot be counted as {A!r}, which is counted as {B!r} itself: take that merge back first\n"
    )


def test_who_merged_is_recorded_as_unverified(db: Path) -> None:
    (row,) = printed("patterns", "list", "--db", db)["patterns"]
    run("patterns", "merge", row["pattern_id"], A, B, "--by", "anna", "--db", db)
    store = open_store(db)
    assert [fact["actor"] for fact in facts_of(store, "GroupingRuleSet")] == ["unverified:anna"]
    store.close()
