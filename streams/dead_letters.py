"""Dead letters on their topic: a limit that tells a bug from bad data, reading them back, sending them again."""

import heapq
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from feedback.errors import Fault, NotFound, TooManyDeadLetters
from feedback.intake.records import Headers
from feedback.settings import WorkerSettings
from streams.codec import Message
from streams.connection import Connection, reading
from streams.reading import places_of, read_all
from streams.sending import sending
from streams.topics import DEAD_LETTERS

__all__ = ["DeadLetterLimit", "TopicLetter", "letter", "letters", "send_again"]


class DeadLetterLimit:
    """Counts what was refused among the last messages, and stops the worker when it is too much."""

    def __init__(self, settings: WorkerSettings) -> None:
        """Judge by the share, window and minimum in the settings."""
        self._settings = settings
        self._seen: deque[bool] = deque(maxlen=settings.dead_letter_window)

    def add(self, refused: Sequence[str | None]) -> None:
        """
        Count one message each: the reason it was refused for, or None where it was not.

        Raises:
            TooManyDeadLetters: Their share is above the limit.
        """
        self._seen.extend(reason is not None for reason in refused)
        count, seen = sum(self._seen), len(self._seen)
        allowed = self._settings.dead_letter_share
        if seen >= self._settings.dead_letter_minimum and count > allowed * seen:
            example = next((reason for reason in reversed(refused) if reason is not None), "an earlier batch has it")
            raise TooManyDeadLetters(count, seen, allowed, example)


@dataclass(frozen=True, slots=True)
class TopicLetter:
    """A dead letter on the topic; `reference` names it there: PARTITION:OFFSET."""

    reference: str
    received_at: str
    topic: str
    place: str
    faults: tuple[Fault, ...]
    raw: bytes
    key: bytes | None
    headers: Headers

    def again(self) -> Message:
        """Return the message as it was sent first."""
        return Message(self.topic, self.key or b"", self.raw, self.headers)


async def letters(connection: Connection, most: int | None = None) -> list[TopicLetter]:
    """
    Return the dead letters on the topic, newest first, `most` at most; what was sent twice stands there once.

    Raises:
        BrokersUnreachable: No broker answered.
    """
    newest: list[tuple[int, int, int, TopicLetter]] = []
    seen: set[tuple[str, str]] = set()
    async for record in read_all(connection, DEAD_LETTERS):
        found = _letter(record)
        if (found.topic, found.place) in seen:
            continue
        seen.add((found.topic, found.place))
        heapq.heappush(newest, (record.timestamp, -record.partition, record.offset, found))
        if most is not None and len(newest) > most:
            heapq.heappop(newest)
    return [found for *_, found in sorted(newest, reverse=True)]


async def letter(connection: Connection, reference: str) -> TopicLetter:
    """
    Return one dead letter by its PARTITION:OFFSET.

    Raises:
        NotFound: There is none.
        BrokersUnreachable: No broker answered.
    """
    partition, _, offset = reference.partition(":")
    place = TopicPartition(DEAD_LETTERS, int(partition))
    if place in await places_of(connection, [DEAD_LETTERS]):
        async with reading(connection) as consumer:
            consumer.assign([place])
            begin, end = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
            if begin[place] <= int(offset) < end[place]:
                consumer.seek(place, int(offset))
                return _letter(await consumer.getone(place))
    raise NotFound("dead letter", reference, "`feedback dead-letters list --from topic` shows all")


async def send_again(connection: Connection, references: Sequence[str]) -> list[TopicLetter]:
    """
    Send dead letters to the topics they came on, as they were sent first, and return them; they stay where they are.

    Raises:
        NotFound: There is none of a reference; nothing was sent.
        BrokersUnreachable: No broker answered.
    """
    found = [await letter(connection, reference) for reference in references]
    async with sending(connection) as sender:
        await sender.send([one.again() for one in found])
    return found


def _letter(record: ConsumerRecord) -> TopicLetter:
    told = dict(_ours(record))
    place = f"partition {told.get('partition', '?')}, offset {told.get('offset', '?')}"
    received = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="seconds")
    return TopicLetter(
        reference=f"{record.partition}:{record.offset}",
        received_at=received,
        topic=told.get("topic", "unknown"),
        place=place + (f", {told['place']}" if told.get("place") else ""),
        faults=tuple(Fault(one["path"], one["message"]) for one in json.loads(told.get("errors", "[]"))),
        raw=record.value or b"",
        key=next((content for name, content in record.headers if name == "feedback-key"), None),
        headers=tuple((name, content) for name, content in record.headers if not name.startswith("feedback-")),
    )


def _ours(record: ConsumerRecord) -> Iterator[tuple[str, str]]:
    for name, content in record.headers:
        if name.startswith("feedback-") and name != "feedback-key":
            yield name.removeprefix("feedback-"), content.decode("utf-8", "replace")
