"""Appending facts and folding them into the read models, in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from feedback.domain.facts import Fact
from feedback.storage import log
from feedback.storage.database import Store
from feedback.storage.projections import Projections, Touched

__all__ = ["record"]


def record(
    store: Store, facts: Sequence[Fact], *, now: datetime, expected_versions: dict[str, int] | None = None
) -> Touched:
    """
    Append `facts`, fold them, and return the patterns whose failures changed; all or nothing.

    Raises:
        VersionConflict: A stream is not at the version expected.
        StoreBusy: Another process holds the write lock.
    """
    with store.writing():
        return Projections(store).fold(log.append(store, facts, now=now, expected_versions=expected_versions))
