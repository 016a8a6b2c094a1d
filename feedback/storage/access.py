"""Tokens, sessions and remembered answers: state beside the log, which a rebuild leaves as it is. Secrets stand as hashes."""

from dataclasses import dataclass

from feedback.domain.roles import Role
from feedback.storage.database import Row, Store

__all__ = [
    "Remembered",
    "StoredToken",
    "add_session",
    "add_token",
    "all_tokens",
    "any_token",
    "drop_session",
    "find_session",
    "find_token",
    "forget_answers",
    "forget_sessions",
    "mark_revoked",
    "mark_used",
    "remember_answer",
    "remembered_answer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A token as it is kept; `secret_hash` is that of its secret, times are in UTC and None where there is none."""

    token_id: str
    name: str
    role: Role
    secret_hash: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What was answered to a request that carried a key, and the hash of that request."""

    request_hash: str
    status: int
    body: str


_TOKEN = "SELECT token_id, name, role, secret_hash, created_at, expires_at, revoked_at, last_used_at FROM tokens"  # noqa: S105  a query


def add_token(store: Store, token: StoredToken) -> None:
    """Keep a new token; run it inside `store.writing()`."""
    values = (token.token_id, token.name, token.role, token.secret_hash, token.created_at, token.expires_at)
    sql = """INSERT INTO tokens (token_id, name, role, secret_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)"""
    store.db.conn.execute(sql, values)


def all_tokens(store: Store) -> list[StoredToken]:
    """Return every token that was ever made, oldest first."""
    return [_token(row) for row in store.rows(f"{_TOKEN} ORDER BY created_at, token_id")]


def find_token(store: Store, token_id: str) -> StoredToken | None:
    """Return one token, or None."""
    rows = store.rows(f"{_TOKEN} WHERE token_id = ?", (token_id,))
    return _token(rows[0]) if rows else None


def any_token(store: Store) -> bool:
    """Tell whether a token was ever made, whatever became of it."""
    return bool(store.rows("SELECT 1 FROM tokens LIMIT 1"))


def mark_revoked(store: Store, token_id: str, at: str) -> None:
    """Revoke a token and end its sessions; run it inside `store.writing()`."""
    store.db.conn.execute("UPDATE tokens SET revoked_at = ? WHERE token_id = ? AND revoked_at IS NULL", (at, token_id))
    store.db.conn.execute("DELETE FROM sessions WHERE token_id = ?", (token_id,))


def mark_used(store: Store, token_id: str, at: str) -> None:
    """Note when a token was used; run it inside `store.writing()`."""
    store.db.conn.execute("UPDATE tokens SET last_used_at = ? WHERE token_id = ?", (at, token_id))


def add_session(store: Store, secret_hash: str, token_id: str, *, created_at: str, expires_at: str) -> None:
    """Keep a new session; run it inside `store.writing()`."""
    store.db.conn.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (secret_hash, token_id, created_at, expires_at))


def find_session(store: Store, secret_hash: str, now: str) -> str | None:
    """Return the id of the token that a session was opened with, or None where there is none that lasts."""
    sql = "SELECT token_id FROM sessions WHERE secret_hash = ? AND expires_at > ?"
    rows = store.rows(sql, (secret_hash, now))
    return str(rows[0][0]) if rows else None


def drop_session(store: Store, secret_hash: str) -> None:
    """End a session; run it inside `store.writing()`."""
    store.db.conn.execute("DELETE FROM sessions WHERE secret_hash = ?", (secret_hash,))


def forget_sessions(store: Store, now: str) -> None:
    """Drop the sessions that have ended by themselves; run it inside `store.writing()`."""
    store.db.conn.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))


def remembered_answer(store: Store, caller: str, key: str) -> Remembered | None:
    """Return what was answered to this caller's request of this key, or None."""
    sql = "SELECT request_hash, status, body FROM answers WHERE caller = ? AND key = ?"
    rows = store.rows(sql, (caller, key))
    return Remembered(request_hash=rows[0][0], status=rows[0][1], body=rows[0][2]) if rows else None


def remember_answer(store: Store, caller: str, key: str, answer: Remembered, at: str) -> None:
    """Keep an answer; run it inside the `store.writing()` of what it tells of."""
    values = (caller, key, answer.request_hash, answer.status, answer.body, at)
    store.db.conn.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", values)


def forget_answers(store: Store, before: str) -> None:
    """Drop the answers given before a time; run it inside `store.writing()`."""
    store.db.conn.execute("DELETE FROM answers WHERE answered_at < ?", (before,))


def _token(row: Row) -> StoredToken:
    names = ("token_id", "name", "role", "secret_hash", "created_at", "expires_at", "revoked_at", "last_used_at")
    return StoredToken(**dict(zip(names, row, strict=True)))
