"""
A worker whose first batch fails, once, while others wait: how it fails, and what stands against it, is chosen by name.

`crash` and `busy` take batches as our workers do. `naive` takes them as Faust's manual shows; `without-retry` has the
retry taken out. Every message that was worked on is written down, so that what is lost can be told.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import faust

from feedback.errors import FeedbackError, StoreBusy
from feedback.settings import load_settings
from streams import batches
from streams.app import build_app, consume_by
from streams.batches import Batches
from streams.connection import Connection
from streams.worker import run_app

TRIES_WHILE_BUSY = 3


class Work:
    """Writes down the offsets of each batch, but fails with the first for as long as it is told to."""

    def __init__(self, how: str, seen: Path) -> None:
        self._how = how
        self._seen = seen
        self._failures = 0

    async def __call__(self, events: Sequence[Any]) -> None:
        await asyncio.sleep(0.05)  # so that the others wait behind it
        if self._how == "busy" and self._failures < TRIES_WHILE_BUSY:
            self._failures += 1
            message = "some.db"
            raise StoreBusy(message)
        if self._how in ("crash", "naive") and not self._failures:
            self._failures += 1
            message = "a fault of ours"
            raise RuntimeError(message)
        with self._seen.open("a", encoding="utf-8") as file:
            file.writelines(f"{event.message.offset}\n" for event in events)


async def _delivered(result: None) -> None:
    del result


async def _once(attempt: Callable[[], Awaitable[Any]], blocked: Callable[[str | None], None]) -> Any:
    del blocked
    return await attempt()


def _naive(app: faust.App, topic: str, work: Work, size: int) -> None:
    chosen = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def take(stream: Any) -> None:
        async for events in stream.noack_take(size, within=0.05):
            try:
                await work(events)
            except RuntimeError:
                continue
            for event in events:
                event.ack()

    app.agent(chosen, name="naive")(take)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("how", choices=["work", "crash", "busy", "naive", "without-retry"])
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--group", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--seen", type=Path, required=True)
    parser.add_argument("--size", type=int, required=True)
    given = parser.parse_args()
    settings = load_settings()
    connection = Connection.of(settings.kafka, client_id="trap", brokers=given.brokers)
    app = build_app(connection, given.group, batch_size=given.size)
    if given.how == "without-retry":
        batches.patiently = _once
    work = Work("busy" if given.how == "without-retry" else given.how, given.seen)
    if given.how == "naive":
        _naive(app, given.topic, work, given.size)
    else:
        taken = Batches(app, work, _delivered, size=given.size, wait_seconds=0.05, at_once=2, blocked=lambda _: None)
        consume_by(app, [given.topic], taken)
    try:
        run_app(app, connection, settings)
    except FeedbackError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
