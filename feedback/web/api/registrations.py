"""Templates, samples and training versions in."""

import json
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from feedback.domain.template import SampleRegistration, Template, VersionRegistration
from feedback.errors import Fault, InvalidInput
from feedback.intake.files import Item
from feedback.intake.native import canonical, parse_json, validate
from feedback.intake.templates import template_values, templates_of
from feedback.service.register import register_templates, register_versions
from feedback.service.samples import SampleVerdict, take_samples
from feedback.web.access import Asking, may
from feedback.web.answers import json_answer
from feedback.web.api.intake import faults_data, status_of_batch
from feedback.web.api.items import LINES, items_of
from feedback.web.api.shapes import RegisteredAnswer, SamplesAnswer, VersionsAnswer
from feedback.web.bodies import media_type, read_body
from feedback.web.openapi import body_of, named, plain, problems
from feedback.web.repeats import Once, Repeatable
from feedback.web.stores import Stores

__all__ = ["router"]

router = APIRouter(tags=["registrations"], dependencies=[may("review")])
_MOST_TEMPLATE_BYTES = 4 * 1024 * 1024
_YAML = ("application/yaml", "application/x-yaml", "text/yaml")
_TEMPLATE = """name: legal_contract_payment_terms_v2
version: 2.2.0
kind: constrained_output
instruction: Extract the payment terms from the contract excerpt.
resolves: [TR-3f9a2c]
"""
_TEMPLATE_JSON = {"name": "legal_contract_payment_terms_v2", "version": "2.2.0", "kind": "constrained_output"}
_REF = {"name": "legal_contract_payment_terms_v2", "version": "2.1.0"}
_SAMPLE = {"sample_id": "s-1", "dataset": "sft_zh", "dataset_version": "v0.3.0", "template": _REF}
_VERSION = {"training_version": "assistant-2026-04-20", "dataset_version": "v0.3.0", "templates": [_REF]}
_TEXT = {"type": "string"}


def _many(model: type[BaseModel]) -> dict[str, Any]:
    return {"oneOf": [named(model), {"type": "array", "items": named(model)}]}


_SAMPLES = {"oneOf": [named(SampleRegistration), {"type": "array", "items": {"type": "object"}}]}
Named = Annotated[str | None, Query(min_length=1, max_length=200)]


@router.post(
    "/v1/templates",
    summary="Register templates",
    responses=plain(RegisteredAnswer, "All are registered.") | problems(400, 409, 413, 415),
    openapi_extra=body_of(
        {"application/json": (_many(Template), _TEMPLATE_JSON), "application/yaml": (_TEXT, _TEMPLATE)}
    ),
)
async def add_templates(request: Request, caller: Asking, once: Once) -> Response:
    """
    Register template versions from YAML or JSON: one, a list, or several YAML documents; all or nothing.

    The same version with other content is a conflict. One whose `resolves` names approved tickets revises them.
    """
    kind = media_type(request)
    if kind not in ("application/json", *_YAML):
        raise HTTPException(415, f"Content-Type {kind!r} cannot be read: send application/yaml or application/json")
    body = await read_body(request, _MOST_TEMPLATE_BYTES)
    found = await run_in_threadpool(_templates_in, body, is_json=kind == "application/json")
    return await run_in_threadpool(_register_templates, _stores(request), once, found, caller.actor)


def _templates_in(body: bytes, *, is_json: bool) -> list[Template]:
    try:
        values = template_values(body, is_json=is_json)
    except InvalidInput as error:
        raise HTTPException(400, f"the body cannot be read: {error}") from error
    return templates_of(values)


def _register_templates(stores: Stores, once: Repeatable, found: list[Template], actor: str) -> Response:
    def answered() -> Response:
        answers = register_templates(service, found, actor=actor)
        return json_answer({"items": [{"template": a.identity, "status": a.status, "note": a.note} for a in answers]})

    with stores.writing() as service:
        return once.answer(service, answered)


@router.post(
    "/v1/samples",
    summary="Register training samples",
    responses=plain(
        SamplesAnswer, "All are registered.", part="Some are registered, others were rejected: see each verdict."
    )
    | problems(400, 413, 415),
    openapi_extra=body_of({LINES: (_TEXT, json.dumps(_SAMPLE)), "application/json": (_SAMPLES, _SAMPLE)}),
)
async def add_samples(request: Request, once: Once, dataset: Named = None, dataset_version: Named = None) -> Response:
    """
    Register samples: registrations, or training data whose `meta` says the same; its texts are not stored.

    `dataset` and `dataset_version` hold for what names none. A rejected line costs nothing else, and is not kept.
    Status codes are as for failures.
    """
    items = await items_of(request, request.app.state.settings.serve.max_body_bytes)
    named_ = {"dataset": dataset, "dataset_version": dataset_version}
    return await run_in_threadpool(_take_samples, _stores(request), once, items, named_)


def _take_samples(stores: Stores, once: Repeatable, items: list[Item], named_: dict[str, str | None]) -> Response:
    with stores.writing() as service:
        return once.answer(service, lambda: _sampled(take_samples(service, items, **named_)))


def _sampled(verdicts: list[SampleVerdict]) -> Response:
    counts = Counter(one.status for one in verdicts)
    content: dict[str, Any] = {status: counts[status] for status in ("registered", "known", "rejected")}
    content["items"] = [
        {"index": n, "status": one.status, "errors": faults_data(one.faults)} for n, one in enumerate(verdicts)
    ]
    return status_of_batch(content, refused=counts["rejected"])


@router.post(
    "/v1/versions",
    summary="Register training versions",
    responses=plain(VersionsAnswer, "All are registered.") | problems(400, 409, 413, 415),
    openapi_extra=body_of(
        {"application/json": (_many(VersionRegistration), _VERSION), LINES: (_TEXT, json.dumps(_VERSION))}
    ),
)
async def add_versions(request: Request, once: Once) -> Response:
    """Register what models were trained on; all or nothing. The effective version of a failure follows from it."""
    items = await items_of(request, request.app.state.settings.serve.max_body_bytes)
    return await run_in_threadpool(_register_versions, _stores(request), once, items)


def _register_versions(stores: Stores, once: Repeatable, items: list[Item]) -> Response:
    found = _versions_in(items)

    def answered() -> Response:
        answers = register_versions(service, found)
        return json_answer({"items": [{"training_version": a.identity, "status": a.status} for a in answers]})

    with stores.writing() as service:
        return once.answer(service, answered)


def _versions_in(items: list[Item]) -> list[VersionRegistration]:
    found, faults = [], []
    for n, item in enumerate(items):
        try:
            found.append(validate(VersionRegistration, canonical(parse_json(item.raw))))
        except InvalidInput as error:
            faults += [Fault(f"[{n}]", str(fault)) for fault in error.faults]
    if faults:
        raise InvalidInput(*faults)
    return found


def _stores(request: Request) -> Stores:
    stores: Stores = request.app.state.stores
    return stores
