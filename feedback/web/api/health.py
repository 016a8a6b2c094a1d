"""Whether the service lives, and whether it can do its work."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from feedback.web.lending import Reading, Working
from feedback.web.problems import problem

__all__ = ["router"]

router = APIRouter(tags=["operations"])


@router.get("/healthz", response_class=PlainTextResponse)
def healthz() -> str:
    """Answer while the process lives."""
    return "ok"


@router.get("/readyz", response_class=PlainTextResponse)
def readyz(service: Reading, background: Working) -> Response:
    """Answer 200 while failures are taken in and assessed; else 503 with the reason."""
    if background.missing is not None:
        return problem(503, background.missing)
    return PlainTextResponse(f"ready: store {service.store.store_id}")
