import asyncio

import pytest

from feedback.errors import StoreBusy, TooManyDeadLetters
from feedback.settings import load_settings
from streams import batches
from streams.batches import patiently
from streams.dead_letters import DeadLetterLimit


def test_what_the_world_is_too_busy_for_is_tried_again_until_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "FIRST_WAIT_SECONDS", 0.001)
    tries: list[int] = []
    told: list[str | None] = []

    async def attempt() -> str:
        tries.append(1)
        if len(tries) < 4:
            raise StoreBusy("a.db")
        return "done"

    assert asyncio.run(patiently(attempt, told.append)) == "done"
    assert len(tries) == 4
    assert told == ["a.db is locked by another process: try again in a moment"] * 3 + [None]


def test_any_other_fault_is_not_tried_again() -> None:
    tries: list[int] = []

    async def attempt() -> str:
        tries.append(1)
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        asyncio.run(patiently(attempt, lambda _: None))
    assert len(tries) == 1


def _limit(**changes: object) -> DeadLetterLimit:
    return DeadLetterLimit(load_settings().worker.model_copy(update=changes))


def test_few_messages_are_not_judged_and_a_share_at_the_limit_is_allowed() -> None:
    limit = _limit(dead_letter_share=0.5, dead_letter_minimum=100)
    limit.add(["bad"] * 50)
    limit.add([None] * 50)
    with pytest.raises(TooManyDeadLetters, match=r"51 of the last 101 messages .* The last reason: worse"):
        limit.add(["worse"])


def test_only_the_last_messages_count() -> None:
    limit = _limit(dead_letter_share=0.5, dead_letter_minimum=10, dead_letter_window=20)
    limit.add([None] * 20)
    limit.add(["bad"] * 10)
    with pytest.raises(TooManyDeadLetters, match="11 of the last 20"):
        limit.add(["bad"])


def test_a_share_of_one_never_stops() -> None:
    judged: list[str | None] = ["bad"] * 5_000
    assert _raised(_limit(dead_letter_share=1.0), judged) is None
    assert _raised(_limit(dead_letter_share=0.99), judged) is not None


def _raised(limit: DeadLetterLimit, refused: list[str | None]) -> TooManyDeadLetters | None:
    try:
        limit.add(refused)
    except TooManyDeadLetters as error:
        return error
    return None
