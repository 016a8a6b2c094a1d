"""A draft: the next version of a ticket's template as it stands, for people to edit until it answers the ticket."""

from dataclasses import dataclass

from feedback.domain.template import Template, version_key
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.service.register import Registered, register_templates
from feedback.storage.registry import template
from feedback.storage.tickets import find_ticket

__all__ = ["Draft", "draft", "register_draft"]


@dataclass(frozen=True, slots=True)
class Draft:
    """The newest registered version of a template, and the same as the next version that resolves the ticket."""

    current: Template
    proposed: Template


def draft(service: Service, ticket_id: str) -> Draft | None:
    """
    Return the draft for a ticket, None where its template is not registered.

    Raises:
        NotFound: There is no such ticket.
    """
    found = find_ticket(service.store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
    try:
        current = template(service.store, found.template_name)
    except NotFound:
        return None
    key = version_key(current.version)
    assert key is not None  # a registered version is a semantic one
    proposed = current.model_copy(update={"version": str(key.bump_minor()), "resolves": (ticket_id,), "notes": ""})
    return Draft(current, proposed)


def register_draft(service: Service, edited: Template) -> Registered:
    """
    Register an edited draft as its version; it revises the approved tickets that it names.

    Raises:
        Conflict: This version is registered with other content.
    """
    return register_templates(service, [edited])[0]
