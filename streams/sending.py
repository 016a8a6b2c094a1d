"""Sending messages in batches: all are confirmed by the brokers before the call returns."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from aiokafka import AIOKafkaProducer

from streams.codec import Message
from streams.connection import Connection, kafka_errors
from streams.topics import MAX_DEAD_LETTER_BYTES

__all__ = ["Sender", "sending"]

_BATCH_BYTES = 256 * 1024
_LINGER_MS = 5
_STOP_SECONDS = 3.0


class Sender:
    """Sends over one producer."""

    def __init__(self, producer: AIOKafkaProducer, connection: Connection) -> None:
        """Wrap a started producer; use `sending`."""
        self._producer = producer
        self._connection = connection

    async def send(self, messages: Sequence[Message]) -> None:
        """
        Send the messages, those of one key in their order, and wait until the brokers have all of them.

        Raises:
            BrokersUnreachable: Some may have arrived: send all of them again.
            BrokerRefused: The brokers will never take one of them.
        """
        with kafka_errors(self._connection):
            confirmations = [
                await self._producer.send(one.topic, one.value, key=one.key or None, headers=list(one.headers))
                for one in messages
            ]
            await asyncio.gather(*confirmations)


@asynccontextmanager
async def sending(connection: Connection) -> AsyncIterator[Sender]:
    """
    Give a sender for the block.

    Raises:
        BrokersUnreachable: No broker answers.
    """
    producer = AIOKafkaProducer(
        **connection.for_aiokafka(),
        acks="all",
        # not idempotent: such a producer never gives up a batch, so nobody would learn that the brokers are away
        linger_ms=_LINGER_MS,
        max_batch_size=_BATCH_BYTES,
        max_request_size=MAX_DEAD_LETTER_BYTES,
    )
    with kafka_errors(connection):
        await producer.start()
    try:
        yield Sender(producer, connection)
    finally:
        with suppress(TimeoutError), kafka_errors(connection):
            await asyncio.wait_for(producer.stop(), _STOP_SECONDS)  # what is not confirmed comes again
