"""Correcting together: one word on all failures of a place, of a ticket's pattern, or of those alike that wait."""

from collections import Counter

from feedback.domain.correction import Said
from feedback.errors import NotFound, VersionConflict
from feedback.service.bootstrap import Service
from feedback.service.correct import Status, correct_many
from feedback.storage.failures import alike_in_triage, of_pattern
from feedback.storage.tickets import find_ticket

__all__ = ["correct_alike", "correct_ticket"]


def correct_ticket(
    service: Service,
    ticket_id: str,
    said: Said,
    *,
    actor: str,
    locus: str | None = None,
    expected_version: int | None = None,
) -> Counter[Status]:
    """
    Say the same of all failures of a ticket's pattern, or of those at one of its places, and return how many became what.

    All or nothing. It is said of the failures there are; those to come are assessed as ever. A ticket whose failures all
    leave stays, with none.

    Args:
        locus: The place, as the ticket counts it; None is all of the pattern.
        expected_version: The version of the ticket that the actor has seen.

    Raises:
        NotFound: There is no such ticket, or nothing of it is counted at this place.
        VersionConflict: The ticket has changed since `expected_version`.
        InvalidInput: As `correct` says.
    """
    with service.store.writing():
        found = find_ticket(service.store, ticket_id)
        if found is None:
            raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
        if expected_version not in (None, found.ticket.version):
            raise VersionConflict(f"ticket:{ticket_id}", expected_version or 0, found.ticket.version)
    pattern_id = found.ticket.pattern_id
    if not of_pattern(service.store, pattern_id, locus):
        raise NotFound("failure of the ticket", ticket_id, "`feedback tickets show` lists the places of its failures")
    return correct_many(service, lambda: of_pattern(service.store, pattern_id, locus), said, actor=actor)


def correct_alike(service: Service, event_id: str, said: Said, *, actor: str) -> Counter[Status]:
    """
    Say the same of a failure that waits for a person and of all that are alike and wait too; all or nothing.

    Alike are those of the same fingerprint: the same place in the same template, or the same kind of evidence.

    Raises:
        NotFound: It does not wait, or not any more.
        InvalidInput: As `correct` says.
    """
    if not alike_in_triage(service.store, event_id):
        raise NotFound("waiting failure", event_id, "it was answered meanwhile, or never waited: load the queue again")
    return correct_many(service, lambda: alike_in_triage(service.store, event_id), said, actor=actor)
