"""Consuming what was assessed elsewhere: reports, assessments and the place reached become durable together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from feedback.domain.assessment import Assessment
from feedback.intake.native import Received
from feedback.service.assess import record_assessments
from feedback.service.bootstrap import Service
from feedback.service.report import Incoming, Verdict, report_parsed
from feedback.storage.positions import Place, keep_consumed

__all__ = ["AssessedFailure", "consume"]


@dataclass(frozen=True, slots=True)
class AssessedFailure:
    """A failure with its assessment, and where it first came from."""

    item: Incoming
    received: Received
    assessment: Assessment


def consume(
    service: Service, batch: Sequence[AssessedFailure], *, cluster: str, reached: Mapping[Place, int]
) -> list[Verdict]:
    """
    Record the failures with their assessments and return a verdict each, in order; all in one transaction.

    A failure that is known keeps the assessment it has. One in conflict with a known one is kept as a dead letter.

    Args:
        cluster: The cluster whose topics the batch was read from.
        reached: By topic and partition, the offset behind the last message of the batch.

    Raises:
        StoreBusy, StoreUnusable: Nothing was recorded.
    """
    with service.store.writing():
        verdicts = report_parsed(service, [one.item for one in batch], [one.received for one in batch])
        known = ("accepted", "duplicate")
        told = [one.assessment for one, said in zip(batch, verdicts, strict=True) if said.status in known]
        record_assessments(service, told)
        keep_consumed(service.store, cluster, reached)
    return verdicts
