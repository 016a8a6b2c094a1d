"""Assessing again what was assessed: what the classifier of today would say otherwise, and having it recorded."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from feedback.domain.assessment import Assessment
from feedback.domain.failure import FailureEvent
from feedback.service.bootstrap import Service
from feedback.service.correct import correct_by_machine
from feedback.storage.corrections import corrected_by_people
from feedback.storage.failures import Assessed, assessed

if TYPE_CHECKING:
    from feedback.pipeline import Assessor  # brings scikit-learn, which only the caller needs

__all__ = ["EXAMPLES", "Change", "Reassessed", "reassess"]

EXAMPLES = 20
"""Event ids kept of each change, at most."""


@dataclass(frozen=True, slots=True)
class Change:
    """Failures that went, or would go, from one category to another; the same twice where only their place changes."""

    said: str
    category: str
    failures: int
    examples: tuple[str, ...]


@dataclass(slots=True)
class Reassessed:
    """
    What came of assessing again: how many failures were looked at, and what changed, or would.

    `kept` are failures of which a person has spoken, which stay; `kept_otherwise` are those of them where the classifier
    would say another category.
    """

    failures: int = 0
    kept: int = 0
    kept_otherwise: int = 0
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def changes(self) -> list[Change]:
        """The changes, most failures first, then by category."""
        ordered = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [Change(*key, failures, tuple(self.examples[key])) for key, failures in ordered]

    @property
    def changed(self) -> int:
        """Failures that changed, or would."""
        return self.counts.total()


def reassess(
    service: Service, assessor: "Assessor", *, write: bool, progress: Callable[[int], None] | None = None
) -> Reassessed:
    """
    Assess every assessed failure again, batch by batch, and return what changed; without `write`, what would.

    Each batch is one transaction; killed in between, the next call goes on with what is left. Erased failures are left as
    they are, and people's words stand.
    """
    done = Reassessed()
    position = 0
    while batch := assessed(service.store, after=position, limit=service.settings.ingest.batch_size):
        said = assessor.assess([(one.event_id, FailureEvent.model_validate_json(one.content)) for one in batch])
        outcomes = _recorded(service, said) if write else _foreseen(service, batch, said)
        for (kept, before, after), one in zip(outcomes, said, strict=True):
            _count(done, one, before, after, kept=kept)
        position = batch[-1].position
        if progress is not None:
            progress(len(batch))
    return done


_Outcome = tuple[bool, str, str | None]
"""Whether a person's word keeps it, the category before, and the one after; None where nothing at all changes."""


def _recorded(service: Service, said: Sequence[Assessment]) -> Iterator[_Outcome]:
    for answer in correct_by_machine(service, said):
        after = answer.category if answer.status == "corrected" else None
        yield answer.status == "kept", answer.said or "", after


def _foreseen(service: Service, batch: Sequence[Assessed], said: Sequence[Assessment]) -> Iterator[_Outcome]:
    people = corrected_by_people(service.store, [one.event_id for one in batch])
    for before, now in zip(batch, said, strict=True):
        kept = before.event_id in people
        same = (before.category, before.locus) == (now.category, now.locus)
        yield kept, before.category, None if kept or same else now.category


def _count(done: Reassessed, said: Assessment, before: str, after: str | None, *, kept: bool) -> None:
    done.failures += 1
    done.kept += kept
    done.kept_otherwise += kept and said.category != before
    if after is None:
        return
    done.counts[before, after] += 1
    if len(done.examples[before, after]) < EXAMPLES:
        done.examples[before, after].append(said.event_id)
