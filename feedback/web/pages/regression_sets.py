"""Regression sets: which are being made, with which cases, and what a case holds."""

from fastapi import Request
from fastapi.responses import Response

from feedback.service.cases import case_view
from feedback.service.views import ticket_views
from feedback.web.lending import Reading
from feedback.web.pages.drawings import category_name
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router

__all__ = ["router"]

router = page_router()


@router.get("/regression-sets")
def regression_sets(request: Request, service: Reading) -> Response:
    """Show the tickets of regression sets with their cases, the most urgent first."""
    views = ticket_views(service, kind="regression_set")
    names = {one["pattern"]["category"]: category_name(service, one["pattern"]["category"]) for one in views}
    return page(request, "regression_sets.html", views=views, names=names)


@router.get("/cases/{case_id}")
def case(request: Request, service: Reading, case_id: str) -> Response:
    """Show one case: what is asked of a model, and how its answer is judged."""
    return page(request, "case.html", case=case_view(service, case_id))
