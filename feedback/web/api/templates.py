"""Templates: the list of their versions, and what one of them says."""

from fastapi import APIRouter
from fastapi.responses import Response

from feedback.service.templates import template_rows, template_view
from feedback.web.access import may
from feedback.web.answers import Seen
from feedback.web.api.cursors import Cursor, Limit, sliced
from feedback.web.api.shapes import Page, TemplateRow, TemplateView
from feedback.web.lending import Reading
from feedback.web.openapi import problems, tagged

__all__ = ["router"]

router = APIRouter(tags=["registrations"], dependencies=[may("read")])


@router.get(
    "/v1/templates",
    summary="List templates",
    responses=tagged(Page[TemplateRow], "Template versions by name, then in semantic order.") | problems(),
)
def list_templates(service: Reading, seen: Seen, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Return template versions, among them those that failures name and nobody registered, a page at a time."""
    return seen.answer(sliced(template_rows(service), limit, cursor))


@router.get(
    "/v1/templates/{name:path}/versions/{version}",
    summary="Show a template version",
    responses=tagged(TemplateView, "The template as its file says it.") | problems(404),
)
def show_template(service: Reading, seen: Seen, name: str, version: str) -> Response:
    """Return one template version, without the parts that it leaves empty."""
    return seen.answer(template_view(service, name, version))
