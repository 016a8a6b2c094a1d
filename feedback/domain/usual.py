"""What is usual: how often a category fails in templates that do not stand out."""

from collections.abc import Mapping

__all__ = ["Usual"]

_ROUNDS = 4
_RATIO = 2.0
_DEVIATIONS = 3.0


class Usual:
    """The rate of one category over all templates but those that stand out, beside a first belief of small weight."""

    def __init__(self, counts: Mapping[str, tuple[int, float]], *, belief: float, weight: float) -> None:
        """
        Sum up `counts`: by template name the units that failed in the category, and the base they are counted against.

        A template stands out whose units are more than twice the rate and three standard deviations beyond it (sigma
        clipping, a few rounds). The belief counts like a template with a base of `weight`.
        """
        self._belief, self._weight = belief, weight
        self._keep(counts)
        for _ in range(_ROUNDS):
            rate = self._rate(0, 0.0)
            self._keep(
                {
                    name: (units, base)
                    for name, (units, base) in counts.items()
                    if units <= _RATIO * rate * base + _DEVIATIONS * (rate * base) ** 0.5
                }
            )

    def _keep(self, kept: Mapping[str, tuple[int, float]]) -> None:
        self._kept = kept
        self._units = sum(units for units, _ in kept.values())
        self._base = sum(base for _, base in kept.values())

    def beside(self, template: str) -> float:
        """Return the rate in the templates other than `template`."""
        return self._rate(*self._kept.get(template, (0, 0.0)))

    def _rate(self, units: int, base: float) -> float:
        return (self._units - units + self._belief * self._weight) / (self._base - base + self._weight)
