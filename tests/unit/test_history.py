"""Every fact of a ticket is told in words: who, what, why, and what was said beside it."""

from typing import get_args

import pytest

from feedback.domain.facts import (
    PayloadRef,
    TicketApproved,
    TicketAssigned,
    TicketCommented,
    TicketFact,
    TicketOpened,
    TicketRegressed,
    TicketRejected,
    TicketReopened,
    TicketRevised,
    TicketsMerged,
    TicketSnoozed,
    TicketTaken,
    TicketVerified,
)
from feedback.domain.history import HistoryEntry, entry_of

_WORDS = PayloadRef(id=7, hash="sha256:0")
_ANA = "token:ana"
_OPENED = TicketOpened(
    ticket_id="TR-1",
    kind="template_revision",
    pattern_id="P-1",
    category="output_format_violation",
    template="t",
    opening=1,
    high_risk=False,
    because="4 distinct units",
)
_TOLD: list[tuple[TicketFact, str, str, str | None]] = [
    (_OPENED, "machine", "opened for output_format_violation in t", "4 distinct units"),
    (TicketTaken(ticket_id="TR-1", actor=_ANA), _ANA, "taken into review", None),
    (TicketAssigned(ticket_id="TR-1", actor=_ANA, assignee="token:ben"), _ANA, "assigned to token:ben", None),
    (TicketAssigned(ticket_id="TR-1", actor=_ANA), _ANA, "assigned to nobody", None),
    (TicketCommented(ticket_id="TR-1", actor=_ANA, payload=_WORDS), _ANA, "commented", None),
    (TicketApproved(ticket_id="TR-1", actor=_ANA, settles=True), _ANA, "approved", None),
    (
        TicketApproved(ticket_id="TR-1", actor=_ANA, settles=False),
        _ANA,
        "approved; one more approval is needed",
        None,
    ),
    (TicketRejected(ticket_id="TR-1", actor=_ANA, reason="wont_fix"), _ANA, "rejected", "wont_fix"),
    (TicketsMerged(ticket_id="TR-1", actor=_ANA, into="TR-2"), _ANA, "merged into TR-2", "duplicate"),
    (TicketReopened(ticket_id="TR-1", actor=_ANA), _ANA, "reopened", None),
    (
        TicketSnoozed(ticket_id="TR-1", actor=_ANA, until="2026-05-01", failures=3, failures_seen=9),
        _ANA,
        "snoozed until an event of 2026-05-01 or later is seen or the pattern has grown by 3 failures",
        None,
    ),
    (TicketSnoozed(ticket_id="TR-1", actor=_ANA), _ANA, "woken", None),
    (TicketRevised(ticket_id="TR-1", template="t", version="2.1.0"), "machine", "revised", "t 2.1.0 resolves it"),
    (
        TicketVerified(ticket_id="TR-1", template="t", version="2.1.0", because="4 of 4 cases pass"),
        "machine",
        "verified on t 2.1.0",
        "4 of 4 cases pass",
    ),
    (
        TicketRegressed(ticket_id="TR-1", effective_version="2.2.0", fixed_in="2.1.0"),
        "machine",
        "regressed",
        "it failed on version 2.2.0, and 2.1.0 is the fix",
    ),
]


@pytest.mark.parametrize(("fact", "actor", "what", "why"), _TOLD)
def test_a_fact_tells_who_what_and_why(fact: TicketFact, actor: str, what: str, why: str | None) -> None:
    entry = entry_of(fact, version=2, recorded_at="2026-04-25")
    assert (entry.actor, entry.what, entry.why) == (actor, what, why)


def test_every_fact_of_a_ticket_is_told() -> None:
    assert {type(fact) for fact, *_ in _TOLD} == set(get_args(TicketFact))


def test_words_stand_beside_the_action_and_their_erasure_is_told_from_silence() -> None:
    silent = TicketTaken(ticket_id="TR-1", actor=_ANA)
    said = TicketTaken(ticket_id="TR-1", actor=_ANA, payload=_WORDS)
    entries = [
        entry_of(silent, version=2, recorded_at="2026-04-25"),
        entry_of(said, version=2, recorded_at="2026-04-25", comment="mine"),
        entry_of(said, version=2, recorded_at="2026-04-25"),
    ]
    assert [(one.comment, one.erased) for one in entries] == [(None, False), ("mine", False), (None, True)]
    assert [str(one) for one in entries] == [
        "2026-04-25 token:ana: taken into review",
        '2026-04-25 token:ana: taken into review: "mine"',
        "2026-04-25 token:ana: taken into review; a comment, erased since",
    ]


def test_an_entry_s_line_gives_its_reason() -> None:
    entry = HistoryEntry(version=3, recorded_at="2026-04-25", actor=_ANA, what="rejected", why="duplicate")
    assert str(entry) == "2026-04-25 token:ana: rejected (duplicate)"
