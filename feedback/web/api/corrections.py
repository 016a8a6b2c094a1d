"""Corrections: what a person says of one failure, of those alike, or of all of a ticket."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from feedback.domain.correction import Said
from feedback.errors import Fault, InvalidInput
from feedback.service.bootstrap import Service
from feedback.service.correct import correct
from feedback.service.correct_together import correct_alike, correct_ticket
from feedback.service.deciding import Status
from feedback.web.access import Caller, may
from feedback.web.answers import json_answer
from feedback.web.api.shapes import Corrected, CorrectedTogether
from feedback.web.lending import Writing
from feedback.web.openapi import plain, problems
from feedback.web.repeats import Once

__all__ = ["router"]

router = APIRouter(tags=["failures"])
_DONE: tuple[Status, ...] = ("corrected", "confirmed", "unchanged")
_VERSION = Field(default=None, ge=1, le=2**53, description="Refuse where it has changed since.")


class Correction(Said):
    """What a person says of a failure: its category, its template (null for none of yours), its place; one at least."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "category": "insufficient_context",
                "template": {"name": "contract_terms"},
                "expected_version": 2,
            }
        },
    )

    expected_version: int | None = _VERSION
    alike: bool = Field(default=False, description="Say it of all failures too that are alike and wait in the queue.")


class TicketCorrection(Said):
    """What a person says of all failures of a ticket, or of those at one of its places; the same as of one failure."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"category": "output_format_violation", "at": "/currency:enum"}}
    )

    at: str | None = Field(
        default=None, min_length=1, max_length=500, description="Only of those counted at this place."
    )
    expected_version: int | None = _VERSION


@router.post(
    "/v1/failures/{event_id:path}/corrections",
    summary="Correct a failure",
    responses=plain(Corrected | CorrectedTogether, "What became of it; with `alike`, how many became what.")
    | problems(400, 404, 409, 413),
)
def correct_failure(
    caller: Annotated[Caller, may("review")],
    once: Once,
    service: Writing,
    event_id: str,
    said: Annotated[Correction, Body()],
) -> Response:
    """
    Say what a failure is; the machine never overrules it. Its patterns and tickets follow.

    With `alike` the same is said of all that wait in the triage queue and are of the same fingerprint. **409** where it is not
    assessed yet, or has changed since `expected_version`.
    """
    if not said.alike:
        return once.answer(service, lambda: json_answer(_corrected(service, event_id, said, caller.actor)))
    if said.expected_version is not None:
        raise InvalidInput(Fault("body.expected_version", "is of one failure: leave it out, or leave `alike` out"))
    return once.answer(service, lambda: _counts(correct_alike(service, event_id, said.said, actor=caller.actor)))


@router.post(
    "/v1/tickets/{ticket_id}/corrections",
    summary="Correct all failures of a ticket",
    responses=plain(CorrectedTogether, "How many failures became what.") | problems(400, 404, 409, 413),
)
def correct_failures_of_ticket(
    caller: Annotated[Caller, may("review")],
    once: Once,
    service: Writing,
    ticket_id: str,
    said: Annotated[TicketCorrection, Body()],
) -> Response:
    """
    Say the same of all failures of a ticket's pattern, or of those at one of its places (`at`); all or nothing.

    They move to the pattern that they belong to. Failures to come are assessed as ever.
    """
    who: dict[str, Any] = {"actor": caller.actor, "locus": said.at, "expected_version": said.expected_version}
    return once.answer(service, lambda: _counts(correct_ticket(service, ticket_id, said.said, **who)))


def _corrected(service: Service, event_id: str, said: Correction, actor: str) -> dict[str, Any]:
    expected = {} if said.expected_version is None else {event_id: said.expected_version}
    (done,) = correct(service, [(event_id, said.said)], actor=actor, expected_versions=expected)
    names = ("event_id", "status", "category", "said", "version", "locus", "note")
    template = dict(zip(("name", "version"), done.template, strict=True)) if done.template else None
    return {name: getattr(done, name) for name in names} | {"template": template}


def _counts(done: Mapping[Status, int]) -> Response:
    return json_answer({status: done.get(status, 0) for status in _DONE})
