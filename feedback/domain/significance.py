"""Tests of whether two samples differ by more than chance, in closed formulas, and the correction for many tests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Mean", "holm", "two_means", "two_shares", "wilson"]

_NEGLIGIBLE = 1e-17
_FEWEST = 2
_MOST_DEGREES = 10_000


@dataclass(frozen=True, slots=True)
class Mean:
    """`count` values from 0 to 1, by their sum and the sum of their squares."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @property
    def value(self) -> float:
        """Their mean; 0 of none."""
        return self.total / self.count if self.count else 0.0

    @property
    def spread(self) -> float:
        """The sum of squared distances from the mean; 0 of none."""
        return max(0.0, self.squares - self.total**2 / self.count) if self.count else 0.0

    @property
    def squared_error(self) -> float:
        """The squared standard error of the mean; of two values at least."""
        return self.spread / (self.count - 1) / self.count


def two_shares(hits: float, of: float, other_hits: float, of_other: float) -> float:
    """
    Return the probability that two shares differ so much by chance: Fisher's exact test (1935), the smaller tail doubled.

    It holds for rare hits and windows of unlike size, where the normal approximation raises far too many alarms. Counts
    that are no whole numbers are rounded, those of hits towards no difference.
    """
    whole, other = round(of), round(of_other)
    if not whole or not other:
        return 1.0
    share = (hits + other_hits) / (of + of_other)
    count, count_other = _towards(hits, share * of, whole), _towards(other_hits, share * of_other, other)
    upper = _tail(count, whole, count_other, other)
    lower = _tail(whole - count, whole, other - count_other, other)
    return min(1.0, 2 * min(upper, lower))


def _towards(hits: float, expected: float, of: int) -> int:
    rounded = math.floor(hits + 1e-9) if hits > expected else math.ceil(hits - 1e-9)
    return min(of, max(0, rounded))


def _tail(hits: int, of: int, other_hits: int, of_other: int) -> float:
    """Return the hypergeometric probability of `hits` or more of all hits among `of`."""
    all_hits = hits + other_hits
    if hits <= max(0, all_hits - of_other):
        return 1.0
    log = _choose(of, hits) + _choose(of_other, other_hits) - _choose(of + of_other, all_hits)
    term, total = 1.0, 0.0
    for more in range(min(of, all_hits) - hits + 1):
        total += term
        at, left = hits + more, other_hits - more
        term *= (of - at) * left / ((at + 1) * (of_other - left + 1))
        if term < _NEGLIGIBLE * total:
            break
    return min(1.0, math.exp(log + math.log(total)))


def _choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)


def two_means(one: Mean, other: Mean) -> float:
    """
    Return the probability that two means differ so much by chance: the larger of Welch's test (1947) and of Student's.

    Welch's trusts the spread of the smaller window, which misses the rare low values of a skewed probability: alone it
    raised up to 50 times too many alarms in simulation. Student's shares the spread of both, and errs where they differ.
    """
    if min(one.count, other.count) < _FEWEST or math.isclose(one.value, other.value, abs_tol=1e-9):
        return 1.0
    errors = one.squared_error, other.squared_error
    if sum(errors) <= _NEGLIGIBLE:
        return 0.0
    apart = abs(one.value - other.value)
    parts = errors[0] ** 2 / (one.count - 1) + errors[1] ** 2 / (other.count - 1)
    welch = _student(apart / math.sqrt(sum(errors)), math.floor(sum(errors) ** 2 / parts))
    freedom = one.count + other.count - 2
    spread = (one.spread + other.spread) / freedom * (1 / one.count + 1 / other.count)
    return max(welch, _student(apart / math.sqrt(spread), freedom))


def _student(t: float, degrees: int) -> float:
    """Return both tails of Student's t beyond `t` (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    degrees = min(_MOST_DEGREES, max(1, degrees))
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for n in range(1 + odd, degrees, 2):
        total += term
        term *= cosine**2 * n / (n + 1)
    inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return min(1.0, max(0.0, 1 - inside))


def holm(probabilities: Sequence[float]) -> list[float]:
    """
    Return the probabilities of many tests made at once, each raised as far as their number asks for (Holm 1979).

    Whatever the tests have to do with each other, the chance that any of those without a difference comes out at or
    below a rate is at most that rate.
    """
    raised = [1.0] * len(probabilities)
    highest = 0.0
    for rank, at in enumerate(sorted(range(len(probabilities)), key=probabilities.__getitem__)):
        highest = max(highest, (len(probabilities) - rank) * probabilities[at])
        raised[at] = min(1.0, highest)
    return raised


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % bounds of a share by Wilson's score interval (1927); `of` is 1 or more."""
    share, z = hits / of, 1.959964
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, centre - reach), min(1.0, centre + reach)
