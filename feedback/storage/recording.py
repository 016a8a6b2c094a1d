"""Appending facts and folding them into the read models, in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from feedback.domain.facts import Fact
from feedback.storage import log
from feedback.storage.database import Store
from feedback.storage.judging import wait_for_judging
from feedback.storage.projections import Projections

__all__ = ["record"]


def record(
    store: Store, facts: Sequence[Fact], *, now: datetime, expected_versions: dict[str, int] | None = None
) -> None:
    """
    Append `facts` and fold them, and keep which patterns changed, so that they will be judged; all or nothing.

    Raises:
        VersionConflict: A stream is not at the version expected.
        StoreBusy: Another process holds the write lock.
    """
    with store.writing():
        changed = Projections(store).fold(log.append(store, facts, now=now, expected_versions=expected_versions))
        wait_for_judging(store, changed)
