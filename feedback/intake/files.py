"""Files of failure events: NDJSON or one JSON array, plain or gzip, each item with its place and its own bytes."""

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, cast

from feedback.errors import Fault, InvalidInput

__all__ = ["Item", "array_items", "read_batches", "read_items"]

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
        InvalidInput: The file cannot be read on, or its gzip data is broken; what came before has been yielded.
    """
    try:
        yield from _items(file)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(Fault("", f"cannot be read to its end: {error}")) from error


def read_batches(file: BinaryIO, size: int) -> Iterator[list[Item]]:
    """
    Yield the items of a file in lists of `size`, the last one shorter; as `read_items` does.

    Raises:
        InvalidInput: As `read_items`; what was read before has been yielded.
    """
    batch: list[Item] = []
    try:
        for item in read_items(file):
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
    except InvalidInput:
        yield batch
        raise
    yield batch


def _items(file: BinaryIO) -> Iterator[Item]:
    first = file.readline()
    if first.startswith(b"\x1f\x8b"):
        # what was read of a pipe cannot be put back, so the compressed bytes are held in memory
        file = cast("BinaryIO", gzip.GzipFile(fileobj=io.BytesIO(first + file.read())))
        first = file.readline()
    first = first.removeprefix(_BOM)
    leading = 0
    while first and not first.strip():
        leading, first = leading + 1, file.readline()
    if first.lstrip().startswith(b"["):
        rest = file.read()
        if not rest.strip() or not _is_json(first):
            yield from array_items(first + rest)
            return
        yield from _lines(chain([first], io.BytesIO(rest)), leading)
    else:
        yield from _lines(chain([first], file), leading)


def _is_json(line: bytes) -> bool:
    """Tell whether a first line that opens an array is whole in itself, so that lines follow and not items."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(lines: Iterable[bytes], leading: int) -> Iterator[Item]:
    for number, line in enumerate(lines, start=leading + 1):
        if line.strip():
            yield Item(f"line {number}", line.strip())


def array_items(data: bytes) -> Iterator[Item]:
    """Yield the items of one JSON array, each with its own bytes; what follows a broken one is one last item."""
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
