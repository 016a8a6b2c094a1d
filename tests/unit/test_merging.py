from typing import Any

import pytest

from feedback.domain.facts import TicketReopened, TicketsMerged
from feedback.domain.merging import merged
from feedback.domain.ticket import Ticket, evolve, regression
from feedback.errors import ForbiddenAction


def _ticket(ticket_id: str = "TR-b", **changes: Any) -> Ticket:
    return Ticket(**({"ticket_id": ticket_id, "kind": "template_revision", "pattern_id": "P-1"} | changes))


def _merge(ticket: Ticket, into: Ticket) -> TicketsMerged:
    return merged(ticket, into, actor="token:ana")


@pytest.mark.parametrize("state", ["open", "in_review"])
def test_a_ticket_that_could_be_rejected_is_merged_and_stands_rejected(state: str) -> None:
    ticket = _ticket(state=state)
    after = evolve(ticket, _merge(ticket, _ticket("TR-a", state="revised")))
    assert (after.state, after.merged_into, after.version) == ("rejected", "TR-a", 2)


@pytest.mark.parametrize("state", ["approved", "revised", "verified", "regressed", "rejected"])
def test_a_ticket_that_could_not_be_rejected_is_not_merged(state: str) -> None:
    with pytest.raises(ForbiddenAction, match=f"ticket TR-b is {state}: 'merge' needs open or in_review"):
        _merge(_ticket(state=state), _ticket("TR-a"))


def test_a_ticket_is_not_merged_into_itself_another_kind_or_a_rejected_one() -> None:
    with pytest.raises(ForbiddenAction, match="needs another ticket to merge it into"):
        _merge(_ticket(), _ticket())
    with pytest.raises(ForbiddenAction, match="needs a ticket of its own kind, and RS-a is a regression_set"):
        _merge(_ticket(), _ticket("RS-a", kind="regression_set"))
    with pytest.raises(ForbiddenAction, match="needs a ticket that is not rejected: reopen TR-a, or name another"):
        _merge(_ticket(), _ticket("TR-a", state="rejected"))


def test_reopening_takes_a_merge_back() -> None:
    after = evolve(_ticket(state="rejected", merged_into="TR-a"), TicketReopened(ticket_id="TR-b", actor="token:ana"))
    assert (after.state, after.merged_into) == ("open", None)


def test_failures_of_another_template_regress_a_ticket_by_the_fix_of_that_template() -> None:
    ticket = _ticket(state="revised", fixed_in="5.0.0")
    assert regression(ticket, ["1.9.0", None], "2.0.0") is None
    fact = regression(ticket, ["1.9.0", "2.1.0"], "2.0.0")
    assert fact is not None
    assert (fact.effective_version, fact.fixed_in) == ("2.1.0", "2.0.0")
