"""Replaying: a stopped role is set back to an earlier offset or time, and consumes from there when it is started."""

from collections.abc import Sequence
from datetime import datetime

from feedback.storage.positions import Place
from streams.connection import Connection
from streams.groups import acknowledged, offsets_at, set_acknowledged

__all__ = ["set_back"]


async def set_back(
    connection: Connection, group: str, topics: Sequence[str], *, since: datetime | int, partition: int | None = None
) -> dict[Place, int]:
    """
    Set the group back and return the places that were moved, with the offset each goes on from.

    A place that would move forward, or that the group has not read yet, stays.

    Args:
        since: A time of arrival, or an offset.
        partition: Only this partition of the topics.

    Raises:
        BrokerRefused: Somebody is in the group.
        NotFound: A topic is missing.
        BrokersUnreachable: No broker answered.
    """
    reached = await acknowledged(connection, group, topics)
    wanted = dict.fromkeys(reached, since) if isinstance(since, int) else await offsets_at(connection, topics, since)
    back = {
        place: wanted[place]
        for place, offset in sorted(reached.items())
        if wanted[place] < offset and partition in (None, place[1])
    }
    if back:
        await set_acknowledged(connection, group, back)
    return back
