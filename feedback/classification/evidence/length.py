"""Length: the answer is longer, or more elaborate, than the question asks."""

import re
from collections.abc import Iterator

from feedback.classification.evidence.view import View, finding
from feedback.classification.evidence.wishes import BRIEF, DETAILED
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Phrases, Text, words

__all__ = ["RULES", "find"]

RULES = ("length.closing", "length.much_longer", "length.preamble", "length.reported")
_CATEGORY = "over_elaborated_response"
_OPENING = re.compile(
    r"(?:certainly|of course|absolutely|great question|good question|excellent question|what a great question|as an ai"
    r"|i'd be happy to|i would be happy to|i'm happy to help|happy to help|thank you for (?:your question|asking"
    r"|reaching)"
    r"|that's a (?:great|good|very good|excellent) question|gerne!|natürlich!|selbstverständlich|gute frage"
    r"|tolle frage|vielen dank für"
    r"|bien sûr|excellente question|très bonne question|avec plaisir|merci pour votre question|por supuesto"
    r"|claro que sí|¡claro"
    r"|¡por supuesto|excelente pregunta|gracias por (?:tu|su) pregunta|当然可以|当然！|好的，我(?:很)?(?:乐意|来|将)|很高兴为您"
    r"|这是一个(?:很)?好问题"
    r"|感谢您的(?:提问|咨询)|作为一个(?:ai|人工智能)|もちろん|ご質問ありがとう|喜んで|물론(?:입니다|이죠)|좋은 질문)"
)
_CLOSING = Phrases(
    """
    let me know if you | feel free to ask | feel free to reach | if you have any other questions |
    if you have any further | if you'd like, i can | if you want, i can | would you like me to |
    is there anything else | hope this helps | happy to help further | don't hesitate to | do not hesitate to |
    wenn sie weitere fragen | wenn du weitere fragen | bei weiteren fragen | sag mir gerne |
    lass es mich wissen | ich hoffe, das hilft | soll ich | n'hésitez pas | n'hésite pas |
    si vous avez d'autres questions | souhaitez-vous que | no dudes en | no dude en | si tienes más preguntas |
    si tiene más preguntas | espero que esto | avísame si | 希望对您有 | 希望对你有 | 如果您还有 | 如果你还有 | 如有其他 | 请随时 | 需要我 |
    お役に立て | 他にご質問 | お気軽に | 도움이 되 | 추가 질문 | 언제든지
    """
)
_COMPLAINT = Pattern(
    "long longer wordy verbose verbosity lengthy rambling essay lecture elaborate bloated preamble filler "
    "unnecessary unrequested "
    "boilerplate concise brief chatty padding lang länger ausführlich langatmig weitschweifig geschwafel roman knapp "
    "longue verbeux longueur bavard largo larga extenso verboso rollo concis",
    r"\b(?:too|way too|far too|much too|so|overly|very) (?:long|wordy|verbose|lengthy|elaborate|chatty"
    r"|detailed)\b|\bverbos(?:e|ity)\b",
    r"\b(?:much|far|way|a lot) longer than\b|\blonger than (?:needed|asked|necessary|requested)\b|\brambling\b"
    r"|\blengthy\b|\bbloated\b",
    r"\b(?:an|wrote an|whole) essay\b|\blecture\b|\bpreamble\b|\bfiller\b|\bboilerplate\b|\bunrequested\b|\bpadding\b",
    r"\b(?:not|isn't|more|less) (?:concise|brief)\b|\b(?:be|keep it) (?:brief|concise)\b|\bover-?elaborated?\b",
    r"\bunnecessary (?:detail|details|caveats?|explanations?|information|introduction|text)\b",
    r"\b(?:zu|viel zu) (?:lang|ausführlich|langatmig)\b|\blangatmig\b|\bweitschweifig\b|\bgeschwafel\b"
    r"|\bganzer roman\b",
    r"\btrop (?:long|longue|verbeux|bavard|détaillée?)\b|\b(?:demasiado|muy) (?:larg[oa]|extens[oa])\b|\bmucho rollo\b",
    r"太长|太啰嗦|啰嗦|冗长|废话|过长|太详细|长篇大论|字数超|長すぎ|冗長|くどい|너무 길|장황",
)
_YES_NO = re.compile(
    r"^\W{0,3}(?:is|are|was|were|does|do|did|can|could|has|have|will|would|should|may|ist|sind|hat|kann|darf"
    r"|gibt es|muss"
    r"|est-ce que|es|está|puede|tiene|hay)\b[^?\n]{3,120}\?\s{0,5}$|(?:吗|是不是|是否|对不对)[^？\n]{0,30}[？?]\s{0,5}$"
    r"|ですか[?？。]?\s{0,5}$"
    r"|[까요][?]\s{0,5}$"
)
_YES_NO_WORDS = 90
_BRIEF_WORDS = 70
_SHORT_QUESTION = 25
_LONG_ANSWER = 260
_RATIO = 20
_CLOSING_WITHIN = 260


def find(view: View) -> Iterator[Finding]:
    """Yield signs that the answer says more than was asked, and complaints about it."""
    if view.answer and not view.refused:
        yield from _much_longer(view)
        opening = _OPENING.match(view.answer.low.lstrip())
        if opening:
            yield finding("length.preamble", _CATEGORY, opening[0], "response.content", locus="preamble")
        closing = _CLOSING.search(view.answer) and _CLOSING.search(Text(view.answer.raw[-_CLOSING_WITHIN:]))
        if closing:
            yield finding("length.closing", _CATEGORY, closing, "response.content", locus="closing")
    for text in view.remarks:
        complaint = _COMPLAINT.search(text)
        if complaint:
            yield finding("length.reported", _CATEGORY, text.full, text.where, locus="length:reported")
            return


def _much_longer(view: View) -> Iterator[Finding]:
    """Compare the answer with the last question; a request for detail, or with material in it, proves nothing."""
    if not view.last or view.value is not ... or any(map(DETAILED.search, view.instructions)):
        return
    size = view.size
    if size <= _BRIEF_WORDS:
        return
    asked = words(view.last.raw)
    brief = next((phrase for text in view.instructions if (phrase := BRIEF.search(text))), None)
    if brief:
        detail, locus = f"{size} words, asked {brief!r}", "length:brief"
    elif size > _YES_NO_WORDS and asked <= _SHORT_QUESTION and _YES_NO.search(view.last.low):
        detail, locus = f"{size} words for a question of yes or no", "length:yes_no"
    elif size > _LONG_ANSWER and asked <= _SHORT_QUESTION and size > _RATIO * asked:
        detail, locus = f"{size} words for a question of {asked}", "length:ratio"
    else:
        return
    yield finding("length.much_longer", _CATEGORY, detail, "response.content", locus=locus)
