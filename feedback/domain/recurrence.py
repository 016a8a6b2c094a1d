"""
Isolated or systemic: what is made of the probability that a pattern is a fault of its template.

A pattern becomes systemic at the first hour in which enough distinct units failed within one window and the probability
of a fault (feedback.domain.faults) is high enough; it stays so until the probability has fallen far below. The verdict
is a function of what was seen, hour by hour in order of occurred_at, and of nothing else (docs/recurrence.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from feedback.domain.faults import FaultModel, Step, Track
from feedback.domain.significance import wilson

__all__ = ["Input", "RecurrencePolicy", "Verdict", "VerdictValue", "percent", "verdict_of"]

VerdictValue = Literal["systemic", "isolated", "undecided"]
Input = int | float | str | None
_A_FEW_PATTERNS = 50
_HOURS_A_DAY = 24
_HOUR, _UNITS, _OTHERS, _EXPECTED = range(len(Step._fields))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrencePolicy:
    """When a pattern is systemic: hours are whole hours of occurred_at, shares and rates are from 0 to 1."""

    window_hours: int
    history_hours: int
    min_units: int
    high_risk_min_units: int
    wrong_share: float
    high_risk_wrong_share: float
    over_below: float
    fault_share: float
    fault_share_of_few: float
    accident_rate: float
    model: FaultModel

    def required(self, *, high_risk: bool) -> int:
        """Return the distinct units within one window without which no pattern of this risk is systemic."""
        return self.high_risk_min_units if high_risk else self.min_units

    def enough(self, *, high_risk: bool) -> float:
        """Return the probability of a fault from which a pattern of this risk is systemic."""
        return 1 - (self.high_risk_wrong_share if high_risk else self.wrong_share)

    def prior(self, patterns: int) -> float:
        """
        Return the probability of a fault in one of so many patterns, before anything is seen of it.

        Who looks at thousands of patterns would find some striking ones by chance alone: the more there are, the more
        evidence each must bring.
        """
        few = _A_FEW_PATTERNS / (_A_FEW_PATTERNS + patterns)
        return self.fault_share + (self.fault_share_of_few - self.fault_share) * few


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, in a sentence, with the numbers it came from."""

    value: VerdictValue
    reason: str
    inputs: Mapping[str, Input]


def verdict_of(
    track: Track,
    probabilities: Sequence[float] | NDArray[np.float64],
    policy: RecurrencePolicy,
    *,
    high_risk: bool,
    patterns: int,
) -> Verdict:
    """
    Return the verdict on a pattern after its last step.

    Args:
        probabilities: Of a fault, after each step of the track.
        patterns: How many patterns are looked at, this one among them.
    """
    within = _within_windows(track, policy.window_hours)
    required, enough = policy.required(high_risk=high_risk), policy.enough(high_risk=high_risk)
    likely = np.asarray(probabilities)
    begins, ends = (within >= required) & (likely >= enough), likely < policy.over_below
    since: int | None = None
    for at in np.flatnonzero(begins | ends).tolist():
        if ends[at]:
            since = None
        elif since is None:
            since = int(track.seen[at, _HOUR])
    probability, most = float(likely[-1]), int(within.max())
    inputs: dict[str, Input] = {
        "probability": round(probability, 4),
        "probability_required": round(enough, 4),
        "units_within_window": most,
        "units_required": required,
        "window_hours": policy.window_hours,
        "systemic_since": None if since is None else _day(since, "T%H:%MZ"),
        **_seen(track),
        "prior": round(policy.prior(patterns), 4),
        "patterns": patterns,
        "high_risk": int(high_risk),
    }
    if since is not None:
        reason = f"{_told(track)}: a fault of the template is {percent(probability)} likely, since {_day(since)}"
        return Verdict("systemic", reason, inputs)
    days = policy.window_hours / _HOURS_A_DAY
    if most == 1:
        return Verdict("isolated", f"never more than one unit failed within {days:g} days", inputs)
    if most < required:
        reason = f"at most {most} distinct units failed within {days:g} days, {required} are needed"
        return Verdict("undecided", reason, inputs)
    reason = f"{_told(track)}: a fault of the template is {percent(probability)} likely"
    if probability <= policy.wrong_share:
        return Verdict("isolated", f"{reason}, no more than usual", inputs)
    return Verdict("undecided", f"{reason}, {percent(enough)} are needed", inputs)


def _within_windows(track: Track, window_hours: int) -> NDArray[np.float64]:
    """Return for each step how many units failed within the window that ends with its hour."""
    hours = track.seen[:, _HOUR]
    until = np.concatenate(([0.0], np.cumsum(track.seen[:, _UNITS])))
    return until[1:] - until[np.searchsorted(hours, hours - window_hours, side="right")]


def _seen(track: Track) -> dict[str, Input]:
    """Return what was counted, against what, and what is usual there, with the 95 % bounds of the rate or share."""
    is_by_rate = track.seen[:, _EXPECTED] > 0
    by_rate, by_share = track.seen[is_by_rate], track.seen[~is_by_rate]
    seen: dict[str, Input] = {"units": int(track.seen[:, _UNITS].sum()), "expected": round(_usual(track), 2)}
    if len(by_rate) and track.usual_rate:
        failed = int(by_rate[:, _UNITS].sum())
        interactions = max(failed, round(float(by_rate[:, _EXPECTED].sum()) / track.usual_rate))
        low, high = wilson(failed, interactions)
        seen |= {
            "interactions": interactions,
            "rate": _short(failed / interactions),
            "rate_low": _short(low),
            "rate_high": _short(high),
            "usual_rate": _short(track.usual_rate),
        }
    failed, others = int(by_share[:, _UNITS].sum()), int(by_share[:, _OTHERS].sum())
    if failed + others:
        low, high = wilson(failed, failed + others)
        seen |= {
            "others": others,
            "share": _short(failed / (failed + others)),
            "share_low": _short(low),
            "share_high": _short(high),
            "usual_share": _short(track.usual_share),
        }
    return seen


def _usual(track: Track) -> float:
    """Return how many units an ordinary template would have shown."""
    _, units, others, expected = track.seen.T
    return float(np.where(expected > 0, expected, track.usual_share * (units + others)).sum())


def _told(track: Track) -> str:
    units = int(track.seen[:, _UNITS].sum())
    return f"{units} distinct units failed where {_amount(_usual(track))} are usual"


def _amount(value: float) -> str:
    """Write a number with two digits, or with all before the point."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"  # noqa: PLR2004


def percent(probability: float) -> str:
    """Write a probability so that it is never rounded up to certainty."""
    return "over 99.9 %" if probability > 0.999 else f"{100 * probability:.1f} %"  # noqa: PLR2004


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _day(hour: int, time: str = "") -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).strftime(f"%Y-%m-%d{time}")
