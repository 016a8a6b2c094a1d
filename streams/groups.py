"""Consumer groups from outside: who is in one, what it has acknowledged, and setting it to other offsets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from feedback.errors import BrokerRefused
from feedback.storage.positions import Place
from streams.connection import Connection, administering, reading
from streams.reading import places_of

__all__ = ["acknowledged", "cluster_id", "members", "offsets_at", "set_acknowledged"]


async def cluster_id(connection: Connection) -> str:
    """
    Return the id of the cluster.

    Raises:
        BrokersUnreachable: No broker answered.
    """
    async with administering(connection) as admin:
        return str((await admin.describe_cluster())["cluster_id"])


async def members(connection: Connection, group: str) -> list[tuple[str, str]]:
    """
    Return client id and address of everyone in the group now, also of those that died a moment ago.

    Raises:
        BrokersUnreachable: No broker answered.
    """
    async with administering(connection) as admin:
        answers = await admin.describe_consumer_groups([group])
    return [
        (member[1], str(member[2]).lstrip("/")) for answer in answers for found in answer.groups for member in found[5]
    ]


async def acknowledged(connection: Connection, group: str, topics: Sequence[str]) -> dict[Place, int]:
    """
    Return the offset behind what the group has acknowledged, by topic and partition; none where it has nothing.

    Raises:
        NotFound: A topic is missing.
        BrokersUnreachable: No broker answered.
    """
    async with _standing_for(connection, group, topics) as (consumer, places):
        found = {place: await consumer.committed(place) for place in places}
    return {(place.topic, place.partition): offset for place, offset in found.items() if offset is not None}


async def set_acknowledged(connection: Connection, group: str, offsets: Mapping[Place, int]) -> None:
    """
    Set what the group has acknowledged.

    Raises:
        BrokerRefused: Somebody is in the group.
        BrokersUnreachable: No broker answered.
    """
    if present := await members(connection, group):
        names = ", ".join(f"{client} at {address}" for client, address in present)
        raise BrokerRefused(f"move the group {group}", f"{names} is in it: stop that worker first")
    async with _standing_for(connection, group, sorted({topic for topic, _ in offsets})) as (consumer, _):
        await consumer.commit({TopicPartition(*place): offset for place, offset in offsets.items()})


async def offsets_at(connection: Connection, topics: Sequence[str], since: datetime) -> dict[Place, int]:
    """
    Return the offset of the first message that arrived at `since` or later, by topic and partition.

    Where nothing came so late it is the end of the partition.

    Raises:
        NotFound: A topic is missing.
        BrokersUnreachable: No broker answered.
    """
    async with _standing_for(connection, None, topics) as (consumer, places):
        found = await consumer.offsets_for_times(dict.fromkeys(places, int(since.timestamp() * 1000)))
        ends = await consumer.end_offsets(places)
    return {(at.topic, at.partition): found[at].offset if found.get(at) else ends[at] for at in places}


@asynccontextmanager
async def _standing_for(
    connection: Connection, group: str | None, topics: Sequence[str]
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    places = await places_of(connection, topics)
    async with reading(connection, group_id=group) as consumer:
        consumer.assign(places)
        yield consumer, places
