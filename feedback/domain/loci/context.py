"""Context: where in the answer stands what the prompt held no evidence for."""

import re

from feedback.domain.loci.containers import shape
from feedback.domain.loci.seen import Seen
from feedback.domain.measure import Text

__all__ = ["evidence_place"]

_ATTACHED = re.compile(
    r"\battach(?:ed|ment)\b|\bscreenshot\b|\b(?:the|this|my|that) (?:pdf|file|link|url|photo|image|picture)\b|https?://\S{5,}"
    r"|\banhang\b|\bangehängt|\bbeigefügt|\bci-joint|pièce jointe|\badjunt[oa]|附件|截图|添付|첨부"
)
_CUT = re.compile(
    r"\b(?:truncated|cut off|omitted|gekürzt|tronqué|truncado)\b[^\[\]\n]{0,40}\]|\(end of (?:excerpt|extract|chunk)|截断|后文缺失|以下略"
)
_LOOKS_UP = re.compile(r"(?i)\btools?\b|`[a-z]+_[a-z_]+`|工具|ツール|도구")
_LONG = 40
_GONE = frozenset({"context:result", "context:cut", "context:empty"})


def evidence_place(seen: Seen) -> str | None:
    """
    Return `missing:` and the kind of evidence that the prompt did not hold.

    `attachment` (the user names one that is not there), `argument` (of a call that was made all the same), `lookup` (the
    template offers tools, and what was wanted did not come of them), `material` (it is empty, or ends early), else `facts:` and
    the shape of the answer that makes them up.
    """
    if not seen.answer and not seen.calls:
        return None
    named = seen.users and _ATTACHED.search(seen.last.low)
    if named or any(one.rule == "context.attachment_missing" for one in seen.findings):
        return "missing:attachment"
    if seen.calls:
        return "missing:argument"
    if seen.request.tools or _LOOKS_UP.search("\n".join(seen.request.texts("system", "developer"))):
        return "missing:lookup"
    gone = any(one.locus in _GONE for one in seen.findings) or any(map(_is_cut, seen.users))
    return "missing:material" if gone else f"missing:facts:{shape(seen.answer)}"


def _is_cut(turn: Text) -> bool:
    """Tell whether a mark says that a turn was cut, or a paragraph of it ends in a comma."""
    paragraphs = map(str.rstrip, turn.low.split("\n\n")[:-1])
    marked = ("]" in turn.low or "(" in turn.low or turn.cjk) and _CUT.search(turn.low)
    return bool(marked) or any(len(text) > _LONG and text.endswith((",", "，", ";")) for text in paragraphs)
