"""What a classifier is known to be worth: its figures on cases whose whole batch it had not seen, kept beside it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from feedback.classification.calibration import Calibration, Decided
from feedback.classification.cases import LabelledCase
from feedback.classification.measures import measure, reliability
from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = ["Card", "card_of", "read_card", "write_card"]


@dataclass(frozen=True, slots=True)
class Card:
    """
    The figures of one classifier.

    `confusion` counts cases by the category they have, then by the one that was answered (`needs_triage` where none was sure
    enough); `reliability` holds mean probability, share of right first guesses and number of cases of each bin that is
    not empty; `thresholds` from which probability on a category answers.
    """

    classifier_version: str
    figures: dict[str, Any]
    confusion: dict[str, dict[str, int]]
    reliability: list[tuple[float, float, int]]
    thresholds: dict[str, float]


def card_of(cases: Sequence[LabelledCase], decided: Decided, calibration: Calibration, classifier_version: str) -> Card:
    """Return the card of a classifier, of what was said of cases by models that had seen nothing of their batch."""
    truth, names = [case.category for case in cases], calibration.categories
    first = decided.probabilities.argmax(axis=1)
    told = [n for n, label in enumerate(truth) if label != NEEDS_TRIAGE]
    right = np.array([names[first[n]] == truth[n] for n in told])
    confusion: dict[str, dict[str, int]] = {
        name: dict.fromkeys((*names, NEEDS_TRIAGE), 0) for name in (*names, NEEDS_TRIAGE)
    }
    for n, label in enumerate(truth):
        confusion[label][names[first[n]] if decided.sure[n] else NEEDS_TRIAGE] += 1
    return Card(
        classifier_version=classifier_version,
        figures=asdict(measure(decided, truth, [case.batch for case in cases], names)),
        confusion=confusion,
        reliability=reliability(decided.probabilities.max(axis=1)[told], right),
        thresholds={name: calibration.thresholds[name] for name in names},
    )


def write_card(card: Card, path: Path) -> None:
    """Write a card to `path`; whoever reads meanwhile sees the old file or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(asdict(card)), encoding="utf-8")
    partial.replace(path)


def read_card(path: Path, classifier_version: str) -> Card | None:
    """Return the card in `path`, or None where there is none, it is another's, or it cannot be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        card = Card(**kept)
    except (OSError, ValueError, TypeError):
        return None
    return card if card.classifier_version == classifier_version else None
