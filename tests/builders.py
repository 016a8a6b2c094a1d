"""Builders with good defaults, a small assessor that does as it is told, and helpers to look at a store as it is."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from feedback.domain.assessment import Alternative, Assessment, Attribution, Evidence, fingerprint_of
from feedback.domain.failure import FailureEvent
from feedback.domain.template import SampleRegistration, Template, VersionRegistration
from feedback.pipeline import Assessor
from feedback.service.assess import catch_up
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.service.register import register_samples, register_templates, register_version
from feedback.service.report import Incoming, Verdict, report
from feedback.settings import Settings, load_settings, load_taxonomy
from feedback.storage.database import Row, Store, open_store

__all__ = [
    "ABSENT",
    "CATEGORY",
    "NOW",
    "OTHER_TEMPLATE",
    "TEMPLATE",
    "Step",
    "Told",
    "a_failure",
    "a_sample",
    "a_service",
    "a_template",
    "a_training_version",
    "an_assessment",
    "an_exposure",
    "at_rest",
    "every_row",
    "facts_of",
    "failure_row",
    "failures",
    "incoming",
    "raw",
    "register",
    "settings_with",
    "table",
    "take_in",
    "told",
]

NOW = datetime(2026, 4, 25, 12, 0, tzinfo=UTC)
"""The time that recording is told; no rule depends on it."""
TEMPLATE = "payment_terms"
OTHER_TEMPLATE = "other_template"
CATEGORY = "field_definition_ambiguity"
ABSENT = object()
"""As a change: leave the field out."""
Step = Callable[[Store], object]
"""Something that is done to a store."""
_ARRIVAL = ("position", "assessed_position", "payload_id", "evidence_payload_id")
_COUNTED = ("patterns", "pattern_units", "pattern_hours", "pattern_loci", "pattern_versions")


def a_failure(**changes: Any) -> dict[str, Any]:
    """Return a failure event; `changes` replace whole fields, ABSENT leaves one out."""
    event: dict[str, Any] = {
        "event_id": "e-1",
        "occurred_at": "2026-04-24T09:13:05+00:00",
        "channel": "online",
        "source": "system_log",
        "session_id": "s-1",
        "template": {"name": TEMPLATE, "version": "2.0.0"},
        "request": {
            "messages": [{"role": "user", "content": "Extract the payment terms as JSON."}],
            "output_schema": {"type": "object", "properties": {"currency": {"enum": ["CNY", "USD", "EUR", None]}}},
        },
        "response": {"content": '{"currency": "RMB"}', "finish_reason": "stop"},
        "signals": {"error": "'RMB' is not one of the allowed currencies"},
    }
    event |= changes
    return {name: value for name, value in event.items() if value is not ABSENT}


def an_exposure(**changes: Any) -> dict[str, Any]:
    """Return an exposure of a day's traffic; `changes` replace whole fields, ABSENT leaves one out."""
    exposure: dict[str, Any] = {
        "exposure_id": "x-1",
        "template": {"name": TEMPLATE, "version": "2.0.0"},
        "from": "2026-04-01T00:00:00+00:00",
        "to": "2026-04-02T00:00:00+00:00",
        "interactions": 1200,
    }
    exposure |= changes
    return {name: value for name, value in exposure.items() if value is not ABSENT}


def failures(count: int, prefix: str = "e", **changes: Any) -> list[dict[str, Any]]:
    """Return failures of `count` different sessions, an hour apart from 2026-04-01 on, alike in all else."""
    return [
        a_failure(
            **{
                "event_id": f"{prefix}-{n}",
                "session_id": f"{prefix}-session-{n}",
                "occurred_at": f"2026-04-{1 + n // 24:02}T{n % 24:02}:00:00+00:00",
                **changes,
            }
        )
        for n in range(count)
    ]


def told(category: str = CATEGORY, locus: str = "/currency:enum", **more: Any) -> dict[str, Any]:
    """Return metadata by which `Told` assesses; `template=(name, version)` is one recovered from the text."""
    return {"told": {"category": category, "locus": locus, **more}}


def raw(event: Any) -> bytes:
    """Return JSON bytes."""
    return json.dumps(event, ensure_ascii=False).encode()


def incoming(*events: Any, source: str = "test.jsonl") -> list[Incoming]:
    """Return items as a file gives them, a line each; bytes stay as they are."""
    return [
        Incoming(source, f"line {number}", event if isinstance(event, bytes) else raw(event))
        for number, event in enumerate(events, start=1)
    ]


def a_template(**changes: Any) -> Template:
    """Return a template version, as if read from its file."""
    body: dict[str, Any] = {
        "name": TEMPLATE,
        "version": "2.0.0",
        "kind": "constrained_output",
        "system": "You are an enterprise contract assistant.",
        "instruction": "Extract the payment terms as JSON.",
    }
    return Template.model_validate_json(json.dumps(body | changes))


def a_sample(**changes: Any) -> SampleRegistration:
    """Return the registration of a sample."""
    body: dict[str, Any] = {
        "sample_id": "sample-1",
        "dataset": "sft_en",
        "dataset_version": "v0.3.0",
        "template": {"name": TEMPLATE, "version": "2.0.0"},
    }
    return SampleRegistration.model_validate_json(json.dumps(body | changes))


def a_training_version(**changes: Any) -> VersionRegistration:
    """Return the registration of a training version."""
    body: dict[str, Any] = {
        "training_version": "assistant-1",
        "dataset_version": "v0.3.0",
        "templates": [{"name": TEMPLATE, "version": "2.0.0"}],
    }
    return VersionRegistration.model_validate_json(json.dumps(body | changes))


def an_assessment(event_id: str = "e-1", **changes: Any) -> Assessment:
    """Return an assessment whose fingerprint fits its category, template and locus."""
    fields: dict[str, Any] = {
        "event_id": event_id,
        "category": CATEGORY,
        "probability": 0.9,
        "alternatives": (Alternative(category="output_format_violation", probability=0.1),),
        "evidence": (Evidence(kind="rule", name="schema.enum", detail="'RMB' is not allowed", where="response"),),
        "template": Attribution(name=TEMPLATE, version="2.0.0", score=1.0, method="reference"),
        "locus": "/currency:enum",
        "taxonomy_version": "1",
        "classifier_version": "c1:told",
    } | changes
    origin = fields["template"]
    print_of = fingerprint_of(fields["category"], origin.name if origin else None, fields["locus"])
    return Assessment(**({"fingerprint": print_of} | fields))


class Told:
    """An assessor that says what each event's metadata tells it to, so that no classifier has to be trained."""

    def assess(self, identified: Sequence[tuple[str, FailureEvent]]) -> list[Assessment]:
        """Return one assessment an event, in order."""
        return [self._one(event_id, event) for event_id, event in identified]

    def _one(self, event_id: str, event: FailureEvent) -> Assessment:
        orders = dict(event.metadata.get("told", {}))
        origin = None
        if event.template is not None:
            named = event.template
            origin = Attribution(name=named.name, version=named.version, score=1.0, method="reference")
        elif "template" in orders:
            name, version = orders["template"]
            origin = Attribution(name=name, version=version, score=0.8, method="text")
        changes = {name: value for name, value in orders.items() if name != "template"}
        return an_assessment(event_id, template=origin, **changes)


def settings_with(**sections: dict[str, Any]) -> Settings:
    """Return the default settings with these keys of these sections changed."""
    values = load_settings().model_dump()
    for section, keys in sections.items():
        values[section] |= keys
    return Settings.model_validate(values)


def a_service(store: Store, *, settings: Settings | None = None, now: datetime = NOW) -> Service:
    """Return the service over `store`, by default settings and with a clock that stands still."""
    return Service(store, settings or load_settings(), load_taxonomy(), lambda: now)


def take_in(store: Store, *events: Any, settings: Settings | None = None, now: datetime = NOW) -> list[Verdict]:
    """Report events and exposures in one batch, have `Told` assess what waits, judge, and return the verdicts."""
    service = a_service(store, settings=settings, now=now)
    verdicts = report(service, incoming(*events))
    catch_up(service, cast("Assessor", Told()))
    judge(service)
    return verdicts


def register(
    store: Store, *things: Template | SampleRegistration | VersionRegistration, settings: Settings | None = None
) -> None:
    """Register each thing by its use case, samples and templates one by one."""
    service = a_service(store, settings=settings)
    for thing in things:
        if isinstance(thing, Template):
            register_templates(service, [thing])
        elif isinstance(thing, SampleRegistration):
            register_samples(service, [thing])
        else:
            register_version(service, thing)


def table(store: Store, name: str, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the rows of a table by column, in the order of its first column, leaving out the columns in `without`."""
    columns = [row[1] for row in store.rows(f"PRAGMA table_info({name})")]
    rows = store.rows(f"SELECT * FROM {name} ORDER BY 1, 2")
    return [
        {column: value for column, value in zip(columns, row, strict=True) if column not in without} for row in rows
    ]


def every_row(store: Store) -> dict[str, list[Row]]:
    """Return the rows of all tables, sorted."""
    names = store.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {name: sorted(store.rows(f"SELECT * FROM {name}"), key=repr) for (name,) in names}


def facts_of(store: Store, kind: str) -> list[dict[str, Any]]:
    """Return the data of the facts of one type, oldest first."""
    return [
        json.loads(data) for (data,) in store.rows("SELECT data FROM facts WHERE type = ? ORDER BY position", (kind,))
    ]


def failure_row(store: Store, event_id: str = "e-1") -> dict[str, Any]:
    """Return the row of one failure by column."""
    (row,) = [row for row in table(store, "failures") if row["event_id"] == event_id]
    return row


def at_rest(*steps: Step) -> dict[str, list[dict[str, Any]]]:
    """Return what stands in the read models of a new store after the steps, but for what tells the order of arrival."""
    store = open_store(":memory:")
    for step in steps:
        step(store)
    rows = {name: table(store, name, without=_ARRIVAL) for name in _COUNTED}
    rows["failures"] = sorted(table(store, "failures", without=_ARRIVAL), key=lambda row: str(row["event_id"]))
    rows["tickets"] = table(store, "tickets")
    rows["cases"] = table(store, "cases", without=_ARRIVAL)
    store.close()
    return rows
