"""Reading a topic to its end, without a group and without committing anything."""

from collections.abc import AsyncIterator, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from feedback.errors import NotFound
from streams.connection import Connection, administering, reading

__all__ = ["places_of", "read_all", "read_to"]

_POLL_MS = 1000


async def places_of(connection: Connection, topics: Sequence[str]) -> list[TopicPartition]:
    """
    Return the partitions of the topics, in order.

    Raises:
        NotFound: A topic is missing.
        BrokersUnreachable: No broker answered.
    """
    async with administering(connection) as admin:
        described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics(list(topics))}
    if missing := [topic for topic in topics if not described.get(topic)]:
        raise NotFound("topic", missing[0], "`feedback topics create` makes it")
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(partition["partition"] for partition in described[topic])
    ]


async def read_all(connection: Connection, *topics: str) -> AsyncIterator[ConsumerRecord]:
    """
    Yield every message that the topics hold now, in order within a partition.

    Raises:
        NotFound: A topic is missing.
        BrokersUnreachable: No broker answered.
    """
    places = await places_of(connection, topics)
    async with reading(connection) as consumer:
        consumer.assign(places)
        async for record in read_to(consumer, await consumer.end_offsets(places)):
            yield record


async def read_to(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> AsyncIterator[ConsumerRecord]:
    """Yield what stands before `ends`; compaction and transactions may leave nothing there to yield."""
    waiting = {place for place, end in ends.items() if await consumer.position(place) < end}
    while waiting:
        for batch in (await consumer.getmany(*waiting, timeout_ms=_POLL_MS)).values():
            for record in batch:
                yield record
        waiting = {place for place in waiting if await consumer.position(place) < ends[place]}
