"""Messages: how what we know is written into a message of each topic, and read back."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from feedback.domain.assessment import Assessment
from feedback.domain.canonical import canonical_json
from feedback.domain.failure import FailureEvent
from feedback.domain.template import Template
from feedback.errors import Fault
from feedback.export.cloudevents import CLOUDEVENT, told_event
from feedback.intake.native import Received, canonical, parse_json, validate, validate_value
from feedback.intake.records import Headers
from feedback.service.consume import AssessedFailure
from feedback.service.report import Incoming
from feedback.storage.log import Recorded
from streams.connection import MAX_MESSAGE_BYTES

__all__ = [
    "JSON_HEADERS",
    "Family",
    "Manifest",
    "Message",
    "Origin",
    "assessed_message",
    "dead_letter_message",
    "family_message",
    "headers_of",
    "read_assessed",
    "ticket_message",
]

JSON_HEADERS: Headers = (("content-type", b"application/json"),)
_LETTER = "feedback-"
_REASONS_BYTES = 32 * 1024
_CARRIED_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to a topic."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers


class _Read(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Origin(_Read):
    """Where an event came in: topic, partition, offset, place in an array, and when (Unix seconds)."""

    topic: str
    partition: int
    offset: int
    place: str = ""
    arrived_at: float

    @property
    def where(self) -> str:
        """Partition, offset and place as one text."""
        return f"partition {self.partition}, offset {self.offset}" + (f", {self.place}" if self.place else "")

    @property
    def key(self) -> bytes:
        """Topic and partition, by which dead letters are kept together."""
        return f"{self.topic}:{self.partition}".encode()


class Manifest(_Read):
    """What stands for the promoted classifier: whose it is, its version, and the chunks that its bytes come in."""

    name: str = "promoted"
    store_id: str
    version: str
    sha256: str
    chunks: int


class Family(_Read):
    """All versions of one template."""

    name: str
    templates: tuple[Template, ...]


class _Assessed(_Read):
    v: Literal[1]
    event_id: str = Field(min_length=1)
    event: dict[str, Any]
    assessment: Assessment
    origin: Origin


def assessed_message(topic: str, received: Received, assessment: Assessment, origin: Origin) -> Message:
    """Return a failure and its assessment; the event's canonical JSON is taken over as it stands."""
    value = (
        f'{{"v":1,"event_id":{json.dumps(received.event_id)},"event":{received.content},'
        f'"assessment":{assessment.model_dump_json()},"origin":{origin.model_dump_json()}}}'
    )
    return Message(topic, received.event_id.encode(), value.encode(), JSON_HEADERS)


def read_assessed(value: bytes) -> tuple[AssessedFailure, Origin]:
    """
    Return what `assessed_message` wrote.

    Raises:
        InvalidInput: It did not write this; each fault names its path.
    """
    written = validate_value(_Assessed, parse_json(value))
    content = canonical(written.event)
    received = Received(written.event_id, validate(FailureEvent, content), content)
    named = canonical(written.event | {"event_id": written.event_id})  # so that it is itself again when it is retried
    item = Incoming(written.origin.topic, written.origin.where, named.encode())
    return AssessedFailure(item, received, written.assessment), written.origin


def dead_letter_message(
    topic: str, origin: Origin, raw: bytes, faults: Iterable[Fault], *, key: bytes | None, headers: Headers
) -> Message:
    """
    Return what was refused: its bytes as they came, and in headers its place, its reasons, its key.

    Its own headers stand beside them, so that it can be sent again as it was. Of bytes that no message can hold the
    first are kept, with size and hash of all; a key or headers beyond 32 KiB are left out.
    """
    told = {
        "topic": origin.topic.encode(),
        "partition": str(origin.partition).encode(),
        "offset": str(origin.offset).encode(),
        "place": origin.place.encode(),
        "arrived-at": repr(origin.arrived_at).encode(),
        "errors": _reasons(faults),
    }
    own = [(name, content) for name, content in headers if not name.startswith(_LETTER)]
    if key is not None and len(key) <= _CARRIED_BYTES:
        told["key"] = key
    if sum(len(name) + len(content) for name, content in own) > _CARRIED_BYTES:
        own = []
    if len(raw) > MAX_MESSAGE_BYTES:  # it came compressed: no message of ours could hold it
        told["truncated"] = f"{len(raw)} bytes, sha256 {hashlib.sha256(raw).hexdigest()}".encode()
        raw = raw[:MAX_MESSAGE_BYTES]
    return Message(topic, origin.key, raw, (*((_LETTER + name, content) for name, content in told.items()), *own))


def _reasons(faults: Iterable[Fault]) -> bytes:
    """Return the reasons as JSON; of very many, those that fit."""
    reasons: list[dict[str, str]] = []
    size = 0
    for fault in faults:
        reason = {"path": _printable(fault.path)[:500], "message": _printable(fault.message)[:2000]}
        size += len(json.dumps(reason))
        if reasons and size > _REASONS_BYTES:
            break
        reasons.append(reason)
    return json.dumps(reasons).encode()


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def family_message(topic: str, name: str, templates: Sequence[Template], limit: int) -> tuple[Message, int]:
    """Return all versions of a template in one message, and how many of the oldest had to be left out to fit `limit`."""
    for left_out in range(len(templates)):
        value = Family(name=name, templates=tuple(templates[left_out:])).model_dump_json().encode()
        if len(value) <= limit:
            return Message(topic, name.encode(), value, JSON_HEADERS), left_out
    return Message(topic, name.encode(), None, ()), len(templates)


def headers_of(message: Any) -> Headers:
    """Return the headers of a message that aiokafka read; one that is null there is empty."""
    return tuple((str(name), content or b"") for name, content in message.headers or ())


def ticket_message(topic: str, store_id: str, recorded: Recorded) -> Message:
    """Return a fact about a ticket as a structured CloudEvent (`told_event`)."""
    event = told_event(store_id, recorded.position, recorded.recorded_at, recorded.fact)
    headers = (("content-type", CLOUDEVENT.encode()),)
    return Message(topic, event["subject"].encode(), canonical_json(event).encode(), headers)
