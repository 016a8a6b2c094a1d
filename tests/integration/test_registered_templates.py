"""Templates in the store: registered, listed, known from failures only, and resolving tickets."""

from itertools import permutations
from typing import Any

import pytest

from feedback.domain.facts import TicketApproved, TicketFact, TicketTaken
from feedback.errors import Conflict, NotFound, NotRegistered
from feedback.service.register import register_templates
from feedback.service.views import ticket_view, ticket_views
from feedback.storage import registry
from feedback.storage.database import Store, open_store
from feedback.storage.recording import record
from tests.builders import (
    CATEGORY,
    NOW,
    OTHER_TEMPLATE,
    TEMPLATE,
    Step,
    a_failure,
    a_service,
    a_template,
    a_training_version,
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

# templates


def test_a_registered_template_is_found_again_whole(store: Store) -> None:
    template = a_template(output_schema={"properties": {"due": {"const": None}}}, tools=[{"type": "function"}])
    register(store, template)
    assert registry.template(store, TEMPLATE) == template
    assert registry.template(store, TEMPLATE).content_hash == template.content_hash


def test_the_same_template_again_changes_nothing(store: Store) -> None:
    assert [a.status for a in register_templates(a_service(store), [a_template(), a_template()])] == [
        "registered",
        "known",
    ]
    before = every_row(store)
    assert [a.status for a in register_templates(a_service(store), [a_template()])] == ["known"]
    assert every_row(store) == before


@pytest.mark.parametrize("first", [[a_template()], []])
def test_the_same_version_with_other_content_is_refused_and_nothing_of_the_call_is_registered(
    store: Store, first: list[Any]
) -> None:
    register_templates(a_service(store), first)
    before = every_row(store)
    call = [a_template(version="3.0.0"), a_template(), a_template(instruction="Changed.")]
    with pytest.raises(Conflict, match=r"template 'payment_terms 2\.0\.0' is already stored with other content"):
        register_templates(a_service(store), call)
    assert every_row(store) == before


def test_versions_are_listed_in_semantic_order_and_the_newest_is_shown(store: Store) -> None:
    register(store, *(a_template(version=version) for version in ("2.10.0", "2.9.0", "2.10.0-rc.1")))
    assert [one.version for one in registry.all_templates(store)] == ["2.9.0", "2.10.0-rc.1", "2.10.0"]
    assert registry.template(store, TEMPLATE).version == "2.10.0"


def test_versions_that_differ_in_build_metadata_alone_have_one_newest_whichever_came_first() -> None:
    versions = ("2.0.0+b", "2.0.0", "2.0.0+a")
    for order in permutations(versions):
        store = open_store(":memory:")
        register(store, *(a_template(version=version) for version in order))
        assert [one.version for one in registry.all_templates(store)] == sorted(versions)
        assert registry.template(store, TEMPLATE).version == "2.0.0+b"
        store.close()


def test_a_version_that_failures_name_and_nobody_registered_is_not_found_with_what_is_known_of_it(store: Store) -> None:
    register(store, a_template(version="2.10.0"), a_template(version="2.9.0"))
    take_in(store, *failures(3, template={"name": TEMPLATE, "version": "9.0.0"}))
    with pytest.raises(
        NotRegistered, match=r"'payment_terms 9\.0\.0': it is known from 3 failures .*: 2\.9\.0, 2\.10\.0$"
    ):
        registry.template(store, TEMPLATE, "9.0.0")
    assert registry.template(store, TEMPLATE).version == "2.10.0"


@pytest.mark.parametrize("version", [None, "1.0.0", "2.0.0"])
def test_a_template_that_only_failures_name_is_known_from_those_of_the_version_asked_for(
    store: Store, version: str | None
) -> None:
    named = [{"name": TEMPLATE, "version": "1.0.0"}, {"name": TEMPLATE, "version": "2.0.0"}, {"name": TEMPLATE}]
    take_in(store, *(a_failure(event_id=f"e-{n}", template=one) for n, one in enumerate(named)))
    expected = "3 failures" if version is None else "1 failure "
    with pytest.raises(NotRegistered, match=f"known from {expected}.* Registered versions: none"):
        registry.template(store, TEMPLATE, version)


def test_a_template_or_version_that_is_not_registered_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no template 'nothing'"):
        registry.template(store, "nothing")
    register(store, a_template())
    with pytest.raises(NotFound, match=r"registered: 2\.0\.0"):
        registry.template(store, TEMPLATE, "9.9.9")


def test_versions_that_failures_name_and_nobody_registered_are_listed(store: Store) -> None:
    register(store, a_template())
    take_in(
        store,
        *failures(2),
        a_failure(event_id="n", template={"name": TEMPLATE, "version": "9.0.0"}),
        a_failure(event_id="u", template={"name": OTHER_TEMPLATE}),
    )
    assert registry.seen_versions(store) == [(OTHER_TEMPLATE, "", 1), (TEMPLATE, "9.0.0", 1)]


def test_versions_that_failures_name_are_listed_and_counted_in_semantic_order(store: Store) -> None:
    versions = [None, "newest", "2.9.0", "2.10.0-rc.1", "2.10.0", "2.10.0+b"]
    take_in(store, *(_on_version(f"e-{n}", version) for n, version in enumerate(reversed(versions))))
    assert [version for _, version, _ in registry.seen_versions(store)] == ["", *versions[1:]]
    (view, *_) = ticket_views(a_service(store))
    assert list(view["counts"]["by_version"]) == ["unknown", *versions[1:]]


@pytest.mark.parametrize("category", [CATEGORY, "needs_triage"])
def test_a_template_s_risk_holds_for_its_failures_whichever_came_first(category: str) -> None:
    risky = a_template(labels={"risk_level": "high"})
    events = [event | {"metadata": told(category)} for event in failures(3)]
    first, last = (lambda store: register(store, risky)), (lambda store: take_in(store, *events))
    assert at_rest(first, last) == at_rest(last, first)


@pytest.mark.parametrize("template_first", [True, False])
def test_a_failure_s_own_risk_comes_before_its_template_s(store: Store, *, template_first: bool) -> None:
    steps: list[Step] = [
        lambda s: register(s, a_template(labels={"risk_level": "high"})),
        lambda s: take_in(s, a_failure(labels={"risk_level": "low"})),
    ]
    for step in steps if template_first else reversed(steps):
        step(store)
    assert failure_row(store)["risk_level"] == "low"
    assert table(store, "tickets") == []


def test_the_risk_of_another_version_does_not_count(store: Store) -> None:
    register(store, a_template(version="1.0.0", labels={"risk_level": "high"}))
    take_in(store, a_failure())
    assert failure_row(store)["risk_level"] is None


# tickets that a template resolves


def _record(store: Store, *facts: TicketFact) -> None:
    record(store, facts, now=NOW)


def _approved(store: Store) -> str:
    """Bring the revision ticket of the pattern to approved and return its id."""
    take_in(store, *failures(4))
    (ticket_id,) = [one["ticket_id"] for one in table(store, "tickets") if one["kind"] == "template_revision"]
    _record(
        store,
        TicketTaken(ticket_id=ticket_id, actor="ana"),
        TicketApproved(ticket_id=ticket_id, actor="ben", settles=True),
    )
    return str(ticket_id)


def _state(store: Store, ticket_id: str) -> str:
    return str(ticket_view(a_service(store), ticket_id)["state"])


def _on_version(event_id: str, version: str | None) -> dict[str, Any]:
    named = {"name": TEMPLATE} | ({"version": version} if version else {})
    return a_failure(event_id=event_id, session_id=event_id, template=named)


def test_a_version_that_resolves_an_approved_ticket_revises_it(store: Store) -> None:
    ticket_id = _approved(store)
    (answer,) = register_templates(a_service(store), [a_template(version="2.1.0", resolves=[ticket_id])])
    assert answer.note == f"{ticket_id} is revised"
    assert _state(store, ticket_id) == "revised"


def test_a_version_that_resolves_a_ticket_nobody_approved_leaves_it_open_and_says_so(store: Store) -> None:
    take_in(store, *failures(4))
    ids = {one["kind"]: one["ticket_id"] for one in table(store, "tickets")}
    (answer,) = register_templates(a_service(store), [a_template(version="2.1.0", resolves=list(ids.values()))])
    assert answer.note.count("is open and stays so: approve it first") == 2
    assert {_state(store, ticket_id) for ticket_id in ids.values()} == {"open"}


def test_a_ticket_of_another_template_and_an_unknown_one_are_named_and_left_alone(store: Store) -> None:
    ticket_id = _approved(store)
    resolving = a_template(name=OTHER_TEMPLATE, version="2.1.0", resolves=[ticket_id, "TR-nobody"])
    (answer,) = register_templates(a_service(store), [resolving])
    assert answer.note == f"{ticket_id} is about template {TEMPLATE}; TR-nobody is unknown here"
    assert _state(store, ticket_id) == "approved"


def test_two_versions_of_one_call_that_resolve_the_same_ticket_revise_it_once(store: Store) -> None:
    ticket_id = _approved(store)
    fixes = [a_template(version=version, resolves=[ticket_id]) for version in ("2.1.0", "2.2.0")]
    register_templates(a_service(store), fixes)
    assert [fact["version"] for fact in facts_of(store, "TicketRevised")] == ["2.1.0"]


def _revised(store: Store) -> str:
    ticket_id = _approved(store)
    register(store, a_template(version="2.9.0", resolves=[ticket_id]))
    assert _state(store, ticket_id) == "revised"
    return ticket_id


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("2.9.0", "regressed"),
        ("2.10.0", "regressed"),
        ("2.8.0", "revised"),
        ("2.9.0-rc.1", "revised"),
        (None, "revised"),
        ("newest", "revised"),
    ],
)
def test_only_a_failure_on_the_fix_or_later_reopens_a_ticket(store: Store, version: str | None, state: str) -> None:
    ticket_id = _revised(store)
    take_in(store, _on_version("late", version))
    view = ticket_view(a_service(store), ticket_id)
    assert view["state"] == state
    assert view["counts"]["by_version"][version or "unknown"] == 1
    assert view["counts"]["failures"] == 5


def test_a_ticket_regresses_once_however_many_failures_follow(store: Store) -> None:
    ticket_id = _revised(store)
    take_in(store, _on_version("late-1", "2.9.0"), _on_version("late-2", "2.9.1"))
    take_in(store, _on_version("late-3", "2.9.0"))
    assert len(facts_of(store, "TicketRegressed")) == 1
    assert _state(store, ticket_id) == "regressed"


def test_learning_that_a_model_was_trained_on_the_fix_reopens_the_ticket(store: Store) -> None:
    ticket_id = _revised(store)
    take_in(store, _on_version("late", "2.0.0") | {"training_version": "m2"})
    assert _state(store, ticket_id) == "revised"
    fixed = [{"name": TEMPLATE, "version": "2.9.0"}]
    register(store, a_training_version(training_version="m2", templates=fixed))
    assert _state(store, ticket_id) == "regressed"


def test_a_model_trained_before_the_fix_never_reopens_though_the_event_names_the_fix(store: Store) -> None:
    ticket_id = _revised(store)
    register(store, a_training_version(training_version="m1"))
    take_in(store, _on_version("late", "2.9.0") | {"training_version": "m1"})
    assert _state(store, ticket_id) == "revised"


def test_a_failure_on_the_fix_reopens_the_ticket_though_it_came_before_the_fix_was_registered(store: Store) -> None:
    ticket_id = _approved(store)
    take_in(store, _on_version("early", "2.9.0"))
    register(store, a_template(version="2.9.0", resolves=[ticket_id]))
    assert _state(store, ticket_id) == "regressed"
