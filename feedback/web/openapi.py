"""The OpenAPI document: what every route says of itself, and of its errors."""

from http import HTTPStatus
from types import UnionType
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from feedback.domain.exposure import Exposure
from feedback.domain.failure import FailureEvent
from feedback.domain.template import SampleRegistration, Template, VersionRegistration
from feedback.web.access import SESSION

__all__ = ["DESCRIPTION", "TAGS", "Problem", "body_of", "document", "named", "plain", "problems", "tagged"]

DESCRIPTION = """\
Failures of language models come in, are assessed, and become tickets for templates.

**Errors** are problem details (RFC 9457), on every route: `type`, `title`, `status`, `detail`, and `errors` with path and
message of each fault of an input. **Lists** come in pages: `limit`, and `next_cursor` to ask on with as `cursor`.
**Answers** carry an `ETag`: asked again with `If-None-Match` they are 304 while nothing has changed.
**Again**: a `POST` with an `Idempotency-Key` is done once; the same request under the same key gets the same answer, with
`Idempotency-Replayed: true`, and another request under it is 422.
**Tokens** (`Authorization: Bearer fbt_...`) are asked for from the first one on: 401 without a valid one, 403 where its role does
not allow what is asked.
**Busy** (503) means that nothing was recorded: the same request again, after `Retry-After`, does no harm.
"""
TAGS = [
    {"name": "intake", "description": "Failures and exposures in."},
    {"name": "tickets", "description": "What has to be done, and what people decide."},
    {"name": "patterns", "description": "Which class of errors recurs where."},
    {"name": "failures", "description": "Single failures, and what people say of them."},
    {"name": "registrations", "description": "Templates, samples and training versions."},
    {"name": "operations", "description": "What was refused, and how the service is."},
]
_MEDIA_TYPE = "application/problem+json"
_WHY = {
    400: "The body cannot be read.",
    401: "Tokens are asked for, and no valid one was shown.",
    403: "Who asks may not do this.",
    404: "There is nothing of that name.",
    409: "It conflicts with what is stored: other content under the same name, or a state that does not allow it.",
    412: "It has changed since the version that `If-Match` names.",
    413: "The body is too large, or holds too many items.",
    415: "The body is of a media type or encoding that cannot be read.",
    422: "What was sent breaks the contract; `errors` names every fault.",
    500: "The fault is the service's; its log says more.",
    503: "The store is busy, or cannot be written: nothing was recorded.",
}
_ALWAYS = (401, 403, 422, 500, 503)
_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token (`feedback tokens create`). While none was ever made nobody is asked for one.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": SESSION, "description": "A session of the pages."},
}
_OPEN = ("/healthz", "/readyz")
_REF = "#/components/schemas/{model}"


class Fault(BaseModel):
    """One fault of an input."""

    path: str = Field(description="Dotted path with list indices; empty for the whole.", examples=["signals.rating"])
    message: str = Field(examples=["unknown key"])


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:feedback:problem:NotFound",
                "title": "Not Found",
                "status": 404,
                "detail": "no ticket 'TR-000000': `feedback tickets list` shows all",
            }
        },
    )

    type: str = Field(description="Names the kind of problem; `about:blank` where the status says all.")
    title: str = Field(description="The phrase of the status.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What, where, expected and found, and what to do.")
    errors: list[Fault] | None = Field(default=None, description="Every fault of an input.")


_NAMED = (FailureEvent, Exposure, Template, SampleRegistration, VersionRegistration, Problem)
"""Models that routes read or answer themselves, so that the framework does not know them."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how a route documents the errors of these statuses, and those that every route can answer."""
    return {
        status: {
            "description": _WHY[status],
            "content": {_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "headers": {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}}
            if status == HTTPStatus.SERVICE_UNAVAILABLE
            else {},
        }
        for status in sorted({*statuses, *_ALWAYS})
    }


def plain(model: type[BaseModel] | UnionType, description: str, *, part: str = "") -> dict[int | str, dict[str, Any]]:
    """Return how a route documents an answer of this model, and where `part` says so one of which a part was refused."""
    answers: dict[int | str, dict[str, Any]] = {200: {"model": model, "description": description}}
    return answers | ({207: {"model": model, "description": part}} if part else {})


def tagged(
    model: type[BaseModel] | UnionType, description: str, *, seen: bool = True
) -> dict[int | str, dict[str, Any]]:
    """Return how a route documents a tagged answer of this model, and, unless `seen` is false, that it may be 304."""
    etag = {"ETag": {"schema": {"type": "string"}, "description": "Changes with the answer."}}
    answers: dict[int | str, dict[str, Any]] = {200: {"model": model, "description": description, "headers": etag}}
    unchanged = {"description": "Nothing has changed since the answer that `If-None-Match` names.", "headers": etag}
    return answers | ({304: unchanged} if seen else {})


def named(model: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of a body that is one of the models of the contract, by its name."""
    assert model in _NAMED
    return {"$ref": _REF.format(model=model.__name__)}


def body_of(examples: dict[str, tuple[dict[str, Any], Any]]) -> dict[str, Any]:
    """Return how a route documents a body that it reads itself: by media type, its schema and an example."""
    content = {kind: {"schema": schema, "example": example} for kind, (schema, example) in examples.items()}
    return {"requestBody": {"required": True, "content": content}}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the document of an app, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        _, named = models_json_schema([(one, "validation") for one in _NAMED], ref_template=_REF)
        made["components"]["securitySchemes"] = _SCHEMES
        for path, methods in made["paths"].items():
            for operation in methods.values():
                operation["security"] = [] if path in _OPEN else [{name: []} for name in _SCHEMES]
        made["components"]["schemas"] = dict(sorted((made["components"]["schemas"] | named["$defs"]).items()))
        app.openapi_schema = made
    return app.openapi_schema
