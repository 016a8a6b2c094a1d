"""What a page says comes next is what the ticket's state allows."""

from typing import Any, get_args

import pytest

from feedback.domain.facts import TicketKind
from feedback.domain.ticket import TRANSITIONS, State, allowed_in
from feedback.web.pages.steps import PATH, next_step
from feedback.web.pages.words import STATES

_REACHED: list[tuple[TicketKind, State]] = [
    (kind, state)
    for kind, table in TRANSITIONS.items()
    for state in get_args(State)
    if state == "open" or state in {to for _, to in table.values()}
]


def _view(kind: str, state: str, *, risk: str | None = None, cases: int = 1) -> dict[str, Any]:
    answers = {"regression_test": {"cases": [{"case_id": f"RC-{n}"} for n in range(cases)]}}
    return {"kind": kind, "state": state, "risk_level": risk, "answers": answers}


@pytest.mark.parametrize(("kind", "state"), _REACHED)
def test_the_action_that_is_offered_is_allowed_in_the_state(kind: TicketKind, state: State) -> None:
    step = next_step(_view(kind, state), verified=True)
    assert step.says.endswith((".", "?"))
    if step.action == "revise":
        assert state in TRANSITIONS[kind]["register"][0]
    elif step.action is not None:
        assert state in allowed_in(step.action, kind)  # type: ignore[arg-type]  # a text in a page
    else:
        assert "Nothing to do here" in step.says


@pytest.mark.parametrize(("kind", "state"), _REACHED)
def test_every_state_has_its_word_and_stands_on_the_way_or_beside_it(kind: TicketKind, state: State) -> None:
    assert state in STATES
    assert state in PATH[kind] or state in {"rejected", "regressed"}


@pytest.mark.parametrize("kind", PATH)
def test_without_a_test_nothing_can_be_approved_and_the_page_says_why(kind: str) -> None:
    step = next_step(_view(kind, "in_review", cases=0), verified=True)
    assert step.action is None
    assert "no test yet" in step.says


@pytest.mark.parametrize("kind", PATH)
def test_high_risk_is_approved_by_those_with_a_token_alone(kind: str) -> None:
    assert next_step(_view(kind, "in_review", risk="high"), verified=False).action is None
    assert next_step(_view(kind, "open", risk="high"), verified=False).needs_tokens
    assert next_step(_view(kind, "in_review", risk="high"), verified=True).action == "approve"
    assert not next_step(_view(kind, "in_review", risk="high"), verified=True).needs_tokens
    assert not next_step(_view(kind, "in_review"), verified=False).needs_tokens
