"""Moments of the past that a caller asks for: a time, or a position of the log."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from feedback.errors import Fault, InvalidInput

__all__ = ["AsOf", "moment_in"]

AsOf = Annotated[
    str | None,
    Query(
        max_length=50,
        description="As it was at a time (RFC 3339, or a day in UTC) or at a position of the log.",
        examples=["2026-05-01T09:00:00+00:00"],
    ),
]
_POSITION = re.compile(r"[0-9]{1,18}")


def moment_in(as_of: str) -> datetime | int:
    """
    Return the time (aware), or the position, that a text names.

    Raises:
        InvalidInput: It names neither.
    """
    if _POSITION.fullmatch(as_of):
        return int(as_of)
    try:
        time = datetime.fromisoformat(as_of)
    except ValueError:
        message = "expected a time such as 2026-05-01T09:00:00+00:00, a day, or a position of the log"
        raise InvalidInput(Fault("query.as_of", f"{message}, found {as_of!r}")) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
