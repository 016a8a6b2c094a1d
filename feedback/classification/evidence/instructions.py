"""Instructions: two of them, in force at once, cannot both be met."""

from collections.abc import Iterator

from feedback.classification.evidence.polarity import opposed_clauses
from feedback.classification.evidence.view import View, finding
from feedback.classification.evidence.wishes import BRIEF, DETAILED, Limit, asked_form, asked_language, limits
from feedback.domain.finding import Finding
from feedback.domain.measure import Phrases, Text

__all__ = ["RULES", "find"]

RULES = (
    "instructions.format_clash", "instructions.language_clash", "instructions.length_clash", "instructions.limit_clash",
    "instructions.polarity_clash", "instructions.reported", "instructions.tone_clash",
)  # fmt: skip
_CATEGORY = "conflicting_instructions"
_FORMAL = Phrases(
    """
    formal tone | formal language | formal style | be formal | professional tone | no emoji | no emojis |
    no slang | strictly formal | förmlich | sieze | siezen | per sie | ton formel | ton professionnel |
    vouvoie | tono formal | sin emojis | sans emojis | 正式 | 不要使用表情 | 禁止使用表情 | 敬語で | 丁寧な | 격식 | 존댓말
    """
)
_CASUAL = Phrases(
    """
    casual tone | informal tone | be casual | casual and | use emojis | use emoji | with emojis | use slang |
    playful tone | locker | duze | duzen | per du | mit emojis | ton décontracté | tutoie | avec des emojis |
    tono informal | tono coloquial | con emojis | 口语化 | 随意一点 | 多用表情 | 使用表情 | タメ口 | カジュアル | 반말 | 캐주얼
    """
)
_SHORT = Phrases(
    """
    concise | concisely | brief | briefly | short and | terse | to the point | minimal | single word | one word | no explanation |
    without explanation | avoid verbosity | unnecessary verbosity | nothing more | over-engineering | only what was asked |
    kurz | knapp | ohne erklärung | bref | brièvement | concis | sans explication | breve | conciso | sin explicación |
    简洁 | 简短 | 精简 | 不要解释 | 无需解释 | 只回答 | 簡潔 | 短く | 説明不要 | 간결 | 짧게
    """
)
_LONG = Phrases(
    """
    comprehensive | comprehensively | thorough | thoroughly | exhaustive | exhaustively | in full detail | full detail |
    detailed | in detail | multi-paragraph | elaborate | explain your reasoning | every step | as complete as possible |
    step-by-step explanation | ausführlich | detailliert | umfassend | exhaustif | détaillé | détaillée | complet et | exhaustivo |
    detallado | detallada | a fondo | 详细 | 详尽 | 全面 | 逐步解释 | 完整说明 | 詳しく | 詳細 | 網羅 | 자세히 | 상세
    """
)
_CONTRADICTS = Phrases(
    """
    contradicts the system | contradicts the prompt | contradicts the user | contradict each other |
    contradicting instructions | contradictory instructions | contradictory | conflicting instructions |
    conflicting instruction | conflicting requirements | instructions conflict | instruction conflict |
    conflicts with the system | conflicts with the user | conflicts with the | conflict between |
    in conflict with | cannot both be met | can't both be | can't do both | cannot satisfy both | two rules |
    both rules | which rule | which one wins | which instruction | takes precedence | precedence |
    instruction priority | priority not stated | priority is not | system prompt says |
    the system prompt wants | mutually exclusive | widersprechen sich | widerspricht | widersprüchlich |
    widersprüchliche | im widerspruch | vorrang | contradictoires | contradictoire | se contredisent |
    en contradiction | contradictorias | contradictorio | se contradicen | contradice | 要求矛盾 | 互相矛盾 | 相互矛盾 |
    自相矛盾 | 指令冲突 | 要求冲突 | 规则冲突 | 有冲突 | 冲突 | 矛盾 | 优先级 | 以哪个为准 | 競合 | どちらを優先 | 모순 | 충돌 | 상충
    """
)


def find(view: View) -> Iterator[Finding]:
    """Yield the clashes between system and user, and inside one of them; and what people say of them."""
    texts = view.instructions
    for one, other, pair in _pairs(view):
        yield from _clashes(one, other, pair)
    for text in texts:
        yield from _inside(text, "user" if text is view.last else "system")
    for text in view.remarks:
        if _CONTRADICTS.search(text):
            yield finding("instructions.reported", _CATEGORY, text.full, text.where, locus="conflict:reported")
            return


def _pairs(view: View) -> Iterator[tuple[Text, Text, str]]:
    systems = view.systems[:3]
    for index, system in enumerate(systems):
        if view.last:
            yield system, view.last, "system/user"
        for other in systems[index + 1 :]:
            yield system, other, "system/system"


def _clashes(one: Text, other: Text, pair: str) -> Iterator[Finding]:
    first, second = asked_language(one), asked_language(other) if one else None
    if first and second and first != second:
        yield _clash("language", pair, f"{first} and {second}", other)
    form, wanted = asked_form(one), None
    if form and (wanted := asked_form(other)) and wanted != form:
        yield _clash("format", pair, f"{form} and {wanted}", other)
    stated = limits(one)
    clash = _limit_clash(stated, limits(other)) if stated else None
    if clash:
        yield _clash("limit", pair, clash, other)
    most = {limit.unit for limit in stated if limit.bound == "max"}
    if (BRIEF.search(one) or most & {"words", "sentences"}) and DETAILED.search(other):
        yield _clash("length", pair, "short and detailed", other)
    if DETAILED.search(one) and BRIEF.search(other):
        yield _clash("length", pair, "detailed and short", other)
    if (_FORMAL.search(one) and _CASUAL.search(other)) or (_CASUAL.search(one) and _FORMAL.search(other)):
        yield _clash("tone", pair, "formal and casual", other)


def _inside(text: Text, role: str) -> Iterator[Finding]:
    stated = limits(text)
    if len(stated) > 1 and (clash := _limit_clash(stated, stated)):
        yield _clash("limit", f"{role}/{role}", clash, text)
    if (BRIEF.search(text) and DETAILED.search(text)) or (
        role == "system" and _SHORT.search(text) and _LONG.search(text)
    ):
        yield _clash("length", f"{role}/{role}", "short and detailed", text)
    opposed = opposed_clauses(text) if role == "system" else None
    if opposed:
        yield _clash("polarity", f"{role}/{role}", " / ".join(opposed), text)
    if _FORMAL.search(text) and _CASUAL.search(text):
        yield _clash("tone", f"{role}/{role}", "formal and casual", text)


def _limit_clash(one: tuple[Limit, ...], other: tuple[Limit, ...]) -> str | None:
    """Return a lower limit that lies above an upper one of the same unit."""
    for first, second in ((one, other), (other, one)):
        for most in first:
            for least in second:
                if (
                    most.bound == "max"
                    and least.bound == "min"
                    and most.unit == least.unit
                    and least.number > most.number
                ):
                    return f"at most {most.number} and at least {least.number} {most.unit}"
    return None


def _clash(kind: str, pair: str, detail: str, text: Text) -> Finding:
    return finding(f"instructions.{kind}_clash", _CATEGORY, detail, text.where, locus=f"{kind}:{pair}")
