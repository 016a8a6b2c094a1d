"""Dead letters: refused input, kept with its bytes and its reasons. State, not a read model: a rebuild leaves them."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedback.domain.canonical import canonical_json
from feedback.errors import Fault, NotFound
from feedback.storage import payloads
from feedback.storage.database import Store

__all__ = ["DeadLetter", "Refused", "changed_letters", "dead_letter", "dead_letters", "keep", "mark_retried"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Input that was refused: where it came from, where it stood there, its bytes, and every reason."""

    source: str
    place: str
    raw: bytes
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A kept refusal; bytes and reasons are one payload, `raw` is None and `faults` empty where it was erased."""

    letter_id: int
    received_at: str
    source: str
    place: str
    faults: tuple[Fault, ...]
    raw: bytes | None
    retried_at: str | None = None


def keep(store: Store, refused: Sequence[Refused], *, now: datetime) -> None:
    """Keep what was refused; the same bytes from the same place are kept once. Run it inside `store.writing()`."""
    fresh: dict[str, tuple[str, Refused]] = {}
    for one in refused:
        source = one.source.encode(errors="backslashreplace").decode()  # a file's name need not be UTF-8
        key = _digest(source, one.place, one.raw)
        if not store.rows("SELECT 1 FROM dead_letters WHERE digest = ?", (key,)):
            fresh[key] = (source, one)
    refs = payloads.add(store, [_body(one) for _, one in fresh.values()])
    store.db.conn.executemany(
        "INSERT INTO dead_letters (digest, source, place, received_at, payload_id) VALUES (?, ?, ?, ?, ?)",
        [
            (key, source, one.place, now.isoformat(timespec="seconds"), ref.id)
            for (key, (source, one)), ref in zip(fresh.items(), refs, strict=True)
        ],
    )


def dead_letters(store: Store, most: int | None = None, *, before: int | None = None) -> list[DeadLetter]:
    """Return the dead letters, newest first, `most` at most; with smaller numbers than `before`, or all."""
    sql = f"{_SELECT} WHERE ? IS NULL OR letter_id < ? ORDER BY letter_id DESC LIMIT ?"
    return [_letter(row) for row in store.rows(sql, (before, before, most or -1))]


def dead_letter(store: Store, letter_id: int) -> DeadLetter:
    """
    Return one dead letter.

    Raises:
        NotFound: There is none of that number.
    """
    rows = store.rows(f"{_SELECT} WHERE letter_id = ?", (letter_id,))
    if not rows:
        raise NotFound("dead letter", str(letter_id), "`feedback dead-letters list` shows all")
    return _letter(rows[0])


def changed_letters(store: Store) -> Iterator[str]:
    """Yield a sentence for each dead letter whose bytes are not those that were refused."""
    sql = "SELECT letter_id, digest, source, place, body FROM dead_letters JOIN payloads USING (payload_id)"
    for letter_id, kept, source, place, body in store.stream(sql):
        if not isinstance(body, str) or _digest(source, place, _raw(body)) != kept:
            yield f"dead letter {letter_id}: its payload was changed"


def mark_retried(store: Store, letter_ids: Sequence[int], *, now: datetime) -> None:
    """Note that these dead letters were retried, and taken; they are kept. Run it inside `store.writing()`."""
    store.db.conn.executemany(
        "UPDATE dead_letters SET retried_at = ? WHERE letter_id = ?",
        [(now.isoformat(timespec="seconds"), letter_id) for letter_id in letter_ids],
    )


_SELECT = """SELECT letter_id, received_at, source, place, body, retried_at
             FROM dead_letters LEFT JOIN payloads USING (payload_id)"""


def _letter(row: tuple[int, str, str, str, str | None, str | None]) -> DeadLetter:
    letter_id, received_at, source, place, body, retried_at = row
    if body is None:
        return DeadLetter(letter_id, received_at, source, place, (), None, retried_at)
    faults = tuple(Fault(path, message) for path, message in json.loads(body)["faults"])
    return DeadLetter(letter_id, received_at, source, place, faults, _raw(body), retried_at)


def _digest(source: str, place: str, raw: bytes) -> str:
    return hashlib.sha256(json.dumps([source, place]).encode() + raw).hexdigest()


def _body(one: Refused) -> str:
    """Return the payload: the reasons, which may quote the producer, and the bytes, as text where they are UTF-8."""
    faults = [[_printable(fault.path), _printable(fault.message)] for fault in one.faults]
    try:
        return canonical_json({"faults": faults, "text": one.raw.decode()})
    except UnicodeDecodeError:
        return canonical_json({"faults": faults, "base64": base64.b64encode(one.raw).decode()})


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _raw(body: str) -> bytes:
    """Return the bytes in a payload; nothing where it is no longer such a payload."""
    try:
        kept: dict[str, Any] = json.loads(body)
        return base64.b64decode(kept["base64"]) if "base64" in kept else str(kept["text"]).encode()
    except (ValueError, KeyError, TypeError):
        return b""
