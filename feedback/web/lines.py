"""Answers of lines (NDJSON), sent as they are read, so that they are never held together."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fastapi.responses import StreamingResponse

from feedback.service.bootstrap import Service
from feedback.web.stores import Stores

__all__ = ["MEDIA_TYPE", "lines_answer"]

MEDIA_TYPE = "application/x-ndjson"


def lines_answer(
    stores: Stores,
    found: Callable[[Service], Iterable[Mapping[str, Any]]],
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """Return the objects that are `found`, one a line; a service is lent for as long as they are sent."""

    def lines() -> Iterator[str]:
        with stores.reading() as service:
            for one in found(service):
                yield json.dumps(one, ensure_ascii=False) + "\n"

    return StreamingResponse(lines(), media_type=MEDIA_TYPE, headers=dict(headers or {}))
