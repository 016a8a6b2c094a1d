"""What comes next for a ticket, said to somebody who sees the first one of their life."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["PATH", "Step", "next_step"]

PATH = {
    "template_revision": ("open", "in_review", "approved", "revised", "verified"),
    "regression_set": ("open", "in_review", "approved", "frozen"),
}
"""The way of a ticket that goes well, by kind."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    What the state means and what is to be done, and the action that does it: None where nobody can act here and now.

    `needs_tokens`: to go on from here, or from the next state, takes tokens that this visitor has not shown.
    """

    says: str
    action: str | None = None
    button: str = ""
    needs_tokens: bool = False


def next_step(view: Mapping[str, Any], *, verified: bool) -> Step:
    """Return the step of a ticket as its view shows it; `verified` tells whether the visitor has shown a token."""
    of_kind = _of_revision if view["kind"] == "template_revision" else _of_set
    step = of_kind(view, verified=verified)
    before_approval = view["state"] in {"open", "regressed", "in_review"}
    return replace(step, needs_tokens=before_approval and view["risk_level"] == "high" and not verified)


def _of_revision(view: Mapping[str, Any], *, verified: bool) -> Step:
    match view["state"]:
        case "open":
            return Step(
                "Nobody works on this yet. Read what recurs, look at the examples, and take it if you want to mend the template.",
                "take",
                "Take it into review",
            )
        case "regressed":
            return Step(
                "It failed again on the version that should have mended it. Take it back into review and look at the newest examples.",
                "take",
                "Take it into review",
            )
        case "in_review":
            return _to_approve(
                view, "Is it one fault, and would the proposed revision end it? Then approve.", verified=verified
            )
        case "approved":
            return Step(
                "The revision is agreed. Edit the next version of the template below until it says what was agreed, and register"
                " it: the ticket is then revised.",
                "revise",
                "Write the next version",
            )
        case "revised":
            return Step(
                "The next version is registered. The ticket is verified once its frozen cases pass on that version and its"
                " failure rate has fallen. A failure on it, or on a later one, opens the ticket again. Nothing to do here."
            )
        case "verified":
            return Step("Proved: its cases pass on the new version, and it fails less. Nothing to do here.")
        case _:
            return Step("It was rejected. If that was wrong, reopen it.", "reopen", "Reopen it")


def _of_set(view: Mapping[str, Any], *, verified: bool) -> Step:
    match view["state"]:
        case "open":
            return Step(
                "Cases are proposed: failures of this pattern that can be run again, each with checks. Take it if you want to review them.",
                "take",
                "Take it into review",
            )
        case "in_review":
            return _to_approve(
                view,
                "Do the cases show the fault, and do their checks tell a bad answer from a good one?",
                verified=verified,
            )
        case "approved":
            return Step(
                "The cases are agreed. The next frozen version of the regression set takes them in. Nothing to do here."
            )
        case "frozen":
            return Step("The cases are in a frozen version of the regression set. Nothing to do here.")
        case _:
            return Step("It was rejected. If that was wrong, reopen it.", "reopen", "Reopen it")


def _to_approve(view: Mapping[str, Any], question: str, *, verified: bool) -> Step:
    if not view["answers"]["regression_test"]["cases"]:
        return Step("It has no test yet, so it cannot be approved: without one nobody could tell that it is mended.")
    if view["risk_level"] == "high":
        needed = f"{question} The risk is high: two different people must approve, each with a token."
        if not verified:
            return Step(f"{needed} You have shown none; an administrator makes one with `feedback tokens create`.")
        return Step(needed, "approve", "Approve")
    return Step(question, "approve", "Approve")
