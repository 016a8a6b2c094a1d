"""Loci by category: one module a family, each giving the place of a failure with few possible values."""

from collections.abc import Callable, Mapping, Sequence

from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from feedback.domain.loci.conflict import clash_place
from feedback.domain.loci.context import evidence_place
from feedback.domain.loci.fields import field_place
from feedback.domain.loci.form import container_place
from feedback.domain.loci.gap import slip_place
from feedback.domain.loci.length import excess_place
from feedback.domain.loci.refusal import boundary_place
from feedback.domain.loci.seen import Seen
from feedback.domain.loci.state import state_place
from feedback.domain.loci.task import boundary_of_task
from feedback.domain.loci.tools import parameter_place

__all__ = ["place"]

_PLACES: Mapping[str, Callable[[Seen], str | None]] = {
    "conflicting_instructions": clash_place,
    "field_definition_ambiguity": field_place,
    "inconsistent_refusal_boundary": boundary_place,
    "insufficient_context": evidence_place,
    "missing_tool_parameters": parameter_place,
    "model_capability_gap": slip_place,
    "multi_turn_state_failure": state_place,
    "output_format_violation": container_place,
    "over_elaborated_response": excess_place,
    "unclear_task_boundary": boundary_of_task,
}


def place(event: FailureEvent, category: str, findings: Sequence[Finding]) -> str | None:
    """Return the place of `event` as the rules of `category` name it, or None where they have nothing to go by."""
    rule = _PLACES.get(category)
    return rule(Seen(event, findings)) if rule else None
