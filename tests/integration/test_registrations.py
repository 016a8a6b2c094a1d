from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from feedback.domain.facts import TicketApproved, TicketFact, TicketTaken
from feedback.errors import Conflict, NotFound
from feedback.service.register import register_samples, register_templates, register_version
from feedback.service.report import report
from feedback.service.views import ticket_view, ticket_views
from feedback.storage import registry
from feedback.storage.database import Store, open_store
from feedback.storage.recording import record
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
    every_row,
    facts_of,
    failures,
    incoming,
    register,
    table,
    take_in,
    told,
)

_OTHER = "other_template"
_ARRIVAL = ("position", "assessed_position", "payload_id", "evidence_payload_id")
_COUNTED = ("patterns", "pattern_units", "pattern_hours", "pattern_loci", "pattern_versions")
Step = Callable[[Store], object]


def _at_rest(*steps: Step) -> dict[str, list[dict[str, Any]]]:
    """Return what stands in the read models after the steps, but for what tells the order of arrival."""
    store = open_store(":memory:")
    for step in steps:
        step(store)
    rows = {name: table(store, name, without=_ARRIVAL) for name in _COUNTED}
    rows["failures"] = sorted(table(store, "failures", without=_ARRIVAL), key=lambda row: str(row["event_id"]))
    rows["tickets"] = table(store, "tickets")
    rows["cases"] = table(store, "cases", without=_ARRIVAL)
    store.close()
    return rows


def _failure(store: Store, event_id: str = "e-1") -> dict[str, Any]:
    (row,) = [row for row in table(store, "failures") if row["event_id"] == event_id]
    return row


def _origin(store: Store, event_id: str = "e-1") -> tuple[Any, ...]:
    row = _failure(store, event_id)
    return row["template_name"], row["template_version"], row["template_method"]


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
        a_failure(event_id="u", template={"name": _OTHER}),
    )
    assert registry.seen_versions(store) == [(_OTHER, "", 1), (TEMPLATE, "9.0.0", 1)]


@pytest.mark.parametrize("category", [CATEGORY, "needs_triage"])
def test_a_template_s_risk_holds_for_its_failures_whichever_came_first(category: str) -> None:
    risky = a_template(labels={"risk_level": "high"})
    events = [event | {"metadata": told(category)} for event in failures(3)]
    first, last = (lambda store: register(store, risky)), (lambda store: take_in(store, *events))
    assert _at_rest(first, last) == _at_rest(last, first)


@pytest.mark.parametrize("template_first", [True, False])
def test_a_failure_s_own_risk_comes_before_its_template_s(store: Store, *, template_first: bool) -> None:
    steps: list[Step] = [
        lambda s: register(s, a_template(labels={"risk_level": "high"})),
        lambda s: take_in(s, a_failure(labels={"risk_level": "low"})),
    ]
    for step in steps if template_first else reversed(steps):
        step(store)
    assert _failure(store)["risk_level"] == "low"
    assert table(store, "tickets") == []


def test_the_risk_of_another_version_does_not_count(store: Store) -> None:
    register(store, a_template(version="1.0.0", labels={"risk_level": "high"}))
    take_in(store, a_failure())
    assert _failure(store)["risk_level"] is None


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
    resolving = a_template(name=_OTHER, version="2.1.0", resolves=[ticket_id, "TR-nobody"])
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


# samples


def _sample_event(**changes: Any) -> dict[str, Any]:
    offline = {"channel": "offline", "source": "spot_check", "sample_id": "sample-1", "session_id": ABSENT}
    return a_failure(**({"template": ABSENT, "metadata": told()} | offline | changes))


_BY_TEXT = told(template=(_OTHER, "1.0.0"))


def test_the_same_samples_again_change_nothing(store: Store) -> None:
    assert register_samples(a_service(store), [a_sample(), a_sample()]) == (1, 1)
    before = every_row(store)
    assert register_samples(a_service(store), [a_sample()]) == (0, 1)
    assert every_row(store) == before


@pytest.mark.parametrize("first", [[a_sample()], []])
def test_a_sample_with_other_content_is_refused_and_nothing_is_registered(store: Store, first: list[Any]) -> None:
    register_samples(a_service(store), first)
    before = every_row(store)
    other = a_sample(template={"name": _OTHER, "version": "1.0.0"})
    with pytest.raises(Conflict, match=r"sample 'sample-1 of sft_en v0\.3\.0'"):
        register_samples(a_service(store), [a_sample(sample_id="new"), a_sample(), other])
    assert every_row(store) == before


def test_the_same_sample_id_in_another_dataset_version_is_another_sample(store: Store) -> None:
    samples = [a_sample(), a_sample(dataset_version="v0.4.0"), a_sample(dataset="sft_zh")]
    assert register_samples(a_service(store), samples) == (3, 0)


@pytest.mark.parametrize(
    ("event", "origin"),
    [
        (_sample_event(), (TEMPLATE, "2.0.0", "sample")),
        (_sample_event(metadata=_BY_TEXT), (TEMPLATE, "2.0.0", "sample")),
        (_sample_event(template={"name": _OTHER, "version": "1.0.0"}), (_OTHER, "1.0.0", "reference")),
        (_sample_event(sample_id="nobody"), (None, None, None)),
        (_sample_event(sample_id="nobody", metadata=_BY_TEXT), (_OTHER, "1.0.0", "text")),
        (_sample_event(dataset="sft_zh"), (None, None, None)),
        (_sample_event(dataset="sft_en", dataset_version="v0.3.0"), (TEMPLATE, "2.0.0", "sample")),
    ],
)
@pytest.mark.parametrize("samples_first", [True, False])
def test_a_registered_sample_names_the_template_before_a_text_and_after_a_reference(
    store: Store, event: dict[str, Any], origin: tuple[Any, ...], *, samples_first: bool
) -> None:
    steps: list[Step] = [lambda s: register(s, a_sample()), lambda s: take_in(s, event)]
    for step in steps if samples_first else reversed(steps):
        step(store)
    assert _origin(store) == origin


@pytest.mark.parametrize("metadata", [told(), _BY_TEXT, told("needs_triage")])
def test_samples_first_or_failures_first_end_in_the_same_rows(metadata: dict[str, Any]) -> None:
    events = [
        _sample_event(
            event_id=f"e-{n}",
            sample_id=f"sample-{n}",
            metadata=metadata,
            training_version="assistant-1",
            occurred_at=f"2026-04-24T0{n}:00:00Z",
        )
        for n in range(3)
    ]
    samples = [a_sample(sample_id=f"sample-{n}") for n in range(3)]
    trained = a_training_version(templates=[{"name": TEMPLATE, "version": "1.5.0"}])
    risky = a_template(labels={"risk_level": "high"})
    first: list[Step] = [lambda s: register(s, risky, trained, *samples), lambda s: take_in(s, *events)]
    last: list[Step] = [lambda s: take_in(s, *events), lambda s: register(s, *samples, trained, risky)]
    assert _at_rest(*first) == _at_rest(*last)


def test_a_sample_that_names_another_version_of_the_same_template_counts_for_that_version() -> None:
    event = _sample_event(metadata=told(template=(TEMPLATE, "1.0.0")))
    risky = a_template(labels={"risk_level": "high"})
    samples: Step = lambda s: register(s, risky, a_sample())
    events: Step = lambda s: take_in(s, event)
    assert _at_rest(samples, events) == _at_rest(events, samples)


def test_a_second_dataset_that_makes_a_sample_ambiguous_is_counted_whichever_came_first() -> None:
    event = _sample_event(metadata=told(template=(TEMPLATE, "1.0.0")))
    steps: list[Step] = [
        lambda s: register(s, a_sample()),
        lambda s: register(s, a_sample(dataset="sft_zh", template={"name": TEMPLATE, "version": "3.0.0"})),
        lambda s: take_in(s, event),
    ]
    ends = [_at_rest(*order) for order in permutations(steps)]
    assert all(end == ends[0] for end in ends)


def test_between_reporting_and_assessing_a_sample_may_be_registered(store: Store) -> None:
    report(a_service(store), incoming(_sample_event()))
    register(store, a_sample())
    take_in(store)
    assert _origin(store) == (TEMPLATE, "2.0.0", "sample")


_ELSEWHERE = a_sample(dataset="sft_zh", template={"name": _OTHER, "version": "1.0.0"})


@pytest.mark.parametrize("samples_first", [True, False])
def test_an_ambiguous_sample_attributes_nothing(store: Store, *, samples_first: bool) -> None:
    steps: list[Step] = [
        lambda s: register_samples(a_service(s), [a_sample(), _ELSEWHERE]),
        lambda s: take_in(s, _sample_event()),
    ]
    for step in steps if samples_first else reversed(steps):
        step(store)
    # two datasets in one call are two facts: what the first of them seems to say must not stay
    assert _origin(store) == (None, None, None)


@pytest.mark.parametrize("samples_first", [True, False])
def test_an_ambiguous_sample_leaves_what_the_text_says(store: Store, *, samples_first: bool) -> None:
    by_text = _sample_event(metadata=told(template=("third", "1.0.0")))
    steps: list[Step] = [
        lambda s: register(s, a_sample(), _ELSEWHERE),
        lambda s: take_in(s, by_text),
    ]
    for step in steps if samples_first else reversed(steps):
        step(store)
    assert _origin(store) == ("third", "1.0.0", "text")


def test_the_dataset_of_the_event_settles_an_ambiguous_sample(store: Store) -> None:
    register(store, a_sample(), _ELSEWHERE)
    take_in(store, _sample_event(dataset="sft_zh"))
    assert _origin(store) == (_OTHER, "1.0.0", "sample")


def test_a_sample_of_two_datasets_and_one_template_is_not_ambiguous(store: Store) -> None:
    register(store, a_sample(), a_sample(dataset="sft_zh"))
    take_in(store, _sample_event())
    assert _origin(store) == (TEMPLATE, "2.0.0", "sample")


def test_a_failure_moved_to_another_template_leaves_its_old_pattern(store: Store) -> None:
    take_in(store, _sample_event(metadata=_BY_TEXT), _sample_event(event_id="e-2", sample_id="x", metadata=_BY_TEXT))
    register(store, a_sample())
    assert {row["template_name"]: row["failures"] for row in table(store, "patterns")} == {TEMPLATE: 1, _OTHER: 1}


def test_a_ticket_whose_failures_all_moved_to_another_template_is_still_shown(store: Store) -> None:
    events = [_sample_event(event_id=f"e-{n}", sample_id=f"sample-{n}", metadata=_BY_TEXT) for n in range(4)]
    take_in(store, *events)
    opened = {row["ticket_id"] for row in table(store, "tickets")}
    assert len(opened) == 2
    register_samples(a_service(store), [a_sample(sample_id=f"sample-{n}") for n in range(4)])
    shown = {view["ticket_id"] for view in ticket_views(a_service(store))}
    assert opened <= shown


# training versions


def test_the_same_training_version_again_changes_nothing(store: Store) -> None:
    assert register_version(a_service(store), a_training_version()).status == "registered"
    before = every_row(store)
    assert register_version(a_service(store), a_training_version()).status == "known"
    assert every_row(store) == before


def test_a_training_version_with_other_content_is_refused(store: Store) -> None:
    register(store, a_training_version())
    before = every_row(store)
    with pytest.raises(Conflict, match="training version 'assistant-1'"):
        register(store, a_training_version(dataset_version="v0.4.0"))
    assert every_row(store) == before


@pytest.mark.parametrize("trained_first", [True, False])
@pytest.mark.parametrize(
    ("training_version", "effective"), [("assistant-1", "1.5.0"), ("unknown", "2.0.0"), (None, "2.0.0")]
)
def test_the_effective_version_is_what_the_model_was_trained_on_else_what_the_event_names(
    store: Store, training_version: str | None, effective: str, *, trained_first: bool
) -> None:
    event = a_failure(training_version=training_version)
    trained = a_training_version(templates=[{"name": TEMPLATE, "version": "1.5.0"}])
    steps: list[Step] = [lambda s: register(s, trained), lambda s: take_in(s, event)]
    for step in steps if trained_first else reversed(steps):
        step(store)
    assert _failure(store)["effective_version"] == effective


def test_a_model_that_was_not_trained_on_the_template_leaves_what_the_event_names(store: Store) -> None:
    register(store, a_training_version(templates=[{"name": _OTHER, "version": "9.0.0"}]))
    take_in(store, a_failure(training_version="assistant-1"))
    assert _failure(store)["effective_version"] == "2.0.0"


def test_training_version_first_or_failures_first_end_in_the_same_effective_versions_and_counts() -> None:
    events = [
        event | {"training_version": ("assistant-1", "assistant-2", "assistant-3", None)[n % 4]}
        for n, event in enumerate(failures(8))
    ]
    trained = [
        a_training_version(),
        a_training_version(training_version="assistant-2", templates=[{"name": TEMPLATE, "version": "2.1.0"}]),
    ]
    first: list[Step] = [lambda s: register(s, *trained), lambda s: take_in(s, *events)]
    between: list[Step] = [
        lambda s: take_in(s, *events[:5]),
        lambda s: register(s, *trained),
        lambda s: take_in(s, *events[5:]),
    ]
    last: list[Step] = [lambda s: take_in(s, *events), lambda s: register(s, *reversed(trained))]
    assert _at_rest(*first) == _at_rest(*between) == _at_rest(*last)


def test_by_version_counts_failures_by_effective_version(store: Store) -> None:
    trained = [{"name": TEMPLATE, "version": "2.1.0"}]
    register(store, a_training_version(templates=trained))
    take_in(
        store,
        *failures(4, training_version="assistant-1"),
        *failures(2, prefix="named"),
        *failures(1, prefix="unknown", template={"name": TEMPLATE}),
    )
    views = ticket_views(a_service(store))
    assert {str(view["counts"]["by_version"]) for view in views} == {
        str({"unknown": 1, "2.0.0": 2, "2.1.0": 4}),
    }
