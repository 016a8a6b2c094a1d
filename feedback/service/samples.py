"""Samples taken in line by line: each is registered, known, or rejected alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from feedback.errors import Fault, InvalidInput
from feedback.intake.files import Item
from feedback.intake.samples import parse_sample
from feedback.service.bootstrap import Service
from feedback.service.register import register_each_sample

__all__ = ["SampleVerdict", "take_samples"]


@dataclass(frozen=True, slots=True)
class SampleVerdict:
    """What became of one line."""

    place: str
    status: Literal["registered", "known", "rejected"]
    faults: tuple[Fault, ...] = ()


def take_samples(
    service: Service, items: Sequence[Item], *, dataset: str | None = None, dataset_version: str | None = None
) -> list[SampleVerdict]:
    """
    Register the samples in `items`, in one transaction, and return a verdict each, in order.

    Args:
        dataset: That of a line which names none.
        dataset_version: Likewise.

    Raises:
        StoreBusy: Nothing was registered.
    """
    faults: dict[int, tuple[Fault, ...]] = {}
    found = {}
    for n, item in enumerate(items):
        try:
            found[n] = parse_sample(item.raw, dataset=dataset, dataset_version=dataset_version)
        except InvalidInput as error:
            faults[n] = error.faults
    answers = dict(zip(found, register_each_sample(service, list(found.values())), strict=True))
    verdicts = []
    for n, item in enumerate(items):
        answer = answers.get(n)
        if answer is None:
            verdicts.append(SampleVerdict(item.place, "rejected", faults[n]))
        elif answer.status == "refused":
            verdicts.append(SampleVerdict(item.place, "rejected", (Fault("", answer.note),)))
        else:
            verdicts.append(SampleVerdict(item.place, answer.status))
    return verdicts
