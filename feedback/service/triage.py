"""The triage queue: what waits for a person, what would teach the classifier most first."""

import json
from dataclasses import dataclass
from typing import Any

from feedback.domain.assessment import OF_TEMPLATE
from feedback.domain.facts import FailureAssessed
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.domain.triage import Ranked, ranked
from feedback.service.bootstrap import Service
from feedback.storage import log
from feedback.storage.triage import InTriage, count_in_triage, groups_in_triage, in_triage

__all__ = ["Queue", "Queued", "triage_queue"]

_SUGGESTED = tuple(f"{OF_TEMPLATE}{name}" for name in ("nearest", "also_present"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """
    One group that waits, by one failure of it.

    `score` is what orders the queue (`domain/triage`), with its parts. `probabilities` are by category, the most probable
    first; `evidence` is that of the assessment, and `suggested` are the templates (name and version) that it names. `event` is what was received, and
    `answer` the model's words in it; None and empty where they were erased.
    """

    event_id: str
    score: float
    doubt: float
    reach: float
    spoken: int
    alike: int
    why: str
    occurred_at: str
    source: str
    locus: str
    template: str | None
    probabilities: tuple[tuple[str, float], ...]
    evidence: tuple[dict[str, Any], ...]
    suggested: tuple[str, ...]
    event: dict[str, Any] | None
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A part of the queue, and how many groups and failures wait in all."""

    items: tuple[Queued, ...]
    groups: int
    failures: int


def triage_queue(service: Service, *, limit: int = 20, skip: int = 0) -> Queue:
    """Return `limit` groups at most of those that wait, behind the `skip` first."""
    chosen = ranked(groups_in_triage(service.store), limit, skip)
    groups, failures = count_in_triage(service.store)
    found = in_triage(service.store, [one.group.event_id for one in chosen])
    items = [_queued(service, one, found[one.group.event_id]) for one in chosen if one.group.event_id in found]
    return Queue(items=tuple(items), groups=groups, failures=failures)


def _queued(service: Service, one: Ranked, failure: InTriage) -> Queued:
    evidence = json.loads(failure.evidence) if failure.evidence else []
    event = json.loads(failure.content) if failure.content else None
    return Queued(
        event_id=failure.event_id,
        score=one.score,
        doubt=one.doubt,
        reach=one.reach,
        spoken=one.group.spoken,
        alike=one.group.waiting,
        why=_why(failure),
        occurred_at=failure.occurred_at,
        source=failure.source,
        locus=failure.locus,
        template=failure.template_name,
        probabilities=_probabilities(service, failure),
        evidence=tuple(evidence),
        suggested=tuple(each["detail"] for each in evidence if each["name"] in _SUGGESTED and each.get("detail")),
        event=event,
        answer=str(((event or {}).get("response") or {}).get("content") or ""),
    )


def _why(failure: InTriage) -> str:
    reasons = ["its category could not be told"] if failure.category == NEEDS_TRIAGE else []
    return " and ".join([*reasons, *(["it has no template"] if failure.template_name is None else [])])


def _probabilities(service: Service, failure: InTriage) -> tuple[tuple[str, float], ...]:
    (recorded,) = log.read(service.store, after=failure.assessed_position - 1, limit=1)
    fact = recorded.fact
    assert isinstance(fact, FailureAssessed)
    found = dict(fact.alternatives)
    if fact.category != NEEDS_TRIAGE:
        found[fact.category] = fact.probability
    return tuple(sorted(found.items(), key=lambda each: (-each[1], each[0])))
