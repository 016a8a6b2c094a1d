"""The sums of the first page, and the units of a pattern by version, equal what is counted by hand."""

from feedback.service.overview import (
    failures_by_day,
    newest_event,
    template_category_counts,
    tickets_by_state_and_age,
    time_to_fix,
    triage_backlog,
)
from feedback.service.register import register_templates
from feedback.service.review import act
from feedback.service.version_timeline import version_timeline
from feedback.service.views import ticket_views
from feedback.storage.database import Store
from tests.builders import ABSENT, CATEGORY, TEMPLATE, a_failure, a_service, a_template, failures, take_in, told


def _day(day: int, n: int, **changes: object) -> dict[str, object]:
    identity = {"event_id": f"d-{day}-{n}", "session_id": f"s-{day}-{n}"}
    return a_failure(**identity, occurred_at=f"2026-04-{day:02}T10:00:00+00:00", **changes)


def test_an_empty_store_has_nothing_to_tell(store: Store) -> None:
    service = a_service(store)
    assert newest_event(service) is None
    assert failures_by_day(service, 28).failures == {}
    assert template_category_counts(service, 20) == []
    assert tickets_by_state_and_age(service) == {}
    waiting = triage_backlog(service)
    assert (waiting.triage, waiting.unattributed, waiting.unassessed, waiting.oldest) == (0, 0, 0, None)
    assert time_to_fix(service).median_days is None


def test_days_end_at_the_newest_failure_and_silent_ones_are_told(store: Store) -> None:
    take_in(
        store, _day(1, 1), _day(2, 1), _day(2, 2), _day(4, 1), _day(4, 2, metadata=told("insufficient_context", "x"))
    )
    days = failures_by_day(a_service(store), 3)
    assert days.first == "2026-04-02"
    assert days.failures == {CATEGORY: (2, 0, 1), "insufficient_context": (0, 0, 1)}


def test_templates_come_by_their_failures_with_each_pattern(store: Store) -> None:
    other = {"template": {"name": "another", "version": "1.0.0"}}
    take_in(
        store,
        *failures(3),
        *failures(1, "f", **other),
        *failures(3, "g", **other, metadata=told("insufficient_context", "x")),
    )
    rows = template_category_counts(a_service(store), 20)
    found = [(row.template, row.failures, {one: cell.failures for one, cell in row.cells.items()}) for row in rows]
    assert found == [("another", 4, {CATEGORY: 1, "insufficient_context": 3}), (TEMPLATE, 3, {CATEGORY: 3})]
    assert len(template_category_counts(a_service(store), 1)) == 1


def test_what_waits_for_people_is_counted_once(store: Store) -> None:
    lost = {"template": ABSENT}
    take_in(
        store,
        _day(3, 1, metadata=told("needs_triage", "x")),
        _day(2, 1, **lost),
        _day(4, 1, **lost, metadata=told("needs_triage", "x")),
        _day(1, 1),
    )
    waiting = triage_backlog(a_service(store))
    assert (waiting.triage, waiting.unattributed, waiting.unassessed) == (2, 1, 0)
    assert waiting.oldest == "2026-04-02T10:00:00.000000+00:00"


def test_tickets_are_as_old_as_their_first_failure_at_the_newest_event(store: Store) -> None:
    take_in(store, *failures(4))
    service = a_service(store)
    assert tickets_by_state_and_age(service)["template_revision"] == {"open": (1, 0, 0)}
    take_in(store, _day(9, 1, template={"name": "another", "version": "1.0.0"}))
    assert tickets_by_state_and_age(service)["template_revision"] == {"open": (0, 1, 0)}


def test_a_registered_fix_waits_for_its_proof(store: Store) -> None:
    take_in(store, *failures(4))
    service = a_service(store)
    revision = next(one["ticket_id"] for one in ticket_views(service) if one["kind"] == "template_revision")
    act(service, revision, "take", actor="token:anna")
    act(service, revision, "approve", actor="token:anna")
    register_templates(service, [a_template(version="2.1.0", notes="new", resolves=[revision])])
    fixes = time_to_fix(service)
    assert (fixes.revised, fixes.verified, fixes.median_days) == (1, 0, None)


def test_units_stand_by_day_and_version_with_the_oldest_of_many_versions_together(store: Store) -> None:
    versions = ["1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.1.0", None]
    named = [{"name": TEMPLATE} | ({"version": version} if version else {}) for version in versions]
    take_in(
        store,
        *(_day(1 + day, at, template=template) for at, template in enumerate(named) for day in range(2)),
        *(_day(1, 20 + n, template=named[4]) for n in range(2)),
        a_failure(event_id="twice", session_id="s-1-20", occurred_at="2026-04-01T11:00:00+00:00", template=named[4]),
    )
    service = a_service(store)
    seen = version_timeline(service, ticket_views(service)[0]["ticket_id"])
    assert (seen.step, seen.step_days, seen.begins) == ("day", 1, ("2026-04-01", "2026-04-02"))
    assert seen.units == {
        "older versions": (3, 3),
        "2.0.0": (1, 1),
        "2.1.0": (3, 1),
        "unknown version": (1, 1),
    }
    assert seen.total("2026-04-01") == 8
