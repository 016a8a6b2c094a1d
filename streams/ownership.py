"""Before a recorder consumes: that it is the only one, that the topics are its store's, and where it goes on."""

import asyncio
import os
import socket
import time

import structlog

from feedback.errors import ForeignTopics, StoreHeld
from feedback.storage.positions import Place
from streams.connection import Connection
from streams.groups import acknowledged, members, set_acknowledged
from streams.knowledge import Knowledge
from streams.topics import ASSESSED, record_group

__all__ = ["alone_in_group", "go_back_with_the_store", "our_name", "refuse_foreign_topics"]

_POLL_SECONDS = 1.0
log = structlog.get_logger("feedback.streams")


def our_name(role: str) -> str:
    """Return what the brokers call this machine in this role."""
    return f"feedback-{role}@{socket.gethostname()}"


def holder() -> str:
    """Return who we are, for whoever comes second."""
    return f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%Y-%m-%d %H:%M:%S%z')}"


def refuse_foreign_topics(known: Knowledge, store_id: str, path: str, *, take_over: bool) -> None:
    """
    Refuse to go on where another store's recorder has published on the topics, unless it is to be taken over.

    Raises:
        ForeignTopics: The topics are another store's.
    """
    owner = known.manifest.store_id if known.manifest else store_id
    if owner != store_id and not take_over:
        raise ForeignTopics(owner, store_id, path)
    if owner != store_id:
        log.warning("taking over", topics_of=owner, for_store=store_id)


async def alone_in_group(connection: Connection, store_id: str, path: str, patience_seconds: float) -> None:
    """
    Wait until nobody is in the recorder's group; one that was killed leaves it when its session ends.

    The lock beside the store keeps off only processes that see this very file: not those of a copy, which has its id.

    Raises:
        StoreHeld: Somebody stays.
    """
    deadline = time.monotonic() + patience_seconds
    group = record_group(store_id)
    while present := await members(connection, group):
        if time.monotonic() > deadline:
            raise StoreHeld(path, "record", ", ".join(f"{client} at {address}" for client, address in present))
        log.warning(
            "waiting", because=f"{present[0][0]} at {present[0][1]} is in the group {group}, or was a moment ago"
        )
        await asyncio.sleep(_POLL_SECONDS)


async def go_back_with_the_store(connection: Connection, store_id: str, kept: dict[Place, int]) -> dict[Place, int]:
    """
    Set the group back to where the store has come to, where the group is further: the store is an older copy then.

    Returns the places that were set back, with their new offsets.
    """
    group = record_group(store_id)
    further = await acknowledged(connection, group, [ASSESSED])
    back = {place: kept.get(place, 0) for place, offset in further.items() if kept.get(place, 0) < offset}
    if back:
        log.warning(
            "going back", because="the store is older than what its group acknowledged", group=group, to=_shown(back)
        )
        await set_acknowledged(connection, group, back)
    return back


def _shown(places: dict[Place, int]) -> str:
    return ", ".join(f"{topic}:{partition} to {offset}" for (topic, partition), offset in sorted(places.items()))
