"""Policy: a clause of the rules given permits what the answer refused, or forbids what it did."""

import re
from collections.abc import Iterator

from feedback.classification.evidence.topic import alike, topic
from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Text

__all__ = ["RULES", "find"]

RULES = ("policy.forbidden_answered", "policy.permitted_refused")
_CATEGORY = "inconsistent_refusal_boundary"
_CLAUSE = re.compile(r"[^.!?;\n。！？；]{8,240}")
_SPEAKING = (
    r"(?:help|assist|answer|discuss|talk|give|provide|share|reveal|disclose|advise|write|comment|explain|quote|recommend|name|say|tell"
    r"|speculate|mention)"
)
_FORBIDS = re.compile(
    rf"\b(?:never|do not|don't|must not|may not|not allowed to|not permitted to) (?:\w+ )?{_SPEAKING}\b|\b(?:forbidden|prohibited|refuse"
    r"|decline|out of scope|no (?:advice|help|information|details|instructions)"
    r"|(?:nicht|keine) \w+ (?:geben|nennen|beantworten|besprechen)|nicht erlaubt|verboten|ablehnen|interdit|refuse[rz]"
    r"|(?:ne|n') ?\w{1,12} (?:pas|jamais)|prohibido|rechaza|nunca (?:des|reveles|hables)|no (?:debes|des|respondas|ayudes|reveles))\b"
    r"|(?:不得|不能|不可|不要|禁止|严禁|请勿)(?:回答|提供|透露|讨论|给出|谈论|泄露|建议)|拒绝|答えない|教えない|断る|お断り|금지|거절"
)
_PERMITS = re.compile(
    r"\b(?:may|can|allowed to|permitted|feel free|is fine|are fine|is ok|welcome to|in scope|darf|dürfen|erlaubt|peut|peuvent|autorisé"
    r"|puede|pueden|permitido)\b|可以|允许|许可|してよい|可能|허용|가능"
)
_MOST_CLAUSES = 60
_ALIKE = 0.34


def find(view: View) -> Iterator[Finding]:
    """Yield the first clause of the rules that speaks of the request and that the answer went against."""
    if not (view.answer and view.last and view.systems) or view.asks:
        return
    wanted = _PERMITS if view.refused else _FORBIDS
    texts = [text for text in view.systems if wanted.search(text.low)]
    asked, han = topic(view.last.low[-600:]) if texts else (frozenset(), False)
    rule = "policy.permitted_refused" if view.refused else "policy.forbidden_answered"
    for text in texts:
        clause = _clause(text, wanted, asked, han=han)
        if clause:
            yield finding(rule, _CATEGORY, clause, text.where, locus=rule.removeprefix("policy."))
            return


def _clause(text: Text, wanted: re.Pattern[str], asked: frozenset[str], *, han: bool) -> str | None:
    for match in list(_CLAUSE.finditer(text.low))[:_MOST_CLAUSES]:
        clause = match[0].strip()
        denied = wanted is _PERMITS and _FORBIDS.search(clause)
        if wanted.search(clause) and not denied and alike(topic(clause)[0], asked, _ALIKE, han=han):
            return clause
    return None
