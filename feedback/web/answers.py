"""Answers with a tag: who has seen this state of the store already is told so, and nothing is computed again."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from feedback.service.bootstrap import Service
from feedback.service.standing import position
from feedback.web.lending import Reading

__all__ = ["NotModified", "Seen", "Tag", "json_answer", "not_modified", "tags_in"]


class NotModified(Exception):
    """The caller has seen the answer: 304."""

    def __init__(self, etag: str) -> None:
        """Keep the tag."""
        self.etag = etag


class Tag:
    """
    What tells one answer to a question from the next.

    Answers follow from the log, the question, the settings and the code, so the position of the log is enough of the
    store.
    """

    def __init__(self, request: Request, at: int) -> None:
        """Take the question from `request`; `at` is the position of the log."""
        self._known = tags_in(request.headers.get("if-none-match", ""))
        question = f"{request.app.state.mark} {request.url.path}?{request.url.query}"
        self._mark = f"{at}-{hashlib.sha256(question.encode()).hexdigest()[:12]}"

    @classmethod
    def now(cls, request: Request, service: Service) -> "Tag":
        """Return the tag of what is answered now."""
        return cls(request, position(service))

    def check(self) -> None:
        """Raise NotModified where the caller has seen what would be answered."""
        for etag in self._known:
            if etag.strip('"').rpartition(".")[2] == self._mark:
                raise NotModified(etag)

    def answer(self, content: Any, *, version: int | None = None) -> Response:
        """Return `content` with its tag; of something that people act upon the tag begins with its `version`."""
        etag = f'"{self._mark}"' if version is None else f'"v{version}.{self._mark}"'
        return json_answer(content, headers={"ETag": etag})


def tags_in(header: str) -> set[str]:
    """Return the entity tags in a header, without the mark of weak ones, which nothing here depends on."""
    return {part.strip().removeprefix("W/") for part in header.split(",") if part.strip()}


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return `content` (JSON values) as a response; it may be kept, and is asked for again each time."""
    return Response(
        json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-cache"} | dict(headers or {}),
    )


def not_modified(request: Request, error: Exception) -> Response:
    """Answer 304."""
    del request
    assert isinstance(error, NotModified)
    return Response(status_code=304, headers={"ETag": error.etag, "Cache-Control": "no-cache"})


def _tag(request: Request, service: Reading) -> Tag:
    tag = Tag.now(request, service)
    tag.check()
    return tag


Seen = Annotated[Tag, Depends(_tag, scope="function")]
"""A parameter of a route that reads: 304 is answered where the caller knows the answer."""
