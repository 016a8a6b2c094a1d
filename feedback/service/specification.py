"""The specification faults of a store: fetch its systemic patterns, and see what templates of a kind share."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from feedback.domain.specification import SpecificationFault, SystemicPattern, specification_faults
from feedback.domain.ticket import Ticket
from feedback.service.bootstrap import Service
from feedback.storage.labels import usual_labels
from feedback.storage.patterns import JudgedPattern, failures_by_locus, patterns, tickets_of

__all__ = ["fault_rows", "faults_of"]


def fault_rows(service: Service) -> list[dict[str, Any]]:
    """
    Return the specification faults as JSON values, those of most templates first, each with its patterns and tickets.

    Looked at are systemic patterns of the categories that open revisions: what is no fault of a template is none of several.
    """
    found = {pattern.pattern_id: pattern for pattern in patterns(service.store) if _counts(service, pattern)}
    faults = specification_faults(_seen(service, found), templates=service.settings.tickets.specification_templates)
    members = dict.fromkeys(pattern_id for fault in faults for pattern_id in fault.pattern_ids)
    tickets = tickets_of(service.store, [found[pattern_id] for pattern_id in members])
    return [_row(fault, found, tickets) for fault in faults]


def _counts(service: Service, pattern: JudgedPattern) -> bool:
    is_systemic = pattern.failures > 0 and pattern.verdict == "systemic"
    return is_systemic and service.taxonomy[pattern.category].opens_revision


def _seen(service: Service, found: Mapping[str, JudgedPattern]) -> list[SystemicPattern]:
    labels = usual_labels(service.store, [pattern.template_name for pattern in found.values()])
    loci = failures_by_locus(service.store, found)
    return [
        SystemicPattern(
            pattern_id=pattern_id,
            category=pattern.category,
            template=pattern.template_name,
            primary_task=labels[pattern.template_name].primary_task,
            scenario=labels[pattern.template_name].scenario,
            failures=loci[pattern_id],
        )
        for pattern_id, pattern in found.items()
    ]


def _row(
    fault: SpecificationFault, found: Mapping[str, JudgedPattern], tickets: Mapping[str, Sequence[Ticket]]
) -> dict[str, Any]:
    members = [
        {
            "pattern_id": pattern_id,
            "template": found[pattern_id].template_name,
            "locus": found[pattern_id].locus,
            "failures": found[pattern_id].failures,
            "units": found[pattern_id].units,
            "tickets": [ticket.ticket_id for ticket in tickets.get(pattern_id, [])],
        }
        for pattern_id in fault.pattern_ids
    ]
    return asdict(fault) | {"patterns": members, "sentence": fault.sentence}


def faults_of(rows: Sequence[dict[str, Any]], pattern_id: str) -> list[dict[str, Any]]:
    """Return those of `fault_rows` that a pattern is part of, the largest first."""
    return [row for row in rows if pattern_id in row["pattern_ids"]]
