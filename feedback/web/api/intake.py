"""Failures and exposures in: one, many, or as CloudEvents; a verdict an item, after the commit."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from feedback.domain.exposure import Exposure
from feedback.domain.failure import FailureEvent
from feedback.errors import Fault
from feedback.service.incoming import Incoming, Kind, Status, Verdict
from feedback.web.access import may
from feedback.web.answers import json_answer
from feedback.web.api.items import CLOUDEVENT, CLOUDEVENTS, LINES, items_of
from feedback.web.api.shapes import IntakeAnswer
from feedback.web.desk import Desk
from feedback.web.openapi import body_of, named, plain, problems
from feedback.web.problems import problem
from feedback.web.repeats import Once, Repeatable

__all__ = ["faults_data", "router", "status_of_batch", "verdict_data"]

router = APIRouter(tags=["intake"], dependencies=[may("send")])
_FAILURE = {
    "occurred_at": "2026-04-24T09:13:05+00:00",
    "channel": "online",
    "source": "system_log",
    "template": {"name": "legal_contract_payment_terms_v2", "version": "2.1.0"},
    "response": {"content": '{"currency": "RMB"}'},
    "signals": {"error": "'RMB' is not one of ['CNY', 'USD', 'EUR']"},
}
_EXPOSURE = {
    "exposure_id": "gateway-2026-W17",
    "template": {"name": "legal_contract_payment_terms_v2", "version": "2.1.0"},
    "from": "2026-04-20T00:00:00+00:00",
    "to": "2026-04-27T00:00:00+00:00",
    "interactions": 41250,
}


def _body(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """Return how a body is documented: one object, an array, lines, or CloudEvents; each object is such a model."""
    an_object = named(model)
    many = {"type": "array", "items": an_object, "maxItems": 10_000}
    event = {"specversion": "1.0", "id": "1", "source": "/gateway", "type": "com.example.item", "data": example}
    return body_of(
        {
            "application/json": ({"oneOf": [an_object, many]}, example),
            LINES: ({"type": "string", "description": "One JSON object a line."}, json.dumps(example)),
            CLOUDEVENT: ({"type": "object", "description": "A structured CloudEvent 1.0."}, event),
            CLOUDEVENTS: ({"type": "array", "items": {"type": "object"}}, [event]),
        }
    )


_ANSWERS = plain(
    IntakeAnswer,
    "All items are durable: accepted, or known before.",
    part="Some items are durable, others were refused: see each verdict.",
) | problems(400, 413, 415)


@router.post(
    "/v1/failures", summary="Hand in failures", responses=_ANSWERS, openapi_extra=_body(FailureEvent, _FAILURE)
)
async def take_failures(request: Request, once: Once) -> Response:
    """
    Take failure events in: one object, an array, lines (NDJSON), or CloudEvents, structured, in a batch, or binary.

    The answer comes after the commit; assessing goes on behind it. The same event again is a duplicate and changes
    nothing, so whatever was not answered may be sent again. **200**: everything is durable. **207**: a part was refused,
    and each verdict says why. **422**: everything was refused; the problem has the same members. Refused items are kept
    as dead letters. `Content-Encoding: gzip` is read.
    """
    return await _take(request, "failure", once)


@router.post("/v1/exposures", summary="Hand in exposures", responses=_ANSWERS, openapi_extra=_body(Exposure, _EXPOSURE))
async def take_exposures(request: Request, once: Once) -> Response:
    """Take exposures in: how much traffic of a template version went by. Bodies and answers are as for failures."""
    return await _take(request, "exposure", once)


async def _take(request: Request, kind: Kind, once: Repeatable) -> Response:
    desk: Desk = request.app.state.desk
    found = await items_of(request, request.app.state.settings.serve.max_body_bytes)
    source = f"POST {request.url.path}"
    return await desk.take([Incoming(source, one.place, one.raw) for one in found], kind, once, _answer)


def _answer(verdicts: Sequence[Verdict]) -> Response:
    counts = Counter(one.status for one in verdicts)
    content = {status: counts[status] for status in get_args(Status)}
    content["ignored"] = sum(not one.counts for one in verdicts)
    items = [verdict_data(n, one) for n, one in enumerate(verdicts)]
    return status_of_batch(content | {"items": items}, refused=sum(bool(one.faults) for one in verdicts))


def status_of_batch(content: dict[str, Any], *, refused: int) -> Response:
    """Return 200 where nothing of a batch was refused, 207 where a part was, and a problem where all was."""
    if not refused:
        return json_answer(content)
    if refused < len(content["items"]):
        return json_answer(content, 207)
    errors = [Fault(f"[{one['index']}]", str(Fault(**fault))) for one in content["items"] for fault in one["errors"]]
    detail = "nothing was taken: each of the items says why"
    return problem(422, detail, kind="urn:feedback:problem:InvalidInput", errors=errors, **content)


def verdict_data(index: int, verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the contract writes it (section 8)."""
    identity = {"exposure_id": verdict.exposure_id} if verdict.kind == "exposure" else {"event_id": verdict.event_id}
    return {"index": index} | identity | {"status": verdict.status, "errors": faults_data(verdict.faults)}


def faults_data(faults: Sequence[Fault]) -> list[dict[str, str]]:
    """Return faults as JSON values; half surrogate pairs of a producer are written as their escapes."""
    return [{"path": _printable(fault.path), "message": _printable(fault.message)} for fault in faults]


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
