"""Samples and training versions: what they say of failures, whichever came first."""

from itertools import permutations
from typing import Any

import pytest

from feedback.errors import Conflict
from feedback.service.register import register_samples, register_version
from feedback.service.report import report
from feedback.service.views import ticket_views
from feedback.storage.database import Store
from tests.builders import (
    ABSENT,
    OTHER_TEMPLATE,
    TEMPLATE,
    Step,
    a_failure,
    a_sample,
    a_service,
    a_template,
    a_training_version,
    at_rest,
    every_row,
    failure_row,
    failures,
    incoming,
    register,
    table,
    take_in,
    told,
)


def _origin(store: Store, event_id: str = "e-1") -> tuple[Any, ...]:
    row = failure_row(store, event_id)
    return row["template_name"], row["template_version"], row["template_method"]


# samples


def _sample_event(**changes: Any) -> dict[str, Any]:
    offline = {"channel": "offline", "source": "spot_check", "sample_id": "sample-1", "session_id": ABSENT}
    return a_failure(**({"template": ABSENT, "metadata": told()} | offline | changes))


_BY_TEXT = told(template=(OTHER_TEMPLATE, "1.0.0"))


def test_the_same_samples_again_change_nothing(store: Store) -> None:
    assert register_samples(a_service(store), [a_sample(), a_sample()]) == (1, 1)
    before = every_row(store)
    assert register_samples(a_service(store), [a_sample()]) == (0, 1)
    assert every_row(store) == before


@pytest.mark.parametrize("first", [[a_sample()], []])
def test_a_sample_with_other_content_is_refused_and_nothing_is_registered(store: Store, first: list[Any]) -> None:
    register_samples(a_service(store), first)
    before = every_row(store)
    other = a_sample(template={"name": OTHER_TEMPLATE, "version": "1.0.0"})
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
        (_sample_event(template={"name": OTHER_TEMPLATE, "version": "1.0.0"}), (OTHER_TEMPLATE, "1.0.0", "reference")),
        (_sample_event(sample_id="nobody"), (None, None, None)),
        (_sample_event(sample_id="nobody", metadata=_BY_TEXT), (OTHER_TEMPLATE, "1.0.0", "text")),
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
    assert at_rest(*first) == at_rest(*last)


def test_a_sample_that_names_another_version_of_the_same_template_counts_for_that_version() -> None:
    event = _sample_event(metadata=told(template=(TEMPLATE, "1.0.0")))
    risky = a_template(labels={"risk_level": "high"})
    samples: Step = lambda s: register(s, risky, a_sample())
    events: Step = lambda s: take_in(s, event)
    assert at_rest(samples, events) == at_rest(events, samples)


def test_a_second_dataset_that_makes_a_sample_ambiguous_is_counted_whichever_came_first() -> None:
    event = _sample_event(metadata=told(template=(TEMPLATE, "1.0.0")))
    steps: list[Step] = [
        lambda s: register(s, a_sample()),
        lambda s: register(s, a_sample(dataset="sft_zh", template={"name": TEMPLATE, "version": "3.0.0"})),
        lambda s: take_in(s, event),
    ]
    ends = [at_rest(*order) for order in permutations(steps)]
    assert all(end == ends[0] for end in ends)


def test_between_reporting_and_assessing_a_sample_may_be_registered(store: Store) -> None:
    report(a_service(store), incoming(_sample_event()))
    register(store, a_sample())
    take_in(store)
    assert _origin(store) == (TEMPLATE, "2.0.0", "sample")


_ELSEWHERE = a_sample(dataset="sft_zh", template={"name": OTHER_TEMPLATE, "version": "1.0.0"})


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
    assert _origin(store) == (OTHER_TEMPLATE, "1.0.0", "sample")


def test_a_sample_of_two_datasets_and_one_template_is_not_ambiguous(store: Store) -> None:
    register(store, a_sample(), a_sample(dataset="sft_zh"))
    take_in(store, _sample_event())
    assert _origin(store) == (TEMPLATE, "2.0.0", "sample")


def test_a_failure_moved_to_another_template_leaves_its_old_pattern(store: Store) -> None:
    take_in(store, _sample_event(metadata=_BY_TEXT), _sample_event(event_id="e-2", sample_id="x", metadata=_BY_TEXT))
    register(store, a_sample())
    assert {row["template_name"]: row["failures"] for row in table(store, "patterns")} == {
        TEMPLATE: 1,
        OTHER_TEMPLATE: 1,
    }


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
    assert failure_row(store)["effective_version"] == effective


def test_a_model_that_was_not_trained_on_the_template_leaves_what_the_event_names(store: Store) -> None:
    register(store, a_training_version(templates=[{"name": OTHER_TEMPLATE, "version": "9.0.0"}]))
    take_in(store, a_failure(training_version="assistant-1"))
    assert failure_row(store)["effective_version"] == "2.0.0"


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
    assert at_rest(*first) == at_rest(*between) == at_rest(*last)


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
