"""Coverage: every thing stands in one cell, every expectation is empty, thin or covered."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.coverage import (
    Counts,
    Description,
    Labelled,
    Place,
    RiskyPattern,
    cells_of,
    expected_cells,
    gathered,
    rare,
    total,
)
from feedback.domain.labelling import LabelSet

LEAST = 5
NAMES = st.sampled_from([None, "a", "b", "c"])
POINTS = st.sets(st.sampled_from(["p", "q", "r"])).map(lambda found: tuple(sorted(found)))
LABELS = st.builds(LabelSet, NAMES, NAMES, NAMES, POINTS)
COUNTS = st.builds(Counts, *[st.integers(0, 9)] * len(Counts._fields))
LABELLED = st.lists(st.tuples(LABELS, COUNTS), max_size=30)
EXPECTED = st.lists(st.builds(Description, NAMES, NAMES, NAMES, st.sampled_from([None, "p", "z"])), max_size=8)


def places(labelled: Sequence[Labelled], *expected: Description, by_point: bool = False) -> list[Place]:
    return [cell.place for cell in cells_of(labelled, expected, min_samples=LEAST, by_knowledge_point=by_point)]


@given(LABELLED, EXPECTED)
def test_the_cells_add_up_to_all_there_is(labelled: list[Labelled], expected: list[Description]) -> None:
    cells = cells_of(labelled, expected, min_samples=LEAST)
    assert total(cell.counts for cell in cells) == total(counts for _, counts in labelled)
    assert len({cell.place for cell in cells}) == len(cells)


@given(LABELLED, EXPECTED)
def test_by_knowledge_point_a_thing_stands_once_under_each_of_its_points(
    labelled: list[Labelled], expected: list[Description]
) -> None:
    cells = cells_of(labelled, expected, min_samples=LEAST, by_knowledge_point=True)
    wanted = [counts for labels, counts in labelled for _ in range(max(1, len(labels.knowledge_points)))]
    assert total(cell.counts for cell in cells) == total(wanted)
    assert len({cell.place for cell in cells}) == len(cells)


@given(LABELLED)
def test_gathering_loses_nothing_and_names_each_set_of_labels_once(labelled: list[Labelled]) -> None:
    together = gathered(labelled)
    assert total(counts for _, counts in together) == total(counts for _, counts in labelled)
    assert len(together) == len({labels for labels, _ in labelled})
    assert cells_of(together, (), min_samples=LEAST) == cells_of(labelled, (), min_samples=LEAST)


@given(
    st.lists(st.tuples(LABELS, COUNTS), max_size=12).flatmap(
        lambda found: st.tuples(st.just(found), st.permutations(found))
    ),
    EXPECTED,
    st.booleans(),
)
def test_the_order_of_what_comes_in_does_not_matter(
    both: tuple[list[Labelled], list[Labelled]], expected: list[Description], by_point: bool
) -> None:
    one, other = (cells_of(each, expected, min_samples=LEAST, by_knowledge_point=by_point) for each in both)
    assert one == other


@given(LABELLED, EXPECTED)
def test_every_expectation_is_named_once_and_is_empty_thin_or_covered(
    labelled: list[Labelled], expected: list[Description]
) -> None:
    found = expected_cells(labelled, expected, min_samples=LEAST)
    assert [one.description for one in found] == expected
    for one in found:
        fitting = sum(counts.samples for labels, counts in labelled if one.description.fits(labels))
        assert one.counts.samples == fitting
        is_so = {"empty": fitting == 0, "thin": 0 < fitting < LEAST, "covered": fitting >= LEAST}
        assert [status for status, so in is_so.items() if so] == [one.status]


@given(LABELLED, EXPECTED, st.booleans())
def test_an_expectation_named_in_full_stands_among_the_cells(
    labelled: list[Labelled], expected: list[Description], by_point: bool
) -> None:
    cells = cells_of(labelled, expected, min_samples=LEAST, by_knowledge_point=by_point)
    for one in expected:
        if None not in one[:3]:
            (*labels, point) = one
            agreeing = [cell for cell in cells if list(cell.place[:3]) == labels]
            if by_point and point:
                agreeing = [cell for cell in agreeing if cell.place.knowledge_point == point]
            assert agreeing
            assert all(cell.expected for cell in agreeing)


@pytest.mark.parametrize(("samples", "status"), [(0, "empty"), (1, "thin"), (4, "thin"), (5, "covered")])
def test_failures_alone_cover_nothing(samples: int, status: str) -> None:
    labelled = [(LabelSet("a", "b", "c"), Counts(samples=samples, failures=100, cases=3, templates=2))]
    (cell,) = cells_of(labelled, (), min_samples=LEAST)
    assert cell.status == status


def test_cells_stand_in_the_order_of_their_labels_those_without_one_last() -> None:
    labels = [LabelSet(), LabelSet("b"), LabelSet("a", "y"), LabelSet("a", "x", "z"), LabelSet("a", "x")]
    assert places([(one, Counts(failures=1)) for one in labels]) == [
        ("a", "x", "z", None),
        ("a", "x", None, None),
        ("a", "y", None, None),
        ("b", None, None, None),
        (None, None, None, None),
    ]


def test_a_description_is_told_apart_by_knowledge_point_only_where_the_cells_are() -> None:
    labelled = [(LabelSet("a", "b", "c", ("p", "q")), Counts(samples=1))]
    description = Description("a", "b", "c", "z")
    assert places(labelled, description) == [("a", "b", "c", None)]
    assert places(labelled, description, by_point=True) == [
        ("a", "b", "c", "p"),
        ("a", "b", "c", "q"),
        ("a", "b", "c", "z"),
    ]
    assert places(labelled, Description("a", "b", "c"), by_point=True) == [("a", "b", "c", "p"), ("a", "b", "c", "q")]


def test_an_expectation_of_a_knowledge_point_alone_marks_no_cell_that_says_nothing_of_points() -> None:
    labelled = [(LabelSet("a", "b", "c", ("p",)), Counts(samples=1))]
    point = Description(knowledge_point="p")
    (whole,) = cells_of(labelled, [point], min_samples=LEAST)
    (part,) = cells_of(labelled, [point], min_samples=LEAST, by_knowledge_point=True)
    assert (whole.expected, part.expected) == (False, True)


def pattern(pattern_id: str, units: int, failures: int) -> RiskyPattern:
    return RiskyPattern(
        pattern_id=pattern_id,
        category="insufficient_context",
        template="t",
        failures=failures,
        units=units,
        first_seen="2026-04-01",
        last_seen="2026-04-02",
        verdict="undecided",
    )


def test_patterns_of_few_units_are_rare_however_often_a_unit_failed() -> None:
    patterns = [pattern("P-1", 5, 5), pattern("P-2", 1, 900), pattern("P-3", 4, 4), pattern("P-0", 4, 4)]
    assert [one.pattern_id for one in rare(patterns, 5)] == ["P-2", "P-0", "P-3"]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), max_size=20), st.integers(1, 10**6))
def test_a_rare_pattern_is_listed_whatever_the_size_of_the_others(others: list[tuple[int, int]], large: int) -> None:
    patterns = [pattern(f"P-{n}", units, units + more) for n, (units, more) in enumerate(others)]
    small = pattern("P-rare", 1, 1)
    assert small in rare([*patterns, small, pattern("P-large", 10 + large, 10 + large)], 5)
