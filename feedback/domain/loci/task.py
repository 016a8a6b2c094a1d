"""Task: where its boundary was open: acting, asking, or how far the task goes."""

import re

from feedback.domain.loci.containers import holds_code
from feedback.domain.loci.seen import Seen

__all__ = ["boundary_of_task"]

_VERBS = re.compile(
    r"\b(?:(?P<choose>which|choose|classif\w+|label|categor\w+|select|pick|decide|rate|rank|welche\w?|quel\w*|cuál)"
    r"|(?P<edit>rewrite|edit|remove|correct|improve|rephrase|paraphrase|fix|proofread|überarbeite\w*|umschreib\w*|reformul\w+|corrige\w*|reescrib\w+)"
    r"|(?P<translate>translat\w+|übersetz\w*|tradui\w+|traduc\w+)"
    r"|(?P<summarise>summar\w+|condense|tl;dr|key points|zusammenfass\w*|résum\w+|resum\w+)"
    r"|(?P<extract>extract|find|identify|list all|extrahiere|extrais|extrae)"
    r"|(?P<code>code|function|program|implement|script|sql|python)"
    r"|(?P<write>write|compose|draft|create|generate|design|schreib\w*|erstell\w*|écri\w+|rédige\w*|escrib\w+|crea)"
    r"|(?P<plan>plan|schedule|organi[sz]e|recommend|suggest)"
    r"|(?P<chat>chat|conversation|talk)"
    r"|(?P<answer>answer|explain|tell|what|how|why|when|who))\b"
    r"|(?P<code_zh>代码|编程)|(?P<translate_zh>翻译)|(?P<summarise_zh>总结|摘要|概括)|(?P<edit_zh>改写|润色|修改)|(?P<choose_zh>选择|分类|判断)"
    r"|(?P<write_zh>写一|撰写|生成)|(?P<extract_zh>抽取|提取)|(?P<answer_zh>回答|解答)"
)
_LOOKED_AT = 600


def boundary_of_task(seen: Seen) -> str | None:
    """
    Return `acted` (a tool was called), `asked` (the answer only asks), or `extent:` and the kind of task.

    The kind is that of the first verb of tasks in what the user was sent with, `code` where the answer is one.
    """
    if seen.calls:
        return "acted"
    if not seen.answer:
        return None
    if seen.answer.full.rstrip("\"'*_) ").endswith(("?", "？")):
        return "asked"
    if holds_code(seen.answer):
        return "extent:code"
    first = _VERBS.search(seen.users[0].low[:_LOOKED_AT]) if seen.users else None
    return f"extent:{first.lastgroup.removesuffix('_zh') if first and first.lastgroup else 'other'}"
