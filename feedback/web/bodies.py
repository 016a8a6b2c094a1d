"""Bodies of requests: read without blocking, unpacked, and never larger than allowed, packed or not."""

import zlib

from fastapi import HTTPException, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Bounded", "media_type", "read_body", "unpacked"]

_GZIP = 31


class Bounded:
    """Has the app inside read no body that is larger than `most` bytes, whoever reads it."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        """Wrap an app."""
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app inside does; reading on behind the limit raises HTTPException 413 in it."""
        size = 0

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._most:
                raise _too_large(self._most)
            return message

        await self._app(scope, bounded, send)


async def read_body(request: Request, most: int) -> bytes:
    """
    Return the body of a request, unpacked where its `Content-Encoding` is gzip.

    Raises:
        HTTPException: 413 where it holds more than `most` bytes; 415 where it is packed in another way; 400 where the
            packed bytes are broken.
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        body = await request.body()
        if len(body) > most:
            raise _too_large(most)
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise HTTPException(415, f"Content-Encoding {encoding!r} cannot be read: send gzip, or none")
    return unpacked(await request.body(), most)


def unpacked(packed: bytes, most: int) -> bytes:
    """
    Return what gzip bytes hold, one member or several; never unpacks more than one byte over `most`.

    Raises:
        HTTPException: As `read_body`.
    """
    found = bytearray()
    while packed:
        member = zlib.decompressobj(wbits=_GZIP)
        try:
            found += member.decompress(packed, most + 1 - len(found))
        except zlib.error as error:
            raise HTTPException(400, f"the body is no gzip: {error}") from error
        if len(found) > most:
            raise _too_large(most)
        if not member.eof:
            raise HTTPException(400, "the body is no gzip: it ends too early")
        packed = member.unused_data.lstrip(b"\0")
    return bytes(found)


def media_type(request: Request) -> str:
    """Return the media type of a request's body in lower case, without parameters; empty where it names none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than {most} bytes: send it in parts")
