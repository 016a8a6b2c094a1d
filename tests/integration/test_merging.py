"""Merged tickets: one stands for both, until the other is reopened."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import ForbiddenAction, NotFound, VersionConflict
from feedback.service.merging import merge_tickets
from feedback.service.patterns import pattern_view
from feedback.service.register import register_templates
from feedback.service.review import act
from feedback.service.views import ticket_view
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from tests.builders import (
    OTHER_TEMPLATE,
    TEMPLATE,
    a_service,
    a_template,
    facts_of,
    failures,
    table,
    take_in,
    told,
)
from tests.commands import printed, run

ANNA, BERT = "token:anna", "token:bert"
OTHER_CATEGORY = "insufficient_context"
A, B, C = "a", "b", "c"


def _of(prefix: str, count: int = 8, version: str = "2.0.0") -> list[dict[str, Any]]:
    """Return failures of one of three patterns: B is another category than A in its template, C its category in another."""
    changes: dict[str, Any] = {"template": {"name": OTHER_TEMPLATE if prefix[0] == C else TEMPLATE, "version": version}}
    if prefix[0] == B:
        changes["metadata"] = told(OTHER_CATEGORY, "missing:attachment")
    else:
        changes["metadata"] = told()
    return failures(count, prefix, **changes)


def _ticket(store: Store, prefix: str, kind: str = "template_revision") -> str:
    """Return the ticket of this kind of the pattern in which the first failure so named stands."""
    (row,) = [row for row in table(store, "failures") if row["event_id"] == f"{prefix}-0"]
    tickets = [one for one in table(store, "tickets") if one["pattern_id"] == row["pattern_id"]]
    return str(next(one["ticket_id"] for one in tickets if one["kind"] == kind))


def _view(store: Store, ticket_id: str) -> dict[str, Any]:
    return ticket_view(a_service(store), ticket_id)


def _merge(store: Store, one: str, into: str, **more: Any) -> list[str]:
    return [ticket.ticket_id for ticket in merge_tickets(a_service(store), one, into, actor=ANNA, **more)]


def _revise(store: Store, ticket_id: str, version: str = "2.1.0", name: str = TEMPLATE) -> str:
    for action in ("take", "approve"):
        act(a_service(store), ticket_id, action, actor=ANNA)
    return _register(store, name, version, ticket_id)


def _register(store: Store, name: str, version: str, *resolves: str) -> str:
    return register_templates(a_service(store), [a_template(name=name, version=version, resolves=list(resolves))])[
        0
    ].note


@pytest.fixture
def full(store: Store) -> Iterator[Store]:
    """Give a store with three systemic patterns; in the end its log is whole, and a replay gives its rows."""
    take_in(store, *_of(A), *_of(B, 5), *_of(C, 6))
    yield store
    assert maintenance.check_read_models(store) == []
    assert maintenance.verify(store) == []


@pytest.mark.parametrize("other", [B, C])
def test_a_merged_ticket_is_rejected_and_shown_with_its_counts_by_the_one_that_stands(full: Store, other: str) -> None:
    one, stands = _ticket(full, other), _ticket(full, A)
    _merge(full, one, stands)
    view = _view(full, one)
    assert (view["state"], view["merged_into"]) == ("rejected", stands)
    assert _view(full, stands)["merged"] == [
        {
            "ticket_id": one,
            "pattern": view["pattern"],
            "counts": {"failures": 5, "units": 5} if other == B else {"failures": 6, "units": 6},
        }
    ]


def test_a_revision_brings_its_regression_set_along(full: Store) -> None:
    one, stands = _ticket(full, B), _ticket(full, A)
    sets = [_ticket(full, prefix, "regression_set") for prefix in (B, A)]
    act(a_service(full), sets[1], "take", actor=BERT)
    assert _merge(full, one, stands) == [one, sets[0]]
    assert _view(full, sets[0])["merged_into"] == sets[1]


def test_a_regression_set_that_is_approved_or_has_no_counterpart_in_work_stays(full: Store) -> None:
    act(a_service(full), _ticket(full, A, "regression_set"), "reject", actor=BERT, reason="wont_fix")
    assert _merge(full, _ticket(full, B), _ticket(full, A)) == [_ticket(full, B)]
    assert _view(full, _ticket(full, B, "regression_set"))["state"] == "open"


def test_cases_of_a_merged_pattern_are_tests_of_the_ticket_that_stands(full: Store) -> None:
    one, stands = _ticket(full, B), _ticket(full, A)
    of_both = [
        *_view(full, stands)["answers"]["regression_test"]["cases"],
        *_view(full, one)["answers"]["regression_test"]["cases"],
    ]
    _merge(full, one, stands)
    assert _view(full, stands)["answers"]["regression_test"]["cases"] == of_both
    assert len(of_both) == 2


def test_a_ticket_without_a_case_is_approved_by_those_of_a_merged_pattern(store: Store) -> None:
    without = [{name: value for name, value in event.items() if name != "request"} for event in _of(A)]
    take_in(store, *without, *_of(B, 5))
    stands = _ticket(store, A)
    act(a_service(store), stands, "take", actor=ANNA)
    with pytest.raises(ForbiddenAction, match="no test yet"):
        act(a_service(store), stands, "approve", actor=ANNA)
    _merge(store, _ticket(store, B), stands)
    assert act(a_service(store), stands, "approve", actor=ANNA).state == "approved"


def test_a_failure_of_a_merged_pattern_on_the_fix_regresses_the_ticket_that_stands(full: Store) -> None:
    stands = _ticket(full, A)
    _merge(full, _ticket(full, B), stands)
    _revise(full, stands)
    take_in(full, *_of("b-late", 1, version="2.0.0"))
    assert _view(full, stands)["state"] == "revised"
    take_in(full, *_of("b-again", 1, version="2.1.0"))
    assert _view(full, stands)["state"] == "regressed"
    assert len(facts_of(full, "TicketRegressed")) == 1


def test_failures_on_the_fix_that_came_before_the_merge_or_the_fix_count_too(full: Store) -> None:
    take_in(full, *_of("b-early", 1, version="2.3.0"))
    first = _ticket(full, A)
    _revise(full, first)
    assert _view(full, first)["state"] == "revised"
    _merge(full, _ticket(full, B), first)
    assert _view(full, first)["state"] == "regressed"
    _revise(full, first, "2.2.0")
    assert _view(full, first)["state"] == "regressed"
    _revise(full, first, "2.4.0")
    assert _view(full, first)["state"] == "revised"


def test_versions_of_another_template_say_nothing_of_the_fix_until_it_has_one_of_its_own(full: Store) -> None:
    stands = _ticket(full, A)
    _merge(full, _ticket(full, C), stands)
    _revise(full, stands, "2.1.0")
    take_in(full, *_of("c-new", 1, version="9.0.0"))
    assert _view(full, stands)["state"] == "revised"
    note = _register(full, OTHER_TEMPLATE, "9.1.0", stands)
    assert note == f"{stands} is about template {TEMPLATE}; what is merged into it has its fix in {OTHER_TEMPLATE} now"
    assert _view(full, stands)["state"] == "revised"
    take_in(full, *_of("c-again", 1, version="9.2.0"))
    assert _view(full, stands)["state"] == "regressed"


def test_a_fix_of_another_template_may_name_the_merged_ticket_and_looks_back(full: Store) -> None:
    stands, one = _ticket(full, A), _ticket(full, C)
    _merge(full, one, stands)
    _revise(full, stands, "2.1.0")
    take_in(full, *_of("c-new", 1, version="9.0.0"))
    note = _register(full, OTHER_TEMPLATE, "8.0.0", one)
    assert note == f"{one} is merged into {stands}, and has its fix in {OTHER_TEMPLATE} now"
    assert _view(full, stands)["state"] == "regressed"


def test_a_version_that_names_a_merged_ticket_of_its_own_template_is_told_which_one_stands(full: Store) -> None:
    stands, one = _ticket(full, A), _ticket(full, B)
    _merge(full, one, stands)
    assert _register(full, TEMPLATE, "3.0.0", one) == f"{one} is merged into {stands}: name that one"


def test_nothing_else_is_opened_for_a_merged_pattern_while_the_merge_stands(store: Store) -> None:
    alone = _of(B, 1)[0] | {"labels": {"risk_level": "high"}}
    take_in(store, *_of(A), alone)
    one = _ticket(store, B, "regression_set")
    _merge(store, one, _ticket(store, A, "regression_set"))
    take_in(store, *_of("b-more", 9))
    row = pattern_view(a_service(store), one)
    assert row["verdict"]["value"] == "systemic"
    assert [ticket["ticket_id"] for ticket in row["tickets"]] == [one]
    assert row["no_ticket"] == {"template_revision": f"{one} is merged into {_ticket(store, A, 'regression_set')}"}
    act(a_service(store), one, "reopen", actor=ANNA)
    take_in(store, *_of("b-last", 1))
    assert [ticket["kind"] for ticket in pattern_view(a_service(store), one)["tickets"]] == [
        "regression_set",
        "template_revision",
    ]


def test_reopening_a_merged_ticket_takes_it_back(full: Store) -> None:
    one, stands = _ticket(full, B), _ticket(full, A)
    before = _view(full, stands)
    _merge(full, one, stands)
    act(a_service(full), one, "reopen", actor=BERT)
    view = _view(full, one)
    assert (view["state"], "merged_into" in view) == ("open", False)
    assert _view(full, stands) == before


def test_merging_into_a_merged_ticket_goes_to_the_one_that_stands(full: Store) -> None:
    a, b, c = (_ticket(full, prefix) for prefix in (A, B, C))
    _merge(full, b, a)
    _merge(full, c, b)
    assert _view(full, c)["merged_into"] == a


def test_what_is_merged_into_a_ticket_goes_along_when_that_is_merged(full: Store) -> None:
    a, b, c = (_ticket(full, prefix) for prefix in (A, B, C))
    _merge(full, c, b)
    _merge(full, b, a)
    assert [one["ticket_id"] for one in _view(full, a)["merged"]] == sorted([b, c])


def test_a_merge_that_would_go_in_a_circle_is_refused(full: Store) -> None:
    a, b = _ticket(full, A), _ticket(full, B)
    _merge(full, b, a)
    with pytest.raises(ForbiddenAction, match="another ticket to merge it into, and not one that is merged into it"):
        _merge(full, a, b)


def test_a_merge_of_an_unknown_or_outdated_ticket_is_refused(full: Store) -> None:
    one, stands = _ticket(full, B), _ticket(full, A)
    for words in (("TR-0", stands), (one, "TR-0")):
        with pytest.raises(NotFound, match="no ticket 'TR-0'"):
            _merge(full, *words)
    with pytest.raises(VersionConflict, match="is at version 1, not 7"):
        _merge(full, one, stands, expected_version=7)
    assert facts_of(full, "TicketsMerged") == []


def test_the_command_says_what_is_merged_and_tickets_show_it(tmp_path: Path) -> None:
    db = tmp_path / "feedback.db"
    store = open_store(db)
    take_in(store, *_of(A), *_of(B, 5))
    (one, stands), sets = (_ticket(store, B), _ticket(store, A)), [_ticket(store, p, "regression_set") for p in (B, A)]
    store.close()
    assert run("tickets", "merge", one, stands, "--by", "anna", "--db", db).stdout == (
        f"{one} is merged into {stands} (version 2).\n{sets[0]} is merged into {sets[1]} (version 2).\n"
    )
    assert f"a duplicate: merged into {stands}" in run("tickets", "show", one, "--db", db).stdout
    shown = run("tickets", "show", stands, "--db", db).stdout
    assert f"with {one}, {OTHER_CATEGORY} in {TEMPLATE}: failures 5, distinct units 5" in shown
    refused = run("tickets", "merge", one, stands, "--db", db, code=2)
    assert refused.stderr == f"Error: ticket {one} is rejected: 'merge' needs open or in_review\n"
    run("tickets", "reopen", one, "--db", db)
    (again,) = printed("tickets", "merge", one, stands, "--expected-version", "3", "--db", db)
    assert (again["ticket_id"], again["version"]) == (one, 4)
    store = open_store(db)
    assert [fact["actor"] for fact in facts_of(store, "TicketsMerged")][:2] == ["unverified:anna"] * 2
    store.close()
