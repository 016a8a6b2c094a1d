"""Which groups that wait for a person come first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.triage import Group, ranked


def _group(event_id: str = "e", *, waiting: int = 1, margin: float = 0.5, spoken: int = 0) -> Group:
    return Group(fingerprint=f"fp1:{event_id}", event_id=event_id, waiting=waiting, margin=margin, spoken=spoken)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (_group("b", margin=0.1), _group("a", margin=0.3)),
        (_group("b", waiting=10), _group("a", waiting=3)),
        (_group("b", spoken=0), _group("a", spoken=1)),
    ],
    ids=["less sure", "more alike", "less spoken of"],
)
def test_what_teaches_more_comes_first(more: Group, less: Group) -> None:
    assert [one.group for one in ranked([less, more], 2)] == [more, less]


def test_the_score_can_be_computed_by_hand() -> None:
    (found,) = ranked([_group(waiting=7, margin=0.25, spoken=2)], 1)
    assert found.score == pytest.approx(0.75 * 3 / 3)


@given(st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 1), st.integers(0, 50)), max_size=30))
def test_the_order_is_that_of_the_scores_whatever_order_they_come_in(drawn: list[tuple[int, float, int]]) -> None:
    groups = [_group(f"e{n:03}", waiting=w, margin=m, spoken=s) for n, (w, m, s) in enumerate(drawn)]
    found = ranked(groups, 30)
    assert found == ranked(groups[::-1], 30)
    assert ranked(groups, 3, 2) == found[2:5]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
