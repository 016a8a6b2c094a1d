"""Rules of grouping: where their chains end, and which of them are refused."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.grouping import end_of, merged, with_members
from feedback.errors import CircularMerge

_NAMES = st.sampled_from("abcdef")


def test_a_place_without_a_rule_is_counted_as_itself() -> None:
    assert end_of({"b": "c"}, "a") == "a"


def test_a_chain_ends_at_its_last_place() -> None:
    rules = {"a": "b", "b": "c"}
    assert [end_of(rules, name) for name in "abc"] == ["c", "c", "c"]


def test_a_circle_that_stands_in_a_log_leaves_each_place_where_it_is() -> None:
    rules = {"a": "b", "b": "a", "c": "a"}
    assert [end_of(rules, name) for name in "abc"] == ["a", "b", "c"]


@pytest.mark.parametrize(("locus", "into"), [("a", "a"), ("b", "a"), ("c", "a"), ("c", "b")])
def test_a_merge_that_would_close_a_circle_is_refused(locus: str, into: str) -> None:
    with pytest.raises(CircularMerge):
        merged({"a": "b", "b": "c"}, locus, into)


def test_a_place_that_is_merged_already_goes_to_the_new_place_alone() -> None:
    assert merged({"a": "b", "b": "c"}, "a", "c") == {"a": "c", "b": "c"}
    assert merged({"a": "b", "b": "c"}, "b", "d") == {"a": "b", "b": "d"}


def test_members_are_listed_under_the_end_of_their_chain() -> None:
    assert with_members({"b": "c", "a": "b", "x": "y"}) == {"c": ["a", "b"], "y": ["x"]}


@given(st.lists(st.tuples(_NAMES, _NAMES), max_size=20))
def test_whatever_is_merged_no_circle_arises_and_every_chain_ends_at_a_place_without_a_rule(
    wishes: list[tuple[str, str]],
) -> None:
    rules: dict[str, str] = {}
    for locus, into in wishes:
        try:
            rules = merged(rules, locus, into)
        except CircularMerge:
            continue
    for name in "abcdef":
        assert end_of(rules, name) not in rules
        path = [name]
        while path[-1] in rules:
            path.append(rules[path[-1]])
        assert len(set(path)) == len(path)
        assert all(end_of(rules, one) == end_of(rules, two) for one, two in pairwise(path))
