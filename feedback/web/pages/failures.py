"""The page of one failure: everything that was received, what was said of it and why, and a form to correct it."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form, Request
from fastapi.responses import Response

from feedback.domain.correction import Said
from feedback.domain.failure import TemplateRef
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.errors import CallerError
from feedback.service.bootstrap import Service
from feedback.service.correct import correct
from feedback.service.failures import failure_view
from feedback.service.templates import template_rows
from feedback.web.access import Asking, may
from feedback.web.lending import Reading, Writing
from feedback.web.marking import shown
from feedback.web.pages.drawings import category_name
from feedback.web.pages.forms import Submitted, back
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router
from feedback.web.problems import status_of

__all__ = ["router"]

router = page_router()


@router.get("/failures/{event_id:path}")
def failure(request: Request, event_id: str, service: Reading) -> Response:
    """Show one failure."""
    return _page(request, service, event_id)


@router.post("/failures/{event_id:path}/corrections", dependencies=[Submitted, may("review")])
def correction(
    request: Request,
    event_id: str,
    service: Writing,
    asking: Asking,
    category: Annotated[str, Form(max_length=200)] = "",
    template: Annotated[str, Form(max_length=200)] = "",
    version: Annotated[str, Form(max_length=100)] = "",
    locus: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Record what the visitor says of a failure; what is refused is said on the page."""
    try:
        stood = failure_view(service, event_id)["standing"] or {}
        said = _said(stood, category, template.strip(), version.strip(), locus.strip())
        (answer,) = correct(service, [(event_id, said)], actor=asking.actor)
    except CallerError as error:
        return _page(request, service, event_id, error=error)
    name = category_name(service, answer.category or category)
    told = {"confirmed": f"You agree: {name}.", "unchanged": f"You had said so before: {name}."}
    note = f" {answer.note[:1].upper()}{answer.note[1:]}." if answer.note else ""
    return back(request, f"/failures/{quote(event_id)}", told.get(answer.status, f"Corrected: {name}.") + note)


def _said(stood: Mapping[str, Any], category: str, template: str, version: str, locus: str) -> Said:
    """Return what a form says: always the category, template and place only where they differ from what stands."""
    said: dict[str, Any] = {"category": category}
    named = stood.get("template") or {"name": "", "version": None}
    if (template, version) != (named["name"], named["version"] or ""):
        said["template"] = TemplateRef(name=template, version=version or None) if template else None
    if locus and locus != stood.get("said_locus"):
        said["locus"] = locus
    return Said.model_validate(said)


def _page(request: Request, service: Service, event_id: str, *, error: CallerError | None = None) -> Response:
    view = failure_view(service, event_id)
    assessment = view["assessment"]
    evidence = assessment["evidence"] if assessment else []
    refused = None if error is None else {"title": "Not corrected", "detail": str(error)}
    return page(
        request,
        "failure.html",
        status=200 if error is None else status_of(error),
        view=view,
        example={"shown": shown(view["event"], evidence) if view["event"] else None},
        elsewhere=[one for one in evidence if one.get("name", "").startswith("attribution.")],
        probabilities=_probabilities(service, view),
        categories=[(one, service.taxonomy[one]) for one in service.taxonomy.ids],
        templates=sorted({row["name"] for row in template_rows(service)}),
        standing=category_name(service, view["standing"]["category"]) if view["standing"] else None,
        undecided=NEEDS_TRIAGE,
        refused=refused,
    )


def _probabilities(service: Service, view: dict[str, Any]) -> list[tuple[str, float]]:
    """Return the categories by name with their probabilities of the first assessment, the most probable first."""
    assessment = view["assessment"]
    if assessment is None:
        return []
    found = {one["category"]: one["probability"] for one in assessment["alternatives"]}
    if assessment["category"] != NEEDS_TRIAGE:
        found[assessment["category"]] = assessment["probability"]
    return [(category_name(service, one), p) for one, p in sorted(found.items(), key=lambda each: -each[1])]
