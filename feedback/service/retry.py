"""Retrying dead letters: what was refused is reported once more, by today's rules."""

from collections.abc import Sequence

from feedback.service.bootstrap import Service
from feedback.service.report import Incoming, Verdict, report
from feedback.storage.dead_letters import DeadLetter, mark_retried

__all__ = ["retry"]


def retry(service: Service, letters: Sequence[DeadLetter]) -> list[Verdict]:
    """
    Report the letters again and return a verdict each, in order; those taken are marked, and all are kept.

    One whose bytes were erased is refused again. Accepted failures wait to be assessed, exposures to be judged.
    """
    with service.store.writing():
        verdicts = report(service, [Incoming(one.source, one.place, one.raw or b"") for one in letters])
        taken = [
            letter.letter_id
            for letter, verdict in zip(letters, verdicts, strict=True)
            if verdict.status in ("accepted", "duplicate")
        ]
        mark_retried(service.store, taken, now=service.clock())
    return verdicts
