"""
Assessing in a process of its own: records in, messages out.

The pipeline computes without pause. In the process that talks to the brokers it would keep heartbeats, health answers
and deliveries waiting; beside it, it has a core of its own. That process ends when the worker does, however it ends.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback.domain.template import Template
from feedback.errors import ForeignClassifier, InvalidInput
from feedback.intake.native import Received
from feedback.intake.records import Headers, read_record
from feedback.settings import Settings
from streams.codec import Message, Origin, assessed_message, dead_letter_message
from streams.topics import ASSESSED, DEAD_LETTERS

if TYPE_CHECKING:
    from feedback.pipeline import Assessor  # brings scikit-learn, which only the process that assesses needs

__all__ = ["Outcome", "Record", "assess", "assess_records", "assessing_process", "learn"]


_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Record:
    """A message as it came in."""

    topic: str
    partition: int
    offset: int
    arrived_at: float
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: the messages to send, the categories found, and a record each its reason if refused."""

    messages: tuple[Message, ...]
    categories: tuple[str, ...]
    refused: tuple[str | None, ...]


def assess_records(assessor: "Assessor", records: Sequence[Record]) -> Outcome:
    """Return what is to be sent for the records: each failure with its assessment, and what was refused."""
    accepted: list[tuple[Received, Origin]] = []
    letters: list[Message] = []
    refused: list[str | None] = []
    for record in records:
        reason = None
        for item, found in read_record(record.value or b"", record.headers):
            origin = Origin(
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                place=item.place,
                arrived_at=record.arrived_at,
            )
            if isinstance(found, InvalidInput):
                reason = str(found)
                letter = dead_letter_message(
                    DEAD_LETTERS, origin, item.raw, found.faults, key=record.key, headers=record.headers
                )
                letters.append(letter)
            else:
                accepted.append((found, origin))
        refused.append(reason)
    said = []
    for start in range(0, len(accepted), _AT_ONCE):  # arrays can make very many of few messages
        part = accepted[start : start + _AT_ONCE]
        said += assessor.assess([(received.event_id, received.event) for received, _ in part])
    assessed = [
        assessed_message(ASSESSED, received, assessment, origin)
        for (received, origin), assessment in zip(accepted, said, strict=True)
    ]
    return Outcome((*assessed, *letters), tuple(one.category for one in said), tuple(refused))


def assessing_process() -> ProcessPoolExecutor:
    """Return an executor of one process, in which `learn` and then `assess` can be called."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)  # killed, the worker could not tell its executor to stop


_known: list["Assessor"] = []


def learn(templates: Sequence[Template], settings: Settings, version: str, classifier: bytes) -> str | None:
    """Assess by these templates and this classifier from now on; or return why not, and what was known before stays."""
    from feedback.service.assessor import adopted_classifier, build_assessor  # noqa: PLC0415  brings scikit-learn

    try:
        adopted = adopted_classifier(version, classifier)
    except ForeignClassifier as error:
        return str(error)
    _known[:] = [build_assessor(templates, settings, classifier=adopted, earlier=_known[0] if _known else None)]
    return None


def assess(records: Sequence[Record]) -> Outcome:
    """Return what `assess_records` says by what was learned last."""
    return assess_records(_known[0], records)
