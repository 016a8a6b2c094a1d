"""How a store stands: how far its log goes, and what waits in it."""

from dataclasses import dataclass

from feedback.service.bootstrap import Service
from feedback.storage import log
from feedback.storage.failures import count_waiting
from feedback.storage.judging import unjudged

__all__ = ["Standing", "position", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Position of the last fact, failures that wait for an assessment, patterns that wait to be judged."""

    position: int
    waiting: int
    unjudged: int


def standing(service: Service) -> Standing:
    """Return how a store stands now."""
    return Standing(position(service), count_waiting(service.store), len(unjudged(service.store)))


def position(service: Service) -> int:
    """Return the position of the last fact in the log, 0 where it is empty."""
    return int(log.head(service.store).partition(":")[0])
