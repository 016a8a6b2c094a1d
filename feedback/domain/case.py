"""Regression cases: which failures of a pattern become cases, and which checks tell their bad response from a good one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedback.domain.assessment import Attribution
from feedback.domain.canonical import canonical_json, short_id
from feedback.domain.checks import decide
from feedback.domain.failure import FailureEvent
from feedback.domain.finding import Finding
from feedback.domain.locus import nearness

__all__ = ["JUDGED", "LocusSeen", "case_body", "case_id_of", "checks_for", "chosen"]

JUDGED = "rubric"
"""The one kind of check that no program decides."""
_MOST_CHECKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LocusSeen:
    """
    A locus of a pattern with its earliest failure that holds a request to run again.

    `said_locus` is where that failure was said to be, which may have been merged into the locus.
    """

    locus: str
    fingerprint: str
    case_seen: str
    case_event: str
    said_locus: str


def case_id_of(pattern_id: str, event_id: str) -> str:
    """Return the id of the case made from a failure, the same in every deployment."""
    return short_id("RC-", pattern_id, event_id)


def chosen(loci: Sequence[LocusSeen], most: int) -> list[LocusSeen]:
    """Return the loci to propose cases for: the `most` that were seen first, so that order of arrival is no matter."""
    return sorted(loci, key=lambda seen: (seen.case_seen, seen.case_event))[:most]


def checks_for(
    event: FailureEvent, category: str, locus: str, findings: Sequence[Finding], rubric: str
) -> list[dict[str, Any]]:
    """
    Return the checks of a case made from `event`, never none.

    Those decided by program come from the rules that fired for its category, those nearest to its locus first, and each
    fails on the logged response. Where no rule offers one the category's rubric stands, which needs a judge.
    """
    fitting = [finding for finding in findings if finding.category == category and finding.check is not None]
    fitting.sort(key=lambda finding: nearness(finding.locus, locus))
    checks: dict[str, dict[str, Any]] = {}
    for finding in fitting:
        check = dict(finding.check or {})
        if event.response is not None and decide(check, event.response) == "fail":
            checks.setdefault(canonical_json(check), check)
    return list(checks.values())[:_MOST_CHECKS] or [{"type": JUDGED, "question": rubric}]


def case_body(
    event: FailureEvent,
    *,
    event_id: str,
    case_id: str,
    ticket_id: str,
    category: str,
    template: Attribution,
    fingerprint: str,
    checks: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return a case as the contract writes it (section 7), nobody having approved it yet."""
    sent = event.model_dump(mode="json", exclude_unset=True)
    occurred_at = event.occurred_at.isoformat()
    versions = {key: sent[key] for key in ("dataset_version", "training_version") if key in sent}
    body = {
        "case_id": case_id,
        "category": category,
        "fingerprint": fingerprint,
        "ticket_id": ticket_id,
        "template": {"name": template.name, "version": template.version},
        "labels": sent.get("labels", {}),
        "request": sent["request"],
        "checks": [dict(check) for check in checks],
        "provenance": {"event_ids": [event_id], "first_seen": occurred_at, "last_seen": occurred_at} | versions,
        "approved_by": [],
    }
    return body | ({"reference": sent["reference"]} if "reference" in sent else {})
