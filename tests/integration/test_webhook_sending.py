"""Webhooks as receivers see them: over real sockets, signed, in order, and never where they must not go."""

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from feedback.domain.webhooks import Answer
from feedback.service.webhooks import deliveries
from feedback.settings import Settings
from feedback.storage.database import Store, open_store
from feedback.web.stores import Stores
from feedback.webhooks.delivering import delivering
from feedback.webhooks.sending import opened
from tests.builders import failures, take_in
from tests.webhooks import KEY, Answering, Lent, Reply, endpoints, happen, hook, receiving, rounds


@pytest.fixture
def shared(tmp_path: Path) -> Any:
    store = open_store(tmp_path / "shared.db", any_thread=True)
    yield store
    store.close()


def _lent(store: Store, settings: Settings) -> Lent:
    lent = Lent(store, settings)
    lent.begin()
    return lent


async def _posted(answering: Answering, **changes: Any) -> tuple[Answer, int]:
    """Return what one request to such a receiver comes to, and how many came in there."""
    async with receiving(answering) as receiver:
        settings = endpoints(receiver.url, **changes)
        async with opened(settings.webhooks.endpoints[0], settings.webhooks.timeout_seconds) as sender:
            return await sender.post({}, b"{}"), len(receiver.came)


def test_what_happens_to_tickets_comes_in_signed_and_once(shared: Store) -> None:
    async def scenario() -> None:
        async with receiving() as receiver:
            lent = _lent(shared, endpoints(receiver.url))
            await asyncio.to_thread(take_in, shared, *failures(5))
            await rounds(lent, 8)
            assert await rounds(lent) == [0]
            kinds = [f"dev.failure-feedback.{one.type}" for one in deliveries(lent.service)]
            assert len(kinds) == len(receiver.came) >= 3
            assert sorted(json.loads(body)["type"] for _, body in receiver.came) == sorted(kinds)
            for headers, body in receiver.came:
                event = json.loads(body)
                assert headers["webhook-id"] == event["id"]
                assert headers["content-type"].startswith("application/cloudevents+json")
                signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
                expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
                assert headers["webhook-signature"] == f"v1,{expected}"
                assert headers["webhook-timestamp"] == str(int(lent.now.timestamp()))

    asyncio.run(scenario())


def test_a_ticket_that_is_refused_holds_up_no_other(shared: Store) -> None:
    async def refusing(request: web.Request) -> Reply:
        return 503 if (await request.json())["subject"] == "TR-1" else 200

    async def scenario() -> None:
        async with receiving(refusing) as receiver:
            lent = _lent(shared, endpoints(receiver.url))
            happen(shared, "TR-1", "TR-2", "TR-1", "TR-2")
            await rounds(lent, 3)
            assert sorted(receiver.positions) == [1, 2, 4]

    asyncio.run(scenario())


def test_a_redirect_is_not_followed(shared: Store) -> None:
    async def redirecting(request: web.Request) -> Reply:
        return web.Response(status=307, headers={"Location": str(request.url.with_path("/elsewhere"))})

    async def scenario() -> None:
        async with receiving(redirecting) as receiver:
            lent = _lent(shared, endpoints(receiver.url))
            happen(shared, "TR-1")
            await rounds(lent, 2)
            assert receiver.paths == ["/in"]
            (given_up,) = deliveries(lent.service)
            assert (given_up.state, given_up.last_status) == ("given_up", 307)

    asyncio.run(scenario())


def test_a_receiver_says_why_and_how_long_to_wait() -> None:
    async def busy(_: web.Request) -> Reply:
        return web.Response(status=429, text="later, please", headers={"Retry-After": "7"})

    answer, came = asyncio.run(_posted(busy))
    assert (answer, came) == (Answer(429, "later, please", 7.0), 1)


def test_a_receiver_that_never_answers_is_left_in_time() -> None:
    async def silent(_: web.Request) -> Reply:
        await asyncio.Event().wait()
        return 200

    answer, came = asyncio.run(_posted(silent, timeout_seconds=0.2))
    assert (answer, came) == (Answer(None, "it took too long"), 1)


def test_of_an_answer_without_end_only_the_beginning_is_read() -> None:
    async def endless(request: web.Request) -> Reply:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    answer, _ = asyncio.run(_posted(endless))
    assert answer.status == 500
    assert 0 < len(answer.said) <= 4_096


def test_bytes_that_are_no_text_and_no_http_are_answers_too() -> None:
    async def binary(_: web.Request) -> Reply:
        return web.Response(status=400, body=b"\xff\xfe\x00", headers={"Content-Encoding": "gzip"})

    async def scenario() -> Answer:
        async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
            writer.close()

        async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            settings = endpoints(f"http://127.0.0.1:{port}/")
            async with opened(settings.webhooks.endpoints[0], 5) as sender:
                return await sender.post({}, b"{}")

    assert asyncio.run(_posted(binary))[0].status == 400
    assert asyncio.run(scenario()).status is None


@pytest.mark.parametrize("url", [f"http://127.0.0.1:{unused_port()}/", "http://nobody.invalid/"])
def test_where_nobody_listens_the_reason_is_kept(url: str) -> None:
    async def scenario() -> Answer:
        settings = endpoints(url)
        async with opened(settings.webhooks.endpoints[0], 5) as sender:
            return await sender.post({}, b"{}")

    answer = asyncio.run(scenario())
    assert answer.status is None
    assert answer.said


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_a_private_address_is_not_connected_to_however_it_is_written(shared: Store, host: str) -> None:
    async def scenario() -> None:
        async with receiving() as receiver:
            url = receiver.url.replace("127.0.0.1", host)
            lent = _lent(shared, endpoints(url, more={"allow_private": False}))
            happen(shared, "TR-1")
            assert await rounds(lent) == [1]
            assert receiver.came == []
            (waiting,) = deliveries(lent.service)
            assert waiting.state == "waiting"
            assert waiting.last_error is not None
            assert "is no public address: set allow_private where it is meant" in waiting.last_error

    asyncio.run(scenario())


def test_a_name_that_changes_its_address_behind_the_look_up_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **named: resolve("127.0.0.1", *more, **named))

    async def scenario() -> None:
        async with receiving() as receiver:
            url = receiver.url.replace("127.0.0.1", "hooks.example.com")
            settings = endpoints(url, more={"allow_private": False})
            async with opened(settings.webhooks.endpoints[0], 5) as sender:
                answer = await sender.post({}, b"{}")
            assert "127.0.0.1 is no public address" in answer.said
            assert receiver.came == []

    asyncio.run(scenario())


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with receiving() as proxy, receiving() as receiver:
            monkeypatch.setenv("http_proxy", proxy.url)
            settings = endpoints(receiver.url)
            async with opened(settings.webhooks.endpoints[0], 5) as sender:
                await sender.post({}, b"{}")
            assert (len(proxy.came), len(receiver.came)) == (0, 1)

    asyncio.run(scenario())


def test_one_that_is_stuck_holds_up_no_other_and_a_restart_goes_on(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")

    async def stuck(_: web.Request) -> Reply:
        await asyncio.Event().wait()
        return 200

    async def scenario() -> None:
        async with receiving(stuck) as first, receiving() as second:
            settings = endpoints(first.url, second.url, poll_interval_seconds=0.01)
            hooks = [hook(settings, number) for number in (0, 1)]
            elsewhere = open_store(path)  # as `feedback ingest` beside the service
            Lent(elsewhere, settings).begin()
            happen(elsewhere, "TR-1", "TR-1")
            stores = Stores(path, settings)
            async with delivering(stores, hooks, settings.webhooks):
                assert [await second.next_position() for _ in range(2)] == [1, 2]
                happen(elsewhere, "TR-1")
                assert await second.next_position() == 3
            stores.close()
            assert first.positions == [1]

            happen(elsewhere, "TR-2")
            stores = Stores(path, settings)
            async with delivering(stores, hooks, settings.webhooks):
                assert await second.next_position() == 4
                assert await first.next_position() == 1
                assert await first.next_position() == 4  # another ticket; the first is on its way, as far as is known
            stores.close()
            elsewhere.close()

    asyncio.run(scenario())
