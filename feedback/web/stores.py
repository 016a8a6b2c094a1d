"""The connections of the service to its store: many that read, one at a time that writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from feedback.service.bootstrap import Service, open_service
from feedback.settings import Settings

__all__ = ["Stores"]


class Stores:
    """
    Lends services over one store, each to one borrower at a time, and opens another when all are lent.

    Other processes may write too; SQLite keeps them apart. The lock here only spares writers of this process the busy
    waiting of SQLite, which is no queue and may pass one over for long.
    """

    def __init__(self, path: str | None, settings: Settings) -> None:
        """Open the store at `path` (else the one that the settings name); errors as of `open_service`."""
        self._path = path
        self._settings = settings
        self._idle: list[Service] = []
        self._idle_lock = Lock()
        self._writing = Lock()
        self._closed = False
        self._give_back(self._open())

    @contextmanager
    def reading(self) -> Iterator[Service]:
        """Lend a service for the block; it may be used from any thread, by one at a time."""
        with self._idle_lock:
            service = self._idle.pop() if self._idle else None
        service = service or self._open()
        try:
            yield service
        finally:
            self._give_back(service)

    @contextmanager
    def writing(self) -> Iterator[Service]:
        """Lend a service for a block that writes; blocks of this process that write come one after the other."""
        with self._writing, self.reading() as service:
            yield service

    def close(self) -> None:
        """Close what is idle; what is still lent is closed when it comes back."""
        with self._idle_lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for service in idle:
            service.store.close()

    def _open(self) -> Service:
        return open_service(self._path, settings=self._settings, any_thread=True)

    def _give_back(self, service: Service) -> None:
        with self._idle_lock:
            if not self._closed:
                self._idle.append(service)
                return
        service.store.close()
