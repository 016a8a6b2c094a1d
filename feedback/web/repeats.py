"""Requests that may come again: under an `Idempotency-Key` a request is done once, and answered the same each time."""

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.responses import Response

from feedback.errors import IdempotencyMismatch
from feedback.service.bootstrap import Service
from feedback.service.idempotency import remember, remembered
from feedback.web.access import Asking
from feedback.web.problems import MEDIA_TYPE, problem_of

__all__ = ["REPLAYED", "Once", "Repeatable"]

REPLAYED = "Idempotency-Replayed"
"""The header of an answer that was given before."""
_PART_OF_IT = ("content-type", "content-encoding", "if-match")
_ATTRIBUTES = "ce-"
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[ -~]+$",
        description="The same request under the same key is done once, and answered the same each time.",
    ),
]


class Repeatable:
    """
    One request, and whether it was answered before.

    Errors that say that nothing was done are not remembered: sent again, the request is tried again.
    """

    def __init__(self, caller: str, key: str | None, request_hash: str) -> None:
        """Keep whose request it is, under which key, and what tells it from other requests."""
        self._caller = caller
        self._key = key
        self._request_hash = request_hash

    @property
    def identity(self) -> tuple[str, str] | None:
        """What two requests share of which only one is done; None where there is no key."""
        return None if self._key is None else (self._caller, self._key)

    def answer(self, service: Service, answered: Callable[[], Response]) -> Response:
        """Return the answer that was given before, else do what makes it; both are durable together on return."""
        if self._key is None:
            return answered()
        with service.store.writing():
            found = self.before(service)
            if found is None:
                found = answered()
                self.keep(service, found)
        return found

    def before(self, service: Service) -> Response | None:
        """Return what was answered before, a problem where the key was another request's, else None."""
        if self._key is None:
            return None
        try:
            found = remembered(service, caller=self._caller, key=self._key, request_hash=self._request_hash)
        except IdempotencyMismatch as error:
            return problem_of(error)
        if found is None:
            return None
        kind = MEDIA_TYPE if found.status >= 400 else "application/json"  # noqa: PLR2004  errors begin there
        headers = {REPLAYED: "true", "Cache-Control": "no-cache"}
        return Response(found.body, status_code=found.status, media_type=kind, headers=headers)

    def keep(self, service: Service, answer: Response) -> None:
        """Keep the answer; run it inside the `service.store.writing()` of what it tells of."""
        if self._key is not None:
            status, body = answer.status_code, bytes(answer.body).decode()
            remember(
                service,
                caller=self._caller,
                key=self._key,
                request_hash=self._request_hash,
                status=status,
                body=body,
            )


async def _once(request: Request, caller: Asking, key: Key = None) -> Repeatable:
    return Repeatable(caller.actor, key, "" if key is None else _hash(request, await request.body()))


def _hash(request: Request, body: bytes) -> str:
    """Return the hash of all that says what is asked for."""
    headers = sorted(
        f"{name}:{value}"
        for name, value in request.headers.items()
        if name in _PART_OF_IT or name.startswith(_ATTRIBUTES)
    )
    asked = "\n".join([request.method, request.url.path, request.url.query, *headers])
    return hashlib.sha256(asked.encode() + b"\n\n" + body).hexdigest()


Once = Annotated[Repeatable, Depends(_once)]
"""A parameter of every route that changes something: what is done goes through its `answer`."""
