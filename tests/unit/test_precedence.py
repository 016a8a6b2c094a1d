"""Assessing lets failures come in first, and is never kept waiting for ever."""

from threading import Thread

from feedback.web.precedence import Precedence


def test_where_nothing_comes_in_assessing_goes_on_at_once() -> None:
    waiting = Thread(target=Precedence(3_600).give_way, daemon=True)
    waiting.start()
    waiting.join(10)
    assert not waiting.is_alive()


def test_assessing_waits_while_something_comes_in_and_goes_on_after_it() -> None:
    precedence = Precedence(3_600)
    waiting = Thread(target=precedence.give_way, daemon=True)
    with precedence.taking(), precedence.taking():
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
    waiting.join(10)
    assert not waiting.is_alive()


def test_a_stream_without_gaps_does_not_starve_assessing() -> None:
    precedence = Precedence(0.05)
    with precedence.taking():
        precedence.give_way()
        precedence.give_way()
