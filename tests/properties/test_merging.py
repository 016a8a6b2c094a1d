"""Whatever people merge, reject and reopen, there are no chains and no circles of merged tickets, and a replay gives the same."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.errors import ForbiddenAction
from feedback.service.merging import merge_tickets
from feedback.service.review import act
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.tickets import list_tickets
from tests.builders import a_service, failures, table, take_in

_TEMPLATES = ("a", "b", "c", "d")
_MOVES = st.one_of(
    st.tuples(st.just("merge"), st.integers(0, 7), st.integers(0, 7)),
    st.tuples(st.sampled_from(("take", "reject", "reopen")), st.integers(0, 7)),
)


def _move(store: Store, move: tuple[Any, ...]) -> None:
    name, *which = move
    ids = [row["ticket_id"] for row in table(store, "tickets")]
    one, *other = (ids[n % len(ids)] for n in which)
    try:
        if name == "merge":
            merge_tickets(a_service(store), one, other[0], actor="token:ana")
        else:
            act(a_service(store), one, name, actor="token:ana", reason="wont_fix" if name == "reject" else None)
    except ForbiddenAction:
        pass


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_MOVES, max_size=20))
def test_a_merged_ticket_is_rejected_and_names_one_of_its_kind_that_is_not_merged_itself(moves: list[Any]) -> None:
    store = open_store(":memory:")
    for name in _TEMPLATES:
        take_in(store, *failures(5, name, template={"name": name, "version": "1.0.0"}))
    for move in moves:
        _move(store, move)
        tickets = {one.ticket.ticket_id: one.ticket for one in list_tickets(store)}
        for ticket in tickets.values():
            if ticket.merged_into is not None:
                target = tickets[ticket.merged_into]
                assert (ticket.state, target.kind, target.merged_into) == ("rejected", ticket.kind, None)
                assert target.ticket_id != ticket.ticket_id
    assert maintenance.check_read_models(store) == []
    store.close()
