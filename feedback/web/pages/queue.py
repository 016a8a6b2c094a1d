"""The queue of tickets: which are shown, in which order, a page at a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict

from feedback.service.bootstrap import Service
from feedback.service.overview import newest_event
from feedback.service.views import ticket_views

__all__ = ["PAGE_ROWS", "WAITING", "Filters", "Queue", "dominant_locus", "queue"]

WAITING = ("open", "in_review", "approved", "regressed")
"""The states in which a ticket waits for a person."""
PAGE_ROWS = 50
_SORTS: Mapping[str, Any] = {
    "priority": lambda row: (-row["priority"], row["ticket_id"]),
    "failures": lambda row: (-row["counts"]["failures"], row["ticket_id"]),
    "newest": lambda row: (_reversed(row["counts"]["last_seen"]), row["ticket_id"]),
    "oldest": lambda row: (row["counts"]["first_seen"], row["ticket_id"]),
}


class Filters(BaseModel):
    """What a visitor asked for; an empty text is no condition."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["template_revision", "regression_set", "all"] = "template_revision"
    state: str = ""
    category: str = ""
    template: str = ""
    risk: Literal["high", "other", ""] = ""
    assignee: str = ""
    text: str = ""
    sort: Literal["priority", "failures", "newest", "oldest"] = "priority"
    after: int = 0

    def address(self, **changes: Any) -> str:
        """Return the address of the queue with these filters, some of them changed."""
        asked = {name: value for name, value in self.model_copy(update=changes).model_dump().items() if value}
        if asked.get("sort") == "priority":
            del asked["sort"]
        return "/tickets" + (f"?{urlencode(asked)}" if asked else "")

    @property
    def narrowed(self) -> bool:
        """Tell whether anything but the kind and the order was asked for."""
        return any((self.state, self.category, self.template, self.risk, self.assignee, self.text))


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of tickets, how many there are, how many of each kind if the kind were not asked for, and where the rest begins."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    kinds: Mapping[str, int]
    next_after: int | None


def queue(service: Service, filters: Filters) -> Queue:
    """Return the page of the queue that the filters ask for; `age_days` is added to each ticket."""
    found = [view for view in ticket_views(service) if _fits(service, view, filters)]
    kinds = Counter(view["kind"] for view in found)
    rows = [view for view in found if filters.kind in ("all", view["kind"])]
    rows.sort(key=_SORTS[filters.sort])
    if filters.sort == "priority":
        rows.sort(key=lambda view: view["snoozed_until"] is not None)
    shown = rows[filters.after : filters.after + PAGE_ROWS]
    newest = newest_event(service)
    more = filters.after + PAGE_ROWS < len(rows)
    return Queue(
        [_row(service, view, newest) for view in shown], len(rows), kinds, filters.after + PAGE_ROWS if more else None
    )


def _row(service: Service, view: Mapping[str, Any], newest: str | None) -> dict[str, Any]:
    dominant = dominant_locus(view)
    return {
        **view,
        "category_name": service.taxonomy[view["pattern"]["category"]].name,
        "dominant": dominant,
        "age_days": _days(view["counts"]["first_seen"], newest),
    }


def dominant_locus(view: Mapping[str, Any]) -> str | None:
    """Return the place where more than half of a ticket's failures are, or None."""
    loci, failures = view["loci"], view["counts"]["failures"]
    return loci[0]["locus"] if loci and 2 * loci[0]["failures"] > failures else None


def _fits(service: Service, view: Mapping[str, Any], filters: Filters) -> bool:
    pattern = view["pattern"]
    return all((
        filters.state in ("", view["state"]) or (filters.state == "waiting" and view["state"] in WAITING),
        filters.category in ("", pattern["category"]),
        filters.template in ("", pattern["template"]),
        filters.risk in ("", view["risk_level"] or "other"),
        filters.assignee.casefold() in (view["assignee"] or "").casefold(),
        _mentions(service, view, filters.text.casefold().split()),
    ))  # fmt: skip


def _mentions(service: Service, view: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    pattern = view["pattern"]
    places = [one["locus"] for one in view["loci"]]
    said = [
        view["ticket_id"],
        pattern["category"],
        service.taxonomy[pattern["category"]].name,
        pattern["template"],
        *places,
    ]
    text = " ".join(said).casefold()
    return all(word in text for word in wanted)


def _days(first: str, newest: str | None) -> int:
    last = datetime.fromisoformat(newest) if newest else datetime.fromisoformat(first)
    return max(0, (last - datetime.fromisoformat(first)).days)


def _reversed(time: str) -> float:
    return -datetime.fromisoformat(time).timestamp()
