"""Limits: a stated limit of length is not kept."""

from collections.abc import Callable, Iterator
from typing import Any

from feedback.classification.evidence.view import View, finding
from feedback.classification.evidence.wishes import Limit, limits
from feedback.domain import measure
from feedback.domain.finding import Finding
from feedback.domain.measure import Text

__all__ = ["RULES", "breaks", "find", "last_limits"]

_MEASURES: dict[str, Callable[[str], int]] = {
    "words": measure.words,
    "characters": measure.characters,
    "sentences": measure.sentences,
    "items": measure.list_items,
    "paragraphs": measure.paragraphs,
}
_CHECKED = frozenset({"max_words", "min_words", "max_characters"})
_CATEGORIES = {"max": "over_elaborated_response", "min": "output_format_violation"}

RULES = tuple(f"limit.{bound}_{unit}" for bound in ("max", "min") for unit in sorted(_MEASURES))


def find(view: View) -> Iterator[Finding]:
    """Yield each limit in force that the answer breaks; of one unit the last stated counts."""
    if not view.answer or view.refused:
        return
    for limit in last_limits(view.instructions).values():
        size = breaks(limit, view)
        if size is not None:
            name = f"{limit.bound}_{limit.unit}"
            check: dict[str, Any] | None = {"type": name, "limit": limit.number} if name in _CHECKED else None
            yield finding(
                f"limit.{name}", _CATEGORIES[limit.bound], f"{size} {limit.unit}, {limit.bound} {limit.number}",
                limit.where, locus=name, check=check,
            )  # fmt: skip


def last_limits(texts: tuple[Text, ...]) -> dict[tuple[str, str], Limit]:
    """Return the last limit of each bound and unit in `texts`."""
    found: dict[tuple[str, str], Limit] = {}
    for text in texts:
        stated = limits(text)
        for unit in {limit.unit for limit in stated}:  # a new limit of a unit replaces both bounds of it
            found.pop(("max", unit), None)
            found.pop(("min", unit), None)
        found.update({(limit.bound, limit.unit): limit for limit in stated})
    return found


def breaks(limit: Limit, view: View) -> int | None:
    """Return the size of the answer where it breaks `limit`, else None; "don't" is given the benefit of the doubt."""
    answer = view.answer.full
    size = view.size if limit.unit == "words" else _MEASURES[limit.unit](answer)
    if limit.unit == "items" and not size:
        return None
    if limit.bound == "min":
        return size if size < limit.number else None
    spare = answer.count("'") + answer.count("\u2019") if limit.unit == "words" else 0
    return size if size - spare > limit.number else None
