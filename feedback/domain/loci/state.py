"""State: what kind of state of an earlier turn was lost, and whether it was far back."""

import re

from feedback.domain.loci.containers import shape
from feedback.domain.loci.seen import Seen
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.measure import Text, language

__all__ = ["state_place"]

_NAMES = {
    "en": "english|englisch|anglais|inglés|inglês|英文|英语|英語|영어", "de": "german|deutsch|allemand|alemán|alemão|德语|ドイツ語|독일어",
    "fr": "french|französisch|français|francés|francês|法语|フランス語|프랑스어", "es": "spanish|spanisch|espagnol|español|espanhol|西班牙语|スペイン語",
    "zh": "chinese|chinesisch|chinois|chino|chinês|中文|汉语|中国語|중국어", "ja": "japanese|japanisch|japonais|japonés|日语|日文|日本語|일본어",
    "ko": "korean|koreanisch|coréen|coreano|韩语|韓国語|한국어", "": "portuguese|portugiesisch|portugais|português|italian|italienisch|italien|italiano"
    "|dutch|nederlands|russian|russisch|arabic|polish|turkish|hindi",
}  # fmt: skip
_CODES = {name: code for code, names in _NAMES.items() for name in names.split("|")}
_IN_LANGUAGE = re.compile(
    rf"(?:\b(?:in|auf|en|em|sur)\s|[用以说讲])({'|'.join(_CODES)})|({'|'.join(_CODES)})(?:で|로|\s(?:please|only|bitte)\b)"
)
_TRANSLATES = re.compile(r"\b(?:translat\w+|übersetz\w*|tradui\w+|traduc\w+|traduz\w*)\b|翻译|翻訳|번역")
_FORM = Vocabulary(
    form="bullet* | table | markdown | plain text | short | shorter | brief | briefly | sentence | sentences | words | formal | informal | tone"
    " | emoji* | capitals | lower case | metric | imperial | celsius | fahrenheit | iso | units | kurz | kürzer | sätze | satz | tabelle | stichpunkt*"
    " | duzen | siezen | court | courte | phrases | tutoie* | vouvoie* | corto | corta | frases | tutea* | 简短 | 一句 | 字以内 | 表格 | 格式 | 语气 | 单位"
    " | 短く | 箇条書き | 敬語 | タメ口 | 単位 | 짧게 | 존댓말 | 반말",
)
_SAID = Vocabulary(
    language="language | english | german | french | spanish | chinese | japanese | korean | portuguese | sprache | englisch | deutsch | langue | anglais"
    " | idioma | inglés | español | português | inglês | 语言 | 中文 | 英文 | 言語 | 日本語 | 英語 | 언어",
    asked="asked again | asks again | asking again | asked twice | re-ask* | ask me again | already gave | already told | nochmal gefragt"
    " | erneut gefragt | redemand* | otra vez | volvió a preguntar | 又问 | 再问 | 重复询问 | 又让我 | また聞 | 다시 물",
    update="corrected | correction | old one | old value | previous value | reverted | back to the old | before the change | changed it | korrigiert"
    " | geändert | corrigé* | corregí | 改过 | 更正 | 旧的 | 訂正 | 変更した",
)
_CHANGES = re.compile(
    r"\b(?:instead|in place of|actually|sorry|oops|scratch that|hang on|hold on|no wait|on second thought|correction|typo|misprint|i meant"
    r"|make (?:that|it)|go with|after all|(?:has|have|was|were|been|is|'s) (?:moved|changed)|no longer|change (?:it|that|this|the|my)|switch (?:it|to)"
    r"|replace|update[ds]?|add \S+(?: \S+)? to|not \S{1,20},? but|(?:\S{1,20}, |it's |is )not \S{1,20}|nicht (?:de[rnm]|die|das|am|\S{1,20}, sondern)"
    r"|sondern|statt(?:dessen)?|stopp|ändere|geändert|verschoben|korrektur|pardon|plutôt|finalement|au lieu de|en vez de|mejor|cambia|cambio|corrección"
    r"|perdona|scusa|non \S{1,20}, ma)\b|改成|改为|改一下|换成|更正|不是|不对|打错|说错|等等|算了|やっぱり|ではなく|変更|訂正|아니라|변경"
)
_STANDING = re.compile(
    r"\b(?:from (?:now|here) on|always|every|everything|all (?:the |your )?(?:answers|replies|following)|keep|stick to|for the whole|rest of"
    r"|ab jetzt|von jetzt an|immer|künftig|alles|à partir de|désormais|toujours|tout|a partir de|siempre|todo)\b"
    r"|以后|之后都|一直|每次|都用|先说好|记住|全程|これから|今後|ずっと|앞으로|항상|계속"
)
_OFFERS = re.compile(
    r"\b(?:anything else|something else|would you like|shall i|do you want|may i help|can i help|noch etwas|möchten sie|souhaitez|algo más|desea)\b"
    r"|还需要|还有什么|他に"
)
_REQUESTS = re.compile(
    r"\b(?:please (?:provide|tell|give|share|send|confirm)|could you (?:please )?(?:tell|give|provide|share|send)|may i have|let me know your"
    r"|bitte (?:nennen|teilen|geben)|veuillez|merci de (?:préciser|indiquer)|indíque\w*|dígame)\b|请(?:您)?(?:提供|告诉|告知|说明)|教えて|알려"
)
_ENDING = 160
_FAR = 4


def state_place(seen: Seen) -> str | None:
    """
    Return `lost:` and the kind of state, with `:far` behind it where more than four turns of the user lie between.

    `language` and `form` (a standing wish), `asked_again`, `update` (an earlier turn was corrected or changed), else `told:` and
    the part of the answer that goes against what was told: its shape, or `call`.
    """
    if not seen.users and not seen.answer:
        return None
    return f"lost:{_kind(seen)}{':far' if len(seen.users) - 2 > _FAR else ''}"


def _kind(seen: Seen) -> str:
    earlier, said = seen.users[:-1], _SAID.counts(seen.said)
    standing = [one.locus or "" for one in seen.found("state.standing_dropped")]
    if (
        "standing:language" in standing
        or "language" in said
        or any(_other_language(turn, seen.answer) for turn in earlier)
    ):
        return "language"
    if _asks(seen.answer) or "asked" in said:
        return "asked_again"
    if "update" in said or any(one.rule == "state.correction_lost" for one in seen.findings):
        return "update"
    if standing or any(_STANDING.search(turn.low) and _FORM.names("form", turn) for turn in earlier):
        return "form"
    if any(_CHANGES.search(turn.low) for turn in earlier[1:]):
        return "update"
    return f"told:{'call' if seen.calls else shape(seen.answer)}"


def _other_language(turn: Text, answer: Text) -> bool:
    """Tell whether a turn wants a language that the answer is not written in; what is to be translated is no wish."""
    wished = {_CODES[one or other] for one, other in _IN_LANGUAGE.findall(turn.low)}
    if not wished or _TRANSLATES.search(turn.low):
        return False
    found = language(answer)
    return found is not None and wished != {found}


def _asks(answer: Text) -> bool:
    """Tell whether an answer ends in a question that is no mere offer."""
    ending = answer.low[-_ENDING:].rstrip("\"'*_) }")
    return _OFFERS.search(ending) is None and (ending.endswith(("?", "？")) or _REQUESTS.search(ending) is not None)
