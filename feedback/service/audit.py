"""Auditing labels: which of the corpus, and of what people said, are likely wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from feedback.classification.audit import Suspect, suspects
from feedback.classification.cases import CORPUS, LabelledCase, load_corpus
from feedback.classification.training import Progress, described, held_out
from feedback.errors import Fault, InvalidInput, NotFound

__all__ = ["Audited", "audit"]

_FEWEST_BATCHES = 2


@dataclass(frozen=True, slots=True)
class Audited:
    """The labels that are likely wrong, the surest first, among so many cases of the corpus and of corrections."""

    cases: int
    corrections: int
    suspects: tuple[Suspect, ...]


def audit(
    precision: float,
    corrections: Sequence[LabelledCase] = (),
    folder: Path = CORPUS,
    progress: Progress | None = None,
) -> Audited:
    """
    Return the labels of the corpus in `folder`, and of corrections, that models which never saw their batch doubt.

    Raises:
        NotFound: There are not two batches, so none can be held out.
        InvalidInput: The cases are too few or too much alike to train on.
    """
    cases = [*load_corpus(folder), *corrections]
    if len({case.batch for case in cases}) < _FEWEST_BATCHES:
        raise NotFound("two batches in folder", str(folder), "each *.jsonl file there is one")
    examples = described(cases, progress)
    try:
        out = held_out(cases, examples, precision, progress=progress)
    except ValueError as error:  # scikit-learn's, of texts or categories that are too few
        raise InvalidInput(Fault("corpus", f"{folder} cannot be learned from: {error}")) from error
    return Audited(len(cases) - len(corrections), len(corrections), tuple(suspects(out)))
