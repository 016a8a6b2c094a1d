"""The next version of a template: how it is made of a draft, and what a revision that was edited must still be."""

import semver

from feedback.domain.canonical import canonical_json
from feedback.domain.revision.evidence import Draft
from feedback.domain.revision.wording import MARKS
from feedback.domain.template import Template, version_key
from feedback.errors import Fault

__all__ = ["marks_left", "next_version", "revision_faults"]


def next_version(current: Template, ticket_id: str, drafted: Draft, counts: str) -> Template:
    """Return the next minor version of `current` with what was drafted, and notes on what changed and why."""
    body = current.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    body |= dict(drafted.changes) | {
        "version": str(semver.Version.parse(current.version).bump_minor()),
        "resolves": [ticket_id],
        "notes": f"{drafted.summary} Proposed from {counts} of {ticket_id}.",
    }
    return Template.model_validate_json(canonical_json(body))


def revision_faults(revised: Template, *, name: str, ticket_id: str, newest: str | None) -> list[Fault]:
    """Return what keeps a template from being the revision of a ticket about template `name`, registered up to `newest`."""
    faults = []
    if revised.name != name:
        faults.append(Fault("name", f"expected {name}, found {revised.name}: a revision keeps the name"))
    if ticket_id not in revised.resolves:
        faults.append(Fault("resolves", f"expected {ticket_id} in it: a revision names the ticket that it answers"))
    given, known = version_key(revised.version), version_key(newest)
    if given and known and given <= known:
        faults.append(
            Fault("version", f"expected one after {newest}, the newest registered, found {revised.version}: raise it")
        )
    return faults


def marks_left(text: str) -> int:
    """Return how many places of a text are still marked to be filled in."""
    return sum(text.count(mark) for mark in MARKS)
