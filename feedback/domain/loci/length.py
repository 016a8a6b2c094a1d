"""Length: where in the answer too much is said."""

import re

from feedback.domain.loci.containers import container, holds_code, shape
from feedback.domain.loci.fields import filled
from feedback.domain.loci.names import known_field
from feedback.domain.loci.seen import Seen
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.measure import words

__all__ = ["excess_place"]

_ONE = Vocabulary(
    one="one | single | exactly one | only one | just one | ein | eine | einen | einzige* | une seule | un seul | uno | una sola | 一个 | 一条"
    " | 只要一 | 一つ | 하나만"
)
_ASKED_ONE = re.compile(
    r"\b(?:exactly|only|just|no more than|genau|nur|exactement|un seul|solo) (?:one|a single|1|eine?n?|une?|una?)\b|只要?一|仅一"
)
_SEVERAL = re.compile(
    r"\b(?:bonus|alternatively|alternative:|another (?:one|version|option)|oder aber|alternativ|autre version|otra versión)\b"
    r"|^\W{0,3}(?:version|option|variant\w*|alternative|idea|example|answer|vorschlag|versión|opción) ?[a-z\d]\b"
    r"|另一个|备选|方案[一二三1-3]", re.MULTILINE
)  # fmt: skip
_ITEM = re.compile(r"^[ \t]*\(?\d{1,3}[.)、．]", re.MULTILINE)


def excess_place(seen: Seen) -> str | None:
    """
    Return the part of the answer that says too much.

    `count` (several things where one was asked for), `/field:length`, `code:explanation`, `list:length` or `text:length`.
    """
    if not seen.answer:
        return None
    form = container(seen.answer)
    if form == "json":
        return f"/{_longest_field(seen)}:length"
    several = _SEVERAL.search(seen.answer.low) or len(_ITEM.findall(seen.answer.raw)) > 1
    if several and (_ASKED_ONE.search(seen.prompt.low) or _ONE.names("one", seen.said)):
        return "count"
    if form == "code" or holds_code(seen.answer):
        return "code:explanation"
    return f"{'list' if shape(seen.answer) == 'list' else 'text'}:length"


def _longest_field(seen: Seen) -> str:
    fields = filled(seen).fields
    longest = max(fields, key=lambda name: words(str(fields[name])), default="*")
    return known_field(seen, longest, len(fields))
