import json
import random
from typing import Any

import pytest

from feedback.domain.facts import TicketApproved, TicketRejected, TicketTaken
from feedback.errors import NotFound
from feedback.service.assess import record_assessments
from feedback.service.judge import judge
from feedback.service.report import report
from feedback.service.views import pattern_rows, ticket_view, ticket_views
from feedback.settings import Settings
from feedback.storage import maintenance
from feedback.storage.database import Store, open_store
from feedback.storage.failures import count_by_category
from feedback.storage.recording import record
from tests.builders import (
    ABSENT,
    CATEGORY,
    NOW,
    TEMPLATE,
    a_failure,
    a_service,
    an_assessment,
    facts_of,
    failures,
    incoming,
    settings_with,
    table,
    take_in,
    told,
)

_HIGH: dict[str, Any] = {"labels": {"risk_level": "high"}}
_LOCI = ("/currency:enum", "/due:type", "/amount:required", "/payer:null")


def _views(store: Store, settings: Settings | None = None) -> dict[str, dict[str, Any]]:
    """Return the tickets of the one pattern there is, by kind."""
    views = ticket_views(a_service(store, settings=settings))
    assert len({json.dumps(view["pattern"]) for view in views}) <= 1
    assert len({view["kind"] for view in views}) == len(views)
    return {view["kind"]: view for view in views}


def _verdict(store: Store) -> str:
    (row,) = pattern_rows(a_service(store))
    value: str = row["verdict"]["value"]
    return value


def _case_events(store: Store) -> list[str]:
    return sorted(row["event_id"] for row in table(store, "cases"))


def test_a_systemic_pattern_opens_a_revision_and_a_set_that_are_linked(store: Store) -> None:
    take_in(store, *failures(4))
    views = _views(store)
    revision, regression_set = views["template_revision"], views["regression_set"]
    assert revision["pattern"] == regression_set["pattern"] == {"category": CATEGORY, "template": TEMPLATE}
    assert revision["linked_ticket_id"] == regression_set["ticket_id"]
    assert regression_set["linked_ticket_id"] == revision["ticket_id"]
    assert {revision["state"], regression_set["state"]} == {"open"}


@pytest.mark.parametrize(("units", "verdict"), [(1, "isolated"), (2, "undecided"), (3, "undecided")])
def test_fewer_units_than_the_threshold_open_nothing(store: Store, units: int, verdict: str) -> None:
    take_in(store, *failures(units))
    assert _verdict(store) == verdict
    assert _views(store) == {}


def test_a_ticket_has_the_shape_of_the_contract(store: Store) -> None:
    take_in(store, *failures(4))
    view = _views(store)["template_revision"]
    assert list(view) == [
        "ticket_id", "kind", "state", "pattern", "linked_ticket_id", "risk_level", "verdict", "counts", "loci",
        "answers", "examples", "assignee", "snoozed_until", "priority", "version",
    ]  # fmt: skip
    assert set(view["answers"]) == {"recurs", "systemic", "regression_test"}
    assert set(view["verdict"]) == {"value", "reason", "inputs"}
    assert view["counts"] == {
        "failures": 4,
        "units": 4,
        "first_seen": "2026-04-01T00:00:00.000000+00:00",
        "last_seen": "2026-04-01T03:00:00.000000+00:00",
        "by_version": {"2.0.0": 4},
    }
    assert [(one["locus"], one["failures"]) for one in view["loci"]] == [("/currency:enum", 4)]
    assert view["examples"] == ["e-0", "e-1", "e-2", "e-3"]


def test_the_second_answer_is_the_verdict_with_its_numbers(store: Store) -> None:
    take_in(store, *failures(4))
    systemic = _views(store)["template_revision"]["answers"]["systemic"]
    assert systemic["sentence"] == (
        "Systemic: 4 distinct units failed where 0.4 are usual: a fault of the template is 98.9 % likely, since 2026-04-01"
    )
    assert systemic["inputs"]["units"] == 4
    assert systemic["inputs"]["usual_share"] == 0.1


def test_the_third_answer_names_cases_with_their_checks(store: Store) -> None:
    take_in(store, *failures(4))
    for view in _views(store).values():
        answer = view["answers"]["regression_test"]
        (case,) = answer["cases"]
        assert case["case_id"].startswith("RC-")
        assert case["locus"] == "/currency:enum"
        assert case["checks"]
        assert answer["sentence"].startswith("1 case proposed: ")


def test_a_case_names_the_failure_it_was_made_from_and_what_it_was_asked(store: Store) -> None:
    take_in(store, *failures(4))
    (case,) = table(store, "cases")
    (body,) = [json.loads(row["body"]) for row in table(store, "payloads") if row["payload_id"] == case["payload_id"]]
    assert (body["case_id"], body["ticket_id"]) == (case["case_id"], case["ticket_id"])
    assert body["provenance"]["event_ids"] == ["e-0"]
    assert body["request"]["messages"] == a_failure()["request"]["messages"]
    assert [check["type"] for check in body["checks"]] == json.loads(case["checks"])


def test_failures_that_hold_no_request_open_a_ticket_that_says_it_has_no_test_yet(store: Store) -> None:
    take_in(store, *failures(4, request=ABSENT))
    for view in _views(store).values():
        assert view["answers"]["regression_test"]["sentence"] == "no test yet"
        assert view["answers"]["regression_test"]["cases"] == []


def test_at_most_as_many_cases_are_proposed_as_the_settings_say_one_a_locus(store: Store) -> None:
    settings = settings_with(tickets={"proposed_cases": 3})
    events = [event | {"metadata": told(locus=_LOCI[n % 4])} for n, event in enumerate(failures(8))]
    take_in(store, *events, settings=settings)
    assert _case_events(store) == ["e-0", "e-1", "e-2"]


# never a second ticket


def test_more_failures_of_a_pattern_never_open_a_second_ticket(store: Store) -> None:
    take_in(store, *failures(4))
    before = {kind: view["ticket_id"] for kind, view in _views(store).items()}
    for prefix in ("f", "g"):
        take_in(store, *failures(6, prefix=prefix))
    assert {kind: view["ticket_id"] for kind, view in _views(store).items()} == before
    assert len(facts_of(store, "TicketOpened")) == 2


def test_a_rejected_ticket_is_not_opened_again(store: Store) -> None:
    take_in(store, *failures(4))
    ticket_id = _views(store)["template_revision"]["ticket_id"]
    record(store, [TicketRejected(ticket_id=ticket_id, actor="ana", reason="wont_fix")], now=NOW)
    take_in(store, *failures(4, prefix="more"))
    assert _views(store)["template_revision"]["state"] == "rejected"
    assert len(facts_of(store, "TicketOpened")) == 2


def test_a_set_that_opened_alone_is_joined_by_its_revision_later(store: Store) -> None:
    take_in(store, *failures(1, **_HIGH))
    assert set(_views(store)) == {"regression_set"}
    alone = _views(store)["regression_set"]
    assert alone["linked_ticket_id"] is None
    take_in(store, *failures(4, **_HIGH))
    views = _views(store)
    assert views["regression_set"]["ticket_id"] == alone["ticket_id"]
    assert views["regression_set"]["linked_ticket_id"] == views["template_revision"]["ticket_id"]


def test_each_pattern_has_tickets_of_its_own(store: Store) -> None:
    take_in(
        store,
        *failures(8),
        *failures(8, prefix="b", metadata=told("output_format_violation", "fence")),
        *failures(8, prefix="c", template={"name": "other", "version": "1.0.0"}),
    )
    tickets = table(store, "tickets")
    assert len({row["ticket_id"] for row in tickets}) == len(tickets) == 6
    assert len({row["pattern_id"] for row in tickets}) == 3


# what opens which kind


def test_a_capability_gap_opens_a_set_and_never_a_revision(store: Store) -> None:
    take_in(store, *failures(9, metadata=told("model_capability_gap", "rating")))
    assert set(_views(store)) == {"regression_set"}
    assert _views(store)["regression_set"]["linked_ticket_id"] is None


@pytest.mark.parametrize("count", [1, 2])
def test_high_risk_opens_a_set_alone_before_it_is_systemic(store: Store, count: int) -> None:
    take_in(store, *failures(count, **_HIGH))
    assert set(_views(store)) == {"regression_set"}
    assert _views(store)["regression_set"]["risk_level"] == "high"


@pytest.mark.parametrize("count", [1, 2])
def test_with_the_setting_off_high_risk_opens_nothing_before_it_is_systemic(store: Store, count: int) -> None:
    off = settings_with(tickets={"isolated_high_risk_opens_regression_set": False})
    take_in(store, *failures(count, **_HIGH), settings=off)
    assert table(store, "tickets") == []
    take_in(store, *failures(3, **_HIGH), settings=off)
    assert len(table(store, "tickets")) == 2


def test_high_risk_is_systemic_at_its_own_threshold(store: Store) -> None:
    take_in(store, *failures(3, **_HIGH))
    assert set(_views(store)) == {"template_revision", "regression_set"}


def test_one_failure_of_high_risk_makes_its_pattern_one_of_high_risk(store: Store) -> None:
    take_in(store, *failures(2))
    take_in(store, a_failure(event_id="risky", session_id="risky", occurred_at="2026-04-01T05:00:00Z", **_HIGH))
    assert set(_views(store)) == {"template_revision", "regression_set"}


# units and windows


def test_a_storm_of_one_session_stays_isolated(store: Store) -> None:
    take_in(store, *[event | {"session_id": "stuck"} for event in failures(30)])
    assert (_verdict(store), _views(store)) == ("isolated", {})


def test_without_session_and_sample_every_event_is_a_unit(store: Store) -> None:
    take_in(store, *failures(4, session_id=ABSENT))
    assert _verdict(store) == "systemic"


def test_the_same_sample_in_many_evaluations_is_one_unit(store: Store) -> None:
    offline = {"channel": "offline", "source": "static_evaluation", "sample_id": "sample-1"}
    take_in(store, *failures(9, session_id=ABSENT, **offline))
    assert _verdict(store) == "isolated"


@pytest.mark.parametrize(
    ("fourth", "verdict"), [("2026-04-14T23:59:59Z", "systemic"), ("2026-04-15T00:00:00Z", "undecided")]
)
def test_the_window_is_fourteen_days_of_whole_hours(store: Store, fourth: str, verdict: str) -> None:
    times = ("2026-04-01T00:59:59Z", "2026-04-14T21:00:00Z", "2026-04-14T22:00:00Z", fourth)
    events = [event | {"occurred_at": at} for event, at in zip(failures(4), times, strict=True)]
    take_in(store, *events)
    assert _verdict(store) == verdict


def test_the_clock_decides_nothing(store: Store) -> None:
    old = [event | {"occurred_at": f"1999-01-01T0{n}:00:00Z"} for n, event in enumerate(failures(4))]
    take_in(store, *old)
    assert _verdict(store) == "systemic"


def test_a_threshold_that_was_lowered_counts_when_something_fails_next(store: Store) -> None:
    take_in(store, *failures(5), settings=settings_with(recurrence={"min_units": 6}))
    assert _verdict(store) == "undecided"
    take_in(store, *failures(1, prefix="next", session_id="e-session-0"))
    assert _verdict(store) == "systemic"


def test_an_earlier_fault_that_arrives_late_moves_the_beginning_and_opens_no_second_ticket(store: Store) -> None:
    take_in(store, *failures(4))
    late = [event | {"occurred_at": f"2026-03-28T0{n}:00:00Z"} for n, event in enumerate(failures(4, prefix="late"))]
    take_in(store, *late)
    assert [fact["verdict"] for fact in facts_of(store, "PatternJudged")] == ["systemic", "systemic"]
    since = _views(store)["template_revision"]["verdict"]["inputs"]["systemic_since"]
    assert since == "2026-03-28T03:00Z"
    assert len(facts_of(store, "TicketOpened")) == 2


def test_what_lies_further_back_than_the_history_plays_no_part(store: Store) -> None:
    old = [event | {"occurred_at": f"2025-04-0{n + 1}T00:00:00Z"} for n, event in enumerate(failures(4, prefix="old"))]
    take_in(store, *old, *failures(1))
    (row,) = pattern_rows(a_service(store))
    assert (row["verdict"]["value"], row["verdict"]["inputs"]["units"]) == ("isolated", 1)
    assert row["counts"]["units"] == 5


def test_a_systemic_pattern_is_judged_anew_when_that_is_news_and_not_with_every_failure(store: Store) -> None:
    take_in(store, *failures(8))
    for n in range(3):
        take_in(store, *failures(1, prefix=f"later-{n}"))
    assert len(facts_of(store, "PatternJudged")) == 1
    take_in(store, *failures(3, prefix="more"))
    assert [fact["units"] for fact in facts_of(store, "PatternJudged")] == [8, 14]


def test_what_fails_in_a_template_is_laid_against_the_other_categories_there(store: Store) -> None:
    others = ("output_format_violation", "insufficient_context", "unclear_task_boundary", "over_elaborated_response")
    alone, among = {"name": "alone", "version": "1.0.0"}, {"name": "among", "version": "1.0.0"}
    take_in(
        store,
        *failures(6, prefix="x", template=alone),
        *failures(6, prefix="y", template=among),
        *(
            one
            for n, name in enumerate(others)
            for one in failures(5, prefix=f"z{n}", template=among, metadata=told(name))
        ),
    )
    verdicts = {(row["template"], row["category"]): row["verdict"]["value"] for row in pattern_rows(a_service(store))}
    assert verdicts["alone", CATEGORY] == "systemic"
    assert verdicts["among", CATEGORY] == "undecided"


def test_recording_leaves_patterns_to_be_judged_and_judging_does_them_once(store: Store) -> None:
    service = a_service(store)
    report(service, incoming(*failures(5)))
    record_assessments(service, [an_assessment(f"e-{n}") for n in range(5)])
    assert _verdict(store) == "undecided"
    judge(service)
    assert _verdict(store) == "systemic"
    before = store.rows("SELECT count(*) FROM facts")
    judge(service)
    judge(service, everything=True)
    assert store.rows("SELECT count(*) FROM facts") == before


# without a pattern


def test_failures_without_a_template_form_no_pattern_and_wait(store: Store) -> None:
    take_in(store, *failures(9, template=ABSENT))
    assert (pattern_rows(a_service(store)), table(store, "tickets")) == ([], [])
    assert count_by_category(store, attributed=False) == {CATEGORY: 9}


def test_failures_that_need_triage_form_no_pattern(store: Store) -> None:
    take_in(store, *failures(9, metadata=told("needs_triage"), **_HIGH))
    assert (pattern_rows(a_service(store)), table(store, "tickets")) == ([], [])
    assert count_by_category(store) == {"needs_triage": 9}


def test_the_first_assessment_of_a_failure_wins(store: Store) -> None:
    take_in(store, a_failure())
    again = an_assessment(category="output_format_violation")
    assert record_assessments(a_service(store), [again]) == 0
    assert count_by_category(store) == {CATEGORY: 1}
    assert len(facts_of(store, "FailureAssessed")) == 1


def test_an_assessment_of_a_failure_that_nobody_reported_is_not_recorded(store: Store) -> None:
    assert record_assessments(a_service(store), [an_assessment("nobody")]) == 0
    assert facts_of(store, "FailureAssessed") == []


def test_two_assessments_of_one_failure_in_one_batch_count_once(store: Store) -> None:
    report(a_service(store), incoming(a_failure()))
    record_assessments(a_service(store), [an_assessment(), an_assessment(category="output_format_violation")])
    assert count_by_category(store) == {CATEGORY: 1}
    assert len(facts_of(store, "FailureAssessed")) == 1


# cases


def _earlier(**changes: Any) -> dict[str, Any]:
    return a_failure(**({"event_id": "earlier", "session_id": "x", "occurred_at": "2026-03-31T00:00:00Z"} | changes))


def test_an_earlier_failure_that_arrives_late_takes_the_place_of_the_proposed_case(store: Store) -> None:
    take_in(store, *failures(4))
    assert _case_events(store) == ["e-0"]
    take_in(store, _earlier())
    assert _case_events(store) == ["earlier"]
    assert len(facts_of(store, "CaseRemoved")) == 1


def test_a_later_failure_leaves_the_proposed_case(store: Store) -> None:
    take_in(store, *failures(4))
    take_in(store, *failures(3, prefix="later", occurred_at="2026-04-20T00:00:00Z"))
    assert _case_events(store) == ["e-0"]
    assert facts_of(store, "CaseRemoved") == []


def test_an_earlier_failure_without_a_request_does_not_take_its_place(store: Store) -> None:
    take_in(store, *failures(4))
    take_in(store, _earlier(request=ABSENT))
    assert _case_events(store) == ["e-0"]


def test_an_earlier_locus_takes_the_place_of_the_last_one(store: Store) -> None:
    settings = settings_with(tickets={"proposed_cases": 2})
    events = [event | {"metadata": told(locus=_LOCI[n % 2])} for n, event in enumerate(failures(4))]
    take_in(store, *events, settings=settings)
    take_in(store, _earlier(metadata=told(locus=_LOCI[2])), settings=settings)
    assert _case_events(store) == ["e-0", "earlier"]


@pytest.mark.parametrize("settled", [True, False])
def test_the_cases_of_a_set_stay_once_someone_reviews_it(store: Store, *, settled: bool) -> None:
    take_in(store, *failures(4))
    ticket_id = _views(store)["regression_set"]["ticket_id"]
    approved = TicketApproved(ticket_id=ticket_id, actor="ben", settles=settled)
    record(store, [TicketTaken(ticket_id=ticket_id, actor="ana"), approved], now=NOW)
    take_in(store, _earlier())
    assert _case_events(store) == ["e-0"]


def test_a_case_that_gave_way_may_come_back(store: Store) -> None:
    settings = settings_with(tickets={"proposed_cases": 1})
    take_in(store, *failures(4), settings=settings)
    take_in(store, _earlier(metadata=told(locus=_LOCI[1])), settings=settings)
    wider = settings_with(tickets={"proposed_cases": 2})
    take_in(store, *failures(1, prefix="later"), settings=wider)
    assert _case_events(store) == ["e-0", "earlier"]
    assert maintenance.verify(store) == maintenance.check_read_models(store) == []


# order of arrival


def _world() -> list[dict[str, Any]]:
    """Return failures of several patterns, loci, risks and windows, each event id once."""
    dice = random.Random(7)
    return [
        a_failure(
            event_id=f"w-{n}",
            session_id=f"s-{dice.randrange(12)}",
            occurred_at=f"2026-{dice.randrange(2, 5):02}-{dice.randrange(1, 28):02}T{dice.randrange(24):02}:30:00Z",
            template={"name": dice.choice(["a", "b"]), "version": dice.choice(["1.0.0", "1.1.0"])},
            labels={"risk_level": dice.choice(["low", "low", "low", "high"])} if n % 3 == 0 else {},
            metadata=told(dice.choice([CATEGORY, "model_capability_gap", "needs_triage"]), dice.choice(_LOCI)),
        )
        for n in range(80)
    ]


def _at_rest(events: list[dict[str, Any]], batch: int) -> dict[str, Any]:
    store = open_store(":memory:")
    service = a_service(store)
    for start in range(0, len(events), batch):
        report(service, incoming(*events[start : start + batch]))
    take_in(store)
    ended: dict[str, Any] = {"tickets": ticket_views(service), "patterns": pattern_rows(service)}
    assert maintenance.verify(store) == maintenance.check_read_models(store) == []
    store.close()
    return ended


@pytest.mark.parametrize(("seed", "batch"), [(1, 1), (2, 7), (3, 20), (4, 80)])
def test_the_same_failures_in_any_order_and_in_any_batches_end_in_the_same_tickets(seed: int, batch: int) -> None:
    events = _world()
    expected = _at_rest(events, 80)
    assert len(expected["tickets"]) > 3
    random.Random(seed).shuffle(events)
    assert _at_rest(events, batch) == expected


# views


def test_the_first_answer_counts_the_last_window_and_the_one_before(store: Store) -> None:
    recent = [event | {"occurred_at": f"2026-04-2{n}T00:00:00Z"} for n, event in enumerate(failures(4))]
    before = [event | {"occurred_at": "2026-04-05T00:00:00Z"} for event in failures(2, prefix="before")]
    long_ago = [event | {"occurred_at": "2026-01-01T00:00:00Z"} for event in failures(1, prefix="ago")]
    take_in(store, *recent, *before, *long_ago)
    recurs = _views(store)["template_revision"]["answers"]["recurs"]
    assert recurs["trend"] == {"window_days": 14, "last_window": 4, "window_before": 2}
    assert recurs["sentence"] == (
        "Field definition ambiguity: 7 failures in 7 units, at 1 place in the template; "
        "4 in the last 14 days, 2 in those before"
    )


def test_the_last_window_ends_at_the_newest_event_of_all(store: Store) -> None:
    take_in(store, *failures(4), a_failure(event_id="new", template=ABSENT, occurred_at="2026-05-01T00:00:00Z"))
    trend = _views(store)["template_revision"]["answers"]["recurs"]["trend"]
    assert (trend["last_window"], trend["window_before"]) == (0, 0)


def test_by_failures_tickets_of_high_risk_come_first_then_those_of_larger_patterns(store: Store) -> None:
    other = {"name": "other", "version": "1.0.0"}
    risky = {"name": "risky", "version": "1.0.0"}
    take_in(
        store,
        *failures(4),
        *failures(6, prefix="b", template=other),
        *failures(3, prefix="c", template=risky, **_HIGH),
    )
    views = ticket_views(a_service(store), order="failures")
    assert [view["pattern"]["template"] for view in views] == ["risky"] * 2 + ["other"] * 2 + [TEMPLATE] * 2
    assert [view["kind"] for view in views] == ["template_revision", "regression_set"] * 3


@pytest.mark.parametrize(
    ("kind", "state", "count"), [(None, None, 2), ("regression_set", None, 1), (None, "approved", 0), (None, "open", 2)]
)
def test_tickets_are_found_by_kind_and_state(store: Store, kind: str | None, state: str | None, count: int) -> None:
    take_in(store, *failures(4))
    assert len(ticket_views(a_service(store), kind=kind, state=state)) == count


def test_a_ticket_that_does_not_exist_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no ticket 'TR-nobody'"):
        ticket_view(a_service(store), "TR-nobody")


def test_patterns_come_with_most_failures_first_and_name_their_tickets(store: Store) -> None:
    take_in(store, *failures(2), *failures(5, prefix="b", template={"name": "other", "version": "1.0.0"}))
    rows = pattern_rows(a_service(store))
    assert [(row["template"], row["counts"]["failures"], len(row["tickets"])) for row in rows] == [
        ("other", 5, 2),
        (TEMPLATE, 2, 0),
    ]
