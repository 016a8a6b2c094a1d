"""A role that one process at a time may have for a store, for as long as it lives."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feedback.errors import StoreHeld
from feedback.storage.database import Store

__all__ = ["held"]


@contextmanager
def held(store: Store, role: str, holder: str) -> Iterator[None]:
    """
    Have the role for the block; the lock goes with the process, however that ends.

    The lock is a file beside the store, and says who holds it. It keeps nobody from writing to the store.

    Args:
        holder: Who takes the role, in words for whoever comes second.

    Raises:
        StoreHeld: Another process has the role.
    """
    with Path(f"{store.path}.{role}").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise StoreHeld(store.path, role, lock.read().strip() or "it does not say who") from error
        lock.truncate(0)
        lock.write(holder + "\n")
        lock.flush()
        yield
