"""The recorder's metrics tell of drift, in a store that it finds and in what it records."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.builders import TEMPLATE, failures, take_in, told
from tests.streams.kit import Kit, Worker, alive, until

pytestmark = pytest.mark.kafka

_OFTEN = {"worker": {"drift_interval_seconds": 0.3}}
_END = datetime(2026, 4, 25, 12, 0, tzinfo=UTC)


def _some(count: int, prefix: str, days_ago: float, *, triaged: int = 0, **changes: Any) -> list[dict[str, Any]]:
    when = (_END - timedelta(days=days_ago)).isoformat()
    many = failures(count, prefix, occurred_at=when, **changes)
    return [event | {"metadata": told("needs_triage")} if n < triaged else event for n, event in enumerate(many)]


def _shown(worker: Worker, series: str) -> float | None:
    """Return the value of one series; None while it is not there."""
    for line in worker.answer("/metrics")[1].splitlines():
        if line.startswith(f"{series} "):
            return float(line.rpartition(" ")[2])
    return None


def _alarm(kind: str, scope: str, name: str) -> str:
    return f'feedback_drift_alarm{{kind="{kind}",name="{name}",scope="{scope}"}}'


def test_a_recorder_over_a_store_with_a_drifted_source_shows_the_alarm(kit: Kit) -> None:
    store = kit.service().store
    take_in(store, *_some(300, "before", 20, triaged=30), *_some(150, "now", 3, triaged=45), *_some(1, "end", 0))
    calm = [*_some(300, "calm", 20, source="operations"), *_some(150, "calm-now", 3, source="operations")]
    take_in(store, *({**event, "template": {"name": "calm", "version": "1.0.0"}} for event in calm))
    recorder = kit.worker("record", settings=_OFTEN)
    alarm = _alarm("triage_share", "source", "system_log")
    until(lambda: alive(recorder) and _shown(recorder, alarm) == 1, "the alarm is shown")
    assert _shown(recorder, _alarm("triage_share", "template", TEMPLATE)) == 1
    assert _shown(recorder, _alarm("triage_share", "source", "operations")) == 0
    assert _shown(recorder, _alarm("confidence", "source", "system_log")) == 0
    assert _shown(recorder, 'feedback_triage_share{source="system_log"}') == pytest.approx(45 / 151)
    assert _shown(recorder, f'feedback_triage_share_template{{template="{TEMPLATE}"}}') == pytest.approx(45 / 151)
    assert _shown(recorder, 'feedback_confidence_mean{source="operations"}') == pytest.approx(0.9)
    until(lambda: recorder.answer("/readyz")[0] == 200, "it is ready")
    assert len([line for line in recorder.said("drift") if line["name"] == "system_log"]) == 1
    assert recorder.stop() == 0


def test_figures_follow_what_is_recorded(kit: Kit) -> None:
    service = kit.service()
    recorder = kit.worker("record", settings=_OFTEN)
    kit.worker("assess")
    kit.send(_some(20, "first", 0))
    kit.until_consumed(service.store)
    series = 'feedback_triage_share{source="system_log"}'
    until(lambda: _shown(recorder, series) == 0, "nothing went to triage")
    kit.send(_some(20, "dark", 0, request=None, response=None, template=None, signals={"rating": 2}))
    kit.until_consumed(service.store)
    until(lambda: _shown(recorder, series) == 0.5, "half went to triage")
    kit.send(_some(1, "later", -40))
    until(lambda: _shown(recorder, series) == 0, "the window has moved on")
    assert recorder.stop() == 0
