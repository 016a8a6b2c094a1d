"""However failures are delivered, the same patterns, tickets, counts and loci come of them; counted independently too."""

import json
import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.domain.correction import Said
from feedback.domain.facts import ClassifierPromoted, ClassifierTrained, Fact
from feedback.pipeline import Assessor
from feedback.service.assess import catch_up
from feedback.service.bootstrap import Service, open_service
from feedback.service.correct import correct, correct_by_machine
from feedback.service.judge import judge
from feedback.service.register import register_samples, register_version
from feedback.service.report import report
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage import maintenance
from feedback.storage.corrections import corrected_by_people
from feedback.storage.failures import count_by_category
from feedback.storage.maintenance import check_read_models, rebuild
from feedback.storage.recording import record
from tests.builders import NOW, Told, a_failure, a_sample, a_training_version, an_assessment, incoming, told

WINDOW_DAYS, ENOUGH, ENOUGH_HIGH = 14, 4, 3
CATEGORIES = ("field_definition_ambiguity", "insufficient_context", "model_capability_gap", "needs_triage")
TEMPLATES = ("contract", "claim", None)
LOCI = ("/currency:enum", "/amount:type", "max_words")
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def streams(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw failures of few patterns, units and hours, so that they meet; each with an id of its own."""
    one = st.tuples(
        st.sampled_from(CATEGORIES),
        st.sampled_from(TEMPLATES),
        st.sampled_from(LOCI),
        st.integers(0, 7),  # unit
        st.integers(0, 40 * 24),  # hour
        st.sampled_from((None, "low", "high")),
        st.booleans(),  # whether there is a request to run again
        st.sampled_from((None, "model-1")),
    )
    return [_event(n, *parts) for n, parts in enumerate(draw(st.lists(one, max_size=30)))]


def _event(n: int, *parts: Any) -> dict[str, Any]:
    category, template, locus, unit, hour, risk, runnable, training_version = parts
    at = datetime.fromisoformat("2026-03-01T00:30:00+00:00") + timedelta(hours=hour)
    changes: dict[str, Any] = {
        "event_id": f"e-{n}",
        "session_id": f"s-{unit}",
        "occurred_at": at.isoformat(),
        "metadata": told(category, locus),
        "labels": {"risk_level": risk} if risk else {},
    }
    event = a_failure(**changes)
    event.pop("template")
    if template:
        event["template"] = {"name": template, "version": "1.0.0"}
    if training_version:
        event["training_version"] = training_version
    if not runnable:
        event.pop("request")
    return event


def _service() -> Service:
    service = open_service(":memory:")
    rules = service.settings.recurrence.model_copy(
        update={"window_days": WINDOW_DAYS, "min_units": ENOUGH, "high_risk_min_units": ENOUGH_HIGH}
    )
    return replace(service, settings=service.settings.model_copy(update={"recurrence": rules}))


def _deliver(service: Service, events: list[dict[str, Any]], batch: int) -> None:
    """Report the failures in batches; assess them and judge when all have come."""
    for start in range(0, len(events), batch):
        report(service, incoming(*events[start : start + batch]))
    catch_up(service, cast("Assessor", Told()))
    judge(service)


def _all_that_is_said(service: Service) -> dict[str, Any]:
    """Return everything readers are shown; within one delivery arrival plays no part in any of it."""
    return {
        "patterns": pattern_rows(service),
        "tickets": ticket_views(service),
        "categories": count_by_category(service.store),
        "unattributed": count_by_category(service.store, attributed=False),
    }


@SOME
@given(streams(), st.randoms(use_true_random=False), st.integers(1, 9))
def test_repeated_and_reordered_deliveries_end_in_the_same_patterns_tickets_counts_and_loci(
    events: list[dict[str, Any]], dice: random.Random, batch: int
) -> None:
    in_order, in_disorder = _service(), _service()
    _deliver(in_order, sorted(events, key=lambda event: event["occurred_at"]), 50)
    twice = events + dice.sample(events, len(events) // 2)
    dice.shuffle(twice)
    _deliver(in_disorder, twice, batch)
    assert _all_that_is_said(in_disorder) == _all_that_is_said(in_order)


@SOME
@given(streams(), st.integers(1, 9), st.sampled_from((1, 7, 5_000)))
def test_a_rebuild_ends_in_the_rows_of_the_live_tables_whatever_its_batches(
    events: list[dict[str, Any]], batch: int, fold: int
) -> None:
    service = _service()
    _deliver(service, events, batch)
    said = _all_that_is_said(service)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maintenance, "_BATCH", fold)
        assert check_read_models(service.store) == []
        rebuild(service.store)
    assert _all_that_is_said(service) == said
    _deliver(service, events, batch)
    assert _all_that_is_said(service) == said


@SOME
@given(streams(), st.integers(0, 30), st.integers(1, 9))
def test_delivered_in_two_parts_patterns_and_verdicts_are_those_of_one_and_no_ticket_is_missing(
    events: list[dict[str, Any]], cut: int, batch: int
) -> None:
    at_once, in_parts = _service(), _service()
    _deliver(at_once, events, batch)
    _deliver(in_parts, events[:cut], batch)
    _deliver(in_parts, events[cut:], batch)
    judge(in_parts, everything=True)
    assert _judged(in_parts) == _judged(at_once)
    assert _tickets(at_once) <= _tickets(in_parts)  # what was due when only a part had come stays open


@SOME
@given(streams(), st.integers(1, 9))
def test_counts_loci_and_tickets_equal_those_counted_from_the_input_alone(
    events: list[dict[str, Any]], batch: int
) -> None:
    service = _service()
    _deliver(service, events, batch)
    truth = _truth(events)
    patterns = {(row["category"], row["template"]): row for row in pattern_rows(service)}
    assert {key: row["counts"]["failures"] for key, row in patterns.items()} == {
        key: len(members) for key, members in truth.items()
    }
    assert {key: row["counts"]["units"] for key, row in patterns.items()} == {
        key: len({event["session_id"] for event in members}) for key, members in truth.items()
    }
    tickets = ticket_views(service)
    assert sorted((one["kind"], one["pattern"]["category"], one["pattern"]["template"]) for one in tickets) == sorted(
        ticket
        for key, members in truth.items()
        for ticket in _tickets_due(*key, members, verdict=patterns[key]["verdict"]["value"])
    )
    for key, members in truth.items():
        if patterns[key]["verdict"]["value"] == "systemic":
            assert _most_in_one_window(members) >= (ENOUGH_HIGH if _is_high_risk(members) else ENOUGH)
    for one in tickets:
        members = truth[one["pattern"]["category"], one["pattern"]["template"]]
        counted = Counter(event["metadata"]["told"]["locus"] for event in members)
        assert {locus["locus"]: locus["failures"] for locus in one["loci"]} == dict(counted)
        assert one["counts"]["first_seen"] == _stamp(min(event["occurred_at"] for event in members))


@SOME
@given(streams(), st.integers(0, 30), st.integers(1, 9))
def test_registering_what_a_model_was_trained_on_counts_alike_before_and_after_its_failures(
    events: list[dict[str, Any]], cut: int, batch: int
) -> None:
    version = a_training_version(training_version="model-1", templates=[{"name": "contract", "version": "3.1.0"}])
    before, amid = _service(), _service()
    register_version(before, version)
    _deliver(before, events, batch)
    _deliver(amid, events[:cut], batch)
    register_version(amid, version)
    _deliver(amid, events[cut:], batch)
    judge(amid, everything=True)
    assert _judged(amid) == _judged(before)
    assert _tickets(before) <= _tickets(amid)
    assert check_read_models(amid.store) == []


@SOME
@given(streams(), st.integers(0, 30), st.integers(1, 9))
def test_a_registered_sample_names_the_template_of_failures_that_came_before_it_and_after(
    events: list[dict[str, Any]], cut: int, batch: int
) -> None:
    sampled = [{key: value for key, value in event.items() if key != "session_id"} for event in events]
    for n, event in enumerate(sampled):
        event["sample_id"] = f"sample-{n % 5}"
    samples = [
        a_sample(sample_id=f"sample-{n}", template={"name": "claim", "version": "2.0.0"}, dataset_version="v1")
        for n in range(3)
    ]
    before, amid = _service(), _service()
    register_samples(before, samples)
    _deliver(before, sampled, batch)
    _deliver(amid, sampled[:cut], batch)
    register_samples(amid, samples)
    _deliver(amid, sampled[cut:], batch)
    judge(amid, everything=True)
    assert _judged(amid) == _judged(before)
    assert check_read_models(amid.store) == []


Word = tuple[str, int, str, str]
"""Who speaks (a person's name, or "machine"), of which event, the category, and the locus a machine says."""


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[Any]]:
    """Draw failures that name samples, and a history: deliveries of them, words on them, and registrations between."""
    events = draw(streams())
    for n, event in enumerate(events):
        event["sample_id"] = f"sample-{n % 5}"
    word = st.tuples(
        st.sampled_from(("anna", "bert", "machine")),
        st.integers(0, max(len(events) - 1, 0)),
        st.sampled_from(CATEGORIES),
        st.sampled_from(LOCI),
    )
    step = st.one_of(
        st.integers(1, 9),  # so many of the next failures are delivered
        st.lists(word, min_size=1, max_size=6),
        st.sampled_from(("samples", "model", "training", "rollback")),
    )
    return events, draw(st.lists(step, max_size=12))


def _live(service: Service, events: list[dict[str, Any]], history: list[Any]) -> list[Word]:
    """Let it happen, deliver at the end what is left, and return the words that were heard, in order."""
    delivered = 0
    heard: list[Word] = []
    for step in [*history, len(events)]:
        if isinstance(step, int):
            _deliver(service, events[delivered : delivered + step], 5)
            delivered += step
        elif step == "samples":
            register_samples(service, _SAMPLES)
        elif step == "model":
            register_version(service, _MODEL)
        elif isinstance(step, str):
            record(service.store, _CLASSIFIERS[step], now=NOW)
        else:
            words = [word for word in step if word[1] < min(delivered, len(events))]
            heard += words
            _speak(service, words)
    return heard


def _speak(service: Service, words: list[Word]) -> None:
    """Let each speak in turn, people who speak one after the other in one call."""
    for name, group in groupby(words, key=lambda word: word[0]):
        said = list(group)
        if name == "machine":
            again = [an_assessment(f"e-{n}", category=category, locus=locus) for _, n, category, locus in said]
            correct_by_machine(service, again)
        else:
            correct(service, [(f"e-{n}", category) for _, n, category, _ in said], actor=name)


_SAMPLES = [
    a_sample(sample_id=f"sample-{n}", template={"name": "claim", "version": "2.0.0"}, dataset_version="v1")
    for n in range(3)
]
_MODEL = a_training_version(training_version="model-1", templates=[{"name": "contract", "version": "3.1.0"}])
_TRAINED = ClassifierTrained(
    classifier_version="c1:b",
    champion_version="c1:a",
    cases=9,
    corrections=3,
    upto=7,
    precision=0.8,
    figures={"p_value": 0.03125},
    better=True,
)
_PROMOTED = ClassifierPromoted(
    classifier_version="c1:b", previous="c1:a", corrections_upto=7, actor="classifier", reason="better"
)
_ROLLED_BACK = ClassifierPromoted(classifier_version="c1:a", previous="c1:b", actor="token:anna", reason="rollback")
_CLASSIFIERS: dict[str, list[Fact]] = {"training": [_TRAINED, _PROMOTED], "rollback": [_ROLLED_BACK]}


@SOME
@given(histories())
def test_a_history_with_corrections_is_replayed_row_for_row_whatever_is_folded_at_once(
    drawn: tuple[list[dict[str, Any]], list[Any]],
) -> None:
    service = _service()
    _live(service, *drawn)
    said = _all_that_is_said(service)
    with pytest.MonkeyPatch.context() as patch:
        for fold in (1, 3, 5_000):
            patch.setattr(maintenance, "_BATCH", fold)
            assert check_read_models(service.store) == []
    rebuild(service.store)
    assert _all_that_is_said(service) == said
    assert maintenance.verify(service.store) == []


@SOME
@given(histories())
def test_after_all_corrections_patterns_count_and_judge_what_people_said_last_and_else_the_machine(
    drawn: tuple[list[dict[str, Any]], list[Any]],
) -> None:
    events, history = drawn
    corrected, afresh = _service(), _service()
    heard = _live(corrected, events, [*history, "samples", "model"])
    assert corrected_by_people(corrected.store, [event["event_id"] for event in events]) == {
        f"e-{n}" for name, n, *_ in heard if name != "machine"
    }
    register_samples(afresh, _SAMPLES)
    register_version(afresh, _MODEL)
    _deliver(afresh, [_as_said(event, n, heard) for n, event in enumerate(events)], 50)
    assert count_by_category(corrected.store) == count_by_category(afresh.store)
    judge(corrected, everything=True)
    assert _judged(corrected) == _judged(afresh)
    assert _tickets(afresh) <= _tickets(corrected)
    sql = """SELECT case_id FROM cases c JOIN failures f USING (event_id)
             WHERE c.pattern_id IS NOT f.pattern_id OR c.fingerprint <> f.fingerprint"""
    assert corrected.store.rows(sql) == []  # nobody reviews the sets, so their cases follow the failures


_SAID = st.builds(
    Said.model_validate,
    st.fixed_dictionaries(
        {},
        optional={
            "category": st.sampled_from((*CATEGORIES, "needs_triage")),
            "template": st.sampled_from((None, {"name": "claim", "version": "9.0.0"}, {"name": "contract"})),
            "locus": st.sampled_from(LOCI),
        },
    ).filter(bool),
)
_SPOKEN = st.tuples(st.sampled_from(("anna", "bert")), st.integers(0, 29), _SAID)


@SOME
@given(histories(), st.lists(_SPOKEN, max_size=8), st.lists(_SPOKEN, max_size=8))
def test_words_on_category_template_and_place_amid_any_history_are_replayed_and_the_last_of_each_stands(
    drawn: tuple[list[dict[str, Any]], list[Any]],
    amid: list[tuple[str, int, Said]],
    last: list[tuple[str, int, Said]],
) -> None:
    events, history = drawn
    service = _service()
    _live(service, events, history)
    for name, n, said in (*amid, *last):
        if n < len(events):
            correct(service, [(f"e-{n}", said)], actor=name)
    _live(service, [], ["samples", "model"] if "samples" not in history and "model" not in history else [])
    again = [an_assessment(f"e-{n}", category=CATEGORIES[0], locus=LOCI[0]) for n in range(len(events))]
    correct_by_machine(service, again)
    stood: dict[str, str] = dict(
        service.store.rows(
            "SELECT event_id, json_array(category, template_name, template_version, said_locus) FROM failures"
        )
    )
    for n in range(len(events)):
        words = [one for _, at, one in (*amid, *last) if at == n]
        category, name, version, locus = json.loads(stood[f"e-{n}"])
        if loci := [one.locus for one in words if one.locus]:
            assert locus == loci[-1]
        if categories := [one.category for one in words if one.category]:
            assert category == categories[-1]
        if templates := [one.template for one in words if "template" in one.aspects]:
            assert (name, version) == ((templates[-1].name, templates[-1].version) if templates[-1] else (None, None))
    with pytest.MonkeyPatch.context() as patch:
        for fold in (1, 3, 5_000):
            patch.setattr(maintenance, "_BATCH", fold)
            assert check_read_models(service.store) == []


def _tickets(service: Service) -> set[str]:
    return {ticket["ticket_id"] for ticket in ticket_views(service)}


def _as_said(event: dict[str, Any], n: int, heard: list[Word]) -> dict[str, Any]:
    """Return the event as if the pipeline had said at once what was said of it last, people before the machine."""
    words = [word for word in heard if word[1] == n]
    by_people = [word for word in words if word[0] != "machine"]
    last = (by_people or words)[-1:]
    return event | {"metadata": told(last[0][2])} if last else event


def _judged(service: Service) -> dict[tuple[str, str], Any]:
    """
    Return counts, risk and verdict of the patterns that hold failures; places and tickets depend on the history.

    So do the numbers that a verdict was first told with: another fact is written only where they are news.
    """
    return {
        (row["category"], row["template"]): (row["counts"], row["risk_level"], row["verdict"]["value"])
        for row in pattern_rows(service)
        if row["counts"]["failures"]
    }


def _truth(events: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        category = event["metadata"]["told"]["category"]
        if "template" in event and category != "needs_triage":
            found[category, event["template"]["name"]].append(event)
    return found


def _tickets_due(
    category: str, template: str, members: list[dict[str, Any]], *, verdict: str
) -> list[tuple[str, str, str]]:
    kinds = []
    if verdict == "systemic" and category != "model_capability_gap":
        kinds.append("template_revision")
    if verdict == "systemic" or _is_high_risk(members):
        kinds.append("regression_set")
    return [(kind, category, template) for kind in kinds]


def _is_high_risk(members: list[dict[str, Any]]) -> bool:
    return any(event["labels"].get("risk_level") == "high" for event in members)


def _most_in_one_window(members: list[dict[str, Any]]) -> int:
    most = 0
    for last in members:
        end = _hour(last)
        inside = {event["session_id"] for event in members if end - WINDOW_DAYS * 24 < _hour(event) <= end}
        most = max(most, len(inside))
    return most


def _hour(event: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(event["occurred_at"]).timestamp()) // 3600


def _stamp(text: str) -> str:
    return datetime.fromisoformat(text).isoformat(timespec="microseconds")
