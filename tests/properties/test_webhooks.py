"""Webhooks are told every fact, of each ticket in order, whatever receivers answer and however often the process ends."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.webhooks import Answer
from feedback.service.webhooks import deliveries, enqueue, settle, take
from feedback.storage.database import open_store
from tests.builders import NOW, a_service
from tests.webhooks import endpoints, happen, hook

_TICKETS = st.lists(st.sampled_from(["TR-1", "TR-2", "RS-1"]), max_size=4)
_ANSWERS = st.sampled_from([Answer(200), Answer(503), Answer(429, "", 700), Answer(None), Answer(404), None])
_Step = tuple[list[str], int, list[Answer | None]]
_STEPS = st.lists(st.tuples(_TICKETS, st.integers(0, 2_000), st.lists(_ANSWERS, max_size=4)), max_size=12)
_TO_THE_END: list[_Step] = [([], 100_000, [Answer(200)] * 4)] * 60
_SETTINGS = endpoints("https://example.com/", attempts=3)


@given(steps=_STEPS)
def test_never_two_facts_of_a_ticket_out_of_order_and_none_left_out(steps: list[_Step]) -> None:
    store, webhook, now = open_store(":memory:"), hook(_SETTINGS), NOW
    enqueue(a_service(store, settings=_SETTINGS), webhook)
    attempts: dict[int, int] = {}
    for tickets, seconds, answers in [*steps, *_TO_THE_END]:
        happen(store, *tickets)
        now += timedelta(seconds=seconds)
        service = a_service(store, settings=_SETTINGS, now=now)
        postings = take(service, webhook, 4)
        on_their_way = [one.delivery.ticket_id for one in postings]
        assert len(on_their_way) == len(set(on_their_way))
        ended = {one.position for one in deliveries(service, 1_000) if one.state != "waiting"}
        for posting in postings:
            mine = posting.delivery
            earlier = {
                one.position
                for one in deliveries(service, 1_000)
                if one.ticket_id == mine.ticket_id and one.position < mine.position
            }
            assert earlier <= ended
            assert mine.position not in ended
            attempts[mine.position] = attempts.get(mine.position, 0) + 1
        for posting, answer in zip(reversed(postings), answers, strict=False):
            if answer is not None:  # else the process ends before it comes
                settle(service, posting, answer)
    told = {one.position: one for one in deliveries(a_service(store, settings=_SETTINGS), 1_000)}
    assert sorted(told) == sorted(position for (position,) in store.rows("SELECT position FROM facts"))
    assert {one.state for one in told.values()} <= {"delivered", "given_up"}
    assert {position: one.attempts for position, one in told.items()} == attempts
    store.close()
