"""Templates: which there are, what changed from version to version, and how often each version fails."""

from fastapi import Request
from fastapi.responses import Response

from feedback.domain.template import ELEMENTS
from feedback.service.template_reports import template_report, template_summaries
from feedback.web.lending import Reading
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router

__all__ = ["router"]

router = page_router()


@router.get("/templates")
def templates(request: Request, service: Reading) -> Response:
    """Show every template, those that fail most first."""
    rows = template_summaries(service)
    return page(request, "templates.html", rows=rows, most=max((row.failures for row in rows), default=0))


@router.get("/templates/{name:path}")
def template(request: Request, service: Reading, name: str) -> Response:
    """Show one template."""
    view = template_report(service, name)
    most = max((one.failures for one in view["rates"]), default=0)
    highest = max((one.high for one in view["rates"] if one.high), default=1)
    return page(request, "template.html", view=view, elements=ELEMENTS, most=most, highest=highest)
