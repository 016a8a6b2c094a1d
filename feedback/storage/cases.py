"""Questions about single cases, with what they hold."""

import json
from dataclasses import dataclass
from typing import Any

from feedback.storage.database import Store

__all__ = ["FoundCase", "find_case"]


@dataclass(frozen=True, slots=True)
class FoundCase:
    """A case, the ticket and the failure it belongs to, and its body as the contract writes it; None where it was erased."""

    case_id: str
    ticket_id: str
    event_id: str
    locus: str
    body: dict[str, Any] | None


def find_case(store: Store, case_id: str) -> FoundCase | None:
    """Return one case, or None."""
    sql = """SELECT case_id, ticket_id, event_id, locus, body FROM cases LEFT JOIN payloads USING (payload_id)
             WHERE case_id = ?"""
    rows = store.rows(sql, (case_id,))
    if not rows:
        return None
    found, ticket_id, event_id, locus, body = rows[0]
    return FoundCase(found, ticket_id, event_id, locus, None if body is None else json.loads(body))
