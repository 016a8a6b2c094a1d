"""
The log: append-only facts, each with its position, chained by hashes.

A fact's hash covers its whole row and the hash before it, so a fact cannot be changed, removed or inserted unseen; a
head printed earlier (`position:hash`) shows whether the end was cut off.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from feedback.domain.facts import FACT, Fact, FailureAssessed, FailureReported, stream_of
from feedback.errors import StoreDamaged, VersionConflict
from feedback.storage.database import Store, chunks

__all__ = [
    "EMPTY_HEAD",
    "Recorded",
    "append",
    "head",
    "link",
    "position_at",
    "positions_of",
    "read",
    "read_at",
    "read_streams",
]

EMPTY_HEAD = "0:" + "0" * 64
"""The head of a log that holds nothing."""

_RECORDED_AT = "SELECT recorded_at FROM facts WHERE position"
_INSERT = "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with its place in the log; `recorded_at` is RFC 3339 in UTC and never decreases."""

    position: int
    recorded_at: str
    fact: Fact


def link(previous: str, row: Sequence[object]) -> str:
    """Return the hex hash of a fact's row (position to data) chained to the hash before it."""
    return hashlib.sha256((previous + json.dumps(list(row), ensure_ascii=False)).encode()).hexdigest()


def head(store: Store) -> str:
    """Return `position:hash` of the last fact."""
    last = store.rows("SELECT position, hash FROM facts ORDER BY position DESC LIMIT 1")
    return f"{last[0][0]}:{last[0][1]}" if last else EMPTY_HEAD


def append(
    store: Store, facts: Iterable[Fact], *, now: datetime, expected_versions: dict[str, int] | None = None
) -> list[Recorded]:
    """
    Append `facts` in order and return them with their positions; run it inside `store.writing()`.

    Args:
        now: Time to record; an earlier one than the last fact's is raised to that.
        expected_versions: The version each of these streams must be at before.

    Raises:
        VersionConflict: A stream has moved on.
    """
    last = store.rows("SELECT position, hash, recorded_at FROM facts ORDER BY position DESC LIMIT 1")
    position, chained, since = last[0] if last else (0, "0" * 64, "")
    recorded_at = max(now.isoformat(timespec="microseconds"), since)
    versions: dict[str, int] = {}
    for stream, expected in (expected_versions or {}).items():
        versions[stream] = _version(store, stream)
        if versions[stream] != expected:
            raise VersionConflict(stream, expected, versions[stream])
    recorded, rows = [], []
    for fact in facts:
        position += 1
        stream = stream_of(fact)
        versions[stream] = _next_version(store, fact, stream, versions)
        data = fact.model_dump_json(exclude_none=True)
        row = (position, stream, versions[stream], fact.type, recorded_at, data)
        chained = link(chained, row)
        rows.append((*row, chained))
        recorded.append(Recorded(position, recorded_at, fact))
    try:
        store.db.conn.executemany(_INSERT, rows)
    except sqlite3.IntegrityError as error:
        message = f"{store.path}: the read models do not know what the log holds. Run `feedback rebuild`."
        raise StoreDamaged(message) from error
    return recorded


def read(
    store: Store,
    *,
    after: int = 0,
    limit: int | None = None,
    types: Sequence[str] | None = None,
    stream: str | None = None,
) -> Iterator[Recorded]:
    """
    Yield the facts behind position `after`, oldest first, `limit` at most; of these types and this stream, or of all.

    Raises:
        StoreDamaged: A fact cannot be read; its position is named.
    """
    named = "" if types is None else f"AND type IN ({','.join('?' * len(types))})"
    within = "" if stream is None else "AND stream = ?"
    sql = f"SELECT position, recorded_at, data FROM facts WHERE position > ? {named} {within} ORDER BY position LIMIT ?"
    parameters = (after, *(types or ()), *([] if stream is None else [stream]), -1 if limit is None else limit)
    return _facts(store, sql, parameters)


def read_streams(store: Store, named: str, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
    """
    Yield the facts of the stream of this name, or where it ends with a colon of all that begin so, each oldest first.

    Of each stream those behind its version `after`; none behind position `upto` of the log.

    Raises:
        StoreDamaged: A fact cannot be read; its position is named.
    """
    end = named[:-1] + ";" if named.endswith(":") else named + "\0"  # the name that sorts right behind
    sql = """SELECT position, recorded_at, data FROM facts WHERE stream >= ? AND stream < ? AND version > ?
             AND position <= coalesce(?, position) ORDER BY stream, version"""
    return _facts(store, sql, (named, end, after, upto))


def positions_of(store: Store, streams: Iterable[str], *, upto: int) -> set[int]:
    """Return the positions of the facts of these streams that stand at position `upto` or before."""
    found: set[int] = set()
    for part, marks in chunks(streams):
        sql = f"SELECT position FROM facts WHERE stream IN ({marks}) AND position <= ?"
        found.update(position for (position,) in store.rows(sql, (*part, upto)))
    return found


def read_at(store: Store, positions: Iterable[int]) -> Iterator[Recorded]:
    """
    Yield the facts at these positions, oldest first.

    Raises:
        StoreDamaged: A fact cannot be read; its position is named.
    """
    for part, marks in chunks(sorted(positions)):
        sql = f"SELECT position, recorded_at, data FROM facts WHERE position IN ({marks}) ORDER BY position"
        yield from _facts(store, sql, part)


def position_at(store: Store, time: str) -> int:
    """Return the position of the last fact recorded at `time` (RFC 3339 in UTC, with microseconds) or before; else 0."""
    low, high = 0, int(head(store).partition(":")[0])
    while low < high:  # times of recording never decrease, and positions have no gaps
        middle = (low + high + 1) // 2
        ((recorded_at,),) = store.rows(f"{_RECORDED_AT} <= ? ORDER BY position DESC LIMIT 1", (middle,))
        low, high = (middle, high) if recorded_at <= time else (low, middle - 1)
    return low


def _facts(store: Store, sql: str, parameters: tuple[Any, ...]) -> Iterator[Recorded]:
    for position, recorded_at, data in store.stream(sql, parameters):
        try:
            yield Recorded(position, recorded_at, FACT.validate_json(data))
        except ValidationError as error:
            message = f"fact {position} cannot be read: {error.errors()[0]['msg']}. Run `feedback verify`."
            raise StoreDamaged(message) from error


def _next_version(store: Store, fact: Fact, stream: str, versions: dict[str, int]) -> int:
    """Return the version a fact gets; a failure is reported first and assessed second, which need not be looked up."""
    if isinstance(fact, FailureReported):
        return 1
    if isinstance(fact, FailureAssessed):
        return 2
    return (versions[stream] if stream in versions else _version(store, stream)) + 1


def _version(store: Store, stream: str) -> int:
    return int(store.rows("SELECT coalesce(max(version), 0) FROM facts WHERE stream = ?", (stream,))[0][0])
