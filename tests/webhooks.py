"""Webhooks in tests: a receiver that really listens, a store lent to threads, and facts about tickets made quickly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from aiohttp import web

from feedback.domain.facts import TicketTaken
from feedback.service.bootstrap import Service
from feedback.service.webhooks import Webhook, enqueue, webhooks_of
from feedback.settings import Settings
from feedback.storage import log
from feedback.storage.database import Store
from feedback.webhooks.delivering import deliver_round
from feedback.webhooks.sending import opened
from tests.builders import NOW, a_service, settings_with

__all__ = ["KEY", "SECRET", "Lent", "Receiver", "endpoints", "happen", "hook", "receiving", "rounds"]

KEY = bytes(range(32))
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
Reply = web.StreamResponse | int
Answering = Callable[[web.Request], Awaitable[Reply]]


def endpoints(*urls: str, more: dict[str, Any] | None = None, **changes: Any) -> Settings:
    """Return settings with webhooks w0, w1, ... to these places; `more` are further keys of each, `changes` of the section."""
    each = [
        {"name": f"w{n}", "url": url, "secret_env": "SECRET", "allow_private": True, **(more or {})}
        for n, url in enumerate(urls)
    ]
    return settings_with(webhooks={"endpoints": each, **changes})


def hook(settings: Settings, number: int = 0) -> Webhook:
    """Return one of the webhooks of the settings."""
    return webhooks_of(settings, {"SECRET": SECRET})[number]


def happen(store: Store, *ticket_ids: str) -> None:
    """Append a fact about each of these tickets, in order."""
    with store.writing():
        log.append(store, [TicketTaken(ticket_id=one, actor="unverified:ana") for one in ticket_ids], now=NOW)


@dataclass
class Lent:
    """A store that is lent to threads, and the time that it is there."""

    store: Store
    settings: Settings
    now: datetime = NOW
    _lock: Lock = field(default_factory=Lock)

    @contextmanager
    def reading(self) -> Iterator[Service]:
        """Lend it, to one at a time: there is one connection."""
        with self._lock:
            yield self.service

    writing = reading

    @property
    def service(self) -> Service:
        """The service as of now."""
        return a_service(self.store, settings=self.settings, now=self.now)

    def begin(self) -> None:
        """Have every webhook begin here."""
        for webhook in webhooks_of(self.settings, {"SECRET": SECRET}):
            enqueue(self.service, webhook)


@dataclass
class Receiver:
    """What listens at `url`, and what has come in."""

    url: str
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    _arrivals: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    def take_in(self, headers: dict[str, str], body: bytes, path: str) -> None:
        """Keep a request."""
        self.came.append((headers, body))
        self.paths.append(path)
        self._arrivals.put_nowait(int(headers.get("webhook-id", "0").partition("-")[0]))

    async def next_position(self) -> int:
        """Return the position of the next fact that comes in; wait for it, though not for ever."""
        return await asyncio.wait_for(self._arrivals.get(), 30)

    @property
    def positions(self) -> list[int]:
        """The positions of the facts, in the order in which they came."""
        return [int(headers["webhook-id"].partition("-")[0]) for headers, _ in self.came]


async def _fine(_: web.Request) -> int:
    return 204


@asynccontextmanager
async def receiving(answering: Answering = _fine) -> AsyncIterator[Receiver]:
    """Listen on a free port of this machine, and answer as `answering` says: with a status or a whole response."""

    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): text for name, text in request.headers.items()}
        receiver.take_in(headers, await request.read(), request.path)
        reply = await answering(request)
        return web.Response(status=reply) if isinstance(reply, int) else reply

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver = Receiver(f"http://127.0.0.1:{runner.addresses[0][1]}/in")
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def rounds(lent: Lent, count: int = 1, number: int = 0) -> list[int]:
    """Make rounds for a webhook of the settings, and return how many requests each made."""
    webhook = hook(lent.settings, number)
    async with opened(webhook.endpoint, lent.settings.webhooks.timeout_seconds) as sender:
        return [await deliver_round(lent, webhook, sender) for _ in range(count)]
