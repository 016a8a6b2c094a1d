"""Quality: the lowest score where it is low."""

import pytest

from feedback.classification.evidence import find
from tests.unit.test_evidence_find import event


@pytest.mark.parametrize(
    ("scores", "found"),
    [
        ({"response_correctness": 1, "format_consistency": 2}, {"quality.response_correctness"}),
        ({"instruction_clarity": 2, "boundary_safety": 2}, {"quality.instruction_clarity", "quality.boundary_safety"}),
        ({"style_appropriateness": 3}, set()),
        ({"trainability": 1, "context_sufficiency": 2}, {"quality.context_sufficiency"}),
        ({"trainability": 1}, set()),
    ],
)
def test_only_the_lowest_low_scores_are_told(scores: dict[str, int], found: set[str]) -> None:
    assert {finding.rule for finding in find(event("Go", signals={"quality": scores}))} == found
