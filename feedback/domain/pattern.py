"""A pattern: one category in one template, or a place of it that people split off; and the unit its failures count in."""

from functools import lru_cache

from feedback.domain.canonical import short_id
from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = ["pattern_id_of", "split_id_of", "unit_of"]


@lru_cache(maxsize=1 << 16)
def pattern_id_of(category: str, template_name: str | None, *, counts: bool = True) -> str | None:
    """Return the id of the pattern, or None where there is none: no template, no category yet, or it does not count."""
    if not counts or template_name is None or category == NEEDS_TRIAGE:
        return None
    return short_id("P-", category, template_name)


def split_id_of(category: str, template_name: str, place: str) -> str:
    """Return the id of the pattern that `place` (of several the first by name) forms once it is split off."""
    return short_id("P-", category, template_name, place)


def unit_of(event_id: str, session_id: str | None, sample_id: str | None) -> str:
    """Return what counts as one however often it fails: the session, else the sample, else the event."""
    if session_id:
        return f"session:{session_id}"
    return f"sample:{sample_id}" if sample_id else f"event:{event_id}"
