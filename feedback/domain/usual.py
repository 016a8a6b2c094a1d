"""What is usual: how often a category fails in templates that do not stand out."""

from collections.abc import Mapping, Sequence

__all__ = ["Usual", "shares_beside", "usual_rates", "usual_shares"]

_ROUNDS = 4
_RATIO = 2.0
_DEVIATIONS = 3.0
_UNITS_OF_BELIEF = 200
_LEAST_SHARE = 0.02
"""No category is taken for rarer than this among the failures of a template: few failures cannot tell."""

Units = Mapping[str, Mapping[str, int]]
"""By category and template name how many units failed."""


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


def usual_shares(units: Units, categories: Sequence[str]) -> dict[str, Usual]:
    """Return by category its share in the failing units of a template; at first all categories have the same."""
    totals: dict[str, int] = {}
    for by_template in units.values():
        for name, failed in by_template.items():
            totals[name] = totals.get(name, 0) + failed
    return {
        category: Usual(
            {name: (units.get(category, {}).get(name, 0), total) for name, total in totals.items()},
            belief=1 / len(categories),
            weight=_UNITS_OF_BELIEF,
        )
        for category in categories
    }


def shares_beside(usual: Mapping[str, Usual], template: str) -> dict[str, float]:
    """Return by category the usual share in the templates other than `template`, none below a least one."""
    return {category: max(_LEAST_SHARE, of_category.beside(template)) for category, of_category in usual.items()}


def usual_rates(
    units: Units, interactions: Mapping[str, int], categories: Sequence[str], *, accident_rate: float
) -> dict[str, Usual]:
    """Return by category how many units fail in an interaction, of the templates whose `interactions` were reported."""
    return {
        category: Usual(
            {name: (units.get(category, {}).get(name, 0), of) for name, of in interactions.items()},
            belief=accident_rate,
            weight=1 / accident_rate,
        )
        for category in categories
    }
