"""Triage: what waits for a person, one group after the other, with a key for each answer."""

from collections import Counter
from typing import Annotated, Any

from fastapi import Form, Query, Request
from fastapi.responses import Response

from feedback.domain.correction import Said
from feedback.domain.failure import TemplateRef
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.errors import CallerError
from feedback.service.bootstrap import Service
from feedback.service.correct import correct
from feedback.service.correct_together import correct_alike
from feedback.service.templates import template_rows
from feedback.service.triage import Queued, triage_queue
from feedback.web.access import Asking, may
from feedback.web.lending import Reading, Writing
from feedback.web.marking import shown
from feedback.web.pages.drawings import category_name
from feedback.web.pages.forms import Submitted, back
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router
from feedback.web.pages.words import plural
from feedback.web.problems import status_of

__all__ = ["router"]

router = page_router()

_NEXT = 8
_FOREIGN = "-"
Skip = Annotated[int, Query(ge=0, le=10**9)]


@router.get("/triage")
def triage(request: Request, service: Reading, skip: Skip = 0) -> Response:
    """Show the group that would teach most, behind those that were skipped, and the next ones in short."""
    return _page(request, service, skip=skip)


@router.post("/triage", dependencies=[Submitted, may("review")])
def answer(
    request: Request,
    service: Writing,
    asking: Asking,
    event_id: Annotated[str, Form(max_length=200)],
    category: Annotated[str, Form(max_length=200)] = "",
    template: Annotated[str, Form(max_length=200)] = "",
    alike: Annotated[str, Form()] = "",
    skip: Annotated[int, Form(ge=0, le=10**9)] = 0,
) -> Response:
    """Record what the visitor says of a failure, or of all alike, and go on with the next."""
    try:
        said = _said(category, template.strip())
        if alike:
            done = correct_alike(service, event_id, said, actor=asking.actor)
        else:
            (one,) = correct(service, [(event_id, said)], actor=asking.actor)
            done = Counter([one.status])
    except CallerError as error:
        return _page(request, service, skip=skip, error=error)
    name = category_name(service, category) if category else "its template"
    told = f"{name} said of {plural(sum(done.values()), 'failure')}."
    return back(request, f"/triage?skip={skip}" if skip else "/triage", told[:1].upper() + told[1:])


def _said(category: str, template: str) -> Said:
    """Return what a form says; a template of `-` is none of ours."""
    said: dict[str, Any] = {"category": category} if category else {}
    if template:
        said["template"] = None if template == _FOREIGN else TemplateRef(name=template)
    return Said.model_validate(said)


def _page(request: Request, service: Service, *, skip: int, error: CallerError | None = None) -> Response:
    queue = triage_queue(service, limit=_NEXT, skip=skip)
    first: Queued | None = queue.items[0] if queue.items else None
    return page(
        request,
        "triage.html",
        status=200 if error is None else status_of(error),
        here=f"/triage?skip={skip}",
        queue=queue,
        skip=skip,
        first=first,
        example={"shown": shown(first.event, first.evidence) if first.event else None} if first else None,
        probabilities=[(one, category_name(service, one), p) for one, p in first.probabilities] if first else [],
        categories=[(key, one) for key, one in zip("1234567890", service.taxonomy.categories, strict=False)],
        templates=sorted({row["name"] for row in template_rows(service)}),
        undecided=NEEDS_TRIAGE,
        refused=None if error is None else {"title": "Not recorded", "detail": str(error)},
    )
