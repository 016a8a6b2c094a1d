"""Proposed revisions: what would change in a template so that a class of failures stops, one module a category."""

from collections.abc import Callable, Mapping, Sequence

from feedback.domain.revision.boundary import refusal_rule
from feedback.domain.revision.clash import priority_clause
from feedback.domain.revision.evidence import Draft, Evidence, Failed
from feedback.domain.revision.fields import field_dictionary
from feedback.domain.revision.form import format_clause
from feedback.domain.revision.length import length_rule
from feedback.domain.revision.material import missing_material
from feedback.domain.revision.parameters import parameter_rules
from feedback.domain.revision.state import state_clause
from feedback.domain.revision.task import task_boundary
from feedback.domain.template import Template

__all__ = ["REVISIONS", "draft"]

REVISIONS: Mapping[str, Callable[[Evidence], Draft]] = {
    "conflicting_instructions": priority_clause,
    "field_definition_ambiguity": field_dictionary,
    "inconsistent_refusal_boundary": refusal_rule,
    "insufficient_context": missing_material,
    "missing_tool_parameters": parameter_rules,
    "multi_turn_state_failure": state_clause,
    "output_format_violation": format_clause,
    "over_elaborated_response": length_rule,
    "unclear_task_boundary": task_boundary,
}
"""How a template is revised, by category; a category without a place here is not the template's fault."""


def draft(category: str, template: Template, failed: Sequence[Failed]) -> Draft:
    """
    Return what would change in `template` by these failures of a category, or what is missing to say so.

    Nothing of a user stands in it: only words of the template, of its schemas and tools, and general ones of ours.
    """
    evidence = Evidence(template, failed)
    found = REVISIONS[category](evidence)
    if not evidence.words.fits and found.changes:
        note = "The clauses are in English, since there are no words for the template's language: translate them."
        return Draft(changes=found.changes, clues=found.clues, missing=(*found.missing, note), summary=found.summary)
    return found
