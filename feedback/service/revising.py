"""Proposed revisions: what would change in the template of a ticket, and its registration as the next version."""

from dataclasses import asdict, dataclass
from typing import Any

from feedback.classification.evidence import find
from feedback.domain.failure import FailureEvent
from feedback.domain.revision import draft
from feedback.domain.revision.evidence import Clue, Failed
from feedback.domain.revision.next_version import marks_left, next_version, revision_faults
from feedback.domain.template import Template
from feedback.domain.template_file import file_diff, template_yaml
from feedback.domain.ticket import TRANSITIONS
from feedback.errors import ForbiddenAction, InvalidInput, NotFound, VersionConflict
from feedback.intake.templates import parse_template
from feedback.service.bootstrap import Service
from feedback.service.register import Registered, register_templates
from feedback.storage.failures import spread_over_loci
from feedback.storage.patterns import patterns
from feedback.storage.registry import template as registered_template
from feedback.storage.tickets import FoundTicket, find_ticket

__all__ = ["MOST_FAILURES", "Proposal", "proposal_data", "propose", "register_revision"]

MOST_FAILURES = 200
"""Failures that a proposal is filled from, at most."""
_DONE = ("revised", "verified", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """
    A proposed revision of the template of a ticket, or why there is none.

    Without a proposal `template` is None, `yaml` and `diff` are empty, and `missing` says what it lacks. With one,
    `missing` says what is left to a person. `looked_at` of the pattern's `failures` were read, `erased` ones could not be.
    """

    ticket_id: str
    category: str
    template_name: str
    current_version: str | None
    template: Template | None = None
    yaml: str = ""
    diff: str = ""
    clues: tuple[Clue, ...] = ()
    missing: tuple[str, ...] = ()
    failures: int = 0
    looked_at: int = 0
    erased: int = 0


def propose(service: Service, ticket_id: str) -> Proposal:
    """
    Return the proposed revision of a ticket's template: of its newest registered version, by the ticket's failures.

    These are spread over its places, the earliest of each first, the newest where the ticket came back. The same store gives
    the same proposal. Nothing is stored.

    Raises:
        NotFound: There is no such template revision.
    """
    found = _revision(service, ticket_id)
    (pattern,) = patterns(service.store, [found.ticket.pattern_id])
    said: dict[str, Any] = {
        "ticket_id": ticket_id,
        "category": found.category,
        "template_name": found.template_name,
        "failures": pattern.failures,
    }
    try:
        current = registered_template(service.store, found.template_name)
    except NotFound:
        return Proposal(**said, current_version=None, missing=(_unregistered(found.template_name),))
    said["current_version"] = current.version
    if found.ticket.state in _DONE:
        return Proposal(**said, missing=(_closed(found),))
    failed, erased = _failed(service, found)
    drafted = draft(found.category, current, failed)
    said |= {"clues": drafted.clues, "looked_at": len(failed), "erased": erased}
    if not drafted.changes:
        return Proposal(**said, missing=(_said_already(current),) if drafted.summary else drafted.missing)
    revised = next_version(current, ticket_id, drafted, f"{len(failed)} of {pattern.failures} failures")
    return Proposal(
        **said, template=revised, yaml=template_yaml(revised), diff=file_diff(current, revised), missing=drafted.missing
    )


def proposal_data(proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as JSON values."""
    template = proposal.template
    plain = None if template is None else template.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return asdict(proposal) | {"template": plain, "next_version": None if template is None else template.version}


def register_revision(
    service: Service, ticket_id: str, yaml_text: str, *, actor: str, expected_version: int | None = None
) -> Registered:
    """
    Register a proposed, and perhaps edited, template file as the next version, which revises the ticket.

    Its `note` says what became of the ticket, and which marked places were left open.

    Args:
        actor: Who registers it.
        expected_version: The version of the ticket that the actor has seen; None takes whatever is there.

    Raises:
        NotFound: There is no such template revision.
        ForbiddenAction: The ticket is not approved; nothing is registered.
        InvalidInput: The text is no template, of another name, not newer, or does not name the ticket in `resolves`.
        VersionConflict: The ticket has changed since `expected_version`.
        Conflict: The version is registered with other content.
    """
    revised = parse_template(yaml_text.encode(), "revision")
    with service.store.writing():
        found = _revision(service, ticket_id)
        ticket = found.ticket
        if expected_version not in {None, ticket.version}:
            raise VersionConflict(f"ticket:{ticket_id}", expected_version or 0, ticket.version)
        allowed, _ = TRANSITIONS[ticket.kind]["register"]
        if ticket.state not in allowed:
            needed = f"{' or '.join(allowed)}: take it, then approve it, then register its revision"
            raise ForbiddenAction(ticket_id, "register", ticket.state, needed)
        newest = _newest(service, found.template_name)
        faults = revision_faults(revised, name=found.template_name, ticket_id=ticket_id, newest=newest)
        if faults:
            raise InvalidInput(*faults)
        (answer,) = register_templates(service, [revised], actor=actor)
    left = marks_left(yaml_text)
    places = "1 marked place is" if left == 1 else f"{left} marked places are"
    return Registered(
        answer.identity, answer.status, f"{answer.note}; {places} left to fill in" if left else answer.note
    )


def _revision(service: Service, ticket_id: str) -> FoundTicket:
    found = find_ticket(service.store, ticket_id)
    if found is None or found.ticket.kind != "template_revision":
        hint = (
            "it is a regression set; its linked ticket has the revision"
            if found
            else "`feedback tickets list` shows all"
        )
        raise NotFound("template revision", ticket_id, hint)
    return found


def _failed(service: Service, found: FoundTicket) -> tuple[list[Failed], int]:
    again = found.ticket.state == "regressed"
    rows, erased = spread_over_loci(service.store, found.ticket.pattern_id, MOST_FAILURES, newest_first=again)
    return [_with_findings(row.event_id, row.content, row.locus, found.category) for row in rows], erased


def _with_findings(event_id: str, content: str, locus: str, category: str) -> Failed:
    event = FailureEvent.model_validate_json(content)
    findings = tuple(one for one in find(event) if one.category == category)
    return Failed(event_id=event_id, event=event, locus=locus, findings=findings)


def _newest(service: Service, name: str) -> str | None:
    try:
        return registered_template(service.store, name).version
    except NotFound:
        return None


def _unregistered(name: str) -> str:
    return (
        f"No version of {name} is registered, so there is nothing to change. Register its file with"
        " `feedback templates register FILE`."
    )


def _closed(found: FoundTicket) -> str:
    fix = f" by version {found.ticket.fixed_in}" if found.ticket.fixed_in else ""
    return f"The ticket is {found.ticket.state}{fix}: there is nothing to propose unless it comes back."


def _said_already(current: Template) -> str:
    return (
        f"Version {current.version} says all that would be proposed. Look at its newest failures: whether the clause is"
        " read as it is meant, and whether the category is right."
    )
