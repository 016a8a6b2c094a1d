"""Specification faults in a real store: in the list of patterns, in a pattern, in its tickets."""

from pathlib import Path
from typing import Any

import pytest

from feedback.service.specification import fault_rows
from feedback.service.views import ticket_view
from feedback.settings import Settings
from feedback.storage.database import Store, open_store
from tests.builders import CATEGORY, a_service, a_template, failures, register, settings_with, take_in, told
from tests.commands import printed, run

_LEGAL: dict[str, Any] = {"scenario": "legal"}


def _of(template: str, locus: str = "/currency:enum", count: int = 30, **changes: Any) -> list[dict[str, Any]]:
    """Return failures that make a template systemic."""
    given = {"metadata": told(locus=locus), "template": {"name": template, "version": "1.0.0"}} | changes
    return failures(count, template, **given)


def _faults(
    store: Store, settings: Settings | None = None
) -> list[tuple[str, str | None, str | None, tuple[str, ...]]]:
    rows = fault_rows(a_service(store, settings=settings))
    assert store.rows("SELECT count(*) FROM patterns WHERE verdict IS NOT 'systemic'")[0][0] <= 1
    return [(row["kind"], row["primary_task"], row["scenario"], row["templates"]) for row in rows]


def test_the_scenario_of_a_template_is_the_most_frequent_of_its_failures(store: Store) -> None:
    for name in "abc":
        few = [one | {"event_id": f"few-{one['event_id']}"} for one in _of(name, count=10, labels={"scenario": name})]
        take_in(store, *_of(name, f"/{name}:enum", count=20, labels=_LEGAL), *few)
    assert _faults(store) == [("enum", None, "legal", ("a", "b", "c"))]


def test_the_labels_of_the_newest_registered_version_go_before(store: Store) -> None:
    for name in "abc":
        register(
            store,
            a_template(name=name, version="1.0.0", labels={"scenario": "old"}),
            a_template(name=name, version="1.10.0", labels={"primary_task": "extraction", "scenario": "banking"}),
            a_template(name=name, version="1.9.0", labels={"scenario": "older"}),
        )
        take_in(store, *_of(name, labels=_LEGAL))
    assert _faults(store) == [("enum", "extraction", "banking", ("a", "b", "c"))]


def test_what_a_registered_template_does_not_say_its_failures_do(store: Store) -> None:
    for name in "abc":
        register(store, a_template(name=name, version="1.0.0", labels={"primary_task": "extraction"}))
        take_in(store, *_of(name, labels=_LEGAL))
    assert _faults(store) == [("enum", "extraction", "legal", ("a", "b", "c"))]


def test_templates_that_share_neither_task_nor_scenario_make_none(store: Store) -> None:
    for name in "abc":
        take_in(store, *_of(name, labels={"scenario": name}))
    assert _faults(store) == []


def test_a_pattern_that_is_not_systemic_is_not_counted(store: Store) -> None:
    take_in(store, *_of("a", labels=_LEGAL), *_of("b", labels=_LEGAL), *_of("c", count=1, labels=_LEGAL))
    assert _faults(store) == []
    assert len(_faults(store, settings_with(tickets={"specification_templates": 2}))) == 1


def test_what_is_no_fault_of_a_template_is_none_of_several(store: Store) -> None:
    for name in "abc":
        take_in(store, *_of(name, labels=_LEGAL, metadata=told("model_capability_gap", "calculation")))
    assert store.rows("SELECT DISTINCT verdict FROM patterns") == [("systemic",)]
    assert _faults(store) == []


# shown


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with one specification fault of three templates, and a systemic pattern beside it."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    for name in ("contracts", "invoices", "orders"):
        take_in(store, *_of(name, labels=_LEGAL))
    take_in(store, *_of("alone", "/due:type", labels=_LEGAL))
    store.close()
    return path


def test_a_fault_is_listed_once_with_its_tickets_beneath(db: Path) -> None:
    data = printed("patterns", "list", "--db", db)
    (fault,) = data["specification_faults"]
    assert fault["sentence"] == (
        f"{CATEGORY} at enum is systemic in 3 templates of scenario legal: contracts, invoices, orders;"
        " revise what they share, not one of them"
    )
    by_id = {row["pattern_id"]: row for row in data["patterns"]}
    assert [one["template"] for one in fault["patterns"]] == ["contracts", "invoices", "orders"]
    assert all(one["tickets"] == by_id[one["pattern_id"]]["tickets"] != [] for one in fault["patterns"])
    table = run("patterns", "list", "--db", db).stdout.partition("Specification faults")[2].splitlines()[2:]
    assert table[0].split() == [CATEGORY, "at", "enum", "legal", "3", "templates", "90"]
    assert [line.split() for line in table[1:]] == [
        [one["template"], str(one["failures"]), *one["tickets"]] for one in fault["patterns"]
    ]


@pytest.mark.parametrize(
    ("only", "count"),
    [
        (("--template", "orders"), 1),
        (("--template", "alone"), 0),
        (("--verdict", "isolated"), 0),
        (("--category", CATEGORY), 1),
    ],
)
def test_a_fault_is_listed_with_any_of_its_patterns(db: Path, only: tuple[str, ...], count: int) -> None:
    assert len(printed("patterns", "list", *only, "--db", db)["specification_faults"]) == count


def test_a_pattern_and_its_tickets_say_which_fault_they_are_part_of(db: Path) -> None:
    (fault,) = printed("patterns", "list", "--db", db)["specification_faults"]
    for one in fault["patterns"]:
        assert printed("patterns", "show", one["pattern_id"], "--db", db)["specification_faults"] == [fault]
        assert fault["sentence"] in run("patterns", "show", one["pattern_id"], "--db", db).stdout
        for ticket_id in one["tickets"]:
            answer = printed("tickets", "show", ticket_id, "--db", db)["answers"]["systemic"]
            assert answer["specification_fault"] == fault
            assert fault["sentence"] in run("tickets", "show", ticket_id, "--db", db).stdout


def test_a_pattern_that_is_part_of_none_says_so(db: Path) -> None:
    (row,) = printed("patterns", "list", "--template", "alone", "--db", db)["patterns"]
    assert printed("patterns", "show", row["pattern_id"], "--db", db)["specification_faults"] == []
    assert "specification fault" not in run("patterns", "show", row["pattern_id"], "--db", db).stdout
    ticket = printed("tickets", "show", row["tickets"][0], "--db", db)
    assert ticket["answers"]["systemic"]["specification_fault"] is None


def test_a_ticket_that_its_failures_have_left_is_part_of_none(db: Path, tmp_path: Path) -> None:
    (fault,) = printed("patterns", "list", "--db", db)["specification_faults"]
    lines = "".join(f'{{"event_id": "orders-{n}", "category": "unclear_task_boundary"}}\n' for n in range(30))
    (tmp_path / "said.jsonl").write_text(lines)
    run("corrections", "import", tmp_path / "said.jsonl", "--by", "anna", "--db", db)
    assert printed("patterns", "list", "--db", db)["specification_faults"] == []
    store = open_store(db)
    view = ticket_view(a_service(store), fault["patterns"][2]["tickets"][0])
    store.close()
    assert view["answers"]["systemic"]["specification_fault"] is None
