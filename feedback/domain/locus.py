"""The locus: the place of a failure inside its template, with few possible values and nothing of the user's in it."""

import re
from collections.abc import Sequence

from feedback.domain.canonical import short_id
from feedback.domain.failure import FailureEvent, Signals
from feedback.domain.finding import Finding
from feedback.domain.loci import place

__all__ = ["is_signature", "locate", "masked", "nearness"]

_LONGEST = 1_000
_SIGNATURE = re.compile(r"(check|error|validation):[0-9a-f]{8}")
_NOISE = re.compile(
    r"""
    "[^"\n]*" | '[^'\n]*' | `[^`\n]*` | “[^”\n]*” | 「[^」\n]*」                     # quoted values
    | [^\s@]{1,64}@\S+ | https?://\S+ | (?:/[\w.-]+){2,}                                  # addresses and paths
    | \b(?=\w*\d)[\w-]+\b                                                        # numbers, ids, dates
    """,
    re.VERBOSE,
)
_INSIDE = re.compile(r"(?<=[^\W\d_,;:]\s)[^\W\d_]\w*|(?<=[,;:]\s)[^\W\d_]\w*")  # words inside a sentence


def locate(event: FailureEvent, category: str, findings: Sequence[Finding]) -> str:
    """
    Return the locus of `event`: the place that its category's rules name, else a signature of its evidence.

    First the rules of places (`feedback.domain.loci`), then the first finding of the category that knows one. The signature
    is made of the masked words of the checks that failed, else of the machine's error, else of what kinds of evidence there
    are; the free words of a user or reviewer are never part of it.
    """
    found = place(event, category, findings)
    if found is not None:
        return found
    for finding in findings:
        if finding.category == category and finding.locus is not None:
            return finding.locus
    return _signature(event.signals)


def is_signature(locus: str) -> bool:
    """Tell whether this is a locus as `locate` makes it where no rule names a place: a hash, whose digits tell nothing."""
    return _SIGNATURE.fullmatch(locus) is not None


def nearness(found: str | None, locus: str) -> int:
    """Return how near the locus of a finding is to `locus`: 0 the same, 1 in the same field, tool or container, else 2."""
    if found == locus:
        return 0
    around = locus.rpartition(":")[0]
    return 1 if found and (found.startswith(f"{locus}:") or (around and found.rpartition(":")[0] == around)) else 2


def masked(text: str) -> str:
    """Return the words of `text` in lower case, without quoted values, names, numbers, ids and addresses."""
    without_names = _INSIDE.sub(lambda word: " " if word[0][0].isupper() else word[0], _NOISE.sub(" ", text))
    return " ".join(re.findall(r"[^\W\d_]+", without_names.lower()))


def _signature(signals: Signals | None) -> str:
    if signals is None:
        return "no evidence"
    failed = sorted(
        {masked(re.sub(r"[_.\-]", " ", check.name[:_LONGEST])) for check in signals.checks if not check.passed}
    )
    if any(failed):
        return "check:" + short_id("", *failed, length=8)
    if signals.error:
        return "error:" + short_id("", masked(signals.error.partition("\n")[0][:_LONGEST]), length=8)
    codes = sorted({masked((found.code or "validation")[:_LONGEST]) for found in signals.validation_errors})
    if codes:
        return "validation:" + short_id("", *codes, length=8)
    kinds = {"comment": signals.comment, "quality": signals.quality, "rating": signals.rating}
    return "+".join(kind for kind, value in kinds.items() if value is not None) or "no evidence"
