"""Whenever people split places off and take it back, failures count where that says, and a replay gives the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.domain.assessment import fingerprint_of
from feedback.domain.facts import GroupingRuleSet, LocusSplit
from feedback.domain.grouping import end_of, merged
from feedback.domain.pattern import pattern_id_of
from feedback.errors import CircularMerge
from feedback.service.correct import correct_by_machine
from feedback.service.judge import judge
from feedback.service.register import register_samples
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.patterns import grouping_rules, split_loci
from feedback.storage.recording import record
from tests.builders import NOW, Step, a_service, an_assessment, at_rest, table, take_in
from tests.properties.places import CATEGORIES, LOCI, SAMPLES, TEMPLATES, events_of_few_places

SOME = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
_MOSTLY_FIRST = st.sampled_from((0, 0, 0, 1))  # so that splits, merges, failures and corrections meet in one pattern
_SPLITS = st.tuples(
    st.just("split"), _MOSTLY_FIRST, _MOSTLY_FIRST, st.lists(st.sampled_from(LOCI), min_size=1, unique=True)
)
_MERGES = st.tuples(st.just("merge"), _MOSTLY_FIRST, _MOSTLY_FIRST, st.integers(0, 2), st.integers(0, 2) | st.none())
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.integers(1, 9)),
        _SPLITS,
        st.tuples(st.just("unsplit"), _MOSTLY_FIRST, _MOSTLY_FIRST, st.sampled_from(LOCI)),
        _MERGES,
        st.tuples(st.just("said"), st.integers(0, 4), _MOSTLY_FIRST, st.integers(0, 2)),
        st.tuples(st.just("samples")),
    ),
    min_size=3,
    max_size=16,
)


def _split(store: Store, category: int, template: int, loci: list[str], *, taken_back: bool = False) -> None:
    """Split as the service does, but whether or not the pattern is there."""
    whole = {"category": CATEGORIES[category], "template": str(TEMPLATES[template])}
    whole_id = str(pattern_id_of(whole["category"], whole["template"]))
    fact = LocusSplit(pattern_id=whole_id, **whole, loci=tuple(sorted(loci)), taken_back=taken_back, actor="anna")
    record(store, [fact], now=NOW)
    judge(a_service(store))


def _merge(store: Store, category: int, template: int, locus: int, into: int | None) -> None:
    """Merge as the service does, but whether or not the pattern is there; what closes a circle is refused."""
    whole = {"category": CATEGORIES[category], "template": str(TEMPLATES[template])}
    whole_id, counted_as = (
        str(pattern_id_of(whole["category"], whole["template"])),
        None if into is None else LOCI[into],
    )
    if counted_as is not None:
        try:
            merged(grouping_rules(store, whole_id), LOCI[locus], counted_as)
        except CircularMerge:
            return
    fact = GroupingRuleSet(pattern_id=whole_id, **whole, locus=LOCI[locus], counted_as=counted_as, actor="anna")
    record(store, [fact], now=NOW)
    judge(a_service(store))


def _said(store: Store, known: int, event: int, category: int, locus: int) -> None:
    if event < known:
        correct_by_machine(
            a_service(store), [an_assessment(f"e-{event}", category=CATEGORIES[category], locus=LOCI[locus])]
        )


def _after(events: list[dict[str, Any]], history: list[Any]) -> Iterator[Store]:
    """Give a store in which a history happened, and all events were delivered in the end."""
    store, delivered = open_store(":memory:"), 0
    for step, *how in [*history, ("deliver", len(events))]:
        match step:
            case "deliver":
                take_in(store, *events[delivered : delivered + how[0]])
                delivered = min(len(events), delivered + how[0])
            case "split":
                _split(store, *how)
            case "unsplit":
                _split(store, how[0], how[1], [how[2]], taken_back=True)
            case "merge":
                _merge(store, *how)
            case "said":
                _said(store, delivered, *how)
            case "samples":
                register_samples(a_service(store), SAMPLES)
    yield store
    store.close()


def _counts(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leave out what depends on when people spoke: verdicts, tickets, and patterns kept empty for their tickets."""
    verdicts = ("verdict", "reason", "inputs")
    return {
        name: [
            {key: value for key, value in row.items() if key not in verdicts} for row in found if row.get("failures", 1)
        ]
        for name, found in rows.items()
        if name not in {"tickets", "cases"}
    }


@SOME
@given(events_of_few_places(), st.lists(_SPLITS | _MERGES, max_size=5), st.integers(0, 30))
def test_splits_before_amid_or_after_the_failures_end_in_the_same_rows(
    events: list[dict[str, Any]], said: list[Any], cut: int
) -> None:
    first: Step = lambda store: take_in(store, *events[:cut])
    rest: Step = lambda store: take_in(store, *events[cut:])

    def speak(store: Store) -> None:
        for step, *how in said:
            _split(store, *how) if step == "split" else _merge(store, *how)

    before = _counts(at_rest(speak, first, rest))
    assert _counts(at_rest(first, speak, rest)) == before
    assert _counts(at_rest(first, rest, speak)) == before


@SOME
@given(events_of_few_places(), st.lists(_SPLITS, max_size=4), st.integers(0, 30))
def test_when_all_splits_are_taken_back_the_counts_are_those_of_a_store_that_never_had_any(
    events: list[dict[str, Any]], said: list[Any], cut: int
) -> None:
    def take_back(store: Store) -> None:
        for _, category, template, loci in said:
            _split(store, category, template, [min(loci)], taken_back=True)

    def split_all(store: Store) -> None:
        for _, category, template, loci in said:
            _split(store, category, template, loci)

    first: Step = lambda store: take_in(store, *events[:cut])
    rest: Step = lambda store: take_in(store, *events[cut:])
    assert _counts(at_rest(first, split_all, rest, take_back)) == _counts(at_rest(first, rest))


@SOME
@given(events_of_few_places(), _STEPS)
def test_a_history_with_splits_is_replayed_row_for_row_whatever_is_folded_at_once(
    events: list[dict[str, Any]], history: list[Any]
) -> None:
    for store in _after(events, history):
        with pytest.MonkeyPatch.context() as patch:
            for fold in (1, 3, 5_000):
                patch.setattr(maintenance, "_BATCH", fold)
                assert maintenance.check_read_models(store) == []
        assert maintenance.verify(store) == []


@SOME
@given(events_of_few_places(), _STEPS)
def test_every_failure_counts_at_the_place_and_in_the_pattern_that_merges_and_splits_say(
    events: list[dict[str, Any]], history: list[Any]
) -> None:
    for store in _after(events, history):
        failures: dict[str, int] = {}
        for row in table(store, "failures"):
            whole_id = pattern_id_of(row["category"], row["template_name"], counts=bool(row["counts"]))
            if whole_id is None:
                assert row["pattern_id"] is None
                continue
            locus = end_of(grouping_rules(store, whole_id), row["said_locus"])
            pattern_id = split_loci(store, whole_id).get(locus, whole_id)
            assert (row["locus"], row["pattern_id"]) == (locus, pattern_id)
            assert row["fingerprint"] == fingerprint_of(row["category"], row["template_name"], locus)
            failures[pattern_id] = failures.get(pattern_id, 0) + 1
        assert {row["pattern_id"]: row["failures"] for row in table(store, "patterns") if row["failures"]} == failures
