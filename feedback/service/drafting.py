"""A draft: the next version of a ticket's template as it stands, for people to edit where nothing can be proposed."""

from feedback.domain.template import Template, version_key
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage.registry import template
from feedback.storage.tickets import find_ticket

__all__ = ["draft"]


def draft(service: Service, ticket_id: str) -> Template | None:
    """
    Return the newest version of a ticket's template as the next one that resolves the ticket; None where none is registered.

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
    changes = {"version": str(key.bump_minor()), "resolves": (ticket_id,), "notes": ""}
    return current.model_copy(update=changes)
