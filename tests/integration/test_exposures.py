"""Exposures come in beside failures: a verdict each, a fact each, and nothing else is held back by a faulty one."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from feedback.service.report import Verdict, report
from feedback.service.retry import retry
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.dead_letters import Refused, dead_letters, keep
from feedback.storage.judging import unjudged
from tests.builders import (
    NOW,
    a_failure,
    a_service,
    an_exposure,
    every_row,
    facts_of,
    failures,
    incoming,
    raw,
    table,
    take_in,
)
from tests.commands import lines_file, printed, run

_MALFORMED: list[Any] = [
    an_exposure(interactions=-1),
    an_exposure(template={"name": "payment_terms"}),
    an_exposure(exposure_id=""),
    an_exposure(to="2026-04-01T00:00:00+00:00"),
    an_exposure(interactions=10**400),
    b'{"exposure_id": "x-2"',
    b'["exposure_id"]',
    an_exposure(**{"from": "0001-01-01T00:00:00+05:00"}),
    an_exposure(exposure_id="\ud800"),
    {"exposure_id": None},
]


def _statuses(verdicts: Sequence[Verdict]) -> list[str]:
    return [verdict.status for verdict in verdicts]


def _ill(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def test_an_accepted_exposure_is_a_fact_and_a_row_by_the_hour(store: Store) -> None:
    exposure = an_exposure(**{"from": "2026-04-01T00:20:00+00:00", "training_version": "model-1", "sessions": 310})
    (verdict,) = take_in(store, exposure)
    assert (verdict.status, verdict.kind, verdict.exposure_id, verdict.event_id) == (
        "accepted",
        "exposure",
        "x-1",
        None,
    )
    expected = {
        "exposure_id": "x-1", "template": "payment_terms", "version": "2.0.0", "training_version": "model-1",
        "first_hour": 493056, "hours": 24, "interactions": 1200, "sessions": 310,
    }  # fmt: skip
    assert facts_of(store, "ExposureReported") == [{"v": 1, "type": "ExposureReported"} | expected]
    (row,) = table(store, "exposures")
    assert list(row.values()) == list(expected.values())
    assert table(store, "exposed_templates") == [{"template_name": "payment_terms", "interactions": 1200}]


def test_exposures_and_failures_of_one_batch_get_their_verdicts_in_order(store: Store) -> None:
    one, two = failures(2)
    verdicts = take_in(store, an_exposure(), one, an_exposure(exposure_id="x-2"), b"{", two)
    assert [verdict.kind for verdict in verdicts] == ["exposure", "failure", "exposure", "failure", "failure"]
    assert _statuses(verdicts) == ["accepted"] * 3 + ["rejected", "accepted"]
    assert [verdict.exposure_id or verdict.event_id for verdict in verdicts] == ["x-1", "e-0", "x-2", None, "e-1"]
    assert {row["category"] is None for row in table(store, "failures")} == {False}


@pytest.mark.parametrize(
    "again",
    [
        raw(an_exposure()),
        json.dumps(dict(reversed(an_exposure().items())), indent=3).encode(),
        raw(an_exposure(**{"from": "2026-04-01T08:00:00+08:00", "to": "2026-04-02T00:00:00Z"})),
        raw(an_exposure(training_version=None, sessions=None)),
        raw(an_exposure(**{"from": "2026-04-01T00:59:00Z", "to": "2026-04-01T23:01:00Z"})),
    ],
    ids=["bytes", "layout", "offsets", "nulls", "minutes"],
)
def test_the_same_exposure_again_is_a_duplicate_and_changes_nothing(store: Store, again: bytes) -> None:
    take_in(store, an_exposure())
    before = every_row(store)
    (verdict,) = take_in(store, again)
    assert (verdict.status, verdict.exposure_id) == ("duplicate", "x-1")
    assert every_row(store) == before


@pytest.mark.parametrize(
    "change",
    [
        {"interactions": 1201},
        {"sessions": 1},
        {"training_version": "model-1"},
        {"template": {"name": "payment_terms", "version": "2.0.1"}},
        {"template": {"name": "other", "version": "2.0.0"}},
        {"from": "2026-04-01T01:00:00Z"},
        {"to": "2026-04-02T00:01:00Z"},
    ],
    ids=",".join,
)
def test_other_content_under_a_known_id_is_a_conflict_and_counts_nothing(store: Store, change: dict[str, Any]) -> None:
    take_in(store, an_exposure())
    before = table(store, "facts"), table(store, "exposures"), table(store, "exposed_templates")
    (verdict,) = take_in(store, an_exposure(**change))
    assert (verdict.status, verdict.exposure_id) == ("conflict", "x-1")
    assert str(verdict.faults[0]) == (
        "exposure_id: 'x-1' was received before with other content: send what is missing under a new id"
    )
    assert (table(store, "facts"), table(store, "exposures"), table(store, "exposed_templates")) == before
    assert [letter.raw for letter in dead_letters(store)] == [raw(an_exposure(**change))]


def test_duplicates_and_conflicts_are_told_apart_within_one_batch(store: Store) -> None:
    other = an_exposure(interactions=7)
    verdicts = take_in(store, an_exposure(), an_exposure(), other, an_exposure(), an_exposure(exposure_id="x-2"))
    assert _statuses(verdicts) == ["accepted", "duplicate", "conflict", "duplicate", "accepted"]
    assert [row["interactions"] for row in table(store, "exposures")] == [1200, 1200]
    assert table(store, "exposed_templates")[0]["interactions"] == 2400


def test_an_exposure_and_a_failure_of_the_same_id_are_two(store: Store) -> None:
    assert _statuses(take_in(store, an_exposure(exposure_id="same"), a_failure(event_id="same"))) == ["accepted"] * 2


def test_malformed_exposures_cost_nothing_else(store: Store) -> None:
    good = [*failures(3), an_exposure(exposure_id="good")]
    mixed = [each for n, bad in enumerate(_MALFORMED) for each in (_ill(bad), *good[n : n + 1])]
    verdicts = take_in(store, *mixed)
    alone = open_store(":memory:")
    take_in(alone, *good)
    left_out = ("hash", "data", "recorded_at")
    assert table(store, "facts", without=left_out) == table(alone, "facts", without=left_out)
    assert sorted(_statuses(verdicts)) == ["accepted"] * len(good) + ["rejected"] * len(_MALFORMED)
    assert {letter.raw for letter in dead_letters(store)} == {_ill(bad) for bad in _MALFORMED}
    assert all(letter.faults for letter in dead_letters(store))
    assert maintenance.verify(store) == []


def test_an_exposure_may_come_inside_a_cloudevent(store: Store) -> None:
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "gateway",
        "type": "exposure",
        "time": "2026-04-03T00:00:00Z",
    }
    verdicts = take_in(
        store, envelope | {"data": an_exposure()}, envelope | {"id": "2", "data": an_exposure(sessions=-1)}
    )
    assert _statuses(verdicts) == ["accepted", "rejected"]
    assert [row["exposure_id"] for row in table(store, "exposures")] == ["x-1"]


@pytest.mark.parametrize("exposure_id", ["合同-😀", "a'b\"c", "x" * 200, " ", "\x00", "%s{at}"])
def test_any_exposure_id_survives(store: Store, exposure_id: str) -> None:
    assert _statuses(take_in(store, an_exposure(exposure_id=exposure_id))) == ["accepted"]
    assert _statuses(take_in(store, an_exposure(exposure_id=exposure_id))) == ["duplicate"]
    assert maintenance.verify(store) == []
    assert maintenance.check_read_models(store) == []


def test_the_largest_exposures_can_be_summed_and_judged(store: Store) -> None:
    most = {"from": "2025-03-31T00:00:00Z", "to": "2026-04-01T00:00:00Z", "interactions": 10**12}
    take_in(store, *[an_exposure(exposure_id=f"x-{n}", **most) for n in range(3)], *failures(4))
    assert table(store, "exposed_templates")[0]["interactions"] == 3 * 10**12
    assert unjudged(store) == set()


def test_a_refused_exposure_is_taken_by_a_retry_once_the_rules_allow_it(store: Store) -> None:
    with store.writing():
        keep(store, [Refused("old.jsonl", "line 1", raw(an_exposure()), ())], now=NOW)
    verdicts = retry(a_service(store), dead_letters(store))
    assert _statuses(verdicts) == ["accepted"]
    assert [letter.retried_at is not None for letter in dead_letters(store)] == [True]
    assert _statuses(retry(a_service(store), dead_letters(store))) == ["duplicate"]
    assert len(table(store, "exposures")) == 1


def test_a_refused_exposure_is_refused_again_and_kept_once(store: Store) -> None:
    take_in(store, an_exposure(interactions=-1))
    assert _statuses(retry(a_service(store), dead_letters(store))) == ["rejected"]
    assert [letter.retried_at for letter in dead_letters(store)] == [None]


def test_exposures_make_the_patterns_of_their_template_wait_to_be_judged(store: Store) -> None:
    take_in(store, *failures(2))
    assert unjudged(store) == set()
    report(a_service(store), incoming(an_exposure(exposure_id="else", template={"name": "no", "version": "1"})))
    assert unjudged(store) == set()
    report(a_service(store), incoming(an_exposure()))
    assert unjudged(store) == {row["pattern_id"] for row in table(store, "patterns")}


# the commands


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Name a store that does not exist yet."""
    return tmp_path / "feedback.db"


@pytest.mark.usefixtures("trained")
class TestCommands:
    def test_ingest_counts_exposures_apart(self, db: Path, tmp_path: Path) -> None:
        path = lines_file(
            tmp_path, an_exposure(), a_failure(), an_exposure(), an_exposure(sessions=3), an_exposure(sessions=-1), b"{"
        )
        data = printed("ingest", path, "--db", db, code=2)
        assert data["exposures"] == {"accepted": 1, "duplicate": 1, "conflict": 1, "rejected": 1}
        counts = {name: data[name] for name in ("accepted", "duplicate", "conflict", "rejected", "assessed")}
        assert counts == {"accepted": 1, "duplicate": 0, "conflict": 0, "rejected": 1, "assessed": 1}
        assert [(one["place"], one["status"], one["exposure_id"]) for one in data["refused"]] == [
            ("line 4", "conflict", "x-1"),
            ("line 5", "rejected", None),
            ("line 6", "rejected", None),
        ]

    def test_ingest_says_how_many_exposures_there_were_where_there_were_any(self, db: Path, tmp_path: Path) -> None:
        assert "Exposures" not in run("ingest", lines_file(tmp_path, a_failure()), "--db", db).stdout
        result = run("ingest", lines_file(tmp_path, an_exposure(), an_exposure(to="never")), "--db", db, code=2)
        assert "0 accepted, 0 duplicate, 0 in conflict, 0 rejected; 0 assessed." in result.stdout
        assert "Exposures: 1 accepted, 0 duplicate, 0 in conflict, 1 rejected." in result.stdout
        assert "line 2: rejected: to: expected an RFC 3339 time with offset" in result.stderr

    def test_exposures_come_in_every_form_of_file(self, db: Path, tmp_path: Path) -> None:
        (tmp_path / "array.json.gz").write_bytes(gzip.compress(json.dumps([an_exposure(), a_failure()]).encode()))
        data = printed("ingest", tmp_path / "array.json.gz", "--db", db)
        assert (data["accepted"], data["exposures"]["accepted"]) == (1, 1)

    def test_a_dead_letter_that_is_an_exposure_is_retried_and_judged(self, db: Path, tmp_path: Path) -> None:
        run("ingest", lines_file(tmp_path, a_failure()), "--db", db)
        store = open_store(db)
        with store.writing():
            keep(store, [Refused("old.jsonl", "line 1", raw(an_exposure()), ())], now=NOW)
        store.close()
        assert [one["status"] for one in printed("dead-letters", "retry", "--all", "--db", db)] == ["accepted"]
        store = open_store(db)
        assert unjudged(store) == set()
        assert len(facts_of(store, "ExposureReported")) == 1
        store.close()
