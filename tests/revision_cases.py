"""Ten fixed failures, one or more for each category that opens a revision: what a proposal must hold, and what it lacks without it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from feedback.classification.evidence import find
from feedback.domain.failure import FailureEvent
from feedback.domain.locus import locate
from feedback.domain.revision.evidence import Failed
from feedback.domain.template import Template
from tests.builders import a_failure

__all__ = ["CASES", "Case", "failed", "located"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A failure: its category and template, the event, what the diff must hold, and changes that take that evidence away."""

    category: str
    template: dict[str, Any]
    event: dict[str, Any]
    holds: tuple[str, ...]
    without: dict[str, Any]
    lacks: str
    template_without: dict[str, Any] = field(default_factory=dict)

    @property
    def built(self) -> Template:
        """The template, as if read from its file."""
        return Template.model_validate_json(json.dumps({"version": "1.0.0", "kind": "single_turn"} | self.template))

    @property
    def bare(self) -> "Case":
        """The same case without the evidence."""
        return replace(self, template=self.template | self.template_without, event=self.event | self.without)

    def failure(self, **changes: Any) -> dict[str, Any]:
        """Return the event as a producer sends it."""
        named = {"name": self.template["name"], "version": "1.0.0"}
        return a_failure(template=named, **({"signals": {"rating": 1}} | self.event | changes))


def located(case: Case, event: dict[str, Any]) -> str:
    """Return the locus that the rules give an event of the case's category."""
    read = FailureEvent.model_validate_json(json.dumps(event))
    return locate(read, case.category, find(read))


def failed(case: Case, events: Sequence[dict[str, Any]]) -> list[Failed]:
    """Return events as the domain looks at them."""
    found = []
    for event in events:
        read = FailureEvent.model_validate_json(json.dumps(event))
        rules = tuple(one for one in find(read) if one.category == case.category)
        found.append(Failed(event_id=event["event_id"], event=read, locus=located(case, event), findings=rules))
    return found


def _said(system: str, *turns: str, **more: Any) -> dict[str, Any]:
    """Return a request: the system prompt, then turns of user and assistant, the user's first."""
    roles = ("user", "assistant")
    talk = [{"role": roles[n % 2], "content": turn} for n, turn in enumerate(turns)]
    return {"messages": [{"role": "system", "content": system}, *talk], **more}


_PARCEL = "You fill in the parcel form from the sender's note. Return only a JSON object."
_PARCEL_SCHEMA = {
    "type": "object",
    "required": ["weight_kg", "service"],
    "properties": {
        "weight_kg": {"type": ["number", "null"], "description": "gross weight of the parcel"},
        "service": {"enum": ["standard", "express", None], "description": "how fast it is sent"},
    },
}
_TABLE_TOOL = {
    "type": "function",
    "function": {
        "name": "reserve_table",
        "description": "Reserve a table.",
        "parameters": {
            "type": "object",
            "required": ["evening", "guests"],
            "properties": {
                "evening": {"type": "string", "description": "Day as YYYY-MM-DD, for example 2026-01-31"},
                "guests": {"type": "integer", "description": "Number of people at the table"},
                "terrace": {"type": "boolean", "description": "Whether a table outside is wished"},
            },
        },
    },
}
_HOST = "You are the host of a restaurant and take reservations with the tools."
_GARDEN = "You answer questions on garden plants. At most 30 words."
_RECIPES = "You write recipes for a magazine. Every recipe names all quantities in grams. Cups and spoons are quoted as the reader wrote them."
_LIBRARY = "You answer from the loan rules of a town library."
_TRAVEL = "You plan trips with the traveller."
_PHARMACY = (
    "You answer for a pharmacy. You may explain the leaflet of a medicine and its usual dose."
    " You may not recommend a prescription medicine."
)
_METER = "You read meter notes. Return the reading as JSON."
_METER_SCHEMA = {"type": "object", "required": ["kwh"], "properties": {"kwh": {"type": "integer"}}}
_DESK = "You help editors with their manuscripts."
_LONG = "Roses like sun, loose soil and air. " * 12

CASES: dict[str, Case] = {
    "a value outside the enumeration": Case(
        category="field_definition_ambiguity",
        template={"name": "parcel_form", "system": _PARCEL, "instruction": "Fill in the form.", "output_schema": _PARCEL_SCHEMA},
        event={
            "request": _said(_PARCEL, "Fill in the form.\n\nFast please, box of 3 kg for Zebulon", output_schema=_PARCEL_SCHEMA),
            "response": {"content": '{"weight_kg": 3, "service": "overnight Zebulon"}'},
        },
        holds=('service: how fast it is sent; exactly one of "standard", "express"', "may be null"),
        without={"request": _said(_PARCEL, "Fill in the form."), "response": {"content": "Something else was sent to us."}},
        lacks="No failure names a field",
    ),
    "a number with its unit": Case(
        category="field_definition_ambiguity",
        template={"name": "parcel_scale", "system": _PARCEL, "instruction": "Fill in the form.", "output_schema": _PARCEL_SCHEMA},
        event={
            "request": _said(_PARCEL, "Fill in the form.\n\nBox of 3 kg, express, for Zebulon", output_schema=_PARCEL_SCHEMA),
            "response": {"content": '{"weight_kg": "3 kg", "service": "express"}'},
        },
        holds=("weight_kg: gross weight of the parcel; a bare number without unit or currency; in kg",),
        without={"request": _said(_PARCEL, "Fill in the form."), "response": {"content": "Something else was sent to us."}},
        lacks="No failure names a field",
    ),
    "a call without a parameter": Case(
        category="missing_tool_parameters",
        template={"name": "table_host", "kind": "tool_assisted", "system": _HOST, "instruction": "Help the guest.", "tools": [_TABLE_TOOL]},
        event={
            "request": _said(_HOST, "Help the guest.\n\nA table for the evening of 2026-05-02, please. Zebulon", tools=[_TABLE_TOOL]),
            "response": {"tool_calls": [{"function": {"name": "reserve_table", "arguments": '{"evening": "2026-05-02"}'}}]},
        },
        holds=("guests, mandatory: Number of people at the table", "also mandatory: evening", "nobody named a value: terrace"),
        without={"request": _said(_HOST, "Help the guest."), "response": {"content": "Done."}},
        lacks="No failure names a parameter",
    ),
    "longer than the limit": Case(
        category="over_elaborated_response",
        template={"name": "garden_answers", "system": _GARDEN, "instruction": "Answer the reader.", "response": _LONG},
        event={"request": _said(_GARDEN, "Answer the reader.\n\nDo roses like sun?"), "response": {"content": f"Dear Zebulon, {_LONG}"}},
        holds=("At most 30 words", "-response:"),
        without={"request": _said("You answer questions.", "Tell me of roses."), "response": {"content": "Roses like sun."}},
        lacks="No failure shows a limit",
    ),
    "two instructions that clash": Case(
        category="conflicting_instructions",
        template={"name": "recipe_writer", "system": _RECIPES, "instruction": "Write the recipe."},
        event={
            "request": _said(_RECIPES, "Write the recipe.\n\nTwo cups of flour, says Zebulon"),
            "response": {"content": "Two cups of flour."},
            "signals": {"comment": "All quantities in grams, or cups and spoons quoted as the reader wrote them? Both cannot be met, says Zebulon."},
        },
        holds=('"Every recipe names all quantities in grams" before "Cups and spoons are quoted as the reader wrote them"',),
        without={"signals": {"comment": "Somehow wrong."}},
        lacks="which two instructions",
    ),
    "nothing was retrieved": Case(
        category="insufficient_context",
        template={
            "name": "loan_rules", "system": _LIBRARY, "instruction": "Answer the reader.",
            "context": "Rules found:\n{{ rules_found }}\n\nQuestion: {{ question }}\n",
        },
        event={
            "request": _said(_LIBRARY, "Answer the reader.\n\nRules found:\n(no passage found)\n\nQuestion: How long may Zebulon keep a film?"),
            "response": {"content": "Films are lent for nine days."},
        },
        holds=("{{ rules_found_state }}", "- the material: Rules found"),
        without={"request": _said(_LIBRARY, "Rules found:\nFilms are lent for a week and can be renewed twice, by phone or at the desk.\n\nQuestion: ?")},
        lacks="No failure shows what the prompt lacked",
    ),
    "a budget that was dropped": Case(
        category="multi_turn_state_failure",
        template={"name": "trip_planner", "kind": "multi_turn", "system": _TRAVEL, "instruction": "Answer the last message."},
        event={
            "request": _said(_TRAVEL, "Zebulon here, my budget is 300 euros.", "Noted.", "So where do I go?"),
            "response": {"content": "Take the suite by the lake for 900 euros."},
            "signals": {"comment": "Zebulon said that the budget ends at 300 and it was ignored."},
        },
        holds=("the user changes it:\n+  - budget", "The whole proposal fits the budget"),
        without={"signals": {"rating": 1}, "request": _said(_TRAVEL, "I go by train.", "Noted.", "So where?"), "response": {"content": "Fly."}},
        lacks="No failure names what was dropped",
    ),
    "help that policy permits, refused": Case(
        category="inconsistent_refusal_boundary",
        template={"name": "pharmacy_desk", "system": _PHARMACY, "instruction": "Answer the customer."},
        event={
            "request": _said(_PHARMACY, "What is the usual dose of ibuprofen for a headache? Zebulon"),
            "response": {"content": "I'm sorry, but I can't help with questions about medicines and doses, Zebulon."},
        },
        holds=("You may explain the leaflet of a medicine and its usual dose", "You may not recommend a prescription medicine", "health"),
        without={"request": _said("You chat.", "Say something."), "response": {"content": "No."}},
        lacks="name no topic",
    ),
    "a fence around the object": Case(
        category="output_format_violation",
        template={
            "name": "meter_notes", "kind": "constrained_output", "system": _METER, "instruction": "Read the note.",
            "output_schema": _METER_SCHEMA, "response": '```json\n{"kwh": 41}\n```\n',
        },
        event={
            "request": _said(_METER, "Read the note.\n\nZebulon: 5 kWh", output_schema=_METER_SCHEMA),
            "response": {"content": '```json\n{"kwh": 5}\n```'},
        },
        holds=("No code fence around it", "Nothing outside the structure", '+  {"kwh": 41}'),
        without={"request": _said("You chat.", "Hello."), "response": {"content": "Hello there, how nice."}},
        lacks="tell the form that was meant",
        template_without={"system": "You chat.", "output_schema": None, "response": ""},
    ),
    "another task than was asked": Case(
        category="unclear_task_boundary",
        template={"name": "manuscript_desk", "system": _DESK, "instruction": "Work on the text as the editor asks."},
        event={
            "request": _said(_DESK, "Work on the text as the editor asks.\n\nSummarise chapter two by Zebulon."),
            "response": {"content": "I have rewritten chapter two."},
            "signals": {"comment": "Zebulon asked for a summary and got a rewrite."},
        },
        holds=("- summarise: shorten what is there",),
        without={"signals": {"rating": 1}, "request": _said(_DESK, "Chapter two."), "response": {"content": "I have worked on it."}},
        lacks="which task was meant",
    ),
}  # fmt: skip
"""By what happened. `Zebulon` is the user's word in every event: no proposal may hold it."""
