"""Runs: the same thing was tried several times, and came out differently."""

import re
from collections import defaultdict
from collections.abc import Iterator

from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern

__all__ = ["RULES", "find"]

RULES = ("runs.disagree",)
_NUMBERED = re.compile(
    r"[\s_.#-]*(?:run|seed|try|trial|sample|attempt|judge|rater|variant|pass|lauf|essai|intento|第)?[\s_.#-]*\d{1,3}$|[\s_-][ab]$"
)
_SAID = Pattern(
    "runs run seeds seed tries attempts samples trials judges raters läufe läufen essais intentos",
    r"\b\d{1,3} (?:of|out of|/|von|sur|de) \d{1,3} (?:runs?|seeds?|tries|attempts|samples|trials|judges|raters|läufen?|essais|intentos)\b",
    r"\b\d{1,3}/\d{1,3} (?:runs?|seeds?|tries|attempts|samples|trials|judges|raters|läufen?|essais|intentos)\b",
    r"\b(?:differs?|different|disagree\w*|flips?|inconsistent|vary|varies|wavers?) (?:\w+ )?(?:between|across|from run to run|over) (?:\w+ )?(?:runs?|seeds?|tries|attempts|samples|trials|judges|raters)\b",
    r"(?:多次|[两三四五]次|\d次)(?:运行|采样|测试)[^。\n]{0,10}(?:不一致|不同)|[\d一二三四五]次中[有]?[\d一二三四五]次|\d回中\d回",
)


def find(view: View) -> Iterator[Finding]:
    """Yield that runs disagree: checks of one name and several numbers that passed and failed, or words that say so."""
    outcomes: dict[str, set[bool]] = defaultdict(set)
    for check in view.signals.checks:
        stem = _NUMBERED.sub("", check.name.lower())
        if stem != check.name.lower():
            outcomes[stem].add(check.passed)
    both = next((stem for stem, seen in outcomes.items() if len(seen) > 1), None)
    if both is not None:
        yield finding("runs.disagree", "", f"{both}: passed and failed", "signals.checks", locus="runs")
        return
    said = next((text for text in view.remarks if _SAID.search(text)), None)
    if said:
        yield finding("runs.disagree", "", said.full, said.where, locus="runs")
