from dataclasses import replace
from functools import reduce
from typing import get_args

import pytest

from feedback.domain.facts import (
    PayloadRef,
    TicketApproved,
    TicketAssigned,
    TicketCommented,
    TicketFact,
    TicketKind,
    TicketOpened,
    TicketRegressed,
    TicketRejected,
    TicketReopened,
    TicketRevised,
    TicketTaken,
    TicketVerified,
)
from feedback.domain.recurrence import VerdictValue
from feedback.domain.ticket import (
    NOT_BY_PEOPLE,
    TRANSITIONS,
    Action,
    Command,
    Snooze,
    State,
    Ticket,
    allowed_in,
    decide,
    evolve,
    kinds_due,
    regression,
    ticket_id_of,
)
from feedback.errors import ForbiddenAction, InvalidInput

_ID = "TR-1"
_KINDS: tuple[TicketKind, ...] = ("template_revision", "regression_set")
_ANA, _BEN = "token:ana", "token:ben"
_WORDS = PayloadRef(id=7, hash="sha256:0")

# Section 6 of the contract, written down apart from the code: kind, state, what a person does, what it comes to.
_ALLOWED: dict[tuple[TicketKind, State, Action], State] = {
    ("template_revision", "open", "take"): "in_review",
    ("template_revision", "regressed", "take"): "in_review",
    ("template_revision", "in_review", "approve"): "approved",
    ("template_revision", "open", "reject"): "rejected",
    ("template_revision", "in_review", "reject"): "rejected",
    ("template_revision", "rejected", "reopen"): "open",
    ("regression_set", "open", "take"): "in_review",
    ("regression_set", "in_review", "approve"): "approved",
    ("regression_set", "open", "reject"): "rejected",
    ("regression_set", "in_review", "reject"): "rejected",
    ("regression_set", "rejected", "reopen"): "open",
}
_STAYING: tuple[Action, ...] = ("assign", "comment")
_ALL = [(kind, state, action) for kind in _KINDS for state in get_args(State) for action in get_args(Action)]
_NO_END = {
    "template_revision": {"open", "in_review", "approved", "revised", "verified", "regressed", "rejected"},
    "regression_set": {"open", "in_review", "approved", "rejected"},
}


def _ticket(
    state: State = "open",
    kind: TicketKind = "template_revision",
    *,
    high_risk: bool = False,
    fixed_in: str | None = None,
) -> Ticket:
    return Ticket(ticket_id=_ID, kind=kind, pattern_id="P-1", state=state, high_risk=high_risk, fixed_in=fixed_in)


def _opened(kind: TicketKind = "template_revision", *, high_risk: bool = False) -> TicketOpened:
    return TicketOpened(
        ticket_id=_ID,
        kind=kind,
        pattern_id="P-1",
        category="output_format_violation",
        template="t",
        opening=1,
        high_risk=high_risk,
        because="4 units",
    )


def _after(*facts: TicketFact) -> Ticket:
    ticket = reduce(evolve, facts, None)
    assert ticket is not None
    return ticket


@pytest.mark.parametrize(("kind", "state", "action"), sorted(_ALLOWED))
def test_an_allowed_action_leads_where_the_contract_says(kind: TicketKind, state: State, action: Action) -> None:
    ticket = _ticket(state, kind)
    fact = decide(Command(action=action, actor="ana", reason="wont_fix", cases=1), ticket)
    assert evolve(ticket, fact).state == _ALLOWED[kind, state, action]


@pytest.mark.parametrize(
    ("kind", "state", "action"), [key for key in _ALL if key not in _ALLOWED and key[2] not in _STAYING]
)
def test_every_other_action_of_a_person_is_refused(kind: TicketKind, state: State, action: Action) -> None:
    with pytest.raises(ForbiddenAction) as refused:
        decide(Command(action=action, actor="ana", reason="wont_fix", cases=1), _ticket(state, kind))
    assert str(refused.value).startswith(f"ticket {_ID} is {state}: {action!r} needs ")


def test_what_no_person_asks_for_leads_where_the_contract_says() -> None:
    revision, regression_set = TRANSITIONS["template_revision"], TRANSITIONS["regression_set"]
    assert revision["register"] == (("approved",), "revised")
    assert revision["verify"] == (("revised",), "verified")
    assert revision["regress"] == (("revised", "verified"), "regressed")
    assert regression_set["freeze"] == (("approved",), "frozen")
    assert not {"register", "verify", "regress"} & set(regression_set)
    assert "freeze" not in revision


@pytest.mark.parametrize(
    ("kind", "state", "action", "needed"),
    [
        ("template_revision", "approved", "register", "a registered template version whose `resolves` names it"),
        (
            "template_revision",
            "revised",
            "verify",
            "its frozen cases passing on the new version, and a failure rate that has fallen",
        ),
        ("template_revision", "verified", "regress", "a failure on the fixed version or a later one"),
        ("regression_set", "approved", "freeze", "a frozen version of the regression set that holds its cases"),
    ],
)
def test_a_person_is_told_by_what_it_comes_about_instead(
    kind: TicketKind, state: State, action: Action, needed: str
) -> None:
    with pytest.raises(ForbiddenAction) as refused:
        decide(Command(action=action, actor=_ANA), _ticket(state, kind))
    assert str(refused.value) == f"ticket {_ID} is {state}: {action!r} needs {needed}, not a person"


def test_everything_that_no_person_asks_for_is_named() -> None:
    by_people = {action for _, _, action in _ALLOWED} | {*_STAYING}
    assert set(NOT_BY_PEOPLE) == set(get_args(Action)) - by_people


@pytest.mark.parametrize("action", _STAYING)
@pytest.mark.parametrize(("kind", "state"), [(kind, state) for kind in _KINDS for state in get_args(State)])
def test_assigning_and_commenting_leave_the_state_and_are_refused_only_where_nothing_may_come(
    kind: TicketKind, state: State, action: Action
) -> None:
    command, ticket = Command(action=action, actor="ana", assignee="ben", comment=_WORDS), _ticket(state, kind)
    if state in _NO_END[kind]:
        after = evolve(ticket, decide(command, ticket))
        assert (after.state, after.version) == (state, ticket.version + 1)
        return
    with pytest.raises(ForbiddenAction, match=f"{action!r} needs open or in_review or approved or"):
        decide(command, ticket)


def test_assigning_names_who_works_on_a_ticket_or_nobody() -> None:
    ticket = _after(_opened(), TicketAssigned(ticket_id=_ID, actor="ana", assignee="ben"))
    assert ticket.assignee == "ben"
    assert evolve(ticket, TicketAssigned(ticket_id=_ID, actor="ana")).assignee is None


def test_a_comment_alone_says_something_and_changes_nothing_but_the_version() -> None:
    with pytest.raises(InvalidInput, match="comment: expected words, found none"):
        decide(Command(action="comment", actor="ana"), _ticket())
    asleep = Ticket(ticket_id=_ID, kind="template_revision", pattern_id="P-1", snooze=Snooze(None, 3, 9))
    after = evolve(asleep, TicketCommented(ticket_id=_ID, actor="ana", payload=_WORDS))
    assert (after.snooze, after.version) == (asleep.snooze, 2)
    assert evolve(asleep, TicketAssigned(ticket_id=_ID, actor="ana")).snooze is None


@pytest.mark.parametrize(("kind", "state", "action"), sorted(_ALLOWED))
def test_whatever_a_person_does_points_at_their_words(kind: TicketKind, state: State, action: Action) -> None:
    command = Command(action=action, actor="ana", reason="wont_fix", cases=1, comment=_WORDS)
    assert decide(command, _ticket(state, kind)).model_dump()["payload"] == _WORDS.model_dump()


def test_an_action_that_a_kind_never_allows_is_allowed_in_no_state() -> None:
    assert allowed_in("verify", "regression_set") == ()


def test_a_rejection_needs_a_reason() -> None:
    with pytest.raises(ForbiddenAction, match="needs a reason"):
        decide(Command(action="reject", actor="ana"), _ticket("in_review"))


@pytest.mark.parametrize("kind", _KINDS)
def test_a_ticket_without_a_case_cannot_be_approved(kind: TicketKind) -> None:
    with pytest.raises(ForbiddenAction, match="no test yet"):
        decide(Command(action="approve", actor="ana", cases=0), _ticket("in_review", kind))


def _approved_by(ticket: Ticket, *actors: str) -> Ticket:
    for actor in actors:
        ticket = evolve(ticket, decide(Command(action="approve", actor=actor, cases=1), ticket))
    return ticket


@pytest.mark.parametrize("kind", _KINDS)
def test_high_risk_needs_two_different_tokens(kind: TicketKind) -> None:
    after_one = _approved_by(_ticket("in_review", kind, high_risk=True), _ANA)
    assert after_one.state == "in_review"
    assert _approved_by(after_one, _BEN).state == "approved"


def test_the_same_token_cannot_approve_twice() -> None:
    with pytest.raises(ForbiddenAction, match="a second, different reviewer"):
        _approved_by(_ticket("in_review", high_risk=True), _ANA, _ANA)


@pytest.mark.parametrize("actor", ["unverified:ana", "ana", "token:", "unverified:token:ana"])
def test_a_name_without_a_token_approves_nothing_of_high_risk(actor: str) -> None:
    for ticket in (_ticket("in_review", high_risk=True), _approved_by(_ticket("in_review", high_risk=True), _ANA)):
        with pytest.raises(ForbiddenAction, match="two reviewers with a token each"):
            _approved_by(ticket, actor)


def test_an_approval_without_a_token_is_none_of_the_two() -> None:
    approved = TicketApproved(ticket_id=_ID, actor="unverified:ana", settles=False)
    ticket = evolve(_ticket("in_review", high_risk=True), approved)
    assert _approved_by(replace(ticket, high_risk=True), _BEN).state == "in_review"


def test_taking_a_ticket_again_forgets_the_approvals_before() -> None:
    ticket = _after(
        _opened(),
        TicketTaken(ticket_id=_ID, actor="ana"),
        TicketApproved(ticket_id=_ID, actor="ben", settles=True),
        TicketRevised(ticket_id=_ID, template="t", version="2.1.0"),
        TicketRegressed(ticket_id=_ID, effective_version="2.1.0", fixed_in="2.1.0"),
        TicketTaken(ticket_id=_ID, actor="cas"),
    )
    assert (ticket.state, ticket.approvals, ticket.assignee) == ("in_review", (), "cas")


def test_reopening_forgets_approvals_and_assignee() -> None:
    ticket = _after(
        _opened(high_risk=True),
        TicketTaken(ticket_id=_ID, actor="ana"),
        TicketApproved(ticket_id=_ID, actor="ben", settles=False),
        TicketRejected(ticket_id=_ID, actor="cas", reason="duplicate"),
        TicketReopened(ticket_id=_ID, actor="cas"),
    )
    assert (ticket.state, ticket.approvals, ticket.assignee) == ("open", (), None)


def test_what_is_verified_may_regress() -> None:
    verified = evolve(
        _ticket("revised", fixed_in="2.1.0"),
        TicketVerified(ticket_id=_ID, template="t", version="2.1.0", because="4 of 4 cases pass"),
    )
    assert (verified.state, verified.fixed_in) == ("verified", "2.1.0")
    assert regression(verified, ["2.1.0"]) is not None


def test_the_version_counts_the_facts() -> None:
    assert _after(_opened()).version == 1
    assert _after(_opened(), TicketTaken(ticket_id=_ID, actor="ana")).version == 2


def test_a_fact_before_the_opening_shows_a_broken_log() -> None:
    with pytest.raises(ValueError, match="TicketTaken of TR-1 before its opening"):
        evolve(None, TicketTaken(ticket_id=_ID, actor="ana"))


def test_the_past_is_never_refused() -> None:
    assert _after(_opened(), TicketApproved(ticket_id=_ID, actor="ana", settles=True)).state == "approved"


@pytest.mark.parametrize(
    ("fixed_in", "failed_on", "regresses"),
    [
        ("2.9.0", "2.9.0", True),
        ("2.9.0", "2.10.0", True),
        ("2.10.0", "2.9.0", False),
        ("2.9.0", "2.9.0-rc.1", False),
        ("2.9.0-rc.1", "2.9.0", True),
        ("2.9.0-rc.2", "2.9.0-rc.10", True),
        ("2.9.0", "10.0.0", True),
        ("2.9.0", "1.99.99", False),
        ("2.9.0", None, False),
        ("2.9.0", "newest", False),
    ],
)
def test_only_the_fixed_version_or_a_later_one_regresses(
    fixed_in: str, failed_on: str | None, *, regresses: bool
) -> None:
    found = regression(_ticket("revised", fixed_in=fixed_in), [failed_on])
    expected = TicketRegressed(ticket_id=_ID, effective_version=failed_on or "", fixed_in=fixed_in)
    assert found == (expected if regresses else None)


def test_one_late_version_among_old_and_unknown_ones_regresses() -> None:
    found = regression(_ticket("verified", fixed_in="2.9.0"), [None, "2.8.0", "2.10.0"])
    assert found is not None
    assert found.effective_version == "2.10.0"


@pytest.mark.parametrize("state", [state for state in get_args(State) if state not in ("revised", "verified")])
def test_a_ticket_that_is_not_fixed_cannot_regress(state: State) -> None:
    assert regression(_ticket(state, fixed_in="2.9.0"), ["2.9.0"]) is None


def test_a_ticket_that_nobody_fixed_cannot_regress() -> None:
    assert regression(_ticket("revised"), ["2.9.0"]) is None


@pytest.mark.parametrize(
    ("verdict", "high_risk", "opens_revision", "setting", "kinds"),
    [
        ("systemic", False, True, True, _KINDS),
        ("systemic", True, True, True, _KINDS),
        ("systemic", True, True, False, _KINDS),
        ("systemic", False, False, True, ("regression_set",)),
        ("systemic", True, False, False, ("regression_set",)),
        ("undecided", False, True, True, ()),
        ("undecided", True, True, True, ("regression_set",)),
        ("undecided", True, True, False, ()),
        ("isolated", False, True, True, ()),
        ("isolated", True, True, True, ("regression_set",)),
        ("isolated", True, False, True, ("regression_set",)),
        ("isolated", True, True, False, ()),
    ],
)
def test_the_kinds_of_ticket_due_follow_from_verdict_risk_and_category(
    verdict: VerdictValue, kinds: tuple[TicketKind, ...], *, high_risk: bool, opens_revision: bool, setting: bool
) -> None:
    due = kinds_due(verdict, high_risk=high_risk, opens_revision=opens_revision, high_risk_opens_set=setting)
    assert due == kinds


def test_ticket_ids_are_the_same_in_every_deployment() -> None:
    # a changed hash would open every known ticket a second time
    assert ticket_id_of("P-0123456789ab", "template_revision", 1) == "TR-aa0569733b37"
    assert ticket_id_of("P-0123456789ab", "regression_set", 1) == "RS-98cca44da2e6"


def test_ticket_ids_differ_by_pattern_kind_and_opening() -> None:
    keys = [(pattern, kind, opening) for pattern in ("P-1", "P-2") for kind in _KINDS for opening in (1, 2)]
    assert len({ticket_id_of(*key) for key in keys}) == len(keys)
