"""Pages of lists: how many, where to go on, and the opaque text that says so."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Query

from feedback.errors import Fault, InvalidInput

__all__ = ["Cursor", "Limit", "cursor_of", "number_in", "page", "sliced"]

_MOST = 2**62
Limit = Annotated[int, Query(ge=1, le=200, description="Items of a page, at most.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


def cursor_of(number: int) -> str:
    """Return the cursor that says where to go on."""
    return base64.urlsafe_b64encode(json.dumps([number]).encode()).decode().rstrip("=")


def number_in(cursor: str | None) -> int | None:
    """
    Return what a cursor says; None where there is none.

    Raises:
        InvalidInput: It is none of ours.
    """
    if cursor is None:
        return None
    try:
        (number,) = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        number = None
    if type(number) is not int or not 0 <= number < _MOST:
        raise InvalidInput(Fault("cursor", "expected the `next_cursor` of an earlier page, as it was given"))
    return number


def page(items: Sequence[dict[str, Any]], limit: int, key: str) -> dict[str, Any]:
    """Return a page of a list that was asked for one item more than `limit`; `key` names where to go on."""
    shown = list(items[:limit])
    return {"items": shown, "next_cursor": cursor_of(shown[-1][key]) if len(items) > limit else None}


def sliced(rows: Sequence[dict[str, Any]], limit: int, cursor: str | None) -> dict[str, Any]:
    """Return the page of a whole list at a cursor that counts rows."""
    start = number_in(cursor) or 0
    more = len(rows) > start + limit
    return {"items": list(rows[start : start + limit]), "next_cursor": cursor_of(start + limit) if more else None}
