"""What a proposal is filled from, and what comes of it: a draft of the changes, or what it lacks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from feedback.domain.revision.wording import Wording, wording_of
from feedback.domain.template import Template

__all__ = ["Clue", "Draft", "Evidence", "Failed", "counted"]

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """One failure of a pattern, with its locus and what the rules of its category found in it."""

    event_id: str
    event: FailureEvent
    locus: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Clue:
    """What stands in a proposal, in how many failures it was seen, and the first of these."""

    what: str
    failures: int
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    What would change in a template, as JSON values by element; without changes there is no proposal.

    `missing` says what a person has to add or to decide, or what keeps the proposal from being made.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    clues: tuple[Clue, ...] = ()
    missing: tuple[str, ...] = ()
    summary: str = ""


class Evidence:
    """The failures of a pattern, the template they are put down to, and the words of its language."""

    def __init__(self, template: Template, failed: Sequence[Failed]) -> None:
        """Keep both; the order of the failures is the order of examples."""
        self.template = template
        self.failed = tuple(failed)
        self.words: Wording = wording_of(template)

    def tally(self, keys_of: Callable[[Failed], Iterable[str]], *, least_share: float = 0.0) -> list[Clue]:
        """
        Return how many failures each key is one of, those of most failures first, then by name.

        Keys of less than `least_share` of all failures are left out.
        """
        found: dict[str, list[str]] = {}
        for one in self.failed:
            for key in dict.fromkeys(keys_of(one)):
                found.setdefault(key, []).append(one.event_id)
        enough = [item for item in found.items() if len(item[1]) >= least_share * len(self.failed)]
        ranked = sorted(enough, key=lambda item: (-len(item[1]), item[0]))
        return [Clue(key, len(ids), tuple(ids[:_NAMED])) for key, ids in ranked]


def counted(clues: Iterable[Clue]) -> str:
    """Return the clues with their numbers, such as `currency (5), trigger (3)`."""
    return ", ".join(f"{clue.what} ({clue.failures})" for clue in clues)
