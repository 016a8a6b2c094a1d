"""
What assess workers must know: every template and the promoted classifier, on compacted topics.

The recorder publishes it from its store; workers read both topics to the end before they consume, and follow them.
Compaction keeps one message a key, so all versions of a template are one message under its name, and a classifier is
chunks under keys of their own with a manifest under "promoted", which is sent after them.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import structlog
from aiokafka.structs import ConsumerRecord
from pydantic import ValidationError

from feedback.domain.template import Template
from streams.codec import JSON_HEADERS, Family, Manifest, Message, family_message
from streams.connection import MAX_MESSAGE_BYTES
from streams.topics import CLASSIFIERS, TEMPLATES

__all__ = ["Knowledge", "classifier_messages", "template_messages"]

_CHUNK_BYTES = 1024 * 1024
_MANIFEST_KEY = b"promoted"
_ROOM = 64 * 1024  # for key, headers and framing
log = structlog.get_logger("feedback.streams")


@dataclass(slots=True)
class Knowledge:
    """What the two topics say, as far as they were read."""

    families: dict[str, Family] = field(default_factory=dict)
    manifest: Manifest | None = None
    chunks: dict[bytes, bytes] = field(default_factory=dict)

    def add(self, record: ConsumerRecord) -> bool:
        """Take in one message, and tell whether anything usable changed; what cannot be read is logged and passed over."""
        try:
            return self._template(record) if record.topic == TEMPLATES else self._classifier(record)
        except ValidationError as error:
            first = error.errors()[0]
            log.warning(
                "passed over", topic=record.topic, offset=record.offset, because=f"{first['loc']}: {first['msg']}"
            )
            return False

    @property
    def templates(self) -> list[Template]:
        """Every template version."""
        return [template for name in sorted(self.families) for template in self.families[name].templates]

    @property
    def classifier(self) -> bytes | None:
        """The bytes of the promoted classifier; None while they are not all here."""
        if self.manifest is None:
            return None
        parts = [self.chunks.get(_chunk_key(self.manifest.version, n)) for n in range(self.manifest.chunks)]
        joined = b"".join(part for part in parts if part is not None)
        return zlib.decompress(joined) if hashlib.sha256(joined).hexdigest() == self.manifest.sha256 else None

    def _template(self, record: ConsumerRecord) -> bool:
        name = record.key.decode()
        if record.value is None:
            return self.families.pop(name, None) is not None
        family = Family.model_validate_json(record.value)
        changed = self.families.get(name) != family
        self.families[name] = family
        return changed

    def sent(self, messages: Iterable[Message]) -> None:
        """Take in what we have sent of a classifier ourselves."""
        for message in messages:
            self._classifier(message)

    def _classifier(self, record: ConsumerRecord | Message) -> bool:
        if record.key != _MANIFEST_KEY:
            if record.value is None:
                self.chunks.pop(record.key, None)
            else:
                self.chunks[record.key] = record.value
            return False
        manifest = Manifest.model_validate_json(record.value or b"")
        changed = self.manifest is None or self.manifest.version != manifest.version
        self.manifest = manifest
        return changed


def template_messages(known: Knowledge, templates: Iterable[Template]) -> list[Message]:
    """
    Return the messages that bring `known` up to these templates, which are grouped by name, oldest version first.

    Templates that are no longer among them are taken off the topic.
    """
    messages = []
    names = set()
    for name, group in groupby(templates, key=lambda template: template.name):
        names.add(name)
        family = tuple(group)
        if name in known.families and known.families[name].templates == family:
            continue
        message, left_out = family_message(TEMPLATES, name, family, MAX_MESSAGE_BYTES - _ROOM)
        if left_out:
            log.error(
                "too many versions for one message", template=name, versions=len(family), oldest_left_out=left_out
            )
        if message.value is not None:
            messages.append(message)
    messages += [Message(TEMPLATES, name.encode(), None, ()) for name in sorted(known.families.keys() - names)]
    return messages


def classifier_messages(known: Knowledge, store_id: str, version: str, content: bytes) -> list[Message]:
    """Return the messages that promote this classifier: its chunks, its manifest, and then the old chunks' end."""
    joined = zlib.compress(content, 6)
    parts = [joined[start : start + _CHUNK_BYTES] for start in range(0, len(joined), _CHUNK_BYTES)]
    digest = hashlib.sha256(joined).hexdigest()
    manifest = Manifest(store_id=store_id, version=version, sha256=digest, chunks=len(parts))
    if known.manifest == manifest and known.classifier is not None:
        return []
    keys = [_chunk_key(version, n) for n in range(len(parts))]
    return [
        *(Message(CLASSIFIERS, key, part, ()) for key, part in zip(keys, parts, strict=True)),
        Message(CLASSIFIERS, _MANIFEST_KEY, manifest.model_dump_json().encode(), JSON_HEADERS),
        *(Message(CLASSIFIERS, key, None, ()) for key in _sorted(known.chunks.keys() - set(keys))),
    ]


def _chunk_key(version: str, number: int) -> bytes:
    return f"{version}/{number}".encode()


def _sorted(keys: Iterable[bytes]) -> Sequence[bytes]:
    return sorted(keys)
