"""Specification faults: what several templates of a kind share is one fault, whatever order they come in."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.specification import (
    SystemicPattern,
    kind_of_locus,
    kinds_of,
    specification_faults,
)

_NAMES = st.sampled_from(["a", "b", None])
PATTERNS = st.lists(
    st.tuples(
        st.sampled_from(["x", "y"]),
        st.sampled_from("ABCDEF"),
        st.dictionaries(st.sampled_from(["/f:enum", "/g:enum", "/h:type", "json"]), st.integers(1, 9), min_size=1),
    ),
    max_size=12,
    unique_by=lambda one: one[:2],
)
LABELS = st.fixed_dictionaries({name: st.tuples(_NAMES, _NAMES) for name in "ABCDEF"})


def _pattern(
    template: str, category: str = "c", failures: dict[str, int] | None = None, **more: Any
) -> SystemicPattern:
    given_ = {"primary_task": None, "scenario": None, "failures": failures or {"/currency:enum": 4}} | more
    return SystemicPattern(pattern_id=f"P-{category}-{template}", category=category, template=template, **given_)


@pytest.mark.parametrize(
    ("locus", "kind"),
    [
        ("/currency:enum", "enum"),
        ("book_table:guests:missing", "missing"),
        ("json:invalid", "invalid"),
        ("language", "language"),
        ("/currency", None),
        ("tool:/path/of/argument", None),
        ("call:*", None),
        ("label:", None),
        ("", None),
    ],
)
def test_the_kind_of_a_locus_is_what_is_behind_its_last_colon(locus: str, kind: str | None) -> None:
    assert kind_of_locus(locus) == kind


def test_a_kind_counts_from_a_third_of_the_failures_on() -> None:
    assert kinds_of({"/a:enum": 1, "/b:enum": 1, "/c:type": 4}) == {"enum", "type"}
    assert kinds_of({"/a:enum": 2, "/c:type": 5}) == {"type"}
    assert kinds_of({}) == set()


def test_three_templates_of_a_scenario_make_one_fault_of_their_class() -> None:
    (fault,) = specification_faults(
        [_pattern("c", scenario="legal"), _pattern("a", scenario="legal"), _pattern("b", scenario="legal")], templates=3
    )
    assert fault.sentence == (
        "c at enum is systemic in 3 templates of scenario legal: a, b, c; revise what they share, not one of them"
    )
    assert (fault.templates, fault.pattern_ids, fault.failures) == (("a", "b", "c"), ("P-c-a", "P-c-b", "P-c-c"), 12)


def test_two_templates_or_other_kinds_tasks_and_categories_make_none() -> None:
    two = [_pattern("a", scenario="legal"), _pattern("b", scenario="legal")]
    others = [
        _pattern("c", scenario="medical"),
        _pattern("c", scenario=None),
        _pattern("c", scenario="legal", category="d"),
        _pattern("c", scenario="legal", failures={"/currency:type": 4}),
    ]
    assert [specification_faults([*two, other], templates=3) for other in others] == [[]] * 4
    assert len(specification_faults(two, templates=2)) == 1


def test_templates_that_share_task_and_scenario_are_one_fault_with_both() -> None:
    (fault,) = specification_faults(
        [_pattern(name, primary_task="extraction", scenario="legal") for name in "abc"], templates=3
    )
    assert (fault.primary_task, fault.scenario) == ("extraction", "legal")
    assert " of task extraction and scenario legal: " in fault.sentence


def test_a_fault_within_a_larger_one_is_not_shown_again() -> None:
    patterns = [_pattern(name, primary_task="extraction", scenario="legal") for name in "abc"]
    (fault,) = specification_faults([*patterns, _pattern("d", scenario="legal")], templates=3)
    assert (fault.templates, fault.primary_task) == (("a", "b", "c", "d"), None)


def test_overlapping_classes_are_two_faults() -> None:
    faults = specification_faults(
        [
            _pattern("a", primary_task="extraction"),
            _pattern("b", primary_task="extraction", scenario="legal"),
            _pattern("c", primary_task="extraction", scenario="legal"),
            _pattern("d", scenario="legal", failures={"/x:enum": 40}),
        ],
        templates=3,
    )
    assert [fault.templates for fault in faults] == [("b", "c", "d"), ("a", "b", "c")]


@given(PATTERNS, LABELS, st.integers(2, 4), st.randoms(use_true_random=False))
def test_a_fault_always_has_enough_templates_that_share_a_label_and_none_is_missed(
    seen: list[tuple[str, str, dict[str, int]]],
    labels: dict[str, tuple[str | None, str | None]],
    templates: int,
    random: Any,
) -> None:
    patterns = [
        _pattern(template, category, failures, primary_task=labels[template][0], scenario=labels[template][1])
        for category, template, failures in seen
    ]
    faults = specification_faults(patterns, templates=templates)
    by_id = {pattern.pattern_id: pattern for pattern in patterns}
    for fault in faults:
        members = [by_id[pattern_id] for pattern_id in fault.pattern_ids]
        assert len({one.template for one in members}) == len(members) >= templates
        assert fault.primary_task or fault.scenario
        for one in members:
            assert one.category == fault.category
            assert fault.kind in kinds_of(one.failures)
            assert fault.primary_task in {None, one.primary_task}
            assert fault.scenario in {None, one.scenario}
    for label, value, kind, category in product(("primary_task", "scenario"), "ab", ("enum", "type", "json"), "xy"):
        alike = {
            one.pattern_id
            for one in patterns
            if getattr(one, label) == value and one.category == category and kind in kinds_of(one.failures)
        }
        holding = [
            one for one in faults if (one.category, one.kind) == (category, kind) and alike <= {*one.pattern_ids}
        ]
        assert holding or len(alike) < templates
    random.shuffle(patterns)
    assert specification_faults(patterns, templates=templates) == faults
