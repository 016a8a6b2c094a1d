"""
Drift: what a recent window holds of a source or a template, against the baseline before it.

A window counts units, not failures: what one unit (a session, a sample) did is averaged first. Averages vary less than
single failures do, so the tests err towards silence.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from feedback.domain.significance import Mean, holm, two_means, two_shares
from feedback.domain.taxonomy import NEEDS_TRIAGE

__all__ = ["KINDS", "Change", "DriftPolicy", "Held", "Kind", "Scope", "Watched", "changes", "distance"]

Kind = Literal["triage_share", "category_mix", "confidence"]
Scope = Literal["source", "template"]
KINDS: tuple[Kind, ...] = ("triage_share", "category_mix", "confidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftPolicy:
    """
    When a change is an alarm.

    `min_units` are needed in both windows. `false_alarm_rate` is the chance, at most, of any alarm at one look at a store
    in which nothing has changed. `least` is the smallest difference of each kind that matters: of shares, a distance,
    and of mean probabilities, all from 0 to 1.
    """

    min_units: int
    false_alarm_rate: float
    least: Mapping[Kind, float]


@dataclass(frozen=True, slots=True)
class Held:
    """
    What a window holds: its failures, its units, units by what the machine said, and how sure it was of each unit.

    A unit whose failures are of several categories is split among them, so `categories` sum to `confidence.count`.
    """

    failures: int = 0
    categories: Mapping[str, float] = field(default_factory=dict)
    confidence: Mean = field(default_factory=Mean)

    @property
    def units(self) -> int:
        """Distinct units."""
        return self.confidence.count

    @property
    def triaged(self) -> float:
        """Units sent to triage."""
        return self.categories.get(NEEDS_TRIAGE, 0.0)

    @property
    def triage_share(self) -> float:
        """The share of units sent to triage; 0 of none."""
        return self.triaged / self.units if self.units else 0.0

    @property
    def answered(self) -> dict[str, float]:
        """Units by category, without those sent to triage."""
        return {name: units for name, units in self.categories.items() if name != NEEDS_TRIAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A source or a template in both windows."""

    scope: Scope
    name: str
    recent: Held
    baseline: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One comparison: of `kind`, in the source or template `name`.

    `before` and `now` are shares sent to triage, mean probabilities, or, of the mix, the shares of `category`, the one that
    changed most. `difference` is that of the two, of the mix the distance of all. `probability` is the chance that it
    is chance, raised for all comparisons of this look.
    """

    kind: Kind
    scope: Scope
    name: str
    before: float
    now: float
    difference: float
    probability: float
    category: str | None = None
    is_alarm: bool = False


def changes(watched: Iterable[Watched], policy: DriftPolicy) -> list[Change]:
    """Return every comparison that both windows hold enough units for; alarms first, then the most improbable."""
    tests = [test for one in watched for test in _compared(one, policy.min_units)]
    raised = holm([test.probability for test in tests])
    judged = [
        replace(
            test,
            probability=probability,
            is_alarm=probability <= policy.false_alarm_rate and abs(test.difference) >= policy.least[test.kind],
        )
        for test, probability in zip(tests, raised, strict=True)
    ]
    return sorted(judged, key=lambda one: (not one.is_alarm, one.probability, one.scope, one.name, one.kind))


def _compared(one: Watched, fewest: int) -> list[Change]:
    """Return the comparisons of one source or template, each with the probability it has alone."""
    recent, baseline = one.recent, one.baseline
    found = []
    if min(recent.units, baseline.units) >= fewest:
        by_chance = two_shares(recent.triaged, recent.units, baseline.triaged, baseline.units)
        found.append(_change(one, "triage_share", (baseline.triage_share, recent.triage_share), by_chance))
        means = baseline.confidence.value, recent.confidence.value
        found.append(_change(one, "confidence", means, two_means(recent.confidence, baseline.confidence)))
    if min(_units(recent.answered), _units(baseline.answered)) >= fewest:
        found.append(_mix(one))
    return found


def _change(one: Watched, kind: Kind, values: tuple[float, float], probability: float) -> Change:
    before, now = values
    return Change(
        kind=kind,
        scope=one.scope,
        name=one.name,
        before=before,
        now=now,
        difference=now - before,
        probability=probability,
    )


def _mix(one: Watched) -> Change:
    """Compare each category with the rest; the least probable stands for all, raised by their number (Bonferroni)."""
    recent, baseline = one.recent.answered, one.baseline.answered
    of, of_other = _units(recent), _units(baseline)
    names = sorted({*recent, *baseline})
    alone = {name: two_shares(recent.get(name, 0), of, baseline.get(name, 0), of_other) for name in names}
    first = min(names, key=alone.__getitem__)
    values = baseline.get(first, 0) / of_other, recent.get(first, 0) / of
    change = _change(one, "category_mix", values, min(1.0, len(names) * alone[first]))
    return replace(change, category=first, difference=distance(recent, baseline))


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """
    Return how far two mixes are apart: 0 where they are alike, 1 where they share nothing.

    It is the square root of the Jensen-Shannon divergence in bits (Lin 1991; Endres and Schindelin 2003).
    """
    of, of_other = _units(one), _units(other)
    divergence = 0.0
    for name in {*one, *other}:
        shares = one.get(name, 0) / of, other.get(name, 0) / of_other
        divergence += math.fsum(share / 2 * math.log2(2 * share / sum(shares)) for share in shares if share)
    return math.sqrt(min(1.0, max(0.0, divergence)))


def _units(mix: Mapping[str, float]) -> float:
    return math.fsum(mix.values())
