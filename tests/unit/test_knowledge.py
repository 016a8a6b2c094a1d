from dataclasses import dataclass

from streams.codec import Message
from streams.knowledge import Knowledge, classifier_messages, template_messages
from tests.builders import a_template

CONTENT = bytes(range(256)) * 20_000


@dataclass(frozen=True)
class _Record:
    """A message as aiokafka gives it back."""

    topic: str
    key: bytes
    value: bytes | None
    offset: int = 0


def _read(*messages: Message, into: Knowledge | None = None) -> Knowledge:
    known = into or Knowledge()
    for message in messages:
        known.add(_Record(message.topic, message.key, message.value))
    return known


def test_every_version_of_a_template_survives_compaction_by_name() -> None:
    versions = [a_template(version=version) for version in ("1.0.0", "1.10.0", "2.0.0")]
    messages = template_messages(Knowledge(), versions)
    assert len({message.key for message in messages}) == len(messages) == 1
    assert _read(*messages).templates == versions


def test_what_stands_on_the_topic_already_is_not_sent_again() -> None:
    known = _read(*template_messages(Knowledge(), [a_template()]))
    assert template_messages(known, [a_template()]) == []
    grown = template_messages(known, [a_template(), a_template(version="3.0.0")])
    assert [message.key for message in grown] == [b"payment_terms"]
    assert len(_read(*grown, into=known).templates) == 2


def test_templates_of_another_store_are_taken_off_the_topic() -> None:
    known = _read(*template_messages(Knowledge(), [a_template(name="old")]))
    messages = template_messages(known, [a_template()])
    assert [(message.key, message.value is None) for message in messages] == [(b"payment_terms", False), (b"old", True)]
    assert [template.name for template in _read(*messages, into=known).templates] == ["payment_terms"]


def test_a_classifier_comes_whole_or_not_at_all() -> None:
    messages = classifier_messages(Knowledge(), "s-1", "c1:a", CONTENT)
    known = Knowledge()
    for message in messages:
        assert known.classifier is None
        _read(message, into=known)
    assert known.classifier == CONTENT
    assert known.manifest is not None
    assert (known.manifest.version, known.manifest.store_id) == ("c1:a", "s-1")
    assert classifier_messages(known, "s-1", "c1:a", CONTENT) == []


def test_a_damaged_chunk_is_no_classifier() -> None:
    first, *rest = classifier_messages(Knowledge(), "s-1", "c1:a", CONTENT)
    assert _read(Message(first.topic, first.key, b"damaged", ()), *rest).classifier is None


def test_a_new_classifier_takes_the_place_of_the_old_one_and_its_chunks_go() -> None:
    known = _read(*classifier_messages(Knowledge(), "s-1", "c1:a", CONTENT))
    messages = classifier_messages(known, "s-1", "c1:b", b"another")
    _read(*messages, into=known)
    assert known.classifier == b"another"
    assert all(key.startswith(b"c1:b/") for key in known.chunks)


def test_a_change_is_told_once() -> None:
    known = Knowledge()
    (message,) = template_messages(known, [a_template()])
    record = _Record(message.topic, message.key, message.value)
    assert (known.add(record), known.add(record)) == (True, False)
    gone = _Record(message.topic, message.key, None)
    assert (known.add(gone), known.add(gone)) == (True, False)


def test_what_cannot_be_read_changes_nothing() -> None:
    known = Knowledge()
    assert known.add(_Record("templates", b"t", b"no JSON")) is False
    assert known.add(_Record("classifiers", b"promoted", b"{}")) is False
    assert (known.templates, known.classifier) == ([], None)


def test_a_classifier_that_comes_back_after_another_is_sent_again() -> None:
    published, worker = Knowledge(), Knowledge()
    for version in ("c1:a", "c1:b", "c1:a"):
        messages = classifier_messages(published, "store", version, CONTENT + version.encode())
        published.sent(messages)
        _read(*messages, into=worker)
        assert worker.manifest is not None
        assert (worker.manifest.version, worker.classifier) == (version, CONTENT + version.encode())
    assert classifier_messages(published, "store", "c1:a", CONTENT + b"c1:a") == []
