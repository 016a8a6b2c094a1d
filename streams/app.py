"""The Faust app of a role: one agent that takes batches of bytes from topics."""

import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import faust

from feedback.storage.positions import Place
from streams.batches import Batches
from streams.connection import MAX_MESSAGE_BYTES, Connection

__all__ = ["build_app", "consume_by", "waiting"]

_BUFFERED_BATCHES = 2


def build_app(connection: Connection, group: str, *, batch_size: int) -> faust.App:
    """Return an app that consumes as `group`; nothing is connected yet."""
    return faust.App(
        group,
        **connection.for_faust(),
        store="memory://",
        datadir=tempfile.gettempdir(),  # it has no tables: nothing is written there
        topic_allow_declare=False,  # `feedback topics create` makes them
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=MAX_MESSAGE_BYTES,
        producer_max_request_size=MAX_MESSAGE_BYTES,
        # what is fetched and not yet taken is bounded, and the brokers are asked for no more
        broker_max_poll_records=batch_size,
        stream_buffer_maxsize=_BUFFERED_BATCHES * batch_size,
        stream_wait_empty=False,  # else SIGTERM waits for ever on a batch that is not acknowledged
        web_enabled=False,
        autodiscover=False,
    )


def consume_by(app: faust.App, topics: Sequence[str], batches: Batches[Any]) -> None:
    """Have the app take batches of these topics, as bytes, for as long as it runs."""
    topic = app.topic(*topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    app.agent(topic, name=f"{app.conf.id}.batches")(batches.take)


async def waiting(app: faust.App, taken: Mapping[Place, int]) -> dict[Place, int]:
    """
    Return how many messages of each partition of ours wait, where any was taken since the start.

    Args:
        taken: The offset behind the last message that was seen through, by topic and partition.
    """
    ours = [place for place in app.consumer.assignment() if (place.topic, place.partition) in taken]
    ends = await app.consumer.highwaters(*ours) if ours else {}
    return {(at.topic, at.partition): max(0, (end or 0) - taken[at.topic, at.partition]) for at, end in ends.items()}
