"""What happened to a ticket, fact by fact, in words: who, what, when and why."""

from dataclasses import dataclass

from feedback.domain.actor import MACHINE
from feedback.domain.facts import (
    PayloadRef,
    TicketApproved,
    TicketAssigned,
    TicketCommented,
    TicketFact,
    TicketOpened,
    TicketRegressed,
    TicketRejected,
    TicketReopened,
    TicketRevised,
    TicketsMerged,
    TicketSnoozed,
    TicketTaken,
    TicketVerified,
)
from feedback.domain.snooze import ends_of

__all__ = ["HistoryEntry", "entry_of", "words_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """
    One thing that happened to a ticket; `version` is the ticket's after it.

    `why` is the reason that stands in the fact, `comment` what the actor said beside it. Either is None where there is
    none; the comment also where its text was `erased`.
    """

    version: int
    recorded_at: str
    actor: str
    what: str
    why: str | None = None
    comment: str | None = None
    erased: bool = False

    def __str__(self) -> str:
        """Return it as one line."""
        why = f" ({self.why})" if self.why else ""
        said = "; a comment, erased since" if self.erased else ""
        return f"{self.recorded_at} {self.actor}: {self.what}{why}" + (f': "{self.comment}"' if self.comment else said)


def words_at(fact: TicketFact) -> PayloadRef | None:
    """Return where the words stand that someone said beside a fact, or None."""
    found: PayloadRef | None = getattr(fact, "payload", None)
    return found


def entry_of(fact: TicketFact, *, version: int, recorded_at: str, comment: str | None = None) -> HistoryEntry:
    """Return what a fact of a ticket tells a reader; `comment` is the text of its payload, None where that is gone."""
    what, why = _told(fact)
    return HistoryEntry(
        version=version,
        recorded_at=recorded_at,
        actor=getattr(fact, "actor", None) or MACHINE,
        what=what,
        why=why,
        comment=comment,
        erased=comment is None and words_at(fact) is not None,
    )


def _told(fact: TicketFact) -> tuple[str, str | None]:
    """Return what happened, and the reason that the fact itself holds."""
    match fact:
        case TicketOpened():
            return f"opened for {fact.category} in {fact.template}", fact.because
        case TicketTaken():
            return "taken into review", None
        case TicketAssigned():
            return f"assigned to {fact.assignee or 'nobody'}", None
        case TicketCommented():
            return "commented", None
        case TicketApproved():
            return "approved" if fact.settles else "approved; one more approval is needed", None
        case TicketRejected():
            return "rejected", fact.reason
        case TicketsMerged():
            return f"merged into {fact.into}", "duplicate"
        case TicketReopened():
            return "reopened", None
        case TicketSnoozed():
            ends = ends_of(fact.until, fact.failures)
            return f"snoozed until {' or '.join(ends)}" if ends else "woken", None
        case TicketRevised():
            return "revised", f"{fact.template} {fact.version} resolves it"
        case TicketVerified():
            return f"verified on {fact.template} {fact.version}", fact.because
        case TicketRegressed():
            return "regressed", f"it failed on version {fact.effective_version}, and {fact.fixed_in} is the fix"
