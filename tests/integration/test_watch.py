"""Drift and agreement over a store, and as `feedback evaluate` shows them."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.cli import main
from feedback.domain.drift import Held, Watched
from feedback.errors import FeedbackError
from feedback.service.agreement import agreements
from feedback.service.correct import correct, correct_by_machine
from feedback.service.drift import DriftReport, drift
from feedback.storage import watching
from feedback.storage.database import Store, open_store
from feedback.storage.watching import Windows
from tests.builders import ABSENT, CATEGORY, TEMPLATE, a_failure, a_service, an_assessment, take_in, told

TRIAGE = "needs_triage"
OTHER = "insufficient_context"
END = datetime(2026, 4, 25, 12, 0, tzinfo=UTC)
RECENT, BASELINE = 3, 20


def some(
    count: int, prefix: str, days_ago: float, *, triaged: int = 0, session: str | None = None, **changes: Any
) -> list[dict[str, Any]]:
    """Return failures of as many sessions, or of one, seconds apart from `days_ago` before the end on."""
    begin = END - timedelta(days=days_ago)
    return [
        a_failure(
            **{
                "event_id": f"{prefix}-{n}",
                "session_id": session or f"{prefix}-session-{n}",
                "occurred_at": (begin + timedelta(seconds=n)).isoformat(),
                "metadata": told(TRIAGE if n < triaged else CATEGORY),
                **changes,
            }
        )
        for n in range(count)
    ]


def quiet(count: int = 300, **changes: Any) -> list[dict[str, Any]]:
    """Return a baseline of which one in ten goes to triage, and one failure that ends the recent window."""
    return [*some(count, "before", BASELINE, triaged=count // 10, **changes), *some(1, "end", 0, **changes)]


def looked(store: Store) -> DriftReport:
    return drift(a_service(store))


def source(report: DriftReport, name: str = "system_log") -> Watched:
    (found,) = [one for one in report.watched if (one.scope, one.name) == ("source", name)]
    return found


def alarms(report: DriftReport) -> list[tuple[str, str, str]]:
    return sorted((change.scope, change.name, change.kind) for change in report.alarms)


def test_a_share_that_doubles_in_a_source_and_a_template_is_an_alarm_of_both(store: Store) -> None:
    take_in(store, *quiet(), *some(150, "now", RECENT, triaged=45))
    report = looked(store)
    assert alarms(report) == [("source", "system_log", "triage_share"), ("template", TEMPLATE, "triage_share")]
    assert source(report).baseline.triage_share == 0.1
    assert source(report).recent.triage_share == pytest.approx(45 / 151)


def test_a_source_alone_can_drift_and_failures_without_a_template_count_for_it(store: Store) -> None:
    take_in(store, *quiet(template=ABSENT), *some(150, "now", RECENT, triaged=45, template=ABSENT))
    calm = some(300, "calm", BASELINE, triaged=30, source="operations")
    take_in(store, *calm, *some(150, "calm-now", RECENT, triaged=15, source="operations"))
    assert alarms(looked(store)) == [("source", "system_log", "triage_share")]


def test_the_burst_of_one_user_counts_as_one(store: Store) -> None:
    burst = some(400, "burst", RECENT, triaged=400, session="one-angry-user")
    take_in(store, *quiet(), *some(150, "now", RECENT, triaged=15), *burst)
    report = looked(store)
    assert report.alarms == ()
    assert source(report).recent.failures == 551
    assert source(report).recent.units == 152
    assert source(report).recent.triage_share == pytest.approx(16 / 152)


def test_a_unit_that_failed_in_several_ways_is_split_among_them(store: Store) -> None:
    ways = [(TRIAGE, 0.2), (TRIAGE, 0.4), (CATEGORY, 0.9), (OTHER, 0.9)]
    take_in(
        store,
        *(
            a_failure(event_id=f"e-{n}", metadata=told(category, probability=sure))
            for n, (category, sure) in enumerate(ways)
        ),
        a_failure(event_id="other", session_id="s-2", metadata=told(CATEGORY, probability=0.8)),
    )
    held = source(looked(store)).recent
    assert (held.failures, held.units) == (5, 2)
    assert held.categories == pytest.approx({TRIAGE: 0.5, CATEGORY: 1.25, OTHER: 0.25})
    assert held.confidence.value == pytest.approx((0.6 + 0.8) / 2)
    assert held.confidence.squares == pytest.approx(0.36 + 0.64)


def test_other_categories_and_less_confidence_are_alarms_of_their_own(store: Store) -> None:
    mixed = some(100, "mixed", RECENT, triaged=16) + some(60, "new", RECENT, metadata=told(OTHER))
    unsure = some(150, "unsure", RECENT, source="operations", metadata=told(probability=0.6))
    calm = some(300, "calm", BASELINE, source="operations", metadata=told(probability=0.9))
    take_in(store, *quiet(), *mixed, *calm, *unsure)
    found = [one for one in alarms(looked(store)) if one[0] == "source"]
    assert found == [
        ("source", "operations", "confidence"),
        ("source", "system_log", "category_mix"),
    ]


def test_windows_end_at_the_newest_failure_and_hold_their_ends_only(store: Store) -> None:
    ages = {"recent": 6.999, "edge": 7, "baseline": 34.999, "gone": 35}
    take_in(store, *some(1, "newest", 0), *(event for name, days in ages.items() for event in some(1, name, days)))
    report = looked(store)
    assert report.windows == Windows(start=END - timedelta(days=35), middle=END - timedelta(days=7), end=END)
    assert (source(report).recent.failures, source(report).baseline.failures) == (2, 2)


def test_what_people_say_afterwards_is_no_drift_of_the_machine(store: Store) -> None:
    take_in(store, *some(300, "before", BASELINE, triaged=90), *some(150, "now", RECENT, triaged=45))
    before = looked(store).watched
    service = a_service(store)
    correct(service, [(f"before-{n}", OTHER) for n in range(90)], actor="token:anna")
    correct(service, [(f"before-{n}", CATEGORY) for n in range(5)], actor="token:bert")
    assert looked(store).watched == before


def test_what_a_classifier_asked_again_says_takes_the_place_of_what_it_said(store: Store) -> None:
    take_in(store, *some(4, "now", RECENT, triaged=2))
    correct_by_machine(a_service(store), [an_assessment("now-0", category=OTHER, classifier_version="c1:later")])
    report = looked(store)
    assert source(report).recent.categories == {TRIAGE: 1, OTHER: 1, CATEGORY: 2}
    assert report.classifiers == ("c1:later", "c1:told")


def test_an_empty_store_has_nothing_to_compare(store: Store) -> None:
    assert looked(store) == DriftReport(windows=None)


def test_a_source_that_is_new_or_gone_is_shown_and_not_compared(store: Store) -> None:
    take_in(store, *quiet(100, template=ABSENT), *some(100, "new", RECENT, source="operations", template=ABSENT))
    report = looked(store)
    assert source(report, "operations").baseline == Held()
    assert report.changes == ()


def test_only_the_windows_are_read_and_by_their_index(store: Store) -> None:
    at = Windows(start=END - timedelta(days=35), middle=END, end=END).bounds
    for sql in (watching._HELD, watching._CLASSIFIERS):
        plan = [str(row[3]) for row in store.rows(f"EXPLAIN QUERY PLAN {sql}", at)]
        assert [step for step in plan if "failures_by_time" in step]
        assert not [step for step in plan if step.startswith(("SCAN f", "SCAN c"))]


def test_a_long_look_can_be_ended_from_another_thread(tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    open_store(path).close()
    ended: list[BaseException] = []
    begun, opened = threading.Event(), []

    def read() -> None:
        store = open_store(path)
        opened.append(store)
        begun.set()
        try:
            store.rows("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n")
        except FeedbackError as error:
            ended.append(error)
        store.close()

    thread = threading.Thread(target=read)
    thread.start()
    begun.wait()
    while thread.is_alive():
        opened[0].interrupt()
        thread.join(0.05)
    assert "interrupted" in str(ended[0])


def _words(store: Store, actor: str, said: Sequence[str]) -> None:
    correct(a_service(store), [(f"now-{n}", category) for n, category in enumerate(said)], actor=actor)


def test_agreement_is_that_of_cohen_between_machine_and_people_and_between_people(store: Store) -> None:
    take_in(store, *some(50, "now", RECENT, triaged=25))
    _words(store, "token:anna", [TRIAGE] * 20 + [CATEGORY] * 5 + [TRIAGE] * 10 + [CATEGORY] * 15)
    report = agreements(a_service(store))
    assert report.machine.overall.kappa == pytest.approx(0.4)
    assert report.people.overall.pairs == 0
    assert report.by_pair == {}
    _words(store, "token:bert", [TRIAGE] * 20 + [CATEGORY] * 10 + [OTHER] * 20)
    report = agreements(a_service(store))
    assert list(report.by_pair) == [("token:anna", "token:bert")]
    both = report.by_pair["token:anna", "token:bert"]
    assert both.overall.observed == pytest.approx(25 / 50)
    assert both.overall.expected == pytest.approx((30 * 20 + 20 * 10) / 2500)
    assert both.by_category[OTHER].first == 0
    assert both.by_category[OTHER].kappa == pytest.approx(0)
    assert report.people.overall.pairs == 50
    assert report.people.by_category[TRIAGE].first == report.people.by_category[TRIAGE].second == 25


def run(*words: str | Path) -> Result:
    result = CliRunner().invoke(main, ["evaluate", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store whose source and template have drifted, and of which two people have spoken."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    take_in(store, *quiet(), *some(150, "now", RECENT, triaged=45))
    take_in(store, *some(5, "few", RECENT, source="operations", template=ABSENT))
    _words(store, "token:anna", [TRIAGE] * 20 + [CATEGORY] * 60)
    _words(store, "token:bert", [TRIAGE] * 10 + [CATEGORY] * 40)
    store.close()
    return path


def test_evaluate_says_what_else_there_is() -> None:
    said = run("--help").stdout
    assert all(name in said for name in ("audit", "drift", "agreement"))


def test_drift_says_its_alarms_plainly_and_ends_well(db: Path) -> None:
    said = run("drift", "--db", db).stdout
    assert "ALARM: 2 of 6 comparisons." in said
    assert "source system_log: share of needs_triage 0.10 before, 0.30 now" in said
    assert f"template {TEMPLATE}: share of needs_triage" in said
    assert "too few to compare" in said


def test_drift_as_json_tells_every_comparison_and_its_windows(db: Path) -> None:
    said = json.loads(run("drift", "--db", db, "--json").stdout)
    assert said["windows"]["until"] == END.isoformat()
    assert len(said["alarms"]) == 2
    assert len(said["comparisons"]) == 6
    assert said["comparisons"][0] == said["alarms"][0]
    by_name = {one["name"]: one for one in said["watched"]}
    assert by_name["operations"]["compared"] is False
    assert by_name["operations"]["baseline"] == {
        "failures": 0, "units": 0, "triage_share": None, "confidence_mean": None, "categories": {}
    }  # fmt: skip
    assert by_name["system_log"]["recent"]["units"] == 151


def test_drift_without_alarms_says_so(tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    store = open_store(path)
    assert "nothing can have changed" in run("drift", "--db", path).stdout
    take_in(store, *quiet(100))
    store.close()
    assert "No alarm among 0 comparisons." in run("drift", "--db", path).stdout


def test_drift_follows_the_settings(db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text("[drift]\nleast_triage_difference = 0.5\n", encoding="utf-8")
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(mine))
    assert "No alarm among 6 comparisons." in run("drift", "--db", db).stdout


def test_agreement_is_shown_by_category_and_by_two_people(db: Path) -> None:
    said = run("agreement", "--db", db).stdout
    assert "The classifier (first) and people (second)" in said
    assert "token:anna" in said
    data = json.loads(run("agreement", "--db", db, "--json").stdout)
    assert data["machine_and_people"]["overall"]["pairs"] == 80
    assert data["people"]["by_category"][CATEGORY]["kappa"] is not None
    assert [(one["first"], one["second"]) for one in data["by_pair"]] == [("token:anna", "token:bert")]


def test_agreement_without_words_of_people_says_so(tmp_path: Path) -> None:
    open_store(tmp_path / "feedback.db").close()
    said = run("agreement", "--db", tmp_path / "feedback.db").stdout
    assert "No person has spoken of a failure yet." in said
    assert "No two people have spoken of one failure yet." in said
