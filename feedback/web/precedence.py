"""Who goes first: assessing lets failures come in, and is never kept waiting for long."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

__all__ = ["Precedence"]

_QUIET_SECONDS = 0.05
_LOOK_SECONDS = 0.01


class Precedence:
    """
    Tells assessing when to begin its next batch.

    It begins once nothing has been taken in for a twentieth of a second, and in any case `patience` seconds after it
    asked. So a stream without gaps slows assessing down to a batch every `patience` seconds, and never stops it.
    """

    def __init__(self, patience: float) -> None:
        """Keep assessing waiting for `patience` seconds at most."""
        self._patience = patience
        self._lock = Lock()
        self._taking = 0
        self._last = 0.0

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Say that something is being taken in for as long as the block runs."""
        with self._lock:
            self._taking += 1
        try:
            yield
        finally:
            with self._lock:
                self._taking -= 1
                self._last = time.monotonic()

    def give_way(self) -> None:
        """Return when the next batch may begin."""
        until = time.monotonic() + self._patience
        while (now := time.monotonic()) < until and not self._is_quiet(now):
            time.sleep(_LOOK_SECONDS)

    def _is_quiet(self, now: float) -> bool:
        return not self._taking and now - self._last >= _QUIET_SECONDS
