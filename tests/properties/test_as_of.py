"""A ticket as it was equals the ticket of a whole store whose log ends there, whatever happened before and after."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.domain.correction import Said
from feedback.domain.failure import TemplateRef
from feedback.errors import CallerError, NotFound
from feedback.pipeline import Assessor
from feedback.service.as_of import ticket_states_as_of, ticket_view_as_of
from feedback.service.assess import catch_up
from feedback.service.bootstrap import Service
from feedback.service.correct import correct
from feedback.service.grouping import merge
from feedback.service.judge import judge
from feedback.service.merging import merge_tickets
from feedback.service.register import register_samples, register_templates, register_version
from feedback.service.report import report
from feedback.service.review import act
from feedback.service.snooze import snooze
from feedback.service.splitting import split
from feedback.service.views import pattern_rows, ticket_view, ticket_views
from feedback.storage.database import open_store
from feedback.storage.log import read
from feedback.storage.maintenance import check_read_models
from feedback.storage.projections import Projections
from tests.builders import (
    ABSENT,
    CATEGORY,
    OTHER_TEMPLATE,
    TEMPLATE,
    Told,
    a_failure,
    a_sample,
    a_service,
    a_template,
    a_training_version,
    an_exposure,
    incoming,
    settings_with,
    told,
)

CATEGORIES = (CATEGORY, "insufficient_context")
TEMPLATES = (TEMPLATE, OTHER_TEMPLATE)
LOCI = ("/currency:enum", "/amount:type")
MODELS = ("model-1", "model-2", None)
SETTINGS = settings_with(recurrence={"min_units": 2, "high_risk_min_units": 2, "storm_failures": 2})


@st.composite
def failures(draw: st.DrawFn, n: int) -> dict[str, Any]:
    """Draw the n-th failure: of few templates, categories, samples, models and days, so that they meet."""
    named, recovered = draw(st.sampled_from(((0, 1), (1, 0), (1, 0), (0, 0)))), draw(st.sampled_from(TEMPLATES))
    hours = 24 * draw(st.sampled_from((0, 0, 18, 18, 40))) + draw(st.integers(0, 9))
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hours)
    more = {"template": (recovered, "1.0.0")} if named[1] else {}
    return a_failure(
        event_id=f"e-{n}",
        occurred_at=at.isoformat(),
        session_id=ABSENT,
        sample_id=draw(st.sampled_from((ABSENT, "sample-0", "sample-1", "sample-2"))),
        training_version=draw(st.sampled_from(MODELS)) or ABSENT,
        template={"name": draw(st.sampled_from((TEMPLATE, *TEMPLATES))), "version": "1.0.0"} if named[0] else ABSENT,
        labels=draw(st.sampled_from(({}, {"risk_level": "high"}, {"scenario": "legal"}))),
        metadata=told(draw(st.sampled_from((CATEGORIES[0], *CATEGORIES))), draw(st.sampled_from(LOCI)), **more)
        | ({"draft": True} if draw(st.integers(0, 9)) == 0 else {}),
    )


SAID = (
    Said(template=TemplateRef(name=TEMPLATES[0], version="1.0.0")),
    Said(template=TemplateRef(name=TEMPLATE, version="1.0.0"), category=CATEGORIES[0]),
    Said(template=None),
    Said(locus=LOCI[0]),
)
STEPS = st.one_of(
    st.tuples(st.just("deliver"), st.integers(1, 6)),
    st.tuples(st.just("correct"), st.lists(st.integers(0, 9), min_size=1, max_size=4), st.sampled_from(CATEGORIES)),
    st.tuples(st.just("say"), st.integers(0, 9), st.sampled_from(SAID)),
    st.tuples(st.just("samples"), st.integers(0, 2), st.sampled_from(TEMPLATES)),
    st.tuples(st.just("template"), st.sampled_from(TEMPLATES)),
    st.tuples(st.just("model"), st.sampled_from(MODELS[:2])),
    st.tuples(st.just("exposure"), st.sampled_from(TEMPLATES)),
    st.tuples(st.just("merge"), st.integers(0, 3)),
    st.tuples(st.just("act"), st.integers(0, 7), st.sampled_from(("take", "assign", "comment", "approve", "reject"))),
    st.tuples(st.just("snooze"), st.integers(0, 7)),
    st.tuples(st.just("duplicate"), st.integers(0, 7), st.integers(0, 7)),
    st.tuples(st.just("split"), st.integers(0, 7), st.sampled_from(LOCI)),
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Draw what happens; deliveries hold their failures."""
    drawn, delivered = [], 0
    for step in [("deliver", 10), *draw(st.lists(STEPS, min_size=2, max_size=14))]:
        if step[0] == "deliver":
            drawn.append(("deliver", [draw(failures(n)) for n in range(delivered, delivered + step[1])]))
            delivered += step[1]
        else:
            drawn.append(step)
    return drawn


def _happens(service: Service, step: tuple[Any, ...], n: int) -> None:
    tickets = [view["ticket_id"] for view in ticket_views(service)]
    match step:
        case "deliver", events:
            report(service, incoming(*events))
            catch_up(service, cast("Assessor", Told()))
            judge(service)
        case "correct", chosen, category:
            correct(service, [(f"e-{one}", category) for one in chosen], actor="token:ana")
        case "say", one, said:
            correct(service, [(f"e-{one}", said)], actor="token:ben")
        case "samples", sample, template:
            registered = a_sample(
                sample_id=f"sample-{sample}", dataset_version=f"v{n}", template={"name": template, "version": "1.0.0"}
            )
            register_samples(service, [registered])
        case "template", name:
            labels = {"risk_level": "high", "scenario": "medical"}
            register_templates(service, [a_template(name=name, version=f"1.{n}.0", labels=labels, resolves=tickets)])
        case "model", model:
            register_version(service, a_training_version(training_version=model))
        case "exposure", name:
            exposure = an_exposure(
                exposure_id=f"x-{n}", template={"name": name, "version": "1.0.0"}, training_version="model-3"
            )
            report(service, incoming(exposure))
            judge(service)
        case "merge", which:
            pattern = pattern_rows(service)[which]
            merge(service, pattern["pattern_id"], *LOCI, actor="token:ana")
        case "act", which, action:
            more: dict[str, Any] = {"reason": "wont_fix"} if action == "reject" else {}
            act(
                service,
                tickets[which % len(tickets)],
                action,
                actor=f"token:{n}",
                assignee="token:ben",
                comment="why",
                **more,
            )
        case "duplicate", which, other:
            merge_tickets(service, tickets[which % len(tickets)], tickets[other % len(tickets)], actor="token:ana")
        case "split", which, locus:
            split(service, tickets[which % len(tickets)], [locus], actor="token:ana")
        case "snooze", which:
            snooze(service, tickets[which % len(tickets)], actor="token:ana", failures=3)


def _live(history: list[tuple[Any, ...]]) -> Service:
    """Let it all happen; what cannot be done when its turn comes is left out."""
    service = a_service(open_store(":memory:"), settings=SETTINGS)
    for n, step in enumerate(history):
        try:
            _happens(service, step, n)
        except (CallerError, IndexError, ZeroDivisionError):
            assert not service.store.db.conn.in_transaction
    return service


def _whole_store_that_ends_at(service: Service, position: int) -> Service:
    ended = open_store(":memory:")
    with ended.writing():
        Projections(ended).fold(read(service.store, limit=position))
    return a_service(ended, settings=SETTINGS)


def _seen(service: Service, ticket_id: str) -> dict[str, Any]:
    view = ticket_view(service, ticket_id)
    view["answers"]["systemic"]["specification_fault"] = None
    return view


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.data())
def test_a_ticket_as_it_was_is_that_of_a_store_whose_log_ends_there(
    history: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    service = _live(history)
    last = service.store.rows("SELECT max(position) FROM facts")[0][0]
    for position in [*data.draw(st.lists(st.integers(0, last), min_size=1, max_size=4)), last]:
        ended = _whole_store_that_ends_at(service, position)
        there = {view["ticket_id"]: view for view in ticket_views(ended)}
        states = {
            one.ticket_id: (one.kind, one.state, one.assignee, one.version)
            for one in ticket_states_as_of(service, position)
        }
        assert states == {
            ticket_id: (view["kind"], view["state"], view["assignee"], view["version"])
            for ticket_id, view in there.items()
        }
        for view in ticket_views(service):
            ticket_id = view["ticket_id"]
            if ticket_id in there:
                assert ticket_view_as_of(service, ticket_id, position) == _seen(ended, ticket_id)
                continue
            with pytest.raises(NotFound):
                ticket_view_as_of(service, ticket_id, position)
        ended.store.close()
    assert check_read_models(service.store) == []
    service.store.close()
