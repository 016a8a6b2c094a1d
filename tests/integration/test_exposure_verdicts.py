"""What exposures change: the same failures are a fault where little went on, and an accident where much did."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.service.assess import record_assessments
from feedback.service.bootstrap import Service, open_service
from feedback.service.judge import judge
from feedback.service.report import report
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from tests.builders import Told, a_failure, a_service, an_exposure, failures, incoming, take_in, told
from tests.commands import lines_file, printed, run

_HALF_A_DAY = {"from": "2026-04-01T00:00:00+00:00", "to": "2026-04-01T12:00:00+00:00"}
_TEMPLATES = ("contract", "claim", "letter")
_CATEGORIES = ("field_definition_ambiguity", "insufficient_context", "model_capability_gap")
_SOME = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _verdict(store: Store) -> dict[str, Any]:
    (row,) = pattern_rows(a_service(store))
    verdict: dict[str, Any] = row["verdict"]
    return verdict


def _against(interactions: int) -> dict[str, Any]:
    return an_exposure(interactions=interactions, **_HALF_A_DAY)


@pytest.mark.parametrize(
    ("interactions", "verdict", "tickets", "usual"), [(300, "systemic", 2, "0.3"), (300_000, "isolated", 0, "300")]
)
def test_twelve_failures_are_a_fault_among_few_interactions_and_none_among_many(
    store: Store, interactions: int, verdict: str, tickets: int, usual: str
) -> None:
    take_in(store, *failures(12), _against(interactions))
    said = _verdict(store)
    assert (said["value"], said["inputs"]["interactions"]) == (verdict, interactions)
    assert said["inputs"]["rate"] == pytest.approx(12 / interactions)
    assert said["reason"].startswith(f"12 distinct units failed where {usual} are usual: ")
    assert said["inputs"]["rate_low"] < said["inputs"]["rate"] < said["inputs"]["rate_high"]
    assert len(ticket_views(a_service(store))) == tickets


@pytest.mark.parametrize("interactions", [300, 300_000])
def test_exposures_that_arrive_after_their_failures_end_in_the_same_verdict(store: Store, interactions: int) -> None:
    take_in(store, *failures(12))
    assert "rate" not in _verdict(store)["inputs"]
    take_in(store, _against(interactions))
    before = open_store(":memory:")
    take_in(before, _against(interactions))
    take_in(before, *failures(12))
    assert _verdict(store)["value"] == _verdict(before)["value"]
    assert _verdict(store)["inputs"]["rate"] == _verdict(before)["inputs"]["rate"]


def test_a_ticket_that_was_opened_before_the_exposures_came_stays_with_its_new_verdict(store: Store) -> None:
    take_in(store, *failures(12))
    assert len(ticket_views(a_service(store))) == 2
    take_in(store, _against(300_000))
    assert [view["verdict"]["value"] for view in ticket_views(a_service(store))] == ["isolated"] * 2


def test_traffic_of_another_template_says_nothing_of_this_one(store: Store) -> None:
    take_in(store, *failures(12), _against(300_000) | {"template": {"name": "other", "version": "1.0.0"}})
    said = _verdict(store)
    assert said["value"] == "systemic"
    assert "rate" not in said["inputs"]


def test_all_versions_of_a_template_are_its_traffic(store: Store) -> None:
    newer = an_exposure(exposure_id="newer", template={"name": "payment_terms", "version": "2.1.0"}, **_HALF_A_DAY)
    take_in(store, *failures(12), _against(100), newer | {"interactions": 299_900})
    assert (_verdict(store)["value"], _verdict(store)["inputs"]["interactions"]) == ("isolated", 300_000)


def test_what_is_usual_is_learned_from_the_siblings_that_report_exposures(store: Store) -> None:
    siblings = [
        {"template": {"name": f"sibling_{n}", "version": "1.0.0"}, "metadata": told("field_definition_ambiguity", "x")}
        for n in range(6)
    ]
    take_in(store, *failures(12), _against(3_000))
    assert _verdict(store)["inputs"]["usual_rate"] == pytest.approx(0.001)
    for n, sibling in enumerate(siblings):
        exposed = _against(1_000) | {"exposure_id": f"x-sibling-{n}", "template": sibling["template"]}
        take_in(store, *failures(12, prefix=f"sibling-{n}", **sibling), exposed)
    take_in(store, *failures(1, prefix="later"))
    rows = {row["template"]: row["verdict"] for row in pattern_rows(a_service(store))}
    assert rows["payment_terms"]["inputs"]["usual_rate"] > 0.005
    assert rows["payment_terms"]["value"] != "systemic"


@st.composite
def _streams(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw failures of few patterns in two weeks, and exposures of every template, in few stretches of any size."""
    failed = st.tuples(
        st.sampled_from(_CATEGORIES), st.sampled_from(_TEMPLATES), st.integers(0, 14 * 24 - 1), st.integers(0, 11)
    )
    exposed = st.tuples(
        st.sampled_from(_TEMPLATES), st.integers(1, 10), st.integers(1, 5), st.sampled_from((0, 20, 500, 20_000))
    )
    every = [(template, 1, 1, 100) for template in _TEMPLATES]
    events = [_failed(n, *parts) for n, parts in enumerate(draw(st.lists(failed, max_size=40)))]
    return events, [_exposed(n, *parts) for n, parts in enumerate(every + draw(st.lists(exposed, max_size=8)))]


def _failed(n: int, category: str, template: str, hour: int, unit: int) -> dict[str, Any]:
    return a_failure(
        event_id=f"e-{n}",
        session_id=f"s-{unit}",
        occurred_at=f"2026-04-{1 + hour // 24:02}T{hour % 24:02}:30:00+00:00",
        template={"name": template, "version": "1.0.0"},
        metadata=told(category),
    )


def _exposed(n: int, template: str, day: int, days: int, interactions: int) -> dict[str, Any]:
    stretch = {"from": f"2026-04-{day:02}T00:00:00Z", "to": f"2026-04-{day + days:02}T00:00:00Z"}
    at = {"template": {"name": template, "version": "1.0.0"}}
    return an_exposure(exposure_id=f"x-{n}", interactions=interactions, **at, **stretch)


def _delivered(*deliveries: list[dict[str, Any]], batch: int = 50) -> Service:
    """Return a service that took the deliveries in, each in batches and judged at its end, as `feedback ingest` does."""
    service = open_service(":memory:")
    for items in deliveries:
        for start in range(0, len(items), batch):
            verdicts = report(service, incoming(*items[start : start + batch]))
            assert {verdict.status for verdict in verdicts} <= {"accepted", "duplicate"}
            record_assessments(
                service, Told().assess([(v.event_id, v.event) for v in verdicts if v.event_id and v.event])
            )
        judge(service)
    return service


@_SOME
@given(_streams(), st.randoms(use_true_random=False), st.integers(1, 9))
def test_failures_and_exposures_shuffled_into_one_delivery_end_in_the_same_patterns_verdicts_and_tickets(
    stream: tuple[list[dict[str, Any]], list[dict[str, Any]]], dice: random.Random, batch: int
) -> None:
    events, exposures = stream
    in_order = _delivered(events + exposures)
    shuffled = events + exposures + dice.sample(exposures, len(exposures) // 2)
    dice.shuffle(shuffled)
    in_disorder = _delivered(shuffled, batch=batch)
    assert pattern_rows(in_disorder) == pattern_rows(in_order)
    assert ticket_views(in_disorder) == ticket_views(in_order)


@_SOME
@given(_streams())
def test_exposures_of_all_templates_before_or_after_the_failures_end_in_the_same_verdicts(
    stream: tuple[list[dict[str, Any]], list[dict[str, Any]]],
) -> None:
    events, exposures = stream
    together, before, after = (
        _delivered(events + exposures),
        _delivered(exposures, events),
        _delivered(events, exposures),
    )
    assert _values(before) == _values(together)
    assert _values(after) == _values(together)


def _values(service: Service) -> dict[str, str]:
    return {row["pattern_id"]: row["verdict"]["value"] for row in pattern_rows(service)}


@_SOME
@given(_streams(), st.integers(1, 9))
def test_a_rebuild_equals_the_live_tables_with_exposures_in_them(
    stream: tuple[list[dict[str, Any]], list[dict[str, Any]]], batch: int
) -> None:
    events, exposures = stream
    service = _delivered(exposures[:2] + events[::2], events[1::2] + exposures[2:], batch=batch)
    said = pattern_rows(service), ticket_views(service)
    assert maintenance.check_read_models(service.store) == []
    assert maintenance.verify(service.store) == []
    maintenance.rebuild(service.store)
    assert (pattern_rows(service), ticket_views(service)) == said


@pytest.mark.usefixtures("trained")
class TestCommands:
    @pytest.mark.parametrize(("interactions", "verdict", "tickets"), [(300, "systemic", 2), (300_000, "isolated", 0)])
    def test_ingest_judges_failures_by_the_exposures_in_the_same_file(
        self, tmp_path: Path, interactions: int, verdict: str, tickets: int
    ) -> None:
        db = tmp_path / "feedback.db"
        error = {"path": "/currency", "code": "enum", "message": "'RMB' is not one of ['CNY', 'USD', 'EUR', None]"}
        failed = failures(12, signals={"validation_errors": [error]})
        path = lines_file(tmp_path, *failed[:5], _against(interactions), *failed[5:])
        data = printed("ingest", path, "--db", db)
        assert (data["accepted"], data["exposures"]["accepted"]) == (12, 1)
        (row,) = printed("patterns", "list", "--db", db)["patterns"]
        assert (row["category"], row["verdict"]["value"]) == ("field_definition_ambiguity", verdict)
        assert row["verdict"]["inputs"]["interactions"] == interactions
        assert len(printed("tickets", "list", "--db", db)) == tickets
        run("rebuild", "--check", "--db", db)
        run("verify", "--db", db)
        assert printed("coverage", "--db", db)["totals"]["exposures"] == interactions

    def test_exposures_sent_behind_their_failures_are_judged_at_once(self, tmp_path: Path) -> None:
        db = tmp_path / "feedback.db"
        run("ingest", lines_file(tmp_path, *failures(12)), "--db", db)
        (before,) = printed("patterns", "list", "--db", db)["patterns"]
        run("ingest", lines_file(tmp_path, _against(300_000)), "--db", db)
        (after,) = printed("patterns", "list", "--db", db)["patterns"]
        assert (before["verdict"]["value"], after["verdict"]["value"]) == ("systemic", "isolated")
