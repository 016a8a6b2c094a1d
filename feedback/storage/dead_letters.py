"""Dead letters: refused input, kept with its bytes and its reasons. State, not a read model: a rebuild leaves them."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedback.errors import Fault, NotFound
from feedback.storage import payloads
from feedback.storage.database import Store

__all__ = ["DeadLetter", "Refused", "dead_letter", "dead_letters", "keep"]


@dataclass(frozen=True, slots=True)
class Refused:
    """Input that was refused: where it came from, where it stood there, its bytes, and every reason."""

    source: str
    place: str
    raw: bytes
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A kept refusal; `raw` is None where its bytes were erased."""

    letter_id: int
    received_at: str
    source: str
    place: str
    faults: tuple[Fault, ...]
    raw: bytes | None


def keep(store: Store, refused: Sequence[Refused], *, now: datetime) -> None:
    """Keep what was refused; the same bytes from the same place are kept once. Run it inside `store.writing()`."""
    fresh: dict[str, Refused] = {}
    for one in refused:
        key = hashlib.sha256(json.dumps([one.source, one.place]).encode() + one.raw).hexdigest()  # ASCII: escapes all
        if not store.rows("SELECT 1 FROM dead_letters WHERE digest = ?", (key,)):
            fresh[key] = one
    refs = payloads.add(store, [_encoded(one.raw) for one in fresh.values()])
    store.db.conn.executemany(
        """INSERT INTO dead_letters (digest, source, place, errors, received_at, payload_id)
           VALUES (?, ?, ?, ?, ?, ?)""",
        [
            (
                key,
                one.source.encode(errors="backslashreplace").decode(),  # a file's name need not be UTF-8
                one.place,
                json.dumps([[fault.path, fault.message] for fault in one.faults], ensure_ascii=False),
                now.isoformat(timespec="seconds"),
                ref.id,
            )
            for (key, one), ref in zip(fresh.items(), refs, strict=True)
        ],
    )


def dead_letters(store: Store) -> list[DeadLetter]:
    """Return all dead letters, newest first."""
    return [_letter(row) for row in store.rows(f"{_SELECT} ORDER BY letter_id DESC")]


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


_SELECT = """SELECT letter_id, received_at, source, place, errors, body
             FROM dead_letters LEFT JOIN payloads USING (payload_id)"""


def _letter(row: tuple[int, str, str, str, str, str | None]) -> DeadLetter:
    letter_id, received_at, source, place, errors, body = row
    faults = tuple(Fault(path, message) for path, message in json.loads(errors))
    return DeadLetter(letter_id, received_at, source, place, faults, None if body is None else _decoded(body))


def _encoded(raw: bytes) -> str:
    """Return bytes as a payload body: UTF-8 as it is, anything else as base64, each marked."""
    try:
        return "text:" + raw.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(raw).decode()


def _decoded(body: str) -> bytes:
    kind, _, content = body.partition(":")
    return content.encode() if kind == "text" else base64.b64decode(content)
