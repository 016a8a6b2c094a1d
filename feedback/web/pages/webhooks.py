"""Webhooks: what was told to whom, and what came of it."""

from fastapi import Request
from fastapi.responses import Response

from feedback.service.webhooks import deliveries
from feedback.web.lending import Reading
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router

__all__ = ["router"]

router = page_router()
_SHOWN = 100


@router.get("/webhooks")
def webhooks(request: Request, service: Reading) -> Response:
    """Show the latest deliveries."""
    endpoints = service.settings.webhooks.endpoints
    return page(request, "webhooks.html", endpoints=endpoints, deliveries=deliveries(service, _SHOWN))
