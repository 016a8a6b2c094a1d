"""Whether the service lives, whether it can do its work, and what it measures."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from feedback.web.access import may
from feedback.web.lending import Reading, Working
from feedback.web.metrics import Metrics
from feedback.web.openapi import problems
from feedback.web.problems import problem

__all__ = ["router"]

router = APIRouter(tags=["operations"])


def _text(description: str, example: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {"text/plain": {"example": example}}}}


@router.get(
    "/healthz",
    summary="Does it live?",
    response_class=PlainTextResponse,
    responses=_text("It lives.", "ok") | problems(),
)
async def healthz() -> str:
    """Answer while the process lives."""
    return "ok"


@router.get(
    "/readyz",
    summary="Is it ready?",
    response_class=PlainTextResponse,
    responses=_text("It takes failures in, and assesses them.", "ready: store 3f9a2c6d71b0e845") | problems(),
)
def readyz(service: Reading, background: Working) -> Response:
    """Answer 200 while failures are taken in and assessed; else 503 with the reason."""
    if background.missing is not None:
        return problem(503, background.missing)
    return PlainTextResponse(f"ready: store {service.store.store_id}")


@router.get(
    "/metrics",
    summary="What it measures",
    dependencies=[may("read")],
    response_class=PlainTextResponse,
    responses=_text("Metrics in the text format of Prometheus.", "feedback_log_position 1204.0") | problems(),
)
def metrics(request: Request, service: Reading) -> Response:
    """Return requests, items by verdict, what waits and how far the log goes."""
    measured: Metrics = request.app.state.metrics
    return Response(measured.exposition(service), media_type=CONTENT_TYPE_LATEST)
