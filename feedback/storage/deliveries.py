"""Deliveries: what each webhook is told, and what came of it. State beside the log, which a rebuild leaves as it is."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from feedback.domain.webhooks import State
from feedback.storage.database import Row, Store

__all__ = [
    "Delivery",
    "add_deliveries",
    "claim_delivery",
    "count_deliveries",
    "due_deliveries",
    "end_delivery",
    "forget_deliveries",
    "latest_deliveries",
    "put_off_delivery",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """
    One fact for one webhook; times are in UTC.

    `next_attempt_at` is there while it waits, else one of `delivered_at` and `given_up_at`; `last_status` is that of HTTP,
    None where no answer came.
    """

    webhook: str
    position: int
    event_id: str
    type: str
    ticket_id: str
    attempts: int = 0
    next_attempt_at: str | None
    last_attempt_at: str | None = None
    last_status: int | None = None
    last_error: str | None = None
    delivered_at: str | None = None
    given_up_at: str | None = None

    @property
    def state(self) -> State:
        """What became of it so far."""
        if self.next_attempt_at is not None:
            return "waiting"
        return "given_up" if self.delivered_at is None else "delivered"


_COLUMNS = ", ".join(one.name for one in fields(Delivery))


def add_deliveries(store: Store, added: Iterable[Delivery]) -> None:
    """Keep new deliveries; those that are kept already stay as they are. Run it inside `store.writing()`."""
    rows = [(one.webhook, one.position, one.event_id, one.type, one.ticket_id, one.next_attempt_at) for one in added]
    sql = """INSERT OR IGNORE INTO deliveries (webhook, position, event_id, type, ticket_id, next_attempt_at)
             VALUES (?, ?, ?, ?, ?, ?)"""
    store.db.conn.executemany(sql, rows)


def due_deliveries(store: Store, webhook: str, now: str, limit: int) -> list[Delivery]:
    """Return what may be sent to a webhook now, oldest first: of each ticket the earliest that waits, if it is due."""
    # by name, since the planner would rather walk through all that was ever delivered
    sql = f"""SELECT {_COLUMNS} FROM deliveries AS one INDEXED BY deliveries_waiting
              WHERE webhook = ? AND next_attempt_at <= ? AND NOT EXISTS (
                  SELECT 1 FROM deliveries AS earlier INDEXED BY deliveries_waiting
                  WHERE earlier.webhook = one.webhook AND earlier.ticket_id = one.ticket_id
                  AND earlier.position < one.position AND earlier.next_attempt_at IS NOT NULL)
              ORDER BY position LIMIT ?"""
    return [_delivery(row) for row in store.rows(sql, (webhook, now, limit))]


def claim_delivery(store: Store, due: Delivery, *, now: str, until: str) -> Delivery:
    """Count an attempt that is about to be made, and return the delivery; it is not due again before `until`."""
    claimed = replace(due, attempts=due.attempts + 1, last_attempt_at=now, next_attempt_at=until)
    sql = """UPDATE deliveries SET attempts = ?, last_attempt_at = ?, next_attempt_at = ?
             WHERE webhook = ? AND position = ?"""
    store.db.conn.execute(sql, (claimed.attempts, now, until, due.webhook, due.position))
    return claimed


def put_off_delivery(store: Store, claimed: Delivery, *, until: str, status: int | None, error: str) -> None:
    """Keep why an attempt failed, and when the next is due, unless another was begun; run it inside `store.writing()`."""
    sql = """UPDATE deliveries SET next_attempt_at = ?, last_status = ?, last_error = ?
             WHERE webhook = ? AND position = ? AND attempts = ? AND next_attempt_at IS NOT NULL"""
    store.db.conn.execute(sql, (until, status, error, claimed.webhook, claimed.position, claimed.attempts))


def end_delivery(
    store: Store, claimed: Delivery, *, delivered: bool, now: str, status: int | None, error: str | None
) -> None:
    """Keep that a delivery was delivered or is given up; run it inside `store.writing()`."""
    column = "delivered_at" if delivered else "given_up_at"
    sql = f"""UPDATE deliveries SET next_attempt_at = NULL, {column} = ?, last_status = ?, last_error = ?
              WHERE webhook = ? AND position = ? AND next_attempt_at IS NOT NULL"""
    store.db.conn.execute(sql, (now, status, error, claimed.webhook, claimed.position))


def forget_deliveries(store: Store, before: str) -> None:
    """Drop the deliveries that ended before a time; run it inside `store.writing()`."""
    store.db.conn.execute("DELETE FROM deliveries WHERE coalesce(delivered_at, given_up_at) < ?", (before,))


def latest_deliveries(store: Store, limit: int) -> list[Delivery]:
    """Return deliveries, that of the newest fact first, `limit` at most."""
    sql = f"SELECT {_COLUMNS} FROM deliveries ORDER BY position DESC, webhook DESC LIMIT ?"
    return [_delivery(row) for row in store.rows(sql, (limit,))]


def count_deliveries(store: Store) -> dict[tuple[str, State], int]:
    """Return how many deliveries are kept, by webhook and state."""
    sql = """SELECT webhook, CASE WHEN next_attempt_at IS NOT NULL THEN 'waiting'
                 WHEN delivered_at IS NULL THEN 'given_up' ELSE 'delivered' END AS state, count(*)
             FROM deliveries GROUP BY webhook, state ORDER BY webhook, state"""
    return {(webhook, state): count for webhook, state, count in store.rows(sql)}


def _delivery(row: Row) -> Delivery:
    return Delivery(**dict(zip((one.name for one in fields(Delivery)), row, strict=True)))
