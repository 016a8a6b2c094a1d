"""`feedback coverage`: what the samples cover, read back as a user's program would."""

import csv
import io
import re
from pathlib import Path
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest

from feedback.pipeline import Assessor
from feedback.service.assess import catch_up
from feedback.service.coverage import cell_rows, coverage
from feedback.service.report import report
from feedback.storage.coverage import exposures_by_template
from feedback.storage.database import Store, open_store
from tests.builders import (
    ABSENT,
    Told,
    a_sample,
    a_service,
    a_template,
    an_exposure,
    failures,
    incoming,
    register,
    settings_with,
    take_in,
    told,
)
from tests.commands import printed, run

_LAW = {"primary_task": "extraction", "scenario": "legal", "output_format": "json"}
_HIGH = {"risk_level": "high"}
_SETTINGS = """
[coverage]
min_samples = 3
[[coverage.expected]]
primary_task = "extraction"
scenario = "legal"
[[coverage.expected]]
scenario = "medical"
[[coverage.expected]]
primary_task = "tutoring"
scenario = "school"
output_format = "text"
[[coverage.expected]]
knowledge_point = "interest"
"""


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a store in which law is covered, medicine fails without a sample, and a school is expected."""
    (tmp_path / "mine.toml").write_text(_SETTINGS)
    monkeypatch.setenv("FEEDBACK_SETTINGS", str(tmp_path / "mine.toml"))
    path = tmp_path / "feedback.db"
    store = open_store(path)
    register(store, a_template(labels=_LAW), a_template(version="2.1.0", labels=_LAW))
    register(store, *[a_sample(sample_id=f"law-{n}") for n in range(4)])
    register(store, a_sample(sample_id="law-point", labels={"knowledge_points": ["interest", "currency"]}))
    take_in(
        store,
        *failures(40, "law"),
        *failures(2, "triage", metadata=told("needs_triage", "")),
        *failures(3, "lost", template=ABSENT, labels={"primary_task": "notes", "scenario": "medical"}),
        *failures(1, "risky", metadata=told("insufficient_context", "evidence"), labels=_HIGH),
    )
    store.close()
    return path


def _rows(db: Path, *options: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(run("coverage", "--csv", *options, "--db", db).stdout)))


def _cells(store: Store, **settings: Any) -> list[dict[str, Any]]:
    return cell_rows(coverage(a_service(store, settings=settings_with(coverage=settings))))


# the cells


def test_the_matrix_counts_samples_failures_cases_and_templates_by_cell(db: Path) -> None:
    data = printed("coverage", "--db", db)
    law, medicine, school = data["cells"]
    assert law == {
        **_LAW, "samples": 5, "failures": 43, "in_triage": 2, "unattributed": 0, "exposures": 0, "cases": law["cases"],
        "templates": 2, "status": "covered", "expected": True,
    }  # fmt: skip
    assert law["cases"] > 0
    assert medicine | {"output_format": ""} == {
        "primary_task": "notes", "scenario": "medical", "output_format": "", "samples": 0, "failures": 3,
        "in_triage": 0, "unattributed": 3, "exposures": 0, "cases": 0, "templates": 0, "status": "empty",
        "expected": True,
    }  # fmt: skip
    assert (school["scenario"], school["status"], school["failures"]) == ("school", "empty", 0)
    assert data["totals"] == {
        "samples": 5, "failures": 46, "in_triage": 2, "unattributed": 3, "exposures": 0, "cases": law["cases"],
        "templates": 2,
    }  # fmt: skip


def test_every_expectation_is_named_with_all_that_fits_it(db: Path) -> None:
    expected = printed("coverage", "--db", db)["expected"]
    assert [(one["scenario"], one["knowledge_point"], one["samples"], one["status"]) for one in expected] == [
        ("legal", None, 5, "covered"),
        ("medical", None, 0, "empty"),
        ("school", None, 0, "empty"),
        (None, "interest", 1, "thin"),
    ]
    text = run("coverage", "--db", db).stdout
    assert "3 cells" in text
    assert "2 empty (no samples), 0 thin (fewer than 3), 1 covered." in text
    assert "2 empty (no samples), 1 thin (fewer than 3), 1 covered." in text
    assert re.search(r"^any +any +any +interest +1 .* thin", text, re.MULTILINE)


def test_without_expectations_the_text_says_how_to_name_them(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEEDBACK_SETTINGS")
    assert "Nothing is expected: [[coverage.expected]] in the settings" in run("coverage", "--db", db).stdout


def test_cells_are_told_apart_by_knowledge_point_where_that_is_asked(db: Path) -> None:
    cells = printed("coverage", "--by-knowledge-point", "--db", db)["cells"]
    assert [(one["knowledge_point"], one["samples"]) for one in cells if one["scenario"] == "legal"] == [
        ("currency", 1),
        ("interest", 1),
        (None, 4),
    ]
    assert printed("coverage", "--by-knowledge-point", "--db", db)["totals"]["samples"] == 5
    assert "knowledge point" in run("coverage", "--by-knowledge-point", "--db", db).stdout


def test_labels_are_a_things_own_else_its_templates(store: Store) -> None:
    register(store, a_template(labels=_LAW), a_sample(sample_id="own", labels={"scenario": "tax"}), a_sample())
    take_in(store, *failures(1, labels={"output_format": "table"}), *failures(1, "b"))
    cells = {(one["scenario"], one["output_format"]): (one["samples"], one["failures"]) for one in _cells(store)}
    assert cells == {("legal", "json"): (1, 1), ("legal", "table"): (0, 1), ("tax", "json"): (1, 0)}


def test_an_empty_label_is_none(store: Store) -> None:
    take_in(store, *failures(2, labels={"scenario": "", "knowledge_points": [""]}))
    (cell,) = _cells(store)
    assert (cell["scenario"], cell["failures"]) == (None, 2)


def test_a_sample_in_several_versions_of_its_dataset_is_one_labelled_as_in_the_newest(store: Store) -> None:
    versions = {"v0.9.0": "old", "v0.10.0": "new", "draft": "draft"}
    register(
        store, *[a_sample(dataset_version=version, labels={"scenario": name}) for version, name in versions.items()]
    )
    register(store, a_sample(dataset="sft_zh", labels={"scenario": "other dataset"}))
    assert [(one["scenario"], one["samples"]) for one in _cells(store)] == [("new", 1), ("other dataset", 1)]


def test_failures_that_wait_for_an_assessment_count_and_are_neither_in_triage_nor_unattributed(store: Store) -> None:
    service = a_service(store)
    report(service, incoming(*failures(2, template=ABSENT, labels=_LAW)))
    (cell,) = _cells(store)
    assert (cell["failures"], cell["in_triage"], cell["unattributed"]) == (2, 0, 0)
    catch_up(service, cast("Assessor", Told()))
    (cell,) = _cells(store)
    assert (cell["failures"], cell["in_triage"], cell["unattributed"]) == (2, 0, 2)


def test_samples_registered_before_or_after_the_failures_end_in_the_same_cells(store: Store) -> None:
    template, sample = a_template(labels=_LAW), a_sample()
    register(store, template, sample)
    take_in(store, *failures(4))
    other = open_store(":memory:")
    take_in(other, *failures(4))
    register(other, sample, template)
    assert _cells(store) == _cells(other)
    other.close()


def test_an_empty_store_has_no_cells_but_those_expected(store: Store) -> None:
    assert _cells(store) == []
    (cell,) = _cells(store, expected=[_LAW])
    assert (cell["scenario"], cell["status"], cell["expected"]) == ("legal", "empty", True)


def test_exposures_stand_in_the_cells_of_their_templates_and_add_up(store: Store) -> None:
    register(store, a_template(labels=_LAW), a_template(version="2.1.0", labels=_LAW | {"output_format": "table"}))
    at = {"template": {"name": "payment_terms", "version": "2.1.0"}}
    take_in(store, *[an_exposure(exposure_id=f"x-{n}", interactions=n) for n in range(5)])
    take_in(store, an_exposure(exposure_id="newer", interactions=100, **at))
    take_in(store, an_exposure(exposure_id="unknown", interactions=7, template={"name": "no", "version": "1"}))
    assert exposures_by_template(store) == {
        ("no", "1"): 7,
        ("payment_terms", "2.0.0"): 10,
        ("payment_terms", "2.1.0"): 100,
    }
    assert {cell["output_format"]: cell["exposures"] for cell in _cells(store)} == {None: 7, "json": 10, "table": 100}


# rare patterns of high risk


def test_a_rare_pattern_of_high_risk_is_listed_apart_from_a_large_one(db: Path) -> None:
    (rare,) = printed("coverage", "--db", db)["rare_high_risk"]
    assert (rare["category"], rare["template"], rare["failures"], rare["units"], rare["verdict"]) == (
        "insufficient_context",
        "payment_terms",
        1,
        1,
        "isolated",
    )
    text = run("coverage", "--db", db).stdout
    assert re.search(r"^1 rare patterns of high risk \(fewer than 5 units\)", text, re.MULTILINE)
    assert rare["pattern_id"] in text


def test_a_pattern_of_high_risk_with_many_units_or_of_other_risk_is_not_rare(store: Store) -> None:
    take_in(store, *failures(5, "many", labels=_HIGH), *failures(1, "low", template={"name": "low"}))
    take_in(store, *failures(9, "storm", labels=_HIGH, session_id="one", template={"name": "storm"}))
    found = coverage(a_service(store)).rare
    assert [(one.template, one.failures, one.units) for one in found] == [("storm", 9, 1)]


def test_a_store_without_one_says_so(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    take_in(store, *failures(4))
    store.close()
    assert "No pattern of high risk has fewer than 5 units." in run("coverage", "--db", tmp_path / "a.db").stdout


# CSV and SVG


def _written(value: Any) -> str:
    words = {None: "", True: "yes", False: "no"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


@pytest.mark.parametrize("options", [(), ("--by-knowledge-point",)])
def test_the_csv_holds_the_cells_of_the_json(db: Path, options: tuple[str, ...]) -> None:
    cells = printed("coverage", *options, "--db", db)["cells"]
    assert _rows(db, *options) == [{name: _written(value) for name, value in cell.items()} for cell in cells]


def test_labels_with_commas_quotes_and_line_ends_come_back_from_the_csv(tmp_path: Path) -> None:
    labels = {"primary_task": 'a, "b"', "scenario": "line\nend", "output_format": "表格"}
    store = open_store(tmp_path / "a.db")
    register(store, a_template(labels=labels), a_sample())
    store.close()
    (row,) = _rows(tmp_path / "a.db")
    assert {name: row[name] for name in labels} == labels
    assert row["samples"] == "1"


def test_the_plot_is_an_svg_with_a_square_a_cell(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.svg"
    assert f"Drawn into {path}." in run("coverage", "--plot", path, "--db", db).stdout
    root = ET.fromstring(path.read_bytes())
    titles = [title.text or "" for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles) == len(printed("coverage", "--db", db)["cells"])
    assert titles[0].startswith("extraction · legal · json: 5 samples, 43 failures, ")


def test_the_plot_comes_beside_json_and_csv_too(db: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.svg"
    assert printed("coverage", "--plot", path, "--db", db) == printed("coverage", "--db", db)
    assert path.exists()
    assert _rows(db, "--plot", str(path)) == _rows(db)


def test_what_cannot_be_drawn_or_printed_is_refused_with_a_sentence(db: Path, tmp_path: Path) -> None:
    assert "ends in .svg" in run("coverage", "--plot", tmp_path / "map.png", "--db", db, code=2).stderr
    assert not (tmp_path / "map.png").exists()
    missing = tmp_path / "no" / "map.svg"
    assert f"Could not open file '{missing}'" in run("coverage", "--plot", missing, "--db", db, code=1).stderr
    assert "exclude each other" in run("coverage", "--csv", "--json", "--db", db, code=2).stderr
