"""Acceptance: what speaks for a template raises its probability, what speaks against it lowers it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.attribution.acceptance import Grounds, agreement, probability
from feedback.domain.failure import Labels
from feedback.settings import load_settings

LEAST = load_settings().attribution.min_probability
GROUNDS = st.builds(
    Grounds, share=st.floats(0, 1), lead=st.floats(-1, 1), stray=st.floats(0, 0.5), labels=st.floats(-1, 1)
)


@given(grounds=GROUNDS, name=st.sampled_from(["share", "lead", "labels"]), more=st.floats(0, 1))
def test_more_that_speaks_for_it_is_never_less_probable(grounds: Grounds, name: str, more: float) -> None:
    better = replace(grounds, **{name: getattr(grounds, name) + more})
    assert 0 < probability(grounds) <= probability(better) < 1


@given(grounds=GROUNDS, more=st.floats(0, 0.5))
def test_more_stray_words_are_never_more_probable(grounds: Grounds, more: float) -> None:
    assert probability(replace(grounds, stray=grounds.stray + more)) <= probability(grounds)


@pytest.mark.parametrize(
    ("grounds", "named"),
    [
        (Grounds(share=1.0, lead=0.0, stray=0.5, labels=0.0), True),
        (Grounds(share=1.0, lead=0.0, stray=0.0, labels=-1.0), True),
        (Grounds(share=0.75, lead=0.2, stray=0.0, labels=0.0), True),
        (Grounds(share=0.66, lead=0.36, stray=0.0, labels=0.0), True),
        (Grounds(share=0.6, lead=0.0, stray=0.0, labels=0.0), False),
        (Grounds(share=0.75, lead=0.45, stray=0.5, labels=0.0), False),
        (Grounds(share=0.4, lead=0.1, stray=0.0, labels=1.0), False),
    ],
)
def test_shipped_weights_and_threshold_name_what_they_should(grounds: Grounds, named: bool) -> None:
    assert (probability(grounds) >= LEAST) is named


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {"scenario": "legal"}, 0.0),
        ({"scenario": "legal"}, {"output_format": "json"}, 0.0),
        ({"scenario": "legal"}, {"scenario": "legal", "risk_level": "high"}, 1.0),
        ({"scenario": "legal", "risk_level": "low"}, {"scenario": "legal", "risk_level": "high"}, 0.0),
        ({"scenario": "legal", "risk_level": "low"}, {"scenario": "shop", "risk_level": "high"}, -1.0),
        ({"ability_tags": ("a",)}, {"ability_tags": ("b",)}, 0.0),
    ],
)
def test_labels_agree_as_far_as_both_name_them(one: dict[str, Any], other: dict[str, Any], expected: float) -> None:
    assert agreement(Labels(**one), Labels(**other)) == agreement(Labels(**other), Labels(**one)) == expected
