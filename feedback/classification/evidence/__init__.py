"""Evidence: rules that each prove, or make likely, one thing about one failure event."""

from feedback.classification.evidence import (
    context,
    form,
    instructions,
    length,
    limits,
    policy,
    quality,
    reference,
    refusal,
    reported,
    runs,
    schema,
    state,
    structure,
    task,
    tools,
)
from feedback.classification.evidence.view import View
from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding

__all__ = ["RULES", "find", "find_in"]

_FAMILIES = (
    tools, state, refusal, policy, instructions, structure, form, schema, context, task, limits, length, reference, quality, reported, runs
)  # fmt: skip

RULES: tuple[str, ...] = tuple(sorted(rule for family in _FAMILIES for rule in family.RULES))
"""The names of all rules that can fire."""


def find(event: FailureEvent) -> tuple[Finding, ...]:
    """Return what the rules find in `event`: family by family in the order of the categories, the same at every call."""
    return find_in(View(event))


def find_in(view: View) -> tuple[Finding, ...]:
    """Return what the rules find in an event that is already looked at."""
    return tuple(found for family in _FAMILIES for found in family.find(view))
