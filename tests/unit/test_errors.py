import re
from inspect import getmembers, isclass

import pytest

from feedback import errors
from feedback.domain.history import HistoryEntry
from feedback.errors import (
    BrokerRefused,
    BrokersUnreachable,
    Busy,
    CallerError,
    CannotListen,
    CircularMerge,
    Conflict,
    Fault,
    FeedbackError,
    ForbiddenAction,
    ForeignClassifier,
    ForeignStore,
    ForeignTopics,
    IdempotencyMismatch,
    InvalidInput,
    InvalidSettings,
    NotAssessed,
    NotFound,
    NothingToRollBack,
    NotPermitted,
    NotRegistered,
    OpenToOthers,
    StoreBusy,
    StoreDamaged,
    StoreHeld,
    StoreUnusable,
    TicketChanged,
    TokenNeeded,
    VersionConflict,
)

_CLASSES = [found for _, found in getmembers(errors, isclass) if issubclass(found, FeedbackError)]

_TAKEN = HistoryEntry(version=4, recorded_at="2026-04-25", actor="token:ana", what="taken into review")
_SAID = HistoryEntry(
    version=5, recorded_at="2026-04-26", actor="token:ben", what="rejected", why="wont_fix", comment="too rare"
)


@pytest.mark.parametrize("found", _CLASSES)
def test_every_error_stands_in_the_tree_that_the_module_draws_and_in_all(found: type[FeedbackError]) -> None:
    assert re.search(rf"\b{found.__name__}\b", errors.__doc__ or "")
    assert found.__name__ in errors.__all__


def test_a_caller_s_errors_and_the_world_s_are_told_apart() -> None:
    callers = {one for one in _CLASSES if issubclass(one, CallerError)}
    assert callers == {
        CallerError,
        OpenToOthers,
        InvalidInput,
        Conflict,
        NotFound,
        NotRegistered,
        NotAssessed,
        CircularMerge,
        IdempotencyMismatch,
        ForbiddenAction,
        VersionConflict,
        TicketChanged,
        InvalidSettings,
        ForeignStore,
        ForeignTopics,
        ForeignClassifier,
        NothingToRollBack,
        BrokerRefused,
        StoreHeld,
        TokenNeeded,
        NotPermitted,
    }
    busy = {one for one in _CLASSES if issubclass(one, Busy)}
    assert busy == {Busy, StoreBusy, StoreUnusable, BrokersUnreachable}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (InvalidInput(Fault("a.b[0]", "is required"), Fault("", "too long")), "a.b[0]: is required; too long"),
        (
            Conflict("template", "t 1.0.0", "give it a new version"),
            "template 't 1.0.0' is already stored with other content: give it a new version",
        ),
        (
            CircularMerge("/a:enum", "/b:enum"),
            "'/a:enum' cannot be counted as '/b:enum', which is counted as '/a:enum' itself: take that merge back first",
        ),
        (
            CircularMerge("/a:enum", "/a:enum"),
            "'/a:enum' is counted as itself already: name another place to merge it into",
        ),
        (NotFound("ticket", "TR-1"), "no ticket 'TR-1'"),
        (NotFound("ticket", "TR-1", "list them"), "no ticket 'TR-1': list them"),
        (
            NotRegistered("t 9.0.0", 3, "1.0.0, 2.0.0"),
            "no registered template 't 9.0.0': it is known from 3 failures and was never registered; `feedback templates register FILE` registers its file. Registered versions: 1.0.0, 2.0.0",
        ),
        (
            NotRegistered("t", 1, ""),
            "no registered template 't': it is known from 1 failure and was never registered; `feedback templates register FILE` registers its file. Registered versions: none",
        ),
        (
            NotAssessed("e-1"),
            "failure 'e-1' is reported and not assessed yet: `feedback ingest` assesses what waits, with any file; then correct it",
        ),
        (
            IdempotencyMismatch("k1"),
            "the Idempotency-Key 'k1' was used for another request: send every request under a key of its own, and only the very same request again under the same",
        ),
        (ForbiddenAction("TR-1", "take", "rejected", "open"), "ticket TR-1 is rejected: 'take' needs open"),
        (
            VersionConflict("ticket:TR-1", 4, 5),
            "ticket:TR-1 is at version 5, not 4: read it again and retry",
        ),
        (
            TicketChanged("TR-1", 4, 5, []),
            "ticket:TR-1 is at version 5, not 4: read it again and retry",
        ),
        (
            TicketChanged("TR-1", 3, 5, [_TAKEN, _SAID]),
            'ticket:TR-1 is at version 5, not 3: read it again and retry. Since then: 2026-04-25 token:ana: taken into review; 2026-04-26 token:ben: rejected (wont_fix): "too rare"',
        ),
        (InvalidSettings("mine.toml", "x = 1: unknown"), "mine.toml: x = 1: unknown"),
        (StoreBusy("a.db"), "a.db is locked by another process: try again in a moment"),
        (StoreDamaged("a.db: torn"), "a.db: torn"),
        (
            BrokersUnreachable("a:1", "no answer"),
            "a:1 cannot be reached (no answer): start the brokers, or name others with --brokers",
        ),
        (BrokerRefused("make the topic t", "no right"), "the brokers would not make the topic t: no right"),
        (
            StoreHeld("a.db", "recorder", "process 7"),
            "a.db already has a process in the role recorder: process 7. Stop that one first",
        ),
        (
            ForeignTopics("s-1", "s-2", "a.db"),
            "these topics belong to the store s-1, and a.db is the store s-2: two recorders would overwrite each other on them. Name the right file with --db, or give them over with --take-over",
        ),
        (
            ForeignClassifier("c1:a", "c1:b"),
            "the classifier c1:a was made with other features than this release's (c1:b): run the same release, with the same versions of scikit-learn and NumPy, on the recorder and on every worker",
        ),
        (
            OpenToOthers("0.0.0.0"),
            "0.0.0.0 is reached from other machines, and there are no tokens to tell who asks: create a token first, or listen on a loopback address such as 127.0.0.1 (--host, serve.host)",
        ),
        (
            TokenNeeded(),
            "no valid token was shown: send one as `Authorization: Bearer fbt_...`, or sign in to the pages; one that was revoked or has expired is valid no more, and an administrator makes another with `feedback tokens create`",
        ),
        (
            NotPermitted("Ada", "producer", ["review", "evaluate"]),
            "the token of Ada is that of a producer, who may not review or evaluate: use one whose role may",
        ),
        (
            CannotListen("127.0.0.1:80", "Permission denied"),
            "cannot listen on 127.0.0.1:80 (Permission denied): stop what listens there, or name another with --port",
        ),
        (
            NothingToRollBack("a.db", "c1:a"),
            "a.db is assessed by the shipped classifier c1:a, and no promotion is left to roll back: `feedback train --with-corrections` trains another, `feedback train --promote VERSION` promotes one",
        ),
    ],
)
def test_every_error_writes_its_own_sentence(error: FeedbackError, sentence: str) -> None:
    assert str(error) == sentence


def test_an_invalid_input_keeps_its_faults_in_order() -> None:
    faults = (Fault("b", "is required"), Fault("a", "is required"))
    assert InvalidInput(*faults).faults == faults
