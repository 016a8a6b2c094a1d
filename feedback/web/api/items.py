"""The items of a body: which media types are read, and the items in them, each with its own bytes."""

import io
import json
from itertools import islice
from urllib.parse import unquote_to_bytes

from fastapi import HTTPException, Request

from feedback.intake.cloudevents import structured
from feedback.intake.files import Item, array_items, read_items
from feedback.intake.records import MAX_ITEMS, attributes_of
from feedback.web.bodies import media_type, read_body

__all__ = ["ARRAYS", "CLOUDEVENT", "CLOUDEVENTS", "LINES", "items_of"]

LINES = "application/x-ndjson"
CLOUDEVENT = "application/cloudevents+json"
CLOUDEVENTS = "application/cloudevents-batch+json"
ARRAYS = ("application/json", CLOUDEVENT, CLOUDEVENTS)
_LINES = (LINES, "application/ndjson", "application/jsonl")
_BINARY = "ce-"


async def items_of(request: Request, most: int) -> list[Item]:
    """
    Return the items of a request's body: lines, the items of an array, or the one object, which may be a CloudEvent.

    Raises:
        HTTPException: 400 where it is no JSON as a whole, 413 where it holds too much (`most` bytes), 415 where its media
            type is none of these.
    """
    kind = media_type(request)
    if kind not in (*ARRAYS, *_LINES):
        raise HTTPException(415, f"Content-Type {kind!r} cannot be read: send {', '.join((*ARRAYS, LINES))}")
    body = await read_body(request, most)
    if not body.strip():
        raise HTTPException(400, "the body is empty")
    items = _read_lines(body) if kind in _LINES else _read_json(body, request)
    if len(items) > MAX_ITEMS:
        raise HTTPException(413, f"more than {MAX_ITEMS} items: send them in parts")
    return items


def _read_lines(body: bytes) -> list[Item]:
    if body.startswith(b"\x1f\x8b"):
        raise HTTPException(400, "the body is gzip: say so with Content-Encoding: gzip")
    return list(islice(read_items(io.BytesIO(body)), MAX_ITEMS + 1))


def _read_json(body: bytes, request: Request) -> list[Item]:
    """Return the items of what must be JSON as a whole, unless it is only nested too deep, which its item is told."""
    try:
        json.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        raise HTTPException(400, f"the body is not valid JSON in UTF-8: {error}") from error
    except RecursionError:
        pass
    body = body.removeprefix(b"\xef\xbb\xbf")
    if body.lstrip().startswith(b"["):
        return list(islice(array_items(body), MAX_ITEMS + 1))
    attributes = _attributes(request)
    return [Item("item 1", structured(attributes, body) if attributes else body)]


def _attributes(request: Request) -> dict[str, str]:
    """Return the attributes of a binary CloudEvent; none where the headers are not those of one."""
    named = [(name.replace("-", "_", 1), value) for name, value in request.headers.items() if name.startswith(_BINARY)]
    return attributes_of([(name, _decoded(value)) for name, value in named])


def _decoded(value: str) -> bytes:
    """Return a header's value as bytes of UTF-8: percent-encoded where it is not ASCII (CloudEvents over HTTP, 3.1.3.2)."""
    return unquote_to_bytes(value.strip('"'))
