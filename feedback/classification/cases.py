"""The corpus: labelled failure events in batches, each batch written by another author without sight of the rest."""

import json
from dataclasses import dataclass
from pathlib import Path

from feedback.domain.failure import FailureEvent

__all__ = ["ASIDE", "CORPUS", "CORRECTION", "LabelledCase", "load_corpus"]

CORPUS = Path(__file__).parent / "corpus"
ASIDE = CORPUS / "aside"
"""Batches that no classifier is trained on."""
CORRECTION = "correction:"
"""Begins the batch of a case that is no case of the corpus, but a failure that a person corrected."""


@dataclass(frozen=True, slots=True)
class LabelledCase:
    """A failure event, its category (or needs_triage), the batch it was written in, and how much it counts."""

    event: FailureEvent
    category: str
    batch: str
    weight: float = 1.0


def load_corpus(folder: Path = CORPUS) -> list[LabelledCase]:
    """Return every case of the corpus, ordered by batch and line."""
    cases = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            event = FailureEvent.model_validate_json(json.dumps(record["event"]))
            cases.append(LabelledCase(event, record["category"], path.stem))
    return cases
