"""An explanation: the inputs of a verdict in words, and why a pattern has no ticket of a kind."""

from collections.abc import Mapping
from typing import Any

from feedback.domain.facts import TicketKind
from feedback.domain.recurrence import Input, VerdictValue, percent

__all__ = ["explained", "why_none"]

_HOURS_A_DAY = 24
_RATE = ("interactions", "rate", "rate_low", "rate_high", "usual_rate")
_SHARE = ("others", "share", "share_low", "share_high", "usual_share")


def explained(inputs: Mapping[str, Input]) -> dict[str, dict[str, Any]]:
    """
    Return what was counted, against what, what was believed and since when, each with its numbers and a `sentence`.

    Empty where the verdict holds no such numbers: not judged yet, or by a version that kept others.
    """
    if "probability" not in inputs:
        return {}
    return {
        "counted": _counted(inputs),
        "against": _against(inputs),
        "believed": _believed(inputs),
        "since": _since(inputs),
    }


def _counted(inputs: Mapping[str, Any]) -> dict[str, Any]:
    days = inputs["window_hours"] / _HOURS_A_DAY
    return {
        **_picked(inputs, "units", "units_within_window", "units_required"),
        "window_days": days,
        "sentence": f"{_plural(inputs['units'], 'distinct unit')} failed, at most {inputs['units_within_window']:,} within"
        f" {days:g} days; {inputs['units_required']} are needed there",
    }


def _against(inputs: Mapping[str, Any]) -> dict[str, Any]:
    said = []
    by_rate, by_share = "rate" in inputs, "share" in inputs
    if by_rate:
        said.append(
            f"{_plural(inputs['interactions'], 'interaction')}: {1000 * inputs['rate']:.3g} of 1,000 failed"
            f" (95 %: {1000 * inputs['rate_low']:.3g} to {1000 * inputs['rate_high']:.3g}), {1000 * inputs['usual_rate']:.2g} are usual"
        )
    if by_share:
        unless = " while no interactions were reported" if by_rate else ""
        said.append(
            f"{_plural(inputs['others'], 'unit')} of its categories that fail less (the background){unless}: a share of {inputs['share']:.3g}"
            f" (95 %: {inputs['share_low']:.3g} to {inputs['share_high']:.3g}), {inputs['usual_share']:.3g} is usual"
        )
    usual = f"in all {inputs['expected']:,.1f} units would be usual"
    return {
        "rate": _picked(inputs, *_RATE) if by_rate else None,
        "share": _picked(inputs, *_SHARE) if by_share else None,
        "expected": inputs["expected"],
        "sentence": "; ".join([*said, usual]),
    }


def _believed(inputs: Mapping[str, Any]) -> dict[str, Any]:
    risk = ", since the risk is high" if inputs["high_risk"] else ""
    return {
        **_picked(inputs, "prior", "patterns", "probability", "probability_required"),
        "sentence": f"before anything was seen {percent(inputs['prior'])}, as one of {inputs['patterns']:,} that are looked"
        f" at; by what was seen {percent(inputs['probability'])}; {percent(inputs['probability_required'])} make"
        f" it systemic{risk}",
    }


def _since(inputs: Mapping[str, Any]) -> dict[str, Any]:
    since = inputs["systemic_since"]
    return {"at": since, "sentence": f"systemic since {since}" if since else "not systemic now"}


def _picked(inputs: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: inputs[name] for name in names}


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def why_none(
    kind: TicketKind, verdict: VerdictValue, *, high_risk: bool, opens_revision: bool, high_risk_opens_set: bool
) -> str:
    """Return why a pattern with this verdict has no ticket of this kind."""
    if verdict == "systemic":
        if kind == "template_revision" and not opens_revision:
            return "this category is no fault of a template: it goes to the capability backlog"
        return "it is due, and opens when the pattern is judged"
    if kind == "template_revision":
        return f"it opens where a pattern is systemic, and this one is {verdict}"
    if high_risk and high_risk_opens_set:
        return "it is due, and opens when the pattern is judged"
    alone = "without tickets.isolated_high_risk_opens_regression_set" if high_risk else "and of no high risk"
    return f"it opens where a pattern is systemic, and this one is {verdict} {alone}"
