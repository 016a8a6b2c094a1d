"""The priority of tickets: what it is made of in a store, and the order it gives."""

from pathlib import Path
from typing import Any

import pytest

from feedback.service.priority import priorities, ticket_priority
from feedback.service.views import ticket_view, ticket_views
from feedback.storage.database import Store, open_store
from feedback.storage.patterns import patterns
from tests.builders import (
    ABSENT,
    NOW,
    TEMPLATE,
    a_sample,
    a_service,
    a_template,
    failures,
    register,
    settings_with,
    take_in,
    told,
)
from tests.commands import printed, run

_CONTEXT = told("insufficient_context", "evidence")


def _parts(store: Store, template: str = TEMPLATE) -> dict[str, str]:
    """Return the sentences of the parts of the one pattern of a template."""
    service = a_service(store)
    (pattern,) = [one for one in patterns(store) if one.template_name == template and one.failures]
    return {part.name: part.sentence for part in priorities(service, [pattern])[pattern.pattern_id].parts}


def _at(day: str, count: int, prefix: str, **changes: Any) -> list[dict[str, Any]]:
    return [event | {"occurred_at": f"{day}T00:00:00Z"} for event in failures(count, prefix, **changes)]


# what it is made of


def test_a_ticket_has_a_score_and_its_parts_add_up_to_it(store: Store) -> None:
    take_in(store, *failures(4, labels={"risk_level": "high", "scenario": "legal"}, metadata=_CONTEXT))
    for view in ticket_views(a_service(store)):
        answer = ticket_priority(a_service(store), view["ticket_id"])
        assert view["priority"] == pytest.approx(sum(part["points"] for part in answer["parts"]))
        assert answer["sentence"] == (
            f"{view['priority']} of 100: risk 30.0, scenario 20.0, units 7.1, trend 12.0, age 0.0"
        )


def test_the_scenario_is_the_most_frequent_of_the_failures(store: Store) -> None:
    take_in(
        store,
        *failures(3, "a", labels={"scenario": "legal"}),
        *failures(2, "b", labels={"scenario": "medical"}),
        *failures(9, "c"),
    )
    assert " weighs 0.5 in legal: " in _parts(store)["scenario"]


def test_of_equally_frequent_scenarios_the_first_by_name_counts(store: Store) -> None:
    take_in(store, *failures(2, "a", labels={"scenario": "legal"}), *failures(2, "b", labels={"scenario": "banking"}))
    assert " weighs 1 in banking: " in _parts(store)["scenario"]


@pytest.mark.parametrize("version", ["2.0.0", "9.0.0", None])
def test_a_failure_without_a_scenario_has_that_of_its_template(store: Store, version: str | None) -> None:
    register(store, a_template(labels={"scenario": "legal"}))
    take_in(store, *failures(4, template={"name": TEMPLATE, "version": version}))
    assert " in legal: " in _parts(store)["scenario"]


def test_the_risk_is_the_highest_of_the_failures(store: Store) -> None:
    levels = ("low", "medium", "low")
    take_in(store, *[failures(1, f"r{n}", labels={"risk_level": level})[0] for n, level in enumerate(levels)])
    assert _parts(store)["risk"] == "medium risk: half of 30"


def test_the_trend_counts_units_in_two_windows_that_end_at_the_newest_event(store: Store) -> None:
    other = {"name": "other", "version": "1.0.0"}
    take_in(
        store,
        *_at("2026-03-31", 5, "long-ago"),
        *_at("2026-04-02", 2, "before"),
        *_at("2026-04-16", 3, "lately"),
        *_at("2026-04-15", 20, "storm", session_id="one"),
        *_at("2026-04-29", 1, "newest", template=other),
    )
    # each window is 14 days of whole hours: the last began behind the hour of 2026-04-15T00, the one before behind 04-01T00
    assert _parts(store)["trend"].startswith("3 units in the last 14 days, 3 in those before: ")


def test_the_age_is_measured_against_the_newest_event_not_a_clock(store: Store) -> None:
    take_in(store, *_at("2026-04-01", 1, "a"), *_at("2026-04-11", 1, "b", template={"name": "other"}))
    assert _parts(store)["age"].startswith("first seen 10 days before the newest event: ")
    assert _parts(store, "other")["age"].startswith("first seen 0 days ")
    service, much_later = a_service(store), a_service(store, now=NOW.replace(year=2036))
    assert priorities(service, patterns(store)) == priorities(much_later, patterns(store))


def test_a_new_event_of_another_pattern_changes_what_is_read(store: Store) -> None:
    take_in(store, *failures(4))
    before = ticket_views(a_service(store))[0]["priority"]
    take_in(store, *_at("2026-05-30", 1, "late", template={"name": "other"}))
    assert ticket_views(a_service(store))[0]["priority"] < before


def test_a_pattern_that_its_failures_have_left_is_not_urgent(store: Store) -> None:
    events = failures(4, session_id=ABSENT, template=ABSENT, metadata=told(template=("old", "1.0.0")))
    take_in(store, *[event | {"sample_id": f"s{n}"} for n, event in enumerate(events)])
    register(store, *[a_sample(sample_id=f"s{n}") for n in range(4)])
    take_in(store, *_at("2026-05-30", 1, "late"))
    scores = {view["pattern"]["template"]: view["priority"] for view in ticket_views(a_service(store))}
    assert scores["old"] == 0 < scores[TEMPLATE]


def test_a_ticket_alone_has_the_priority_it_has_among_all(store: Store) -> None:
    take_in(store, *failures(4), *failures(5, "b", template={"name": "other"}, labels={"risk_level": "high"}))
    service = a_service(store)
    for view in ticket_views(service):
        assert ticket_view(service, view["ticket_id"]) == view


def test_the_weights_are_those_of_the_settings(store: Store) -> None:
    take_in(store, *failures(4, labels={"risk_level": "high"}))
    parts = {"risk_points": 0, "scenario_points": 0, "units_points": 100, "trend_points": 0, "age_points": 0}
    service = a_service(store, settings=settings_with(priority=parts | {"half_units": 4}))
    assert {view["priority"] for view in ticket_views(service)} == {50.0}


def test_more_tickets_cost_no_more_questions(store: Store) -> None:
    def asked() -> int:
        statements: list[str] = []
        store.db.conn.set_trace_callback(statements.append)
        found = priorities(service, patterns(store))
        store.db.conn.set_trace_callback(None)
        assert len(found) == len(patterns(store))
        return len(statements)

    service = a_service(store)
    take_in(store, *failures(4))
    few = asked()
    for n in range(30):
        take_in(store, *failures(4, f"more-{n}", template={"name": f"t{n}"}))
    assert asked() == few


# the order


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    """Give a store with a large pattern of no risk, and smaller ones of high risk in law and in a newsroom."""
    path = tmp_path / "queue.db"
    store = open_store(path)
    take_in(
        store,
        *failures(30, "large", template={"name": "large"}, metadata=_CONTEXT),
        *failures(
            4, "law", template={"name": "law"}, metadata=_CONTEXT, labels={"scenario": "legal", "risk_level": "high"}
        ),
        *failures(
            4, "news", template={"name": "news"}, metadata=_CONTEXT, labels={"scenario": "news", "risk_level": "high"}
        ),
        *failures(
            4, "twin", template={"name": "twin"}, metadata=_CONTEXT, labels={"scenario": "news", "risk_level": "high"}
        ),
    )
    store.close()
    return path


def test_tickets_are_listed_by_priority_of_equal_ones_by_id(queue: Path) -> None:
    listed = printed("tickets", "list", "--db", queue)
    assert [one["ticket_id"] for one in listed] == [
        one["ticket_id"] for one in sorted(listed, key=lambda one: (-one["priority"], one["ticket_id"]))
    ]
    assert [one["pattern"]["template"] for one in listed][:2] == ["law", "law"]
    assert [one["pattern"]["template"] for one in listed][-2:] == ["large", "large"]
    assert listed == printed("tickets", "list", "--sort", "priority", "--db", queue)


def test_tickets_are_listed_by_failures_where_that_is_asked(queue: Path) -> None:
    listed = printed("tickets", "list", "--sort", "failures", "--kind", "template_revision", "--db", queue)
    assert [one["counts"]["failures"] for one in listed] == [4, 4, 4, 30]
    assert [one["risk_level"] for one in listed] == ["high", "high", "high", None]


def test_the_priority_is_shown_in_the_list_and_with_its_parts_in_the_ticket(queue: Path) -> None:
    first = printed("tickets", "list", "--db", queue)[0]
    (line,) = [line for line in run("tickets", "list", "--db", queue).stdout.splitlines() if first["ticket_id"] in line]
    assert line.split()[1] == str(first["priority"])
    text = run("tickets", "show", first["ticket_id"], "--db", queue).stdout
    assert f"Priority {first['priority']} of 100: risk 30.0, scenario 20.0, " in text
    for part in printed("patterns", "show", first["ticket_id"], "--db", queue)["priority"]["parts"]:
        (line,) = [line for line in text.splitlines() if line.endswith(part["sentence"])]
        assert line.split()[:2] == [str(part["points"]), part["name"]]


def test_an_order_that_is_none_is_refused(queue: Path) -> None:
    assert "--sort" in run("tickets", "list", "--sort", "age", "--db", queue, code=2).stderr


def test_a_store_without_failures_has_no_priorities(store: Store) -> None:
    assert priorities(a_service(store), []) == {}
    assert ticket_views(a_service(store)) == []
