"""Proposed revisions for pages: made once while a ticket stays as it is, since each reads up to 200 failures."""

import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from feedback.domain.template_file import template_yaml
from feedback.service.bootstrap import Service
from feedback.service.drafting import draft
from feedback.service.revising import Proposal, propose
from feedback.web.pages.diffs import Row, diff_rows

__all__ = ["NextVersion", "Proposals", "next_version"]

_KEPT = 256
_KEPT_SECONDS = 60.0  # what was erased must not be shown for longer


@dataclass(frozen=True, slots=True)
class NextVersion:
    """The next version of a template: what is proposed, how it differs, and the text that a person begins to edit with."""

    proposal: Proposal
    version: str | None
    yaml: str
    diff: list[Row]


class Proposals:
    """Keeps what was made lately."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, Proposal]] = OrderedDict()

    def of(self, service: Service, view: Mapping[str, Any]) -> Proposal:
        """Return the proposal for a ticket, whose view tells what it depends on."""
        key = repr((service.store.store_id, view["ticket_id"], view["version"], view["counts"], view["loci"]))
        now = time.monotonic()
        with self._lock:
            found = self._kept.get(key)
        if found is not None and now - found[0] < _KEPT_SECONDS:
            return found[1]
        proposal = propose(service, view["ticket_id"])
        with self._lock:
            self._kept[key] = (now, proposal)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return proposal


_proposals = Proposals()


def next_version(service: Service, view: Mapping[str, Any]) -> NextVersion:
    """Return the next version of the template of a ticket; without a proposal the text is the current one's, to be edited."""
    proposal = _proposals.of(service, view)
    if proposal.template is not None:
        return NextVersion(proposal, proposal.template.version, proposal.yaml, diff_rows(proposal.diff))
    begun = draft(service, view["ticket_id"])
    if begun is None:
        return NextVersion(proposal, None, "", [])
    return NextVersion(proposal, begun.version, template_yaml(begun), [])
