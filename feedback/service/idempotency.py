"""Idempotency keys: a request that comes again under the same key is answered as it was, and does nothing twice."""

from datetime import timedelta

from feedback.errors import IdempotencyMismatch
from feedback.service.bootstrap import Service
from feedback.storage import access as stored
from feedback.storage.access import Remembered

__all__ = ["Remembered", "remember", "remembered"]


def remembered(service: Service, *, caller: str, key: str, request_hash: str) -> Remembered | None:
    """
    Return what was answered to this request of this caller before, or None where it comes for the first time.

    Look and `remember` inside one `service.store.writing()`, together with what the request does: then either all of it is
    durable or none, however often the request comes and wherever the process dies.

    Raises:
        IdempotencyMismatch: The caller used the key for another request.
    """
    found = stored.remembered_answer(service.store, caller, key)
    if found is not None and found.request_hash != request_hash:
        raise IdempotencyMismatch(key)
    return found


def remember(service: Service, *, caller: str, key: str, request_hash: str, status: int, body: str) -> None:
    """Keep an answer for as long as `access.idempotency_hours` says, and drop those older; see `remembered`."""
    now = service.clock()
    before = now - timedelta(hours=service.settings.access.idempotency_hours)
    stored.forget_answers(service.store, before.isoformat(timespec="seconds"))
    answer = Remembered(request_hash=request_hash, status=status, body=body)
    stored.remember_answer(service.store, caller, key, answer, now.isoformat(timespec="seconds"))
