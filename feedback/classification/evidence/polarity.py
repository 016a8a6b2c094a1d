"""Polarity: two clauses of one text about the same thing, of which one demands what the other forbids."""

import re

from feedback.classification.evidence.topic import alike, topic
from feedback.domain.measure import Text

__all__ = ["opposed_clauses"]

_CLAUSE = re.compile(r"[^.!?;\n。！？；]{8,240}")
_FORBIDS = re.compile(
    r"\b(?:never|do not|don't|must not|should not|shouldn't|avoid|refrain from|forbidden|prohibited|under no"
    r"|niemals|nie|keinesfalls|ne [^.]{1,20} (?:pas|jamais)|jamais|nunca|no (?:debes|debe|des|de|uses|use|menciones|incluyas))\b"
    r"|不要|不得|不能|不可|禁止|切勿|严禁|请勿|ないで|てはいけ|禁止|하지 ?마|금지"
)
_DEMANDS = re.compile(
    r"\b(?:always|must|every|ensure|make sure|be sure|default to|immer|stets|muss|müssen|jede[rsn]?|toujours|doit|devez|chaque"
    r"|siempre|debes?|cada|todos)\b|^\W*(?:\d+\W+)?(?:provide|include|give|use|reply|state|mention|output|remove|allow|apply|treat"
    r"|offer|explain|share|ask|confirm)\b|必须|务必|始终|总是|一定|都要|每次|必ず|常に|항상|반드시"
)
_CONDITION = re.compile(r"\b(?:if|when|unless|where|until|wenn|falls|si|cuando)\b|如果|若|当|もし|場合|만약")
_MOST_CLAUSES = 60
_ALIKE = 0.4


def opposed_clauses(text: Text) -> tuple[str, str] | None:
    """Return the first two clauses of which one demands and one forbids much the same, or None."""
    low = text.low
    if not (_FORBIDS.search(low) and _DEMANDS.search(low)):
        return None
    forbidding: list[tuple[str, frozenset[str], bool]] = []
    demanding: list[tuple[str, frozenset[str], bool]] = []
    for match in list(_CLAUSE.finditer(low))[:_MOST_CLAUSES]:
        clause = match[0].strip()
        if _CONDITION.search(clause):
            continue
        about, han = topic(clause)
        if _FORBIDS.search(clause):
            forbidding.append((clause, about, han))
        elif _DEMANDS.search(clause):
            demanding.append((clause, about, han))
    for no, about_no, han in forbidding:
        for yes, about_yes, _ in demanding:
            if alike(about_no, about_yes, _ALIKE, han=han):
                return yes[:70], no[:70]
    return None
