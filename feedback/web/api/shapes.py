"""What routes take and answer, for the OpenAPI document: the shapes of the contract."""

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from feedback.domain.failure import TemplateRef
from feedback.domain.recurrence import VerdictValue
from feedback.domain.ticket import State
from feedback.domain.ticket_facts import TicketKind
from feedback.web.openapi import Fault

__all__ = [
    "Corrected",
    "CorrectedTogether",
    "CoverageAnswer",
    "DeadLetter",
    "DeadLetterDetail",
    "FailureDetail",
    "FailureSummary",
    "HistoryRow",
    "IntakeAnswer",
    "ItemVerdict",
    "Page",
    "PatternDetail",
    "PatternPage",
    "PatternRow",
    "ProposalView",
    "RegisteredAnswer",
    "SamplesAnswer",
    "TaxonomyAnswer",
    "TemplateRow",
    "TemplateView",
    "TicketState",
    "TicketView",
    "TriageQueue",
    "VersionsAnswer",
]

Item = TypeVar("Item")


class _Answer(BaseModel):
    """An answer may say more than its document: new members are no new version."""

    model_config = ConfigDict(extra="allow")


class Page(_Answer, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(description="Ask on with it as `cursor`; null on the last page.")


class ItemVerdict(_Answer):
    """What became of one item."""

    index: int = Field(ge=0, description="Place in the request, from 0.")
    event_id: str | None = Field(default=None, description="Of a failure; null where it could not be told.")
    exposure_id: str | None = Field(default=None, description="Of an exposure.")
    status: Literal["accepted", "duplicate", "conflict", "rejected"]
    errors: list[Fault]


class IntakeAnswer(_Answer):
    """What became of a batch: accepted and duplicate items are durable, the others are kept as dead letters."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "accepted": 1,
                "duplicate": 0,
                "conflict": 0,
                "rejected": 1,
                "ignored": 0,
                "items": [
                    {"index": 0, "event_id": "prod-eu-7f3a", "status": "accepted", "errors": []},
                    {
                        "index": 1,
                        "event_id": None,
                        "status": "rejected",
                        "errors": [{"path": "occurred_at", "message": "is required"}],
                    },
                ],
            }
        }
    )

    accepted: int
    duplicate: int
    conflict: int
    rejected: int
    ignored: int = Field(description="Accepted ones that never count: drafts and test traffic.")
    items: list[ItemVerdict]


class TemplateRegistered(_Answer):
    """What became of one template version."""

    template: str = Field(description="Name and version.")
    status: Literal["registered", "known"]
    note: str = Field(description="Which tickets it revised, or why it did not.")


class RegisteredAnswer(_Answer):
    """What became of template versions, in order."""

    items: list[TemplateRegistered]


class SampleVerdict(_Answer):
    """What became of one sample."""

    index: int
    status: Literal["registered", "known", "rejected"]
    errors: list[Fault]


class SamplesAnswer(_Answer):
    """What became of samples."""

    registered: int
    known: int
    rejected: int
    items: list[SampleVerdict]


class VersionRegistered(_Answer):
    """What became of one training version."""

    training_version: str
    status: Literal["registered", "known"]


class VersionsAnswer(_Answer):
    """What became of training versions, in order."""

    items: list[VersionRegistered]


class Corrected(_Answer):
    """What became of a correction; `unchanged` where the same person has said the same before."""

    event_id: str
    status: Literal["corrected", "confirmed", "unchanged"]
    category: str = Field(description="Stands now.")
    said: str = Field(description="Stood before.")
    template: TemplateRef | None = Field(description="Stands now.")
    locus: str = Field(description="Stands now.")
    note: str = Field(description="What follows from it, or does not; mostly empty.")
    version: int


class CorrectedTogether(_Answer):
    """How many failures became what."""

    corrected: int
    confirmed: int
    unchanged: int


class Counts(_Answer):
    """What is counted in a pattern now."""

    failures: int
    units: int
    first_seen: str
    last_seen: str
    by_version: dict[str, int]


class Verdict(_Answer):
    """The last verdict on a pattern, with what it was made of."""

    value: VerdictValue
    reason: str | None
    inputs: dict[str, Any]


class PatternName(_Answer):
    """One category in one template."""

    category: str
    template: str


class Locus(_Answer):
    """One place in the template."""

    locus: str
    fingerprint: str
    failures: int


class Answers(_Answer):
    """The three answers of a ticket: which class of errors recurs, isolated or systemic, which test proves the fix."""

    recurs: dict[str, Any]
    systemic: dict[str, Any]
    regression_test: dict[str, Any]


class TicketView(_Answer):
    """A ticket (contract, section 6)."""

    ticket_id: str
    kind: TicketKind
    state: State
    pattern: PatternName
    linked_ticket_id: str | None
    risk_level: str | None
    verdict: Verdict
    counts: Counts
    loci: list[Locus]
    answers: Answers
    examples: list[str]
    assignee: str | None
    snoozed_until: dict[str, Any] | None
    priority: float
    version: int


class TicketState(_Answer):
    """A ticket as its own facts say it was at a moment."""

    ticket_id: str
    kind: TicketKind
    state: State
    assignee: str | None
    approvals: list[str]
    fixed_in: str | None
    merged_into: str | None
    version: int


class HistoryRow(_Answer):
    """One thing that happened to a ticket; `version` is the ticket's after it."""

    version: int
    recorded_at: str
    actor: str
    name: str = Field(description="The actor as people read it.")
    what: str
    why: str | None
    comment: str | None
    erased: bool = Field(description="There was a comment, and its words were erased.")


class Clue(_Answer):
    """What stands in a proposal, and the failures it was seen in."""

    what: str
    failures: int
    event_ids: list[str]


class ProposalView(_Answer):
    """A proposed revision, or what it lacks."""

    ticket_id: str
    category: str
    template_name: str
    current_version: str | None
    next_version: str | None
    template: dict[str, Any] | None
    yaml: str = Field(description="The template file; empty without a proposal.")
    diff: str = Field(description="Against the newest registered version.")
    clues: list[Clue]
    missing: list[str] = Field(description="What is left to a person, or why there is no proposal.")
    failures: int
    looked_at: int
    erased: int


class PatternRow(_Answer):
    """A pattern with its verdict and tickets."""

    pattern_id: str
    category: str
    template: str
    risk_level: str | None
    counts: Counts
    verdict: Verdict
    tickets: list[str]


class PatternPage(Page[PatternRow]):
    """A page of patterns, and what waits beside all of them."""

    specification_faults: list[dict[str, Any]]
    unattributed: dict[str, int] = Field(description="Failures without a template, by category.")
    ignored: int = Field(description="Failures that never count.")


class PatternDetail(_Answer):
    """All that answers "why is this a ticket?"."""

    pattern_id: str
    category: str
    template: str
    verdict: Verdict
    counts: Counts
    history: list[dict[str, Any]]
    loci: list[Locus]
    timeline: dict[str, Any]
    tickets: list[dict[str, Any]]


class FailureSummary(_Answer):
    """A failure in short; what follows from assessing is null while it waits."""

    position: int
    event_id: str
    occurred_at: str
    channel: str
    source: str
    category: str | None
    probability: float | None
    template_name: str | None
    template_version: str | None
    effective_version: str | None
    locus: str | None
    risk_level: str | None
    pattern_id: str | None
    counts: bool
    waiting: bool


class FailureDetail(_Answer):
    """A failure with all that is known of it."""

    event_id: str
    event: dict[str, Any] | None = Field(description="As it was received; null where it was erased.")
    assessment: dict[str, Any] | None
    standing: dict[str, Any] | None
    corrections: list[dict[str, Any]]
    counts: bool
    pattern_id: str | None
    ticket_ids: list[str]
    levels: dict[str, Any]


class QueuedGroup(_Answer):
    """A group of like failures that wait, by one failure of it."""

    event_id: str
    score: float
    alike: int
    why: str
    locus: str
    template: str | None
    probabilities: list[tuple[str, float]]
    event: dict[str, Any] | None = Field(description="As it was received; null where it was erased.")


class TriageQueue(_Answer):
    """A part of the queue, and how many groups and failures wait in all."""

    items: list[QueuedGroup]
    groups: int
    failures: int


class TemplateRow(_Answer):
    """A template version; `registered` is false where only failures name it."""

    name: str
    version: str | None
    registered: bool


class TemplateView(_Answer):
    """A template version as its file says it (contract, section 4); parts that it leaves empty are left out."""

    name: str
    version: str
    kind: str


class DeadLetter(_Answer):
    """Input that was refused."""

    number: int
    received_at: str
    source: str
    place: str
    errors: list[Fault]
    retried_at: str | None


class DeadLetterDetail(DeadLetter):
    """A dead letter with its bytes."""

    bytes: str | None = Field(description="As text; null where they were erased.")


class CoverageAnswer(_Answer):
    """What samples cover, and what is missing."""

    min_samples: int
    rare_units: int
    totals: dict[str, int]
    cells: list[dict[str, Any]]
    expected: list[dict[str, Any]]
    rare_high_risk: list[dict[str, Any]]


class TaxonomyAnswer(_Answer):
    """The fixed categories, in their order of precedence."""

    version: str
    categories: list[dict[str, Any]]
