"""Quality: the lowest of the reviewers' scores, where it is low."""

from collections.abc import Iterator

from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding

__all__ = ["RULES", "find"]

_CATEGORIES = {
    "boundary_safety": "inconsistent_refusal_boundary",
    "context_sufficiency": "insufficient_context",
    "format_consistency": "output_format_violation",
    "instruction_clarity": "unclear_task_boundary",
    "response_correctness": "model_capability_gap",
    "style_appropriateness": "over_elaborated_response",
}
RULES = tuple(f"quality.{dimension}" for dimension in sorted(_CATEGORIES))
_LOW = 2


def find(view: View) -> Iterator[Finding]:
    """Yield the dimensions that share the lowest score, where that is 2 or less; trainability says nothing of causes."""
    quality = view.signals.quality
    if quality is None:
        return
    scores = {name: score for name in _CATEGORIES if (score := getattr(quality, name)) is not None}
    lowest = min(scores.values(), default=_LOW + 1)
    if lowest > _LOW:
        return
    for name, score in scores.items():
        if score == lowest:
            yield finding(
                f"quality.{name}",
                _CATEGORIES[name],
                f"{name} {score:g}",
                f"signals.quality.{name}",
                locus=f"quality:{name}",
            )
