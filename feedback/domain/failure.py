"""The failure event: one failed interaction with a model, as a producer sends it (contract, section 1)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    WithJsonSchema,
    model_validator,
)

__all__ = [
    "MAX_EVENT_BYTES",
    "MAX_NESTING",
    "SOURCES_BY_CHANNEL",
    "Channel",
    "Check",
    "FailureEvent",
    "Interaction",
    "Labels",
    "Message",
    "Quality",
    "Request",
    "Response",
    "RiskLevel",
    "Signals",
    "Source",
    "TemplateRef",
    "ToolCall",
    "ValidationFinding",
]

MAX_EVENT_BYTES = 512 * 1024
"""Largest event, measured on its canonical JSON in UTF-8."""
MAX_NESTING = 64
"""Deepest nesting of objects and arrays, the event itself being level 1."""

Channel = Literal["online", "offline"]
Source = Literal[
    "user_feedback", "system_log", "operations", "spot_check", "static_evaluation", "rule_validation", "red_team"
]
RiskLevel = Literal["low", "medium", "high"]
SOURCES_BY_CHANNEL: dict[str, tuple[str, ...]] = {
    "online": ("user_feedback", "system_log", "operations"),
    "offline": ("spot_check", "static_evaluation", "rule_validation", "red_team"),
}

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _utc_time(value: Any) -> Any:
    """Return an RFC 3339 text as UTC; pydantic alone would also take epoch seconds and times without offset."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        message = "expected an RFC 3339 time with offset, such as 2026-04-24T09:13:05+00:00"
        raise ValueError(message)
    text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper().replace(" ", "T"))
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        message = "the time lies outside the years 1 to 9999 in UTC"
        raise ValueError(message) from None


Time = Annotated[AwareDatetime, BeforeValidator(_utc_time), WithJsonSchema({"type": "string", "format": "date-time"})]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, strict=True)


class TemplateRef(_Closed):
    """A template by name, with its version where the producer knows it."""

    name: str = Field(min_length=1, max_length=200)
    version: str | None = Field(default=None, min_length=1, max_length=100)


class Labels(_Closed):
    """Retrieval labels of the sample or the interaction."""

    primary_task: str | None = None
    ability_tags: tuple[str, ...] = ()
    scenario: str | None = None
    output_format: str | None = None
    risk_level: RiskLevel | None = None
    difficulty: Literal["easy", "medium", "hard"] | None = None
    knowledge_points: tuple[str, ...] = ()


class CalledFunction(_Open):
    """Name of a called function and its arguments as JSON text, which may be broken: that is evidence."""

    name: str
    arguments: str


class ToolCall(_Open):
    """A tool call in OpenAI's shape."""

    id: str | None = None
    type: str = "function"
    function: CalledFunction


class _WithContent(BaseModel):
    """Content must be there, if only as null, unless the model called tools instead."""

    @model_validator(mode="after")
    def _content_or_tool_calls(self) -> Self:
        if "content" not in self.model_fields_set and not getattr(self, "tool_calls", ()):
            message = "needs 'content' (a text, or null) unless there are tool calls"
            raise ValueError(message)
        return self


class Message(_WithContent, _Open):
    """One message of the request; content may be a text, OpenAI content parts, or null."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | tuple[dict[str, Any], ...] | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        """The words of the message; of content parts those that are text, a line each."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(part["text"] for part in self.content if isinstance(part.get("text"), str))


class Tool(_Open):
    """A tool in OpenAI's shape, kept as it came."""

    type: str = "function"
    function: dict[str, Any] | None = None


class Request(_Closed):
    """What the model was given."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] | None = None
    output_schema: dict[str, Any] | None = None

    def texts(self, *roles: str) -> list[str]:
        """Return the words of the messages in these roles, in order."""
        return [message.text for message in self.messages if message.role in roles]


class Response(_WithContent, _Closed):
    """What the model answered."""

    content: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    finish_reason: str | None = None


class ValidationFinding(_Closed):
    """One finding of a validator that ran at the producer."""

    path: str | None = None
    code: str | None = None
    message: str


class Check(_Closed):
    """One evaluation check."""

    name: str
    passed: bool
    detail: str | None = None


Score = Annotated[FiniteFloat, Field(ge=1, le=5)]


class Quality(_Closed):
    """Scores of the seven quality dimensions, 1 (worst) to 5."""

    instruction_clarity: Score | None = None
    context_sufficiency: Score | None = None
    response_correctness: Score | None = None
    format_consistency: Score | None = None
    style_appropriateness: Score | None = None
    boundary_safety: Score | None = None
    trainability: Score | None = None


class Signals(_Closed):
    """The evidence that the interaction failed."""

    error: str | None = None
    validation_errors: tuple[ValidationFinding, ...] = ()
    checks: tuple[Check, ...] = ()
    rating: FiniteFloat | None = None
    comment: str | None = None
    quality: Quality | None = None


_SOURCE_RULE: list[JsonValue] = [
    {
        "if": {"properties": {"channel": {"const": channel}}},
        "then": {"properties": {"source": {"enum": list(sources)}}},
    }
    for channel, sources in SOURCES_BY_CHANNEL.items()
]


class Interaction(_Closed):
    """One interaction with a model, good or bad."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": _SOURCE_RULE,
            "anyOf": [{"required": [part]} for part in ("request", "response", "signals")],
        }
    )

    schema_version: Literal["1"] = "1"
    event_id: str | None = Field(default=None, min_length=1, max_length=200)
    occurred_at: Time
    channel: Channel
    source: Source
    dataset: str | None = None
    dataset_version: str | None = None
    training_version: str | None = None
    sample_id: str | None = None
    session_id: str | None = None
    template: TemplateRef | None = None
    labels: Labels = Labels()
    request: Request | None = None
    response: Response | None = None
    reference: str | dict[str, Any] | None = None
    signals: Signals | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _source_belongs_to_channel(self) -> Self:
        allowed = SOURCES_BY_CHANNEL[self.channel]
        if self.source not in allowed:
            message = f"source {self.source!r} does not belong to channel {self.channel!r}: one of {', '.join(allowed)}"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any(_has_content(part) for part in (self.request, self.response, self.signals)):
            message = "at least one of request, response and signals must be present and not empty"
            raise ValueError(message)
        return self


class FailureEvent(Interaction):
    """One failed, or suspected failed, interaction with a model."""


def _has_content(part: BaseModel | None) -> bool:
    """Tell whether anything stands in `part`; an empty answer ("") is evidence, null is none."""
    if part is None:
        return False
    values = (getattr(part, name) for name in part.model_fields_set)
    return any(
        _has_content(value) if isinstance(value, BaseModel) else value is not None and value not in ((), {})
        for value in values
    )
