"""How urgent patterns are: fetch what is known of them, and score it. Computed when read; nothing of it is stored."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from feedback.domain.priority import Priority, Standing, priority_of
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage.failures import newest_seen
from feedback.storage.patterns import JudgedPattern, patterns
from feedback.storage.priority import LabelsSeen, labels_seen, units_in_windows
from feedback.storage.tickets import find_ticket

__all__ = ["priorities", "priority_data", "ticket_priority"]


def priorities(service: Service, found: Sequence[JudgedPattern]) -> dict[str, Priority]:
    """Return the priority of each of these patterns by its id, by the settings in `[priority]`."""
    newest = newest_seen(service.store)
    if newest is None:
        return {}
    policy = service.settings.priority.policy
    end = datetime.fromisoformat(newest)
    labels = labels_seen(service.store, found)
    windows = units_in_windows(
        service.store,
        [pattern.pattern_id for pattern in found],
        newest_hour=int(end.timestamp() // 3600),
        hours=policy.trend_days * 24,
    )
    return {
        pattern.pattern_id: priority_of(
            _standing(
                pattern,
                labels.get(pattern.pattern_id, LabelsSeen()),
                windows.get(pattern.pattern_id, (0, 0)),
                end,
            ),
            policy,
        )
        for pattern in found
    }


def ticket_priority(service: Service, ticket_id: str) -> dict[str, Any]:
    """
    Return the priority of a ticket with its parts, as JSON values.

    Raises:
        NotFound: There is no such ticket.
    """
    found = find_ticket(service.store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
    pattern_id = found.ticket.pattern_id
    return priority_data(priorities(service, patterns(service.store, [pattern_id]))[pattern_id])


def priority_data(priority: Priority) -> dict[str, Any]:
    """Return a priority as JSON values: its score, a sentence, and its parts."""
    return {
        "score": priority.score,
        "sentence": priority.sentence,
        "parts": [asdict(part) for part in priority.parts],
    }


def _standing(pattern: JudgedPattern, labels: LabelsSeen, windows: tuple[int, int], end: datetime) -> Standing:
    age = end - datetime.fromisoformat(pattern.first_seen)
    return Standing(
        category=pattern.category,
        risk_level=labels.risk_level,
        scenario=labels.scenario,
        units=pattern.units,
        units_lately=windows[0],
        units_before=windows[1],
        age_days=age.days if pattern.failures else 0,
    )
