"""The page of one ticket: its three answers, its failures, the next version of its template, and what may be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice, takewhile
from typing import Annotated, Any, Literal, get_args

from fastapi import Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from feedback.domain.explanation import explained
from feedback.domain.facts import RejectReason
from feedback.domain.snooze import SNOOZABLE, Snoozed
from feedback.domain.ticket import Action, allowed_in
from feedback.errors import CallerError, TicketChanged
from feedback.service.access import actor_of
from feedback.service.affected import affected
from feedback.service.bootstrap import Service
from feedback.service.failures import failure_view
from feedback.service.history import history
from feedback.service.priority import ticket_priority
from feedback.service.review import act
from feedback.service.revising import register_revision
from feedback.service.snooze import snooze, wake
from feedback.service.version_timeline import version_timeline
from feedback.service.views import ticket_view
from feedback.web.access import Asking, Caller, acting, may, may_act
from feedback.web.lending import Reading, Writing
from feedback.web.marking import Shown, shown
from feedback.web.pages.drawings import units_drawing
from feedback.web.pages.forms import Submitted, back
from feedback.web.pages.proposals import NextVersion, next_version
from feedback.web.pages.queue import dominant_locus
from feedback.web.pages.rendering import page
from feedback.web.pages.routing import page_router
from feedback.web.pages.steps import PATH, next_step
from feedback.web.pages.words import plain
from feedback.web.problems import status_of

__all__ = ["router"]

router = page_router()

_DONE = {
    "take": "Taken into review.",
    "assign": "Assigned.",
    "comment": "Your comment stands in the history.",
    "approve": "Approved.",
    "reject": "Rejected.",
    "reopen": "Reopened.",
    "snooze": "Snoozed.",
    "wake": "Woken.",
}
_BY_PEOPLE: tuple[Action, ...] = ("take", "approve", "reject", "reopen", "assign", "comment")
_BEFORE_REVISED = ("open", "in_review", "approved", "regressed")
_ABOUT_REVISION = ("in_review", "approved")
_SOON_READ = 50
_FIX_AGREED = ("approved", "revised", "verified", "regressed")
_MOST_ANEW = 20
_Empty = BeforeValidator(lambda text: text or None)


class Asked(BaseModel):
    """What a form of the page asks for; a field that stays empty is not asked for."""

    model_config = ConfigDict(frozen=True)

    action: Literal["take", "assign", "comment", "approve", "reject", "reopen", "snooze", "wake"]
    expected_version: int
    reason: Annotated[RejectReason | None, _Empty] = None
    comment: Annotated[str, Field(max_length=10_000)] = ""
    assignee: Annotated[str, Field(max_length=100)] = ""
    until: Annotated[date | None, _Empty] = None
    failures: Annotated[int | None, _Empty] = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an action was refused, and what happened to the ticket since the visitor read it."""

    title: str
    detail: str
    changes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One failure of a ticket: its view, and its texts with their evidence; None where they were erased."""

    view: Mapping[str, Any]
    shown: Shown | None


@router.get("/tickets/{ticket_id}")
def ticket(request: Request, ticket_id: str, service: Reading, asking: Asking) -> Response:
    """Show a ticket."""
    return _page(request, service, ticket_id, asking)


@router.post("/tickets/{ticket_id}/actions", dependencies=[Submitted, may("review", "evaluate")])
def change(
    request: Request, ticket_id: str, asking: Asking, service: Writing, asked: Annotated[Asked, Form()]
) -> Response:
    """Do what a form asks for; what is refused is said on the page, with all that was typed."""
    acting(asking, ticket_id, asked.action)
    try:
        _do(service, ticket_id, asking.actor, asked)
    except CallerError as error:
        typed = asked.model_dump(mode="json", exclude={"expected_version"})
        return _page(request, service, ticket_id, asking, error=error, typed=typed)
    return back(request, f"/tickets/{ticket_id}", _DONE[asked.action])


@router.post("/tickets/{ticket_id}/revision", dependencies=[Submitted, may("review")])
def register(
    request: Request,
    ticket_id: str,
    asking: Asking,
    service: Writing,
    expected_version: Annotated[int, Form()],
    yaml: Annotated[str, Form()],
) -> Response:
    """Register the edited next version of the template; what is refused is said on the page, with the edited text."""
    acting(asking, ticket_id, "revise")
    text = yaml.replace("\r\n", "\n")
    try:
        answer = register_revision(service, ticket_id, text, actor=asking.actor, expected_version=expected_version)
    except CallerError as error:
        return _page(request, service, ticket_id, asking, error=error, typed={"yaml": text})
    note = f" {answer.note[:1].upper()}{answer.note[1:]}." if answer.note else ""
    return back(request, f"/tickets/{ticket_id}", f"{answer.identity} is {answer.status}.{note}")


def _do(service: Service, ticket_id: str, actor: str, asked: Asked) -> None:
    said: dict[str, Any] = {
        "actor": actor,
        "comment": asked.comment.strip() or None,
        "expected_version": asked.expected_version,
    }
    if asked.action == "snooze":
        until = datetime.combine(asked.until, time(), UTC) if asked.until else None
        snooze(service, ticket_id, until=until, failures=asked.failures, **said)
    elif asked.action == "wake":
        wake(service, ticket_id, **said)
    else:
        name = " ".join(asked.assignee.split())
        assignee = actor_of(service, name) if name else None
        act(service, ticket_id, asked.action, reason=asked.reason, assignee=assignee, **said)


def _page(
    request: Request,
    service: Service,
    ticket_id: str,
    asking: Caller,
    *,
    error: CallerError | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    view = ticket_view(service, ticket_id)
    category = service.taxonomy[view["pattern"]["category"]]
    dominant = dominant_locus(view)
    decides = may_act(asking, ticket_id, "take")
    seen = version_timeline(service, ticket_id)
    linked = ticket_view(service, view["linked_ticket_id"]) if view["linked_ticket_id"] else None
    return page(
        request,
        "ticket.html",
        status=200 if error is None else status_of(error),
        here=f"/tickets/{ticket_id}",
        view=view,
        category=category,
        title=f"{category.name} in {view['pattern']['template']}" + (f" at {dominant}" if dominant else ""),
        dominant=dominant,
        categories=[(one, service.taxonomy[one].name) for one in service.taxonomy.ids],
        step=next_step(view, verified=asking.verified),
        way=PATH[view["kind"]],
        drawing=units_drawing(ticket_id, seen),
        seen=seen,
        why=explained(view["verdict"]["inputs"]),
        priority=ticket_priority(service, ticket_id),
        examples=[_example(service, event_id) for event_id in view["examples"]],
        linked=linked,
        history=history(service, ticket_id),
        next_version=_next_version(service, view, asked="revision" in request.query_params),
        has_revision=view["kind"] == "template_revision" and view["state"] in _BEFORE_REVISED,
        may={
            action
            for action in _BY_PEOPLE
            if view["state"] in allowed_in(action, view["kind"]) and may_act(asking, ticket_id, action)
        },
        decides=decides,
        snoozable=decides and view["state"] in SNOOZABLE,
        snoozed=Snoozed(**view["snoozed_until"]).sentence if view["snoozed_until"] else "",
        reasons=[(reason, plain(reason).replace("wont", "won't")) for reason in get_args(RejectReason)],
        anew=_made_anew(service, view),
        refused=None if error is None else _refused(error),
        typed=typed or {},
    )


def _example(service: Service, event_id: str) -> Example:
    view = failure_view(service, event_id)
    evidence = (view["assessment"] or {}).get("evidence", [])
    return Example(view, None if view["event"] is None else shown(view["event"], evidence))


def _next_version(service: Service, view: Mapping[str, Any], *, asked: bool) -> NextVersion | None:
    """Return the next version where it matters: asked for, soon made, or what the state is about."""
    if view["kind"] != "template_revision" or view["state"] not in _BEFORE_REVISED:
        return None
    soon_made = view["counts"]["failures"] <= _SOON_READ
    return next_version(service, view) if asked or soon_made or view["state"] in _ABOUT_REVISION else None


def _made_anew(service: Service, view: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the models and data that a fix leaves to be made anew, once one is agreed; samples stand in the file alone."""
    if view["kind"] != "template_revision" or view["state"] not in _FIX_AGREED:
        return None
    found = takewhile(lambda one: one["kind"] != "sample", affected(service, view["ticket_id"]))
    return list(islice(found, _MOST_ANEW))


def _refused(error: CallerError) -> Refused:
    if isinstance(error, TicketChanged):
        return Refused(
            "Somebody was faster", "The ticket has changed since you read it; nothing of yours was done.", error.changes
        )
    return Refused("That was not done", str(error))
