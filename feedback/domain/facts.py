"""
The facts: everything the log can hold, as one closed union.

A fact has one meaning and never changes; `v` is the version of its own shape. No fact holds text of a producer, or a
comment: that stands in the payloads, and the fact holds its id and a salted hash (docs/decisions/0003). Identifiers, labels and
times are not text. Those of a ticket stand in `ticket_facts`.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from feedback.domain.assessment import Attribution
from feedback.domain.fact import BaseFact, PayloadRef
from feedback.domain.failure import Channel, Labels, Source, TemplateRef
from feedback.domain.recurrence import Input, VerdictValue
from feedback.domain.template import SampleRegistration, Template, VersionRegistration
from feedback.domain.ticket_facts import (
    RejectReason,
    TicketApproved,
    TicketAssigned,
    TicketCommented,
    TicketFact,
    TicketKind,
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

__all__ = [
    "FACT",
    "Aspect",
    "AssessmentCorrected",
    "CaseProposed",
    "CaseRemoved",
    "ClassifierPromoted",
    "ClassifierTrained",
    "ExposureReported",
    "Fact",
    "FailureAssessed",
    "FailureReported",
    "GroupingRuleSet",
    "LocusSplit",
    "PatternJudged",
    "PayloadRef",
    "PromotionReason",
    "RejectReason",
    "SamplesRegistered",
    "TemplateRegistered",
    "TicketApproved",
    "TicketAssigned",
    "TicketCommented",
    "TicketFact",
    "TicketKind",
    "TicketOpened",
    "TicketRegressed",
    "TicketRejected",
    "TicketReopened",
    "TicketRevised",
    "TicketSnoozed",
    "TicketTaken",
    "TicketVerified",
    "TicketsMerged",
    "TrainingVersionRegistered",
    "stream_of",
]

PromotionReason = Literal["better", "by_hand", "rollback"]
Aspect = Literal["category", "template", "locus"]
"""What a correction may speak of."""


class FailureReported(BaseFact):
    """
    A producer's failure event was accepted; its content is the payload.

    Version 1 knew no failures that do not count: drafts and test traffic, as the settings told when it was reported.
    """

    v: Literal[1, 2] = 2  # type: ignore[assignment]
    type: Literal["FailureReported"] = "FailureReported"
    event_id: str
    occurred_at: str
    channel: Channel
    source: Source
    dataset: str | None = None
    dataset_version: str | None = None
    training_version: str | None = None
    sample_id: str | None = None
    session_id: str | None = None
    template: TemplateRef | None = None
    labels: Labels
    has_request: bool
    counts: bool = Field(default=True, exclude_if=bool)
    payload: PayloadRef


class FailureAssessed(BaseFact):
    """The pipeline said what it makes of a failure; the quoted evidence is the payload."""

    type: Literal["FailureAssessed"] = "FailureAssessed"
    event_id: str
    category: str
    probability: float
    alternatives: dict[str, float]
    rules: tuple[str, ...]
    template: Attribution | None = None
    locus: str
    fingerprint: str
    taxonomy_version: str
    classifier_version: str
    payload: PayloadRef


class AssessmentCorrected(BaseFact):
    """
    A person, or a classifier that was asked again, said what a failure is.

    `category` and `locus` are how it stands after that; `aspects` names what was said of it, and all the rest is as it was or
    follows by rule. `template` is the one that a person named; None, where that was said, is none of ours. Version 1 knew words
    on the category only.
    """

    v: Literal[1, 2] = 2  # type: ignore[assignment]
    type: Literal["AssessmentCorrected"] = "AssessmentCorrected"
    event_id: str
    category: str
    locus: str
    fingerprint: str
    actor: str
    person: bool
    classifier_version: str | None = None
    aspects: tuple[Aspect, ...] = Field(default=("category",), exclude_if=lambda said: said == ("category",))
    template: TemplateRef | None = Field(default=None, exclude_if=lambda said: said is None)


class ClassifierTrained(BaseFact):
    """
    A classifier was trained with the corrections up to a position of the log, and compared with the promoted one.

    `corrections` is their number, `precision` the setting it was calibrated to; `figures` are those of the comparison.
    """

    type: Literal["ClassifierTrained"] = "ClassifierTrained"
    classifier_version: str
    champion_version: str
    cases: int
    corrections: int
    upto: int
    precision: float
    figures: dict[str, float]
    better: bool


class ClassifierPromoted(BaseFact):
    """A classifier assesses for this store from now on; `corrections_upto` is None for the shipped one."""

    type: Literal["ClassifierPromoted"] = "ClassifierPromoted"
    classifier_version: str
    previous: str
    corrections_upto: int | None = None
    actor: str
    reason: PromotionReason


class TemplateRegistered(BaseFact):
    """A template version became known with its content."""

    type: Literal["TemplateRegistered"] = "TemplateRegistered"
    template: Template
    content_hash: str


class SamplesRegistered(BaseFact):
    """Training samples were tied to the templates they were written from."""

    type: Literal["SamplesRegistered"] = "SamplesRegistered"
    dataset: str
    samples: tuple[SampleRegistration, ...]


class TrainingVersionRegistered(BaseFact):
    """A trained model was tied to its data version and template versions."""

    type: Literal["TrainingVersionRegistered"] = "TrainingVersionRegistered"
    version: VersionRegistration


class PatternJudged(BaseFact):
    """
    A pattern was judged isolated, undecided or systemic, by these numbers.

    Version 1 counted units within one window; it has `units_required`, `window_hours` and `hour` and no `inputs`.
    """

    v: Literal[1, 2] = 2  # type: ignore[assignment]
    type: Literal["PatternJudged"] = "PatternJudged"
    pattern_id: str
    category: str
    template: str
    verdict: VerdictValue
    reason: str
    units: int
    high_risk: bool
    inputs: dict[str, Input] | None = None
    units_required: int | None = None
    window_hours: int | None = None
    hour: int | None = None


class GroupingRuleSet(BaseFact):
    """Someone said that a place of a pattern is counted as another, or (`counted_as` is None) took that back."""

    type: Literal["GroupingRuleSet"] = "GroupingRuleSet"
    pattern_id: str
    category: str
    template: str
    locus: str
    counted_as: str | None = None
    actor: str


class LocusSplit(BaseFact):
    """
    Someone said that places of a pattern are a fault of their own, or (`taken_back`) that they are not after all.

    `pattern_id` is the pattern of the category and template. The places form the pattern `split_id_of` the first of
    them; taking back names the same first one.
    """

    type: Literal["LocusSplit"] = "LocusSplit"
    pattern_id: str
    category: str
    template: str
    loci: tuple[str, ...] = Field(min_length=1)
    taken_back: bool = False
    actor: str


class ExposureReported(BaseFact):
    """So many interactions with a template went on in these hours (since the epoch), failed or not."""

    type: Literal["ExposureReported"] = "ExposureReported"
    exposure_id: str
    template: str
    version: str
    training_version: str | None = None
    first_hour: int
    hours: int
    interactions: int
    sessions: int | None = None


class CaseProposed(BaseFact):
    """A regression case was proposed to a ticket; its body is the payload."""

    type: Literal["CaseProposed"] = "CaseProposed"
    case_id: str
    ticket_id: str
    pattern_id: str
    event_id: str
    locus: str
    fingerprint: str
    checks: tuple[str, ...]
    payload: PayloadRef


class CaseRemoved(BaseFact):
    """A proposed case gave way to an earlier failure of its pattern."""

    type: Literal["CaseRemoved"] = "CaseRemoved"
    case_id: str
    ticket_id: str
    reason: str


Fact = (
    FailureReported
    | FailureAssessed
    | AssessmentCorrected
    | ClassifierTrained
    | ClassifierPromoted
    | TemplateRegistered
    | SamplesRegistered
    | TrainingVersionRegistered
    | ExposureReported
    | PatternJudged
    | GroupingRuleSet
    | LocusSplit
    | TicketFact
    | CaseProposed
    | CaseRemoved
)
FACT: TypeAdapter[Fact] = TypeAdapter(Annotated[Fact, Field(discriminator="type")])
"""Reads a fact of any type back from its JSON."""


def stream_of(fact: Fact) -> str:
    """Return the stream a fact belongs to; versions count within a stream."""
    match fact:
        case FailureReported() | FailureAssessed() | AssessmentCorrected():
            return f"failure:{fact.event_id}"
        case ClassifierTrained():
            return f"classifier:{fact.classifier_version}"
        case ClassifierPromoted():
            return "classifier"
        case TemplateRegistered():
            return f"template:{fact.template.name}"
        case SamplesRegistered():
            return f"samples:{fact.dataset}"
        case ExposureReported():
            return f"exposure:{fact.exposure_id}"
        case TrainingVersionRegistered():
            return f"training-version:{fact.version.training_version}"
        case PatternJudged():
            return f"pattern:{fact.pattern_id}"
        case GroupingRuleSet() | LocusSplit():
            return f"grouping:{fact.pattern_id}"
        case CaseProposed() | CaseRemoved():
            return f"case:{fact.case_id}"
        case _:
            return f"ticket:{fact.ticket_id}"
