"""Payloads: the text of producers, each once, apart from the facts, so that it can be erased without breaking the log."""

import hashlib
import secrets
from collections.abc import Sequence

from feedback.domain.facts import PayloadRef
from feedback.storage.database import Store

__all__ = ["add", "bodies", "salted_hash"]


def salted_hash(salt: bytes, body: str) -> str:
    """Return `sha256:` and the hex hash of salt and body."""
    return "sha256:" + hashlib.sha256(salt + body.encode()).hexdigest()


def add(store: Store, texts: Sequence[str]) -> list[PayloadRef]:
    """Store `texts`, each under a salt of its own, and return their references in order; run inside `writing()`."""
    # the sequence, not the largest id: an erased payload's id must never come back
    (last,) = store.rows("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'payloads'")[0]
    salts = [secrets.token_bytes(16) for _ in texts]
    rows = [(last + 1 + n, salt, text) for n, (salt, text) in enumerate(zip(salts, texts, strict=True))]
    store.db.conn.executemany("INSERT INTO payloads VALUES (?, ?, ?)", rows)
    return [PayloadRef(id=payload_id, hash=salted_hash(salt, text)) for payload_id, salt, text in rows]


def bodies(store: Store, payload_ids: Sequence[int]) -> dict[int, str]:
    """Return the texts by id; an erased one is missing."""
    found: dict[int, str] = {}
    for start in range(0, len(payload_ids), 500):
        chunk = tuple(payload_ids[start : start + 500])
        marks = ",".join("?" * len(chunk))
        found.update(store.rows(f"SELECT payload_id, body FROM payloads WHERE payload_id IN ({marks})", chunk))
    return found
