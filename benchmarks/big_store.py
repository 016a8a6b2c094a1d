"""
A big store, made up: a million failures and ten thousand tickets, by the same facts and folds as any, assessed by nobody.

`python -m benchmarks.big_store FILE [FAILURES [TICKETS]]`. It says nothing about quality: categories, verdicts and what people did
are drawn by lot.
"""

import gc
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, get_args

from benchmarks.stream import make_templates
from feedback.domain.assessment import Attribution, fingerprint_of
from feedback.domain.canonical import canonical_json
from feedback.domain.case import case_id_of
from feedback.domain.facts import (
    CaseProposed,
    Fact,
    FailureAssessed,
    FailureReported,
    PatternJudged,
    TemplateRegistered,
    TicketApproved,
    TicketKind,
    TicketOpened,
    TicketRejected,
    TicketRevised,
    TicketSnoozed,
    TicketTaken,
    TicketVerified,
    TrainingVersionRegistered,
)
from feedback.domain.failure import SOURCES_BY_CHANNEL, Labels, TemplateRef
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.domain.template import Template, VersionedRef, VersionRegistration
from feedback.domain.ticket import ticket_id_of
from feedback.service.bootstrap import Service, open_service
from feedback.storage import log, payloads
from feedback.storage.judging import wait_for_judging
from feedback.storage.patterns import JudgedPattern, first_loci, patterns
from feedback.storage.projections import Projections

__all__ = ["fill", "main"]

_START = datetime(2026, 1, 1, tzinfo=UTC)
_DAYS = 180
_TEMPLATES = 1_200
_REGISTERED = 900
_VERSIONS = ("1.0.0", "1.1.0", "2.0.0")
_BATCH = 5_000
_SCENARIOS = ("legal", "medical", "finance", "customer_service", "e_commerce", "education", "travel", "software")
_TASKS = ("information_extraction", "summarisation", "question_answering", "classification", "dialogue", "tool_use")
_FORMATS = ("json", "markdown", "plain_text", "table")
_TAGS = ("schema_following", "grounding", "arithmetic", "state_tracking", "refusal", "tool_choice", "brevity")
_PLACES = tuple(f"/{field}:{rule}" for field in ("currency", "amount", "date", "party", "clause", "total") for rule in
                ("type", "enum", "required"))  # fmt: skip
_ERRORS = (
    "'RMB' is not one of ['CNY', 'USD', 'EUR', None]",
    "JSONDecodeError: Expecting ',' delimiter: line 3 column 9 (char 41)",
    "ToolError: missing required parameter 'date' for book_room",
    "the passage does not mention any of this",
)
_COMMENTS = (
    "far too long, I asked for two sentences",
    "I told you my order number already",
    "金额单位错误，应为人民币元",
    "合同日期缺失",
    "支払期日が契約書と違います",
    "why does it refuse this, our policy allows it",
)
_PEOPLE = ("unverified:anna", "unverified:boris", "unverified:chen", "unverified:dora")
_ROUTES: tuple[tuple[str, ...], ...] = (
    *((),) * 10,
    *(("take",),) * 4,
    ("take", "approve"),
    ("take", "approve", "revise"),
    ("take", "approve", "revise", "verify"),
    ("reject",),
    ("snooze",),
)


def main(path: str, failures: int = 1_000_000, tickets: int = 10_000) -> None:
    """Make the store at `path`, which must not exist, and say how large it is and how long it took."""
    began = time.perf_counter()
    gc.disable()
    service = open_service(Path(path))
    service.store.db.conn.execute("PRAGMA synchronous = OFF")  # of this connection only
    fill(service, failures, tickets)
    (facts,), (found,) = (service.store.rows(f"SELECT count(*) FROM {name}")[0] for name in ("facts", "tickets"))
    service.store.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    service.store.close()
    size = Path(path).stat().st_size / 2**30
    print(f"{failures:,} failures, {found:,} tickets, {facts:,} facts, {size:.2f} GiB", end=" ")
    print(f"in {time.perf_counter() - began:.0f} s")


def fill(service: Service, failures: int, tickets: int, seed: int = 1) -> None:
    """Fill a new store: templates first, then the failures in order of time, then verdicts, tickets and what people did."""
    dice = random.Random(seed)
    names = _register(service, dice)
    made = _failures(dice, names, failures, service.taxonomy.ids)
    while batch := list(islice(made, _BATCH)):
        _append(service, _reported(service, batch))
        _append(service, _assessed(service, [one for one in batch if one["assessed"]]))
    _append(service, list(_judged(service, dice, tickets)))
    service.store.db.conn.execute("DELETE FROM unjudged")


def _append(service: Service, facts: Sequence[Fact]) -> None:
    with service.store.writing():
        recorded = log.append(service.store, facts, now=service.clock())
        wait_for_judging(service.store, Projections(service.store).fold(recorded))


def _register(service: Service, dice: random.Random) -> list[str]:
    """Register three quarters of the templates, most with labels, and the training versions; return all names."""
    made = make_templates(_TEMPLATES)
    facts: list[Fact] = []
    for one in made[:_REGISTERED]:
        labels = {} if dice.random() < 0.2 else {
            "primary_task": dice.choice(_TASKS), "scenario": dice.choice(_SCENARIOS), "output_format": dice.choice(_FORMATS),
            "risk_level": dice.choice(("low", "medium", "medium", "high")),
        }  # fmt: skip
        for version in _VERSIONS[:2]:
            body = one.model_dump(mode="json") | {"version": version, "labels": labels}
            template = Template.model_validate_json(json.dumps(body))
            facts.append(TemplateRegistered(template=template, content_hash=template.content_hash))
    for n, version in enumerate(_VERSIONS[:2]):
        refs = tuple(VersionedRef(name=one.name, version=version) for one in made[:_REGISTERED])
        registration = VersionRegistration(
            training_version=f"assistant-{n}", dataset_version=f"v0.{n}.0", templates=refs
        )
        facts.append(TrainingVersionRegistered(version=registration))
    _append(service, facts)
    return [one.name for one in made]


def _failures(
    dice: random.Random, names: Sequence[str], count: int, categories: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield what is to be reported and said of each failure; a few templates and categories have most of them."""
    weights = list(accumulate(1 / (n + 20) for n in range(len(names))))
    of_categories = list(accumulate(1 / (n + 2) for n in range(len(categories))))
    words = [f"{a}{b}{c}" for a in ("ba", "de", "fi", "go", "hu") for b in ("ka", "le", "mi", "no", "pu", "ra", "se")
             for c in ("ti", "vo", "wa", "xe", "yi", "zo", "bren", "clam", "drift", "fold")]  # fmt: skip
    step = timedelta(days=_DAYS) / max(count, 1)
    for n in range(count):
        name = dice.choices(names, cum_weights=weights)[0]
        channel = "offline" if dice.random() < 0.15 else "online"
        share = dice.random()
        category = NEEDS_TRIAGE if share < 0.02 else dice.choices(categories, cum_weights=of_categories)[0]
        yield {
            "event_id": f"big-{n:07d}",
            "occurred_at": (_START + n * step).isoformat(timespec="microseconds"),
            "channel": channel,
            "source": dice.choice(SOURCES_BY_CHANNEL[channel]),
            "name": None if 0.02 <= share < 0.04 else name,
            "version": dice.choices(_VERSIONS, (2, 6, 2))[0],
            "session": f"session-{dice.randrange(count) * 4 // 5}",
            "training": dice.choice(("assistant-0", "assistant-1", "assistant-2", None)),
            "dataset": dice.choice(("sft_zh", "sft_en", "sft_ja", None)),
            "labels": _labels(dice),
            "category": category,
            "locus": _PLACES[min(dice.randrange(len(_PLACES)), dice.randrange(len(_PLACES)))],
            "text": " ".join(dice.choices(words, k=190)),
            "error": dice.choice(_ERRORS),
            "comment": dice.choice(_COMMENTS),
            "assessed": n < count - 200,
        }


def _labels(dice: random.Random) -> Labels:
    if dice.random() < 0.4:
        return Labels()
    return Labels(
        primary_task=dice.choice(_TASKS),
        scenario=dice.choice(_SCENARIOS),
        output_format=dice.choice(_FORMATS),
        risk_level=dice.choices((None, "low", "medium", "high"), (6, 2, 1, 1))[0],
        ability_tags=tuple(sorted(dice.sample(_TAGS, 2))),
    )


def _reported(service: Service, batch: Sequence[dict[str, Any]]) -> list[Fact]:
    bodies = [_content(one) for one in batch]
    return [
        FailureReported(
            event_id=one["event_id"],
            occurred_at=one["occurred_at"],
            channel=one["channel"],
            source=one["source"],
            dataset=one["dataset"],
            dataset_version=one["dataset"] and f"v0.{int(one['event_id'][-2:]) % 4}.0",
            training_version=one["training"],
            session_id=one["session"],
            template=TemplateRef(name=one["name"], version=one["version"]) if one["name"] else None,
            labels=one["labels"],
            has_request=True,
            payload=ref,
        )
        for one, ref in zip(batch, payloads.add(service.store, bodies), strict=True)
    ]


def _content(one: dict[str, Any]) -> str:
    half = len(one["text"]) // 2
    event = {
        "schema_version": "1",
        "event_id": one["event_id"],
        "occurred_at": one["occurred_at"],
        "channel": one["channel"],
        "source": one["source"],
        "session_id": one["session"],
        "labels": one["labels"].model_dump(mode="json", exclude_defaults=True),
        "request": {"messages": [{"role": "user", "content": one["text"][:half]}]},
        "response": {"content": one["text"][half:], "finish_reason": "stop"},
        "signals": {"error": one["error"], "comment": one["comment"]},
    }
    return canonical_json(event)


def _assessed(service: Service, batch: Sequence[dict[str, Any]]) -> list[Fact]:
    said = canonical_json([{"kind": "rule", "name": "made.up", "detail": "drawn by lot", "where": "signals.error"}])
    return [
        FailureAssessed(
            event_id=one["event_id"],
            category=one["category"],
            probability=0.9 if one["category"] != NEEDS_TRIAGE else 0.4,
            alternatives={"model_capability_gap": 0.06, "insufficient_context": 0.04},
            rules=("made.up",),
            template=Attribution(name=one["name"], version=one["version"], score=1.0, method="reference")
            if one["name"]
            else None,
            locus=one["locus"],
            fingerprint=fingerprint_of(one["category"], one["name"], one["locus"]),
            taxonomy_version="1",
            classifier_version="c1:made-up",
            payload=ref,
        )
        for one, ref in zip(batch, payloads.add(service.store, [said] * len(batch)), strict=True)
    ]


def _judged(service: Service, dice: random.Random, tickets: int) -> Iterator[Fact]:
    """Yield a verdict for every pattern, and for the largest two tickets each until there are as many as wanted."""
    for pattern in patterns(service.store):
        due = min(2, tickets) if service.taxonomy[pattern.category].opens_revision else 0
        tickets -= due
        yield _verdict(pattern, dice, systemic=bool(due))
        for kind in get_args(TicketKind)[:due]:
            ticket_id = ticket_id_of(pattern.pattern_id, kind, 1)
            yield TicketOpened(
                ticket_id=ticket_id, kind=kind, pattern_id=pattern.pattern_id, category=pattern.category,
                template=pattern.template_name, opening=1, high_risk=pattern.high_risk, because="drawn by lot",
            )  # fmt: skip
            if kind == "regression_set":
                yield from _cases(service, pattern, ticket_id)
            else:
                yield from _done(dice, ticket_id, pattern)


def _verdict(pattern: JudgedPattern, dice: random.Random, *, systemic: bool) -> PatternJudged:
    probability = round(dice.uniform(0.96, 0.999) if systemic else dice.uniform(0.01, 0.9), 4)
    return PatternJudged(
        pattern_id=pattern.pattern_id,
        category=pattern.category,
        template=pattern.template_name,
        verdict="systemic" if systemic else "undecided",
        reason=f"{pattern.units} distinct units failed: a fault of the template is {100 * probability:.1f} % likely",
        units=pattern.units,
        high_risk=pattern.high_risk,
        inputs={
            "probability": probability, "probability_required": 0.95, "units_within_window": pattern.units,
            "units_required": 3, "window_hours": 336, "systemic_since": "2026-02-01T00:00Z" if systemic else None,
            "units": pattern.units, "expected": 3.2, "others": 400, "share": 0.12, "share_low": 0.09, "share_high": 0.15,
            "usual_share": 0.04, "prior": 0.02, "patterns": 9000, "high_risk": int(pattern.high_risk),
        },
    )  # fmt: skip


def _cases(service: Service, pattern: JudgedPattern, ticket_id: str) -> Iterator[Fact]:
    for seen in first_loci(service.store, pattern.pattern_id, 3):
        (ref,) = payloads.add(service.store, [canonical_json({"case": seen.case_event})])
        yield CaseProposed(
            case_id=case_id_of(pattern.pattern_id, seen.case_event), ticket_id=ticket_id, pattern_id=pattern.pattern_id,
            event_id=seen.case_event, locus=seen.locus, fingerprint=seen.fingerprint, checks=("is_json",), payload=ref,
        )  # fmt: skip


def _done(dice: random.Random, ticket_id: str, pattern: JudgedPattern) -> Iterator[Fact]:
    """Yield what people did with a revision."""
    actor, version = dice.choice(_PEOPLE), "2.0.0"
    for step in dice.choice(_ROUTES):
        if step == "take":
            yield TicketTaken(ticket_id=ticket_id, actor=actor)
        elif step == "approve":
            yield TicketApproved(ticket_id=ticket_id, actor=actor, settles=True)
        elif step == "revise":
            yield TicketRevised(ticket_id=ticket_id, template=pattern.template_name, version=version)
        elif step == "verify":
            yield TicketVerified(ticket_id=ticket_id, template=pattern.template_name, version=version, because="by lot")
        elif step == "reject":
            yield TicketRejected(ticket_id=ticket_id, actor=actor, reason="wont_fix")
        else:
            yield TicketSnoozed(ticket_id=ticket_id, actor=actor, failures=500, failures_seen=pattern.failures)


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:]))
