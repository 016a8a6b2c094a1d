"""The first page: what fails, where, what waits for people, and how long mending takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from feedback.service.bootstrap import Service
from feedback.service.overview import (
    AGES,
    TemplateRow,
    failures_by_day,
    newest_event,
    template_category_counts,
    tickets_by_state_and_age,
    time_to_fix,
    triage_backlog,
)
from feedback.web.lending import Reading
from feedback.web.pages.drawings import DAYS, category_name, days_drawing
from feedback.web.pages.queue import Filters, queue
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router
from feedback.web.pages.words import STATES

__all__ = ["HEATS", "heat", "router"]

HEATS = 5
"""How many shades the heat map has."""
_TEMPLATES = 20
_FIRST_TICKETS = 5

router = page_router()


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Templates by categories; a cell is its pattern and its shade, None where nothing failed."""

    categories: Sequence[tuple[str, str]]
    rows: Sequence[tuple[TemplateRow, Sequence[tuple[str, Any, int] | None]]]


@router.get("/")
def overview(request: Request, service: Reading) -> Response:
    """Show the first page."""
    days = failures_by_day(service, DAYS)
    first = queue(service, Filters(kind="template_revision", state="waiting"))
    return page(
        request,
        "overview.html",
        newest=newest_event(service),
        days=days,
        drawing=days_drawing(service, days),
        total_days=DAYS,
        names={one: category_name(service, one) for one in days.failures},
        heat_map=_heat_map(service),
        ages=AGES,
        tickets=tickets_by_state_and_age(service),
        states=STATES,
        waiting=triage_backlog(service),
        fixes=time_to_fix(service),
        first=first.rows[:_FIRST_TICKETS],
        to_do=first.total,
    )


def _heat_map(service: Service) -> HeatMap:
    found = template_category_counts(service, _TEMPLATES)
    present = {category for row in found for category in row.cells}
    categories = [(one, category_name(service, one)) for one in service.taxonomy.ids if one in present]
    most = max((cell.failures for row in found for cell in row.cells.values()), default=0)
    rows = [
        (
            row,
            [
                (one, row.cells[one], heat(row.cells[one].failures, most)) if one in row.cells else None
                for one, _ in categories
            ],
        )
        for row in found
    ]
    return HeatMap(categories, rows)


def heat(failures: int, most: int) -> int:
    """Return the shade of a cell, 1 to `HEATS`: by the root of its share of the largest, so that small ones differ too."""
    return max(1, min(HEATS, round(HEATS * (failures / most) ** 0.5))) if most else 1
