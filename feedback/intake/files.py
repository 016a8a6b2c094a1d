"""Files of failure events: NDJSON or one JSON array, plain or gzip, each item with its place and its own bytes."""

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["Item", "read_items"]

_BOM = b"\xef\xbb\xbf"
_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Item:
    """The bytes of one item and where they stand: "line 7", or "item 3" of an array (both count from 1)."""

    place: str
    raw: bytes


def read_items(file: BinaryIO) -> Iterator[Item]:
    """
    Yield the items of a file in order; empty lines are passed over.

    Lines are read one by one. An array is held whole in memory; where one of its items is no JSON, what follows
    cannot be told apart and comes as one last item.

    Raises:
        OSError: The file cannot be read, or its gzip data is broken.
    """
    buffered = io.BufferedReader(file)  # type: ignore[arg-type]  # typeshed wants RawIOBase; any reader works
    if buffered.peek(2)[:2] == b"\x1f\x8b":
        buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered))  # type: ignore[arg-type]  # as above
    start = buffered.peek(64).removeprefix(_BOM).lstrip()
    if start.startswith(b"["):
        yield from _array(buffered.read().removeprefix(_BOM))
    else:
        yield from _lines(buffered)


def _lines(file: BinaryIO) -> Iterator[Item]:
    for number, line in enumerate(file, start=1):
        raw = line.removeprefix(_BOM).strip() if number == 1 else line.strip()
        if raw:
            yield Item(f"line {number}", raw)


def _array(data: bytes) -> Iterator[Item]:
    text = data.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder()
    position, number = _skip(text, _skip(text, 0) + 1), 0
    while position < len(text) and text[position] != "]":
        number += 1
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            yield Item(f"item {number}", _bytes(text[position:].rstrip()))
            return
        yield Item(f"item {number}", _bytes(text[position:end]))
        position = _skip(text, end)
        if position < len(text) and text[position] == ",":
            position = _skip(text, position + 1)
        elif position >= len(text) or text[position] != "]":
            break
    rest = text[position:].strip()
    if rest != "]":
        yield Item(f"item {number + 1}", _bytes(rest))


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _SPACE:
        position += 1
    return position


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
