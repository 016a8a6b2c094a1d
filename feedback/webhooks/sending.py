"""One request to a webhook: what may be connected to, how long it may take, and how much of the answer is read."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)

from feedback import __version__
from feedback.domain.addresses import is_public
from feedback.domain.webhooks import Answer, asked_wait
from feedback.settings import WebhookEndpoint

__all__ = ["Sender", "opened"]

_LONGEST_ANSWER = 4_096


class Sender:
    """Posts to one endpoint."""

    def __init__(self, endpoint: WebhookEndpoint, session: ClientSession) -> None:
        """Post through `session`; use `opened`."""
        self._url = str(endpoint.url)
        self._session = session

    async def post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """
        Return what came of one request; nothing that a receiver does is an error here.

        A redirect is an answer and leads nowhere, and of what is said no more is read than can be shown.
        """
        try:
            async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as response:
                said = await response.content.read(_LONGEST_ANSWER)
                asked = asked_wait(response.headers.get("Retry-After"), datetime.now(UTC))
                return Answer(response.status, said.decode(errors="replace"), asked)
        except TimeoutError:
            return Answer(None, "it took too long")
        except ClientConnectorError as error:
            return Answer(None, str(error.os_error))
        except (ClientError, OSError, ValueError) as error:  # the last: names that no resolver takes
            return Answer(None, str(error) or type(error).__name__)


@asynccontextmanager
async def opened(endpoint: WebhookEndpoint, timeout_seconds: float) -> AsyncIterator[Sender]:
    """
    Give a sender for the block.

    Each address is looked at when its socket is made, behind all resolving: what is connected to is what was looked at,
    whatever a name says next time, and however an address is written.
    """
    connector = TCPConnector(socket_factory=None if endpoint.allow_private else _public_socket, use_dns_cache=False)
    session = ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=timeout_seconds),
        headers={"User-Agent": f"failure-feedback/{__version__}"},
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,  # a proxy would connect in our place, to addresses that nobody looked at
    )
    async with session:
        yield Sender(endpoint, session)


def _public_socket(wanted: AddrInfoType) -> socket.socket:
    """
    Return a socket for an address of the Internet.

    Raises:
        PermissionError: It is another one.
    """
    family, kind, protocol, _, place = wanted
    if not is_public(str(place[0])):
        message = f"{place[0]} is no public address: set allow_private where it is meant"
        raise PermissionError(message)
    return socket.socket(family, kind, protocol)
