"""Agreement of two who label the same things, beyond what chance would give."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Agreement", "Labels", "agreement", "both_ways", "by_category"]

Labels = Mapping[tuple[str, str], float]
"""How many things the first labelled with the first name of a key and the second with its second name."""

_Z = 1.959963984540054  # the normal quantile of 0.975


@dataclass(frozen=True, slots=True)
class Agreement:
    """
    How far two agree on `pairs` things; all but `pairs` are shares from 0 to 1, or None where they are not defined.

    `kappa` is (observed - expected) / (1 - expected), from -1 to 1: None where there are no pairs, or where both always
    say one and the same, so that chance alone would agree. `low` and `high` are the ends of its interval of 95 %.
    `first` and `second` count the things that either gave the category (of a single category, else all pairs).
    """

    pairs: float
    first: float
    second: float
    observed: float | None
    expected: float | None
    kappa: float | None
    low: float | None
    high: float | None


def agreement(labels: Labels) -> Agreement:
    """
    Return Cohen's kappa (1960) over all categories.

    The interval takes the expected agreement as given, as Cohen's own standard error does, and the observed one from
    Wilson's interval (1927), which holds for few pairs and for agreement without exception too.
    """
    pairs = math.fsum(labels.values())
    return _agreement(labels, first=pairs, second=pairs)


def by_category(labels: Labels) -> dict[str, Agreement]:
    """Return the agreement on each category against the rest together, by its name."""
    found = {}
    for name in sorted({name for key in labels for name in key}):
        table: dict[tuple[str, str], float] = {}
        for (left, right), count in labels.items():
            key = (str(left == name), str(right == name))
            table[key] = table.get(key, 0) + count
        first, second = (_marginal(table, side).get("True", 0.0) for side in (0, 1))
        found[name] = _agreement(table, first=first, second=second)
    return found


def both_ways(labels: Labels) -> dict[tuple[str, str], float]:
    """
    Return each pair half in either order, for pairs in which neither side is the same person throughout.

    Kappa is then Scott's pi (1955): who comes first has no bearing on it.
    """
    halves: dict[tuple[str, str], float] = {}
    for (left, right), count in labels.items():
        for key in ((left, right), (right, left)):
            halves[key] = halves.get(key, 0) + count / 2
    return halves


def _agreement(labels: Labels, *, first: float, second: float) -> Agreement:
    pairs = math.fsum(labels.values())
    if not pairs:
        return Agreement(0, first, second, None, None, None, None, None)
    said, heard = _marginal(labels, 0), _marginal(labels, 1)
    observed = math.fsum(count for (left, right), count in labels.items() if left == right) / pairs
    expected = math.fsum(said[name] * heard.get(name, 0.0) for name in said) / pairs**2
    if math.isclose(expected, 1):
        return Agreement(pairs, first, second, observed, expected, None, None, None)
    kappa, low, high = ((share - expected) / (1 - expected) for share in (observed, *_wilson(observed, pairs)))
    return Agreement(pairs, first, second, observed, expected, kappa, max(low, -1.0), high)


def _marginal(labels: Labels, side: int) -> dict[str, float]:
    counts: dict[str, float] = {}
    for key, count in labels.items():
        counts[key[side]] = counts.get(key[side], 0) + count
    return counts


def _wilson(share: float, of: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval of 95 % for a share of `of` things."""
    middle = (share + _Z**2 / (2 * of)) / (1 + _Z**2 / of)
    reach = _Z / (1 + _Z**2 / of) * math.sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)
