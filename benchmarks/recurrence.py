"""
Measure the verdicts by simulation: thousands of templates over thirty days, faults that begin in some, and the truth.

    python -m benchmarks.recurrence [--seeds N] [--plot FILE.svg]
"""

import argparse
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from statistics import median

from benchmarks.faulty import CATEGORIES, DAYS, HOURS, TemplateMonth, months, totals
from benchmarks.line_plot import Line, line_plot
from feedback.domain.faults import Track, fault_probabilities
from feedback.domain.recurrence import RecurrencePolicy
from feedback.domain.tracks import Exposed, SeenTemplate, tracks_of
from feedback.domain.usual import shares_beside, usual_rates, usual_shares
from feedback.settings import load_settings

_TEMPLATES = 2_000
_RAISED = 1.5
_WITHIN = 60
_CURVE = (10, 20, 30, 40, 60, 80, 100, 150, 200, 300)
_HISTORY = 10
_FIRST_SEED = 11
"""The settings were chosen on seeds 1 to 10."""

Called = dict[tuple[str, str], int]
"""By template and category the hour in which a pattern was first called systemic."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """One simulated month with the totals that baselines are estimated from."""

    months: Sequence[TemplateMonth]

    def patterns(self) -> Iterator[tuple[TemplateMonth, str]]:
        """Yield every pattern that failed at least once."""
        return ((month, category) for month in self.months for category in CATEGORIES if month.units[category])


def called(simulated: Simulated, policy: RecurrencePolicy, *, exposures: bool, prior: float | None = None) -> Called:
    """Return what our rule calls systemic, and when, by the code that the service uses; baselines are estimated."""
    failed = {month.name: totals(month) for month in simulated.months}
    units = {category: {name: counts[category] for name, counts in failed.items()} for category in CATEGORIES}
    interactions = {month.name: int(month.interactions.sum()) for month in simulated.months}
    shares = usual_shares(units, CATEGORIES)
    rates = usual_rates(units, interactions, CATEGORIES, accident_rate=policy.accident_rate)
    tracks: dict[tuple[str, str], Track] = {}
    for month in simulated.months:
        exposed = [Exposed(hour, 1, count) for hour, count in enumerate(month.interactions.tolist()) if count]
        by_category = {category: by_hour for category, by_hour in month.units.items() if by_hour}
        found = tracks_of(
            SeenTemplate(by_category, exposed if exposures else ()),
            rates={category: rates[category].beside(month.name) for category in CATEGORIES},
            shares=shares_beside(shares, month.name),
        )
        tracks |= {(month.name, category): track for category, track in found.items()}
    believed = policy.prior(len(tracks)) if prior is None else prior
    probabilities = fault_probabilities(list(tracks.values()), policy.model, prior=believed)
    first: Called = {}
    for (key, track), likely in zip(tracks.items(), probabilities, strict=True):
        within = list(accumulate(step.units for step in track.steps))
        enough = policy.enough(high_risk=False)
        for step, so_far, probability in zip(track.steps, within, likely.tolist(), strict=True):
            if so_far >= policy.min_units and probability >= enough:
                first[key] = step.hour
                break
    return first


def fixed_count(simulated: Simulated, *, count: int = 4, window_hours: int = 14 * 24) -> Called:
    """Return what the simplest rule calls systemic: so many failures within one window, whoever failed."""
    first: Called = {}
    for month, category in simulated.patterns():
        hours = _events(month, category)
        for number in range(count - 1, len(hours)):
            if hours[number] - hours[number - count + 1] < window_hours:
                first[month.name, category] = hours[number]
                break
    return first


def own_baseline(simulated: Simulated, *, least: int = 20, ratio: float = 1.33, days: int = 7) -> Called:
    """Return what a rule of monitoring calls systemic: 20 failures in the last days, and 1.33 times those before."""
    first: Called = {}
    for month, category in simulated.patterns():
        hours = _events(month, category)
        for number, hour in enumerate(hours, start=1):
            recent = number - bisect_left(hours, hour - days * 24)
            before = bisect_left(hours, hour - days * 24) - bisect_left(hours, hour - 2 * days * 24)
            if recent >= least and recent >= ratio * max(before, 1):
                first[month.name, category] = hour
                break
    return first


def _events(month: TemplateMonth, category: str) -> list[int]:
    """Return the hours of all failures, each of a storm counted."""
    hours = [hour for hour, units in month.units[category].items() for _ in range(units)]
    if storm := month.storms.get(category):
        hours += [storm[0]] * (storm[1] - 1)
    return sorted(hours)


@dataclass(slots=True)
class Tally:
    """What became of the verdicts of one rule, over all seeds."""

    called: int = 0
    not_raised: int = 0
    without_fault: int = 0
    storms: int = 0
    storms_called: int = 0
    found: defaultdict[tuple[float, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    days: list[float] = field(default_factory=list)

    def add(self, simulated: Simulated, first: Called) -> None:
        """Count one month."""
        for month, category in simulated.patterns():
            hour = first.get((month.name, category))
            fault = month.faults.get(category)
            if hour is not None:
                self.called += 1
                self.not_raised += not month.is_raised(category, hour, _RAISED)
                self.without_fault += fault is None or hour < fault.since
            if category in month.storms:
                self.storms += 1
                self.storms_called += hour is not None
            if fault is not None:
                self._add_fault(month, category, hour)

    def _add_fault(self, month: TemplateMonth, category: str, hour: int | None) -> None:
        fault, by_hour = month.faults[category], month.units[category]
        before = sum(units for at, units in by_hour.items() if at < fault.since)
        after = {at: units for at, units in by_hour.items() if at >= fault.since}
        if sum(after.values()) < _WITHIN:
            return
        history = (
            "from its first hour" if fault.since == month.first_hour else "little" if before < _HISTORY else "some"
        )
        found = hour is not None and hour >= fault.since
        needed = sum(units for at, units in after.items() if at <= hour) if found and hour is not None else float("inf")
        self.found[fault.raised, history].append(needed)
        if found and hour is not None:
            self.days.append((hour - fault.since) / 24)

    def power(self, raised: float, within: float, history: str | None = None) -> tuple[int, float]:
        """Return of how many faults with at least 60 failures which share was found within so many of them."""
        needed = [n for (r, h), ns in self.found.items() if r == raised and history in (None, h) for n in ns]
        return len(needed), sum(n <= within for n in needed) / max(1, len(needed))

    def median_needed(self, raised: float) -> float:
        """Return the median of the failures since its beginning at which a fault was found."""
        return median(n for (r, _), ns in self.found.items() if r == raised for n in ns)


def main() -> None:
    """Print all figures, and draw the power curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="months simulated")
    parser.add_argument("--plot", type=Path, help="draw the power curves into this SVG")
    options = parser.parse_args()
    policy = load_settings().recurrence.policy
    rules: dict[str, Callable[[Simulated], Called]] = {
        "this, rates": lambda month: called(month, policy, exposures=True),
        "this, shares": lambda month: called(month, policy, exposures=False),
        "this, rates, no correction": lambda month: called(month, policy, exposures=True, prior=0.5),
        "4 failures in 14 days": fixed_count,
        "20 in 7 days and 1.33 times before": own_baseline,
    }
    tallies = _measured(rules, options.seeds)
    _print_rules(tallies)
    _print_power(tallies["this, rates"])
    _print_curve(tallies)
    if options.plot:
        options.plot.write_text(_curve(tallies), encoding="utf-8")
    _print_others(policy, max(2, options.seeds // 3))


def _measured(rules: dict[str, Callable[[Simulated], Called]], seeds: int, **world: float) -> dict[str, Tally]:
    tallies = {name: Tally() for name in rules}
    for seed in range(_FIRST_SEED, _FIRST_SEED + seeds):
        simulated = Simulated(months(_TEMPLATES, seed, **world))
        for name, rule in rules.items():
            tallies[name].add(simulated, rule(simulated))
    return tallies


def _print_rules(tallies: dict[str, Tally]) -> None:
    print(f"{_TEMPLATES} templates, {DAYS} days, {HOURS} hours; a verdict is false where the generator's own rate is")
    print(f"below {_RAISED} times what is usual and what it was; strictly: where no fault was put in\n")
    print("| rule | systemic | false | strictly | trebled, within 60 | median failures | median days | storms left |")
    print("|---|---|---|---|---|---|---|---|")
    for name, tally in tallies.items():
        false, strict = (n / max(1, tally.called) for n in (tally.not_raised, tally.without_fault))
        left = 1 - tally.storms_called / max(1, tally.storms)
        print(
            f"| {name} | {tally.called} | {false:.1%} | {strict:.1%} | {tally.power(3.0, _WITHIN)[1]:.1%}"
            f" | {tally.median_needed(3.0):.0f} | {median(tally.days):.1f} | {left:.1%} |"
        )


def _print_power(tally: Tally) -> None:
    print("\n| raised | history | faults with 60 failures | found within 60 |")
    print("|---|---|---|---|")
    for raised in (2.0, 3.0, 5.0):
        for history in ("some", "little", "from its first hour", None):
            number, share = tally.power(raised, _WITHIN, history)
            print(f"| {raised:g} | {history or 'all'} | {number} | {share:.1%} |")


def _print_curve(tallies: dict[str, Tally]) -> None:
    print("\nShare found of doubled (trebled) rates, by failures since the beginning\n")
    print("| failures | " + " | ".join(map(str, _CURVE)) + " |")
    print("|---" * (len(_CURVE) + 1) + "|")
    for name in ("this, rates", "this, rates, no correction", "this, shares"):
        cells = [f"{tallies[name].power(2.0, n)[1]:.2f} ({tallies[name].power(3.0, n)[1]:.2f})" for n in _CURVE]
        print(f"| {name} | " + " | ".join(cells) + " |")


def _curve(tallies: dict[str, Tally]) -> str:
    lines = [
        Line(f"{word}, {label}", [(float(n), tallies[name].power(raised, n)[1]) for n in _CURVE])
        for raised, word in ((2.0, "doubled"), (3.0, "trebled"))
        for name, label in (("this, rates", "corrected"), ("this, rates, no correction", "not corrected"))
    ]
    return line_plot(lines, title="Faults found", x="failures since the fault began", y="share found")


def _print_others(policy: RecurrencePolicy, seeds: int) -> None:
    """Print what the rule does in worlds that are not as its settings say."""
    print("\n| world | systemic | false | strictly | trebled, within 60 |")
    print("|---|---|---|---|---|")
    rule = {"this": lambda month: called(month, policy, exposures=True)}
    for label, world in (
        ("as above", {}),
        ("faults in 0.5 % of the patterns", {"fault_share": 0.005}),
        ("faults in 10 %", {"fault_share": 0.1}),
        ("own levels spread by 0.1", {"spread": 0.1}),
        ("own levels spread by 0.3", {"spread": 0.3}),
        ("a tenth of the traffic", {"traffic": 4.0}),
    ):
        tally = _measured(rule, seeds, **world)["this"]
        false, strict = (n / max(1, tally.called) for n in (tally.not_raised, tally.without_fault))
        print(f"| {label} | {tally.called} | {false:.1%} | {strict:.1%} | {tally.power(3.0, _WITHIN)[1]:.1%} |")
    certain = replace(policy, wrong_share=0.02)
    tally = _measured({"this": lambda month: called(month, certain, exposures=True)}, seeds)["this"]
    false, strict = (n / max(1, tally.called) for n in (tally.not_raised, tally.without_fault))
    print(f"| `wrong_share` 0.02 | {tally.called} | {false:.1%} | {strict:.1%} | {tally.power(3.0, _WITHIN)[1]:.1%} |")


if __name__ == "__main__":
    main()
