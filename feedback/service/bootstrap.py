"""Opening a store together with the settings and categories it is worked by; importing connects to nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from feedback.domain.taxonomy import Taxonomy
from feedback.settings import Settings, load_settings, load_taxonomy
from feedback.storage.database import Store, open_store

__all__ = ["Service", "open_service", "utc_now"]


def utc_now() -> datetime:
    """Return the time now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Service:
    """A store, and what it is worked by."""

    store: Store
    settings: Settings
    taxonomy: Taxonomy
    clock: Callable[[], datetime] = utc_now


def open_service(
    path: str | Path | None = None, *, create: bool = True, settings: Settings | None = None, any_thread: bool = False
) -> Service:
    """
    Return the service over the store at `path`, else over the one that settings name; `any_thread` as `open_store` says.

    Raises:
        InvalidSettings: As `load_settings` says.
        NotFound, StoreBusy, StoreDamaged: As `open_store` says.
    """
    settings = settings or load_settings()
    timeout = settings.store.busy_timeout_seconds
    store = open_store(path or settings.store.path, create=create, busy_timeout_seconds=timeout, any_thread=any_thread)
    return Service(store, settings, load_taxonomy())
