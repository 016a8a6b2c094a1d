"""Delivering: a round for one webhook, and the loop that makes rounds for all of them, each on its own."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Protocol

import structlog

from feedback.domain.webhooks import Answer
from feedback.errors import Busy
from feedback.service.bootstrap import Service
from feedback.service.webhooks import Posting, Webhook, ready, settle, take
from feedback.settings import WebhookSettings
from feedback.webhooks.sending import Sender, opened

__all__ = ["Lender", "deliver", "deliver_round", "delivering"]

_AT_ONCE = 8
_PAUSE_SECONDS = 60.0
log = structlog.get_logger("feedback.webhooks")


class Lender(Protocol):
    """Lends services over a store to any thread, each to one borrower at a time."""

    def reading(self) -> AbstractContextManager[Service]:
        """Lend one that reads."""

    def writing(self) -> AbstractContextManager[Service]:
        """Lend one that writes, to one borrower at a time."""


@asynccontextmanager
async def delivering(stores: Lender, webhooks: Iterable[Webhook], settings: WebhookSettings) -> AsyncIterator[None]:
    """Deliver while the block runs; what is then on its way is sent again next time."""
    running = [asyncio.create_task(deliver(stores, webhook, settings), name=webhook.outbox) for webhook in webhooks]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def deliver(stores: Lender, webhook: Webhook, settings: WebhookSettings) -> None:
    """Make rounds for a webhook until it is cancelled, at once while there is more to do."""
    async with opened(webhook.endpoint, settings.timeout_seconds) as sender:
        while True:
            try:
                pause = 0.0 if await deliver_round(stores, webhook, sender) else settings.poll_interval_seconds
            except Busy as error:
                log.warning("webhook waits for the store", webhook=webhook.name, reason=str(error))
                pause = settings.poll_interval_seconds
            except Exception:
                log.exception("webhook pauses", webhook=webhook.name, seconds=_PAUSE_SECONDS)
                pause = _PAUSE_SECONDS  # the others, and the service, go on
            await asyncio.sleep(pause)


async def deliver_round(stores: Lender, webhook: Webhook, sender: Sender) -> int:
    """
    Send what is due to a webhook, several tickets beside each other, and return how many requests were made.

    Of a ticket there is one on its way at most: what follows is due once that is delivered or given up.
    """
    postings = await asyncio.to_thread(_taken, stores, webhook)
    await asyncio.gather(*(_send(stores, webhook, sender, posting) for posting in postings))
    return len(postings)


async def _send(stores: Lender, webhook: Webhook, sender: Sender, posting: Posting) -> None:
    answer = await sender.post(posting.headers, posting.body)
    state = await asyncio.to_thread(_settled, stores, posting, answer)
    if state == "given_up":
        given_up = posting.delivery
        log.warning("delivery given up", webhook=webhook.name, fact=given_up.event_id, status=answer.status)


def _taken(stores: Lender, webhook: Webhook) -> list[Posting]:
    with stores.reading() as service:
        if not ready(service, webhook):
            return []
    with stores.writing() as service:
        return take(service, webhook, _AT_ONCE)


def _settled(stores: Lender, posting: Posting, answer: Answer) -> str:
    with stores.writing() as service:
        return settle(service, posting, answer)
