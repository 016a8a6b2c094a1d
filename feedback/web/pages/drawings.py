"""The drawings of pages: at addresses of their own, in three widths, kept by browsers as long as their numbers stay the same."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from feedback.service.bootstrap import Service
from feedback.service.overview import Days, failures_by_day
from feedback.service.version_timeline import VersionTimeline, version_timeline
from feedback.web.charts import STACKED_HEIGHT, Series, Stack, panels, panels_height, stacked
from feedback.web.lending import Reading
from feedback.web.pages import words
from feedback.web.pages.routing import page_router

__all__ = ["DAYS", "Drawing", "Size", "category_name", "days_drawing", "router", "units_drawing"]

DAYS = 28
"""How many days the first page looks back."""
Width = Literal["wide", "medium", "narrow"]
_UNITS_WIDE = 900  # the ticket's page has a second column beside it
_WIDTHS: dict[Width, tuple[int, int, int | None]] = {
    "narrow": (340, 1, 560),
    "medium": (680, 2, 1040),
    "wide": (1180, 3, None),
}
"""Pixels, columns of panels, and up to which width of the window; None has no end."""
_FOR_EVER = "private, max-age=31536000, immutable"
_ALONE = "default-src 'none'; style-src 'unsafe-inline'"  # a drawing has its colours in it; it runs nothing

router = page_router()


@dataclass(frozen=True, slots=True)
class Size:
    """One width of a drawing: where it is, how large, and up to which width of the window it is shown."""

    address: str
    width: int
    height: int
    below: int | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing in all its widths, the narrowest first, and what it shows in words."""

    finding: str
    narrower: tuple[Size, ...]
    widest: Size


@router.get("/charts/failures.svg")
def failures_chart(service: Reading, width: Width = "wide", v: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Draw the failures by day, a panel a category."""
    pixels, columns, _ = _WIDTHS[width]
    days = failures_by_day(service, DAYS)
    series = tuple(
        Series(category_name(service, one), f"{sum(counts):,}", counts) for one, counts in days.failures.items()
    )
    return _answer(panels(series, days.first, columns=columns, width=pixels), kept=v == _hash(days))


@router.get("/charts/tickets/{ticket_id}/units.svg")
def units_chart(
    ticket_id: str, service: Reading, width: Width = "wide", v: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Draw the units that failed in a ticket's pattern by day or week, a layer a version."""
    seen = version_timeline(service, ticket_id)
    drawn = stacked(
        tuple(Stack(version, counts) for version, counts in seen.units.items()),
        seen.begins[0] if seen.begins else "1970-01-01",
        step_days=seen.step_days,
        width=_UNITS_WIDE if width == "wide" else _WIDTHS[width][0],
        mark=seen.since_step,
        marked=f"systemic since {words.short_day(seen.since)}" if seen.since else "",
    )
    return _answer(drawn, kept=v == _hash(seen))


def days_drawing(service: Service, days: Days) -> Drawing:
    """Return the drawing of the failures by day."""
    totals = {category_name(service, one): sum(counts) for one, counts in days.failures.items()}
    most = ", ".join(f"{name} {total:,}" for name, total in list(totals.items())[:3])
    finding = f"{sum(totals.values()):,} failures in {DAYS} days, by day and category. Most: {most or 'none'}."
    heights = {width: panels_height(len(totals), columns) for width, (_, columns, _) in _WIDTHS.items()}
    return _drawing("/charts/failures.svg", _hash(days), finding, heights)


def units_drawing(ticket_id: str, seen: VersionTimeline) -> Drawing:
    """Return the drawing of the units by version."""
    totals = ", ".join(f"{sum(counts):,} on {version}" for version, counts in seen.units.items())
    most = max(seen.begins, key=seen.total, default=None)
    peak = (
        f" Most {'on' if seen.step_days == 1 else 'in the week of'} {words.short_day(most)}: {seen.total(most)}."
        if most
        else ""
    )
    since = f" Systemic since {words.short_day(seen.since)}." if seen.since else ""
    finding = f"Units that failed by {seen.step} and version: {totals or 'none'}.{peak}{since}"
    heights: dict[Width, int] = dict.fromkeys(_WIDTHS, STACKED_HEIGHT)
    return _drawing(f"/charts/tickets/{ticket_id}/units.svg", _hash(seen), finding, heights)


def category_name(service: Service, category: str) -> str:
    """Return a category, or the outcome that is none, as pages write it."""
    return service.taxonomy[category].name if category in service.taxonomy.ids else "Needs triage"


def _drawing(path: str, version: str, finding: str, heights: Mapping[Width, int]) -> Drawing:
    *narrower, widest = (
        Size(f"{path}?width={width}&v={version}", pixels, heights[width], below)
        for width, (pixels, _, below) in _WIDTHS.items()
    )
    return Drawing(finding, tuple(narrower), widest)


def _hash(numbers: object) -> str:
    return hashlib.sha256(repr(numbers).encode()).hexdigest()[:16]


def _answer(drawn: bytes, *, kept: bool) -> Response:
    headers = {"Cache-Control": _FOR_EVER if kept else "private, no-cache", "Content-Security-Policy": _ALONE}
    return Response(drawn, media_type="image/svg+xml", headers=headers)
