"""CloudEvents: a fact about a ticket as others are told it, on Kafka and by webhooks alike."""

from typing import Any

from feedback.domain.canonical import canonical_json, short_id
from feedback.domain.facts import CaseProposed, CaseRemoved, Fact, TicketFact

__all__ = ["CLOUDEVENT", "TOLD", "told_event"]

CLOUDEVENT = "application/cloudevents+json; charset=UTF-8"
"""The content type of a structured CloudEvent."""
TOLD: tuple[str, ...] = tuple(
    kind.model_fields["type"].default for kind in (*TicketFact.__args__, CaseProposed, CaseRemoved)
)
"""The types of the facts that are told to others: those about tickets and their cases."""
_TYPES = "dev.failure-feedback."


def told_event(store_id: str, position: int, recorded_at: str, fact: Fact) -> dict[str, Any]:
    """
    Return a fact about a ticket as a structured CloudEvent.

    Its id is the fact's position in the log and a hash of the fact: after a restore another fact may take the position.

    Raises:
        TypeError: The fact is about something else.
    """
    if not isinstance(fact, TicketFact | CaseProposed | CaseRemoved):
        message = f"{fact.type} is no fact about a ticket"
        raise TypeError(message)
    data = fact.model_dump(mode="json", exclude_none=True)
    return {
        "specversion": "1.0",
        "id": short_id(f"{position}-", recorded_at, canonical_json(data)),
        "source": f"/stores/{store_id}",
        "type": f"{_TYPES}{fact.type}",
        "subject": fact.ticket_id,
        "time": recorded_at,
        "datacontenttype": "application/json",
        "partitionkey": fact.ticket_id,
        "data": data,
    }
