"""Rebuilding the read models from the log, and verifying that the log is whole."""

import fcntl
import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from feedback.errors import StoreBusy
from feedback.storage.database import Store
from feedback.storage.dead_letters import changed_letters
from feedback.storage.log import EMPTY_HEAD, head, link, read
from feedback.storage.payloads import salted_hash
from feedback.storage.projections import Projections
from feedback.storage.tables import (
    READ_MODELS,
    create_indexes,
    create_read_models,
    drop_read_models,
    exchange_read_models,
)

__all__ = ["check_read_models", "rebuild", "verify"]

_SHADOW = "shadow_"
_BATCH = 20_000


def rebuild(store: Store) -> int:
    """
    Fold the whole log into shadow tables, put them in the place of the live ones, and return the number of facts.

    Others may append meanwhile: what came in is folded in the transaction that exchanges the tables.
    """
    with _shadow(store) as shadow, _collector_off():
        facts = _fold_behind(store, shadow, 0)
        with store.writing():
            facts = _fold_behind(store, shadow, facts)
            create_indexes(store.db, prefix=_SHADOW, generation=_generation(store))
            exchange_read_models(store.db, prefix=_SHADOW)
    return facts


def check_read_models(store: Store) -> list[str]:
    """Fold the whole log into shadow tables and return every row that differs from the live ones, as sentences."""
    with _shadow(store) as shadow:
        facts = _fold_behind(store, shadow, 0)
        with store.writing():
            _fold_behind(store, shadow, facts)
            return [difference for table in READ_MODELS for difference in _differences(store, table)]


def verify(store: Store, expected_head: str | None = None) -> list[str]:
    """
    Return everything that is wrong with the log and its payloads, as sentences; nothing when all is well.

    Args:
        expected_head: A head printed earlier; the log must still hold it.
    """
    problems = [*_broken_links(store), *_broken_payloads(store), *changed_letters(store)]
    if expected_head is not None and expected_head != EMPTY_HEAD:
        problems += _missing_head(store, expected_head)
    return problems


@contextmanager
def _shadow(store: Store) -> Iterator[Projections]:
    """
    Give projections over empty shadow tables, which are gone at the end.

    Raises:
        StoreBusy: Another process is rebuilding; two would fold into each other's tables.
    """
    with _alone(store):
        with store.writing():
            drop_read_models(store.db, prefix=_SHADOW)
            following = str(int(_generation(store)) + 1)
            store.db.conn.execute("INSERT OR REPLACE INTO meta VALUES ('generation', ?)", (following,))
            create_read_models(store.db, prefix=_SHADOW, generation=following)
        try:
            yield Projections(store, _SHADOW)
        finally:
            with store.writing():
                drop_read_models(store.db, prefix=_SHADOW)


def _generation(store: Store) -> str:
    """Return the number of the read models that were made last; the first have 1."""
    return str(store.rows("SELECT coalesce(max(value), '1') FROM meta WHERE key = 'generation'")[0][0])


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    """Hold a lock that goes with the process, however it ends; a store in memory has no other process."""
    if store.path == ":memory:":
        yield
        return
    with Path(store.path + ".rebuild").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy(store.path) from error
        yield


@contextmanager
def _collector_off() -> Iterator[None]:
    """Keep the cycle collector from walking the whole heap again and again: facts and rows make no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _fold_behind(store: Store, projections: Projections, position: int) -> int:
    """Fold all facts behind `position`, a transaction a batch, and return the last position."""
    while batch := list(read(store, after=position, limit=_BATCH)):
        with store.writing():
            projections.fold(batch)
        position = batch[-1].position
    return position


def _differences(store: Store, table: str) -> Iterator[str]:
    for left, right, what in (("", _SHADOW, "not in the log"), (_SHADOW, "", "missing or other in the log's fold")):
        sql = f"SELECT * FROM {left}{table} EXCEPT SELECT * FROM {right}{table} LIMIT 20"
        for row in store.rows(sql):
            yield f"{table}: row {row[0]!r} is {what}"


def _broken_links(store: Store) -> Iterator[str]:
    position, chained = 0, EMPTY_HEAD.partition(":")[2]
    sql = """SELECT position, CAST(stream AS BLOB), version, CAST(type AS BLOB), CAST(recorded_at AS BLOB),
             CAST(data AS BLOB), CAST(hash AS BLOB) FROM facts ORDER BY position"""
    for raw in store.stream(sql):
        row = [_text(value) if isinstance(value, bytes) else value for value in raw]
        found, kept = int(raw[0]), str(row[-1])
        name = f"fact {found} ({row[3]}, {row[1]})"
        if found != position + 1:
            gap = f"fact {position + 1}" if found == position + 2 else f"facts {position + 1} to {found - 1}"
            yield f"{gap}: removed from the log"
        elif link(chained, row[:-1]) != kept:
            yield f"{name}: changed, or does not follow the fact before it"
        position, chained = found, kept


def _text(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 becomes something that no hash was made of."""
    return data.decode("utf-8", "backslashreplace")


_PAYLOAD = re.compile(r'"payload":\{"id":(\d+),"hash":"(sha256:[0-9a-f]{64})"\}')


def _broken_payloads(store: Store) -> Iterator[str]:
    sql = """SELECT f.position, CAST(f.type AS BLOB), CAST(f.stream AS BLOB), CAST(f.data AS BLOB), p.salt, CAST(p.body AS BLOB)
             FROM facts f LEFT JOIN payloads p ON p.payload_id = json_extract(f.data, '$.payload.id')
             WHERE json_valid(f.data) AND json_extract(f.data, '$.payload.id') IS NOT NULL"""
    for position, kind, stream, data, salt, body in store.stream(sql):
        named = _PAYLOAD.search(_text(data))
        name = f"fact {position} ({_text(kind)}, {_text(stream)})"
        if body is None:
            yield f"{name}: its payload is missing"
        elif named is None or not isinstance(salt, bytes) or salted_hash(salt, _text(body)) != named[2]:
            yield f"{name}: its payload was changed"


def _missing_head(store: Store, expected: str) -> list[str]:
    position, _, digest = expected.partition(":")
    rows: list[Any] = []
    if re.fullmatch(r"[0-9]{1,18}", position):
        rows = store.rows("SELECT hash FROM facts WHERE position = ?", (int(position),))
    if rows and rows[0][0] == digest:
        return []
    if not rows:
        return [f"the log ends at {head(store)}: the expected head {expected} was cut off, or is of another store"]
    return [f"fact {position}: the log holds another hash than the expected head {expected}"]
