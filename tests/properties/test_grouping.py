"""Whenever people merge places and take it back, counts are those of the rules that stand, and a replay gives the same."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.domain.assessment import fingerprint_of
from feedback.domain.facts import GroupingRuleSet
from feedback.domain.grouping import end_of, merged
from feedback.domain.pattern import pattern_id_of
from feedback.errors import CircularMerge
from feedback.service.correct import correct_by_machine
from feedback.service.judge import judge
from feedback.service.register import register_samples
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.patterns import grouping_rules
from feedback.storage.recording import record
from tests.builders import NOW, Step, a_service, an_assessment, at_rest, table, take_in
from tests.properties.places import CATEGORIES, LOCI, SAMPLES, TEMPLATES, events_of_few_places

SOME = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
Rule = tuple[int, int, int, int | None]
"""Category and template of the pattern, the place, and the place it is counted as (None takes the rule back)."""


_MOSTLY_FIRST = st.sampled_from((0, 0, 0, 1))  # so that rules, failures and corrections meet in one pattern
_RULES = st.tuples(_MOSTLY_FIRST, _MOSTLY_FIRST, st.integers(0, 2), st.integers(0, 2) | st.none())
_STEPS = st.lists(
    st.one_of(
        st.integers(1, 9),  # so many of the next failures are delivered
        _RULES,
        st.tuples(st.just("said"), st.integers(0, 4), _MOSTLY_FIRST, st.integers(0, 2)),
        st.just("samples"),
    ),
    min_size=3,
    max_size=16,
)


def _set(store: Store, rule: Rule) -> None:
    """Set a rule as the service does, but whether or not its pattern is there; one that closes a circle is refused."""
    category, template, locus, into = CATEGORIES[rule[0]], str(TEMPLATES[rule[1]]), LOCI[rule[2]], rule[3]
    pattern_id = str(pattern_id_of(category, template))
    counted_as = None if into is None else LOCI[into]
    if counted_as is not None:
        try:
            merged(grouping_rules(store, pattern_id), locus, counted_as)
        except CircularMerge:
            return
    fact = GroupingRuleSet(
        pattern_id=pattern_id, category=category, template=template, locus=locus, counted_as=counted_as, actor="anna"
    )
    record(store, [fact], now=NOW)
    judge(a_service(store))


def _setting(rules: list[Rule]) -> Step:
    def step(store: Store) -> None:
        for rule in rules:
            _set(store, rule)

    return step


def _live(events: list[dict[str, Any]], history: list[Any], *, ruled: bool = True) -> Callable[[Store], None]:
    """Let a history happen, and deliver at the end what is left."""

    def step(store: Store) -> None:
        delivered = 0
        for one in [*history, len(events)]:
            if isinstance(one, int):
                take_in(store, *events[delivered : delivered + one])
                delivered += one
            elif one == "samples":
                register_samples(a_service(store), SAMPLES)
            elif one[0] == "said":
                if one[1] < min(delivered, len(events)):
                    again = an_assessment(f"e-{one[1]}", category=CATEGORIES[one[2]], locus=LOCI[one[3]])
                    correct_by_machine(a_service(store), [again])
            elif ruled:
                _set(store, one)

    return step


@SOME
@given(events_of_few_places(), st.lists(_RULES, max_size=6), st.integers(0, 30))
def test_rules_before_amid_or_after_the_failures_end_in_the_same_rows(
    events: list[dict[str, Any]], rules: list[Rule], cut: int
) -> None:
    first: Step = lambda store: take_in(store, *events[:cut])
    rest: Step = lambda store: take_in(store, *events[cut:])
    ruled = _setting(rules)
    before = at_rest(ruled, first, rest)
    assert at_rest(first, ruled, rest) == before
    assert at_rest(first, rest, ruled) == before


@SOME
@given(events_of_few_places(), _STEPS)
def test_a_history_with_rules_is_replayed_row_for_row_whatever_is_folded_at_once(
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
def test_every_failure_stands_where_the_rules_of_its_pattern_say_and_each_place_counts_those_that_stand_there(
    events: list[dict[str, Any]], history: list[Any]
) -> None:
    for store in _after(events, history):
        counted: dict[tuple[str, str], int] = {}
        for row in table(store, "failures"):
            rules = grouping_rules(store, row["pattern_id"]) if row["pattern_id"] else {}
            assert row["locus"] == end_of(rules, row["said_locus"])
            assert row["fingerprint"] == fingerprint_of(row["category"], row["template_name"], row["locus"])
            if row["pattern_id"]:
                key = (row["pattern_id"], row["locus"])
                counted[key] = counted.get(key, 0) + 1
        assert {(row["pattern_id"], row["locus"]): row["failures"] for row in table(store, "pattern_loci")} == counted


@SOME
@given(events_of_few_places(), _STEPS)
def test_when_all_rules_are_taken_back_the_rows_are_those_of_a_store_that_never_had_any(
    events: list[dict[str, Any]], history: list[Any]
) -> None:
    taken_back = _setting([(c, t, locus, None) for c in range(2) for t in range(2) for locus in range(3)])
    assert at_rest(_live(events, history), taken_back) == at_rest(_live(events, history, ruled=False))


def _after(events: list[dict[str, Any]], history: list[Any]) -> Iterator[Store]:
    store = open_store(":memory:")
    _live(events, history)(store)
    yield store
    store.close()
