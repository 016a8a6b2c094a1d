"""Places reached: how far streams were consumed into the store, and how far its facts were published."""

from collections.abc import Mapping

from feedback.storage.database import Store

__all__ = ["Place", "consumed", "keep_consumed", "keep_published", "place_of", "published"]

Place = tuple[str, int]
"""A topic and one of its partitions."""


def consumed(store: Store, cluster: str) -> dict[Place, int]:
    """Return the offset behind the last message consumed, by topic and partition of this cluster."""
    rows = store.rows("SELECT topic, partition, next_offset FROM consumed WHERE cluster = ?", (cluster,))
    return {(topic, partition): next_offset for topic, partition, next_offset in rows}


def keep_consumed(store: Store, cluster: str, reached: Mapping[Place, int]) -> None:
    """Keep the offsets behind the last messages consumed; run it in the transaction that recorded the messages."""
    store.db.conn.executemany(
        "INSERT OR REPLACE INTO consumed VALUES (?, ?, ?, ?)",
        [(cluster, topic, partition, offset) for (topic, partition), offset in reached.items()],
    )


def place_of(store: Store, outbox: str) -> int | None:
    """Return the position up to which this outbox has published; None where it has never begun."""
    rows = store.rows("SELECT position FROM published WHERE outbox = ?", (outbox,))
    return int(rows[0][0]) if rows else None


def published(store: Store, outbox: str) -> int:
    """Return the position of the last fact that this outbox has published; 0 where it has published nothing."""
    return place_of(store, outbox) or 0


def keep_published(store: Store, outbox: str, position: int) -> None:
    """Keep that everything up to and with `position` is published."""
    with store.writing():
        store.db.conn.execute("INSERT OR REPLACE INTO published VALUES (?, ?)", (outbox, position))
