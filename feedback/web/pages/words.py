"""How pages write numbers, times and names."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from feedback.domain.actor import UNVERIFIED

__all__ = ["FILTERS", "STATES", "actor", "plain", "plural", "short_day"]

STATES: Mapping[str, str] = {
    "open": "open",
    "in_review": "in review",
    "approved": "approved",
    "revised": "revised",
    "verified": "verified",
    "frozen": "frozen",
    "regressed": "regressed",
    "rejected": "rejected",
}
"""The states of tickets as pages write them, in the order of a ticket's life."""


def plain(name: str) -> str:
    """Return an id made of words as words: `in_review` is "in review"."""
    return name.replace("_", " ")


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return the number with its word: "1 failure", "1,204 failures"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,}"


def percent(share: float) -> str:
    """Return a share of 0 to 1 as per cent; what is not quite all or nothing does not look like it."""
    shown = f"{100 * share:.0f} %"
    if shown == "100 %" and share < 1:
        return "> 99 %"
    return "< 1 %" if shown == "0 %" and share > 0 else shown


def fine_percent(share: float) -> str:
    """Return a share of 0 to 1 as per cent, small ones to two digits that count."""
    return f"{100 * share:.2g} %" if share < 0.1 else percent(share)  # noqa: PLR2004  below that whole per cent say little


def sentence(words: str) -> str:
    """Return `words` beginning with a capital."""
    return words[:1].upper() + words[1:]


def actor(name: str) -> str:
    """Return who acted, as pages write it: a name that nobody verified says so."""
    return f"{name.removeprefix(UNVERIFIED)} (unverified)" if name.startswith(UNVERIFIED) else name


@pass_context
def _actor(context: Context, name: str) -> str:
    """Return who acted as the page knows them."""
    return str(context["actor_named"](name))


def moment(time: str | None) -> Markup:
    """Return a time of the store as a `time` element, to the minute, in UTC; a dash where there is none."""
    return _element(time, "{0.day} {0:%b %Y, %H:%M} UTC")


def day(time: str | None) -> Markup:
    """Return the day of a time or date as a `time` element; a dash where there is none."""
    return _element(time, "{0.day} {0:%b %Y}")


def short_day(time: str) -> str:
    """Return a time or date as day and month."""
    shown = datetime.fromisoformat(time)
    return f"{shown.day} {shown:%b}"


def _element(time: str | None, form: str) -> Markup:
    if not time:
        return Markup("–")
    shown = form.format(datetime.fromisoformat(time))
    return Markup('<time datetime="{}">{}</time>').format(time, shown)


def shown_json(value: Any) -> str:
    """Return a value as indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2)


FILTERS: dict[str, Callable[..., Any]] = {
    "plain": plain,
    "plural": plural,
    "number": number,
    "percent": percent,
    "fine_percent": fine_percent,
    "json": shown_json,
    "sentence": sentence,
    "actor": _actor,
    "moment": moment,
    "day": day,
}
"""By the names that templates use."""
