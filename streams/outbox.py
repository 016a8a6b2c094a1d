"""The outbox: what happened to tickets is read from the log after the commit, and sent until the brokers have it."""

from dataclasses import dataclass

from feedback.export.cloudevents import TOLD
from feedback.service.bootstrap import Service
from feedback.storage import log
from feedback.storage.positions import keep_published, published
from streams.codec import Message, ticket_message
from streams.topics import TICKETS

__all__ = ["Outbox", "Pending"]

_FACTS = 500


@dataclass(frozen=True, slots=True)
class Pending:
    """Messages that are to be sent, and the position that is published once they are."""

    messages: tuple[Message, ...]
    position: int


class Outbox:
    """
    Reads what is not yet published, in the order of the log.

    Sending comes between `pending` and `done`: a crash there sends again what was sent, with the same ids, and loses
    nothing. Neither replaying nor rebuilding adds facts, so neither publishes anything.
    """

    def __init__(self, service: Service) -> None:
        """Publish from this store; all calls come from the thread that opened it."""
        self._service = service
        self._read_to = published(service.store, TICKETS)

    def pending(self) -> Pending:
        """Return what is to be sent next, oldest first; no messages where there is nothing."""
        store = self._service.store
        head = int(log.head(store).partition(":")[0])
        found = list(log.read(store, after=self._read_to, limit=_FACTS, types=TOLD))
        last = found[-1].position if found else 0
        position = last if len(found) == _FACTS else max(head, last)  # others may have appended since the head was read
        messages = tuple(ticket_message(TICKETS, store.store_id, recorded) for recorded in found)
        if not messages:
            self._read_to = position  # the place need not be kept: nothing was sent
        return Pending(messages, position)

    def done(self, pending: Pending) -> None:
        """Keep that `pending` was sent."""
        keep_published(self._service.store, TICKETS, pending.position)
        self._read_to = pending.position
