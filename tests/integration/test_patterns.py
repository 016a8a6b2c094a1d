"""`feedback patterns list` and `show`: why a pattern is a ticket, from a real store through the real command line."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from feedback.domain.facts import ExposureReported
from feedback.service.patterns import pattern_view
from feedback.storage.database import Store, open_store
from feedback.storage.recording import record
from tests.builders import CATEGORY, NOW, TEMPLATE, a_failure, a_service, facts_of, failures, take_in, told
from tests.commands import printed, run

_OTHER = "insufficient_context"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with a systemic pattern, an isolated one beside it, a capability gap, and one of another template."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    take_in(
        store,
        *failures(12),
        *failures(1, "one", metadata=told(_OTHER, "evidence")),
        *failures(
            30, "gap", template={"name": "sums", "version": "1.0.0"}, metadata=told("model_capability_gap", "sum")
        ),
        a_failure(event_id="w", template=None),
    )
    store.close()
    return path


def _view(store: Store, category: str = CATEGORY) -> dict[str, Any]:
    ((pattern_id,),) = store.rows("SELECT pattern_id FROM patterns WHERE category = ?", (category,))
    return pattern_view(a_service(store), pattern_id)


def _id(db: Path, category: str = CATEGORY) -> str:
    (row,) = printed("patterns", "list", "--category", category, "--db", db)["patterns"]
    found: str = row["pattern_id"]
    return found


# show


def test_a_pattern_is_found_by_its_id_and_by_that_of_each_of_its_tickets(db: Path) -> None:
    view = printed("patterns", "show", _id(db), "--db", db)
    assert len(view["tickets"]) == 2
    for ticket in view["tickets"]:
        assert printed("patterns", "show", ticket["ticket_id"], "--db", db) == view


def test_what_is_neither_pattern_nor_ticket_ends_with_code_2(db: Path) -> None:
    error = run("patterns", "show", "P-nobody", "--db", db, code=2).stderr
    assert error == "Error: no pattern or ticket 'P-nobody': `feedback patterns list` shows all patterns\n"


def test_the_numbers_are_those_of_the_verdict_and_of_the_counts(db: Path) -> None:
    view = printed("patterns", "show", _id(db), "--db", db)
    (row,) = printed("patterns", "list", "--category", CATEGORY, "--db", db)["patterns"]
    assert (view["verdict"], view["counts"]) == (row["verdict"], row["counts"])
    inputs = view["verdict"]["inputs"]
    assert view["why"]["counted"]["units"] == inputs["units"] == 12
    assert view["why"]["believed"]["probability"] == inputs["probability"]
    assert view["why"]["against"]["share"]["others"] == 1
    assert view["history"] == [
        {
            "recorded_at": view["judged"]["recorded_at"],
            "verdict": "systemic",
            "units": 12,
            "probability": inputs["probability"],
            "reason": view["verdict"]["reason"],
        }
    ]


def test_where_exposures_are_reported_the_numbers_are_rates(store: Store) -> None:
    hour = int(datetime(2026, 4, 1, tzinfo=UTC).timestamp() // 3600)
    exposure = ExposureReported(
        exposure_id="x", template=TEMPLATE, version="2.0.0", first_hour=hour, hours=24, interactions=2400
    )
    record(store, [exposure], now=NOW)
    take_in(store, *failures(24))
    against = _view(store)["why"]["against"]
    assert (against["rate"]["interactions"], against["rate"]["rate"], against["share"]) == (2400, 0.01, None)
    assert against["sentence"].startswith("2,400 interactions: 10 of 1,000 failed (95 %: ")


def test_every_sentence_of_the_view_stands_in_the_text(db: Path) -> None:
    view = printed("patterns", "show", _id(db), "--db", db)
    text = run("patterns", "show", _id(db), "--db", db).stdout
    said = [part["sentence"] for part in view["why"].values()]
    said += [view["verdict"]["reason"], view["judged"]["sentence"], view["priority"]["sentence"]]
    said += [
        f"{one['ticket_id']}  {one['kind']}  {one['state']}  priority {one['priority']}" for one in view["tickets"]
    ]
    said += [one["because"] for one in view["tickets"]]
    assert [sentence for sentence in said if sentence not in text] == []
    assert "     12  /currency:enum\n" in text
    assert "     12  2.0.0\n" in text
    assert "Units by day from 2026-04-01 to 2026-04-01, at most 12:\n  █\n" in text


def test_a_ticket_says_for_what_it_was_opened(db: Path) -> None:
    view = printed("patterns", "show", _id(db), "--db", db)
    assert {one["because"] for one in view["tickets"]} == {view["verdict"]["reason"]}
    assert view["no_ticket"] == {}


def test_a_pattern_without_tickets_says_why(db: Path) -> None:
    view = printed("patterns", "show", _id(db, _OTHER), "--db", db)
    assert (view["tickets"], list(view["no_ticket"])) == ([], ["template_revision", "regression_set"])
    text = run("patterns", "show", _id(db, _OTHER), "--db", db).stdout
    assert "  no template_revision: it opens where a pattern is systemic, and this one is isolated\n" in text


def test_a_capability_gap_says_why_no_template_is_to_be_revised(db: Path) -> None:
    view = printed("patterns", "show", _id(db, "model_capability_gap"), "--db", db)
    assert view["verdict"]["value"] == "systemic"
    assert [one["kind"] for one in view["tickets"]] == ["regression_set"]
    assert view["no_ticket"] == {
        "template_revision": "this category is no fault of a template: it goes to the capability backlog"
    }


def test_the_history_holds_every_verdict_that_was_recorded_oldest_first(store: Store) -> None:
    for n in range(4):
        take_in(store, *failures(2**n, f"e{n}"))
    said = [one["verdict"] for one in _view(store)["history"]]
    assert said == [one["verdict"] for one in facts_of(store, "PatternJudged")]
    assert (said[0], said[-1]) == ("isolated", "systemic")


def test_a_verdict_older_than_the_counts_says_so(store: Store) -> None:
    take_in(store, *failures(40))
    assert _view(store)["judged"]["sentence"].endswith(", and as many units are counted now")
    take_in(store, *failures(1, "more", occurred_at="2026-04-02T20:00:00Z"))
    judged = _view(store)["judged"]
    assert (judged["units_then"], judged["units_now"], judged["waiting"]) == (40, 41, False)
    assert judged["sentence"].endswith(" with 40 units, older than the counts: now there are 41")


def test_units_before_the_history_do_not_make_a_verdict_older(store: Store) -> None:
    take_in(store, *failures(2, "ago", occurred_at="2025-04-01T00:00:00Z"), *failures(12))
    view = _view(store)
    assert (view["counts"]["units"], view["judged"]["units_now"]) == (14, 12)
    assert "older" not in view["judged"]["sentence"]


def test_what_is_not_judged_yet_is_said(store: Store) -> None:
    take_in(store, *failures(4))
    with store.writing():
        store.db.conn.execute("INSERT INTO unjudged SELECT pattern_id FROM patterns")
    judged = _view(store)["judged"]
    assert judged["waiting"]
    assert judged["sentence"].endswith("; the template has changes that are not judged yet")


def test_a_pattern_that_its_failures_have_left_says_so(db: Path, tmp_path: Path) -> None:
    identity = _id(db)
    lines = "".join(f'{{"event_id": "e-{n}", "category": "{_OTHER}"}}\n' for n in range(12))
    (tmp_path / "said.jsonl").write_text(lines)
    run("corrections", "import", tmp_path / "said.jsonl", "--by", "anna", "--db", db)
    view = printed("patterns", "show", identity, "--db", db)
    assert (view["counts"]["failures"], view["timeline"]["bars"], view["why"]) == (0, [], {})
    text = run("patterns", "show", identity, "--db", db).stdout
    assert "all its failures were put down to other patterns" in text
    assert view["tickets"][0]["ticket_id"] in text


def test_the_timeline_counts_a_unit_once_a_day(store: Store) -> None:
    days = ("2026-04-01T01", "2026-04-01T23", "2026-04-04T00")
    events = [a_failure(event_id=f"s{n}", session_id="s", occurred_at=f"{day}:00:00Z") for n, day in enumerate(days)]
    take_in(store, *events, a_failure(event_id="t", session_id="t", occurred_at="2026-04-04T05:00:00Z"))
    shown = _view(store)["timeline"]
    assert (shown["step"], [(bar["begins"][-2:], bar["units"]) for bar in shown["bars"]]) == (
        "day",
        [("01", 1), ("02", 0), ("03", 0), ("04", 2)],
    )


def test_a_long_timeline_goes_by_weeks_from_monday_and_before_the_epoch_too(store: Store) -> None:
    times = ("1969-12-28T23:00:00Z", "1969-12-29T00:00:00Z", "1970-12-01T00:00:00Z", "1971-12-01T00:00:00Z")
    take_in(store, *[a_failure(event_id=f"e{n}", session_id=f"s{n}", occurred_at=t) for n, t in enumerate(times)])
    shown = _view(store)["timeline"]
    assert (shown["step"], len(shown["bars"]), shown["left_out"]) == ("week", 60, 42)
    assert [(bar["begins"], bar["units"]) for bar in shown["bars"] if bar["units"]] == [
        ("1970-11-30", 1),
        ("1971-11-29", 1),
    ]


def test_more_places_than_are_shown_are_counted(db: Path) -> None:
    told_ = [told(locus=f"/field_{sign}:type") for sign in "abcdefghijkl"]
    found = open_store(db)
    take_in(
        found,
        *[
            one | {"metadata": said, "event_id": f"x{n}"}
            for n, (one, said) in enumerate(zip(failures(12, "x"), told_, strict=True))
        ],
    )
    found.close()
    assert "         ... and 3 more\n" in run("patterns", "show", _id(db), "--db", db).stdout


def test_the_plot_is_an_svg_with_a_bar_a_day(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "bars.svg"
    assert f"Drawn into {path}." in run("patterns", "show", _id(db), "--plot", path, "--db", db).stdout
    root = ET.fromstring(path.read_bytes())
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["day of 2026-04-01: 12 units"]
    assert "ends in .svg" in run("patterns", "show", _id(db), "--plot", tmp_path / "b.png", "--db", db, code=2).stderr
    before = printed("patterns", "show", _id(db), "--db", db)
    assert printed("patterns", "show", _id(db), "--plot", path, "--db", db) == before


# list


@pytest.mark.parametrize(
    ("only", "templates"),
    [
        ((), ["sums", TEMPLATE, TEMPLATE]),
        (("--category", CATEGORY), [TEMPLATE]),
        (("--template", "sums"), ["sums"]),
        (("--template", "nobody"), []),
        (("--verdict", "systemic"), ["sums", TEMPLATE]),
        (("--verdict", "isolated", "--template", TEMPLATE), [TEMPLATE]),
        (("--verdict", "isolated", "--category", CATEGORY), []),
    ],
)
def test_patterns_are_found_by_category_template_and_verdict(
    db: Path, only: tuple[str, ...], templates: list[str]
) -> None:
    assert [one["template"] for one in printed("patterns", "list", *only, "--db", db)["patterns"]] == templates


def test_what_waits_is_found_by_category_and_has_no_template_and_no_verdict(db: Path) -> None:
    waiting = {only: printed("patterns", "list", *only, "--db", db)["unattributed"] for only in (
        (), ("--category", CATEGORY), ("--category", _OTHER), ("--template", TEMPLATE), ("--verdict", "undecided"),
    )}  # fmt: skip
    assert list(waiting.values()) == [{CATEGORY: 1}, {CATEGORY: 1}, {}, {}, {}]


def test_a_category_that_is_none_is_refused(db: Path) -> None:
    assert (
        "no category 'ambiguity': one of "
        in run("patterns", "list", "--category", "ambiguity", "--db", db, code=2).stderr
    )


def test_the_list_has_the_probability_and_csv_has_all_rows(db: Path) -> None:
    rows = printed("patterns", "list", "--db", db)["patterns"]
    text = run("patterns", "list", "--db", db).stdout
    found = list(csv.DictReader(io.StringIO(run("patterns", "list", "--csv", "--db", db).stdout)))
    assert [one["pattern"] for one in found] == [one["pattern_id"] for one in rows]
    for row, flat in zip(rows, found, strict=True):
        assert flat["probability"] == str(row["verdict"]["inputs"]["probability"])
        assert flat["tickets"] == " ".join(row["tickets"])
        (line,) = [line for line in text.splitlines() if line.startswith(row["pattern_id"])]
        assert flat["probability"] in line.split()


def test_csv_and_json_exclude_each_other(db: Path) -> None:
    assert "exclude each other" in run("patterns", "list", "--csv", "--json", "--db", db, code=2).stderr
