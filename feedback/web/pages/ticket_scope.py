"""What belongs to a ticket: forms that merge it, split places off it, and correct all of its failures."""

from typing import Annotated, Any

from fastapi import Form, Request
from fastapi.responses import Response

from feedback.domain.correction import Said
from feedback.domain.failure import TemplateRef
from feedback.errors import Fault, InvalidInput
from feedback.service.correct_together import correct_ticket
from feedback.service.merging import merge_tickets
from feedback.service.splitting import split, take_back_split
from feedback.web.access import Asking, acting, may
from feedback.web.lending import Writing
from feedback.web.pages.forms import Submitted, back
from feedback.web.pages.routing import page_router
from feedback.web.pages.words import plural

__all__ = ["router"]

router = page_router()
Version = Annotated[int, Form(ge=1, le=2**53)]


@router.post("/tickets/{ticket_id}/merge", dependencies=[Submitted, may("review", "evaluate")])
def merge(
    request: Request,
    ticket_id: str,
    service: Writing,
    asking: Asking,
    expected_version: Version,
    into: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Call a ticket a duplicate of another."""
    acting(asking, ticket_id, "merge")
    merged = merge_tickets(service, ticket_id, into.strip(), actor=asking.actor, expected_version=expected_version)
    target = merged[0].merged_into or into
    return back(request, f"/tickets/{target}", f"{ticket_id} is a duplicate of this ticket now, which stands for both.")


@router.post("/tickets/{ticket_id}/split", dependencies=[Submitted, may("review", "evaluate")])
def split_off(
    request: Request,
    ticket_id: str,
    service: Writing,
    asking: Asking,
    expected_version: Version,
    loci: Annotated[list[str] | None, Form(alias="locus")] = None,
) -> Response:
    """Make places of a ticket a fault of their own."""
    acting(asking, ticket_id, "split")
    if not loci:
        raise InvalidInput(Fault("locus", "choose at least one place"))
    made = split(service, ticket_id, loci, actor=asking.actor, expected_version=expected_version)
    told = f"{plural(made.failures, 'failure')} at {', '.join(loci)} became a fault of its own."
    return back(request, f"/tickets/{made.tickets[-1].ticket_id if made.tickets else ticket_id}", told)


@router.post("/tickets/{ticket_id}/unsplit", dependencies=[Submitted, may("review", "evaluate")])
def unsplit(request: Request, ticket_id: str, service: Writing, asking: Asking, expected_version: Version) -> Response:
    """Take a split back."""
    acting(asking, ticket_id, "unsplit")
    taken = take_back_split(service, ticket_id, actor=asking.actor, expected_version=expected_version)
    return back(
        request, f"/tickets/{ticket_id}", f"{plural(taken.failures, 'failure')} went back to where they came from."
    )


@router.post("/tickets/{ticket_id}/corrections", dependencies=[Submitted, may("review")])
def correct_all(
    request: Request,
    ticket_id: str,
    service: Writing,
    asking: Asking,
    expected_version: Version,
    place: Annotated[str, Form(max_length=500)] = "",
    category: Annotated[str, Form(max_length=200)] = "",
    template: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Say of all failures of a ticket, or of those at one place, what they are."""
    said: dict[str, Any] = {"category": category} if category else {}
    if template.strip():
        said["template"] = TemplateRef(name=template.strip())
    if not said:
        raise InvalidInput(Fault("category", "name a category or a template"))
    done = correct_ticket(
        service,
        ticket_id,
        Said.model_validate(said),
        actor=asking.actor,
        locus=place or None,
        expected_version=expected_version,
    )
    return back(
        request,
        f"/tickets/{ticket_id}",
        f"{plural(done['corrected'], 'failure')} corrected, {done['confirmed']} confirmed.",
    )
