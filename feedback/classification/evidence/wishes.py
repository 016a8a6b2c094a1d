"""What a text asks for in so many words: a language, a form, a length, a tone. Shared by the rules that test it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from itertools import islice
from typing import TypeVar

from feedback.domain.measure import Pattern, Phrases, Text

__all__ = ["BRIEF", "DETAILED", "Limit", "asked_form", "asked_language", "limits"]

_T = TypeVar("_T")


_MOST_LIMITS = 20


def _once(question: Callable[[Text], _T]) -> Callable[[Text], _T]:
    """Keep the answer to `question` with the text, as several rules ask it."""
    name = f"wish:{question.__name__}"

    @wraps(question)
    def answered(text: Text) -> _T:
        if name not in text.__dict__:
            text.__dict__[name] = question(text)
        return text.__dict__[name]  # type: ignore[no-any-return]  # what was kept is what `question` returned

    return answered


BRIEF = Phrases(
    """
    be brief | be concise | briefly | keep it short | keep answers short | keep your answers short |
    keep replies short | concise answer | short answer | in short | in one word | one-word answer | concisely |
    one sentence only | keep it brief | be short | quick answer | kurz und knapp | fasse dich kurz |
    fassen sie sich kurz | kurze antwort | in einem wort | in einem satz | brièvement | sois bref |
    soyez bref | réponse courte | en un mot | sé breve | sea breve | brevemente | respuesta corta |
    en una palabra | 简短 | 简洁 | 简明 | 一句话 | 简单说 | 一个词 | 言简意赅 | 簡潔に | 短く | 一言で | 간단히 | 짧게 | 한마디로
    """
)
DETAILED = Phrases(
    """
    in detail | in depth | detailed answer | detailed answers | detailed explanation | be thorough |
    be exhaustive | be detailed | comprehensive answer | comprehensive explanation | as detailed as possible |
    as much detail as possible | explain every step | at length | long answer | full explanation |
    exhaustive list | ausführlich | ausführliche antwort | in aller ausführlichkeit |
    so detailliert wie möglich | en détail | de manière détaillée | réponse détaillée | con todo detalle |
    en detalle | detalladamente | respuesta detallada | 详细 | 尽可能详尽 | 详尽 | 詳しく | 詳細に | 자세히 | 상세히
    """
)

_NAMES = {
    "en": "english|englisch|englischer|anglais|inglés|ingles",
    "de": "german|deutsch|deutscher|allemand|alemán|aleman",
    "fr": "french|französisch|französischer|français|francais|francés",
    "es": "spanish|spanisch|spanischer|espagnol|español|castellano",
    "zh": "chinese|mandarin|chinesisch|chinois|chino",
    "ja": "japanese|japanisch|japonais|japonés",
    "ko": "korean|koreanisch|coréen|coreano",
}
_CODES = {name: code for code, names in _NAMES.items() for name in names.split("|")}
_CJK_NAMES = {
    "en": "英文|英语|英語|영어", "de": "德文|德语|ドイツ語|독일어", "fr": "法文|法语|フランス語|프랑스어",
    "es": "西班牙文|西班牙语|スペイン語|스페인어", "zh": "中文|汉语|简体中文|中国語|중국어", "ja": "日文|日语|日本語|일본어",
    "ko": "韩文|韩语|韓国語|한국어",
}  # fmt: skip
_CJK_CODES = {name: code for code, names in _CJK_NAMES.items() for name in names.split("|")}
_ANSWER = (
    r"\b(?:answer|answers|reply|replies|respond|response|responses|write|speak|output|antworte|antworten|antwort"
    r"|schreibe?"
    r"|réponds|répondez|réponse|réponses|écris|écrivez|responde|responda|respuesta|respuestas|escribe|escriba)\b"
)
_BEFORE_LANGUAGE = re.compile(
    rf"{_ANSWER}[^.\n!?:;]{{0,40}}?\b(?:in|auf|en)\s(?:simple |plain |formal )?$|\b(?:nur|only)\s(?:in |auf )?$"
)
_AFTER_LANGUAGE = re.compile(r"\s?only\b|[ ,]{0,2}(?:please|bitte|s'il vous|svp|por favor|solamente|nur|uniquement)\b")
_LANGUAGE_SPAN = 70
_LANGUAGE_CJK = re.compile(
    rf"(?:请用|用|使用|以|请使用|回答使用)({'|'.join(_CJK_CODES)})(?:来|进行)?(?:回答|回复|作答|输出|撰写|书写)"
    rf"|({'|'.join(_CJK_CODES)})で(?:答|回答|返信|書|出力|お願い)|({'|'.join(_CJK_CODES)})로 (?:답|대답|작성|써)"
    rf"|(?:只用|只能用|一律用|都用|必须用|必须使用|请用)({'|'.join(_CJK_CODES)})"
)


@_once
def asked_language(text: Text) -> str | None:
    """Return the language that `text` wants the answer in, the last one named, or None."""
    found, last, low = None, -1, text.low
    for name in _CODES.keys() & text.words:
        place = low.find(name)
        while place >= 0:
            before, after = low[max(0, place - _LANGUAGE_SPAN) : place], low[place + len(name) :][:20]
            if place > last and (
                _BEFORE_LANGUAGE.search(before)
                or (before[-4:].endswith((" in ", "auf ", " en ", "\nin ")) and _AFTER_LANGUAGE.match(after))
            ):
                found, last = _CODES[name], place
            place = low.find(name, place + 1)
    if text.cjk:
        for match in _LANGUAGE_CJK.finditer(text.low):
            found = _CJK_CODES[next(filter(None, match.groups()))]
    return found


_VERB = (
    r"\b(?:output|return|returns|respond|reply|answer|produce|emit|provide|give|format|formatted|present|write|use|be"
    r"|only|valid|strict|strictly|pure|response|responses|answers|gib|antworte|antworten|ausgabe|nur|als|liefere"
    r"|erzeuge"
    r"|réponds|répondez|renvoie|renvoyez|retourne|retournez|fournis|devuelve|devuelva|responde|responda|entrega"
    r"|genera)\b"
)
_NEGATED = re.compile(r"\b(?:not|no|don't|never|without|avoid|instead of|kein|keine|nicht|sans|pas|sin)\b")
_JSON = Pattern(
    "json",
    rf"{_VERB}[^.\n!?;]{{0,40}}?\bjson\b(?! (?:below|above|file|string below|document below|i pasted))",
    r"\bjson\s+only\b|\b(?:as|in)\s+json\b|\bim\s+json-format\b|\bau format json\b|\ben (?:formato )?json\b",
)
_JSON_CJK = re.compile(
    r"(?:以|用|按|输出|返回|生成|只返回|仅输出)[^。\n]{0,12}json|json\s*(?:格式|形式で|で出力|で返|形式|으로|형식)"
)
_TABLE = Pattern(
    "table tabelle tableau tabla",
    r"\b(?:as|in|into|using|return|output|markdown|make|create|produce)\s+(?:an?\s+)?(?:markdown\s+|two-column\s+|comparison\s+)?"
    r"table\b(?! of contents)|\btable\s+(?:with (?:the )?columns?|format)\b",
    r"\b(?:als|in einer)\s+(?:markdown-)?tabelle\b|\bsous (?:la )?forme d(?:e|'un) tableau\b|\bdans un tableau\b",
    r"\b(?:en|como) (?:una |formato de )?tabla\b",
)
_TABLE_CJK = re.compile(
    r"(?:以|用|按|做成|整理成|输出|生成)[^。\n]{0,8}表格|表格(?:形式|格式)|表形式|表にまとめ|표로 |표 형식"
)
_LIST = Pattern(
    "bulleted bullet bullets bullet-points numbered stichpunkten stichpunkte aufzählung aufzählungszeichen puces "
    "numérotée viñetas numerada nummerierte liste",
    r"\b(?:bulleted|numbered|bullet(?:-point)?)\s+(?:list|points)\b|\b(?:as|in|use|using)\s+(?:\w+\s+)?bullets?\b",
    r"\b(?:in|als)\s+stichpunkten?\b|\bals\s+(?:aufzählung|nummerierte liste)\b|\bliste (?:à puces|numérotée)\b",
    r"\b(?:lista )?(?:con|de|en) viñetas\b|\blista numerada\b",
)
_LIST_CJK = re.compile(
    r"编号列表|项目符号|无序列表|有序列表|分点(?:列出|说明|回答)|逐条列出|箇条書き|番号付きリスト|글머리|번호 목록"
)
_PROSE = Phrases(
    """
    plain text only | no markdown | without markdown | plain prose | no lists | no bullet points |
    without bullet points | no json | flowing text | fließtext | kein markdown | keine listen | texte brut |
    sans markdown | texto plano | sin markdown | 纯文本 | 不要使用markdown | 不要用列表 | プレーンテキスト
    """
)


@_once
def asked_form(text: Text) -> str | None:
    """Return the form that `text` wants the answer in: `json`, `table`, `list` or `prose`, or None."""
    if _PROSE.search(text):
        return "prose"
    for form, pattern, cjk in (("json", _JSON, _JSON_CJK), ("table", _TABLE, _TABLE_CJK), ("list", _LIST, _LIST_CJK)):
        for match in pattern.finditer(text):
            if not _NEGATED.search(text.low, max(0, match.start() - 25), match.end()):
                return form
        if text.cjk and (form != "json" or "json" in text.low) and cjk.search(text.low):
            return form
    return None


# Limits of length.


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of length: `bound` is `max` or `min`, `unit` words, characters, sentences, items or paragraphs."""

    bound: str
    unit: str
    number: int
    where: str


_UNITS = {
    "words": "words?|wörtern?|worten?|wort|mots?|palabras?",
    "characters": "characters?|chars?|zeichen|caractères?|caracteres?",
    "sentences": "sentences?|sätzen?|sätze|satz|phrases?|oraciones|oración|frases?",
    "items": "bullet "
    "points?|bullets?|items?|points?|stichpunkten?|stichpunkte|punkten?|punkte|puces?|viñetas|puntos?|elementos?",
    "paragraphs": "paragraphs?|absätzen?|absätze|absatz|paragraphes?|párrafos?",
}  # fmt: skip
_UNIT_OF = re.compile("|".join(f"(?P<{unit}>{names})" for unit, names in _UNITS.items()))
_NUMBER_WORDS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten",
        "einem zwei drei vier fünf sechs sieben acht neun zehn",
        "une deux trois quatre cinq six sept huit neuf dix",
        "una dos tres cuatro cinco seis siete ocho nueve diez",
    )
    for number, word in enumerate(words.split(), 1)
} | {"a": 1, "single": 1, "un": 1, "ein": 1, "einen": 1, "uno": 1}
_MOST = (
    r"at most|at maximum|(?:no|not|never) more than|under|within|up to|max(?:imum)?(?: of)?|fewer than|less than|below"
    r"|(?:not |never |don't )(?:to )?exceed(?:ing)?|no longer than|limit(?:ed)?(?: \w+){0,3} to"
    r"|keep(?: \w+){0,3} (?:to|under)"
    r"|shorter than|höchstens|maximal|nicht mehr als|unter|weniger als|bis zu|au plus|au maximum|maximum"
    r"|pas plus de|moins de"
    r"|máximo(?: de)?|como (?:mucho|máximo)|(?:no|sin) más de|menos de|hasta"
)
_LEAST = (
    r"at least|minimum(?: of)?|min|no fewer than|(?:not|no) less than|more than|over|mindestens|wenigstens|mehr als"
    r"|au moins|minimum|plus de|al menos|por lo menos|como mínimo|mínimo(?: de)?|más de"
)
_AFTER_MOST = r"or less|or fewer|max(?:imum)?\b|at most|oder weniger|höchstens|ou moins|o menos|como máximo|maximum"
_AFTER_LEAST = r"or more|minimum|at least|oder mehr|ou plus|o más|como mínimo"
_NUMBER = rf"(?:\d{{1,5}}|{'|'.join(_NUMBER_WORDS)})"
_SIZE = Pattern(
    "word words wörter wörtern worte worten wort mot mots palabra palabras character characters chars zeichen "
    "caractères "
    "caracteres sentence sentences sätze sätzen satz phrase phrases oraciones oración frase frases bullet "
    "bullets item items "
    "point points stichpunkte stichpunkten punkte punkten puces puce viñetas punto puntos elementos paragraph "
    "paragraphs "
    "absätze absätzen absatz paragraphe paragraphes párrafos párrafo",
    rf"(?<![\w.,])(?P<number>{_NUMBER})[ -](?:(?:short|complete|full|kurzen?|ganzen?)\s+)?"
    rf"(?P<unit>{'|'.join(_UNITS.values())})\b(?:\s*\(?(?:(?P<after_most>{_AFTER_MOST})|(?P<after_least>{_AFTER_LEAST})))?",
)
_BEFORE = re.compile(
    rf"(?:\b(?P<most>{_MOST})|\b(?P<least>{_LEAST})|\b(?P<exact>exactly|genau|exactement|exactamente)"
    rf"|\b(?P<within>in|en)"
    r"|(?<!\d)(?P<low>\d{1,5}) ?(?:and|to|und|bis|et|à|y|a|-|–))\s{0,2}$"
)
_BEFORE_SPAN = 45
_CJK_UNITS = {
    "个字": "words", "字": "words", "词": "words", "语": "words", "字符": "characters", "个字符": "characters",
    "文字": "characters", "자": "characters", "단어": "words", "句": "sentences", "句话": "sentences", "文": "sentences",
    "문장": "sentences", "条": "items", "点": "items", "项": "items", "個": "items", "개": "items", "段": "paragraphs",
    "段落": "paragraphs", "문단": "paragraphs",
}  # fmt: skip
_CJK_UNIT = "|".join(sorted(_CJK_UNITS, key=len, reverse=True))
_CJK_DIGITS = {digit: number for number, digit in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
_CJK_NUMBER = r"(?:\d{1,5}|[一二两三四五六七八九十])"
_SIZE_CJK = re.compile(
    rf"(?:(?P<most>不超过|不得超过|不要超过|不能超过|至多|最多|少于|控制在|限制在|限)|(?P<least>至少|不少于|不低于|不得少于)"
    rf"|(?P<low>\d{{1,5}})\s?(?:字|个字)?\s?[-–~〜到至]\s?)?\s?(?P<number>{_CJK_NUMBER})\s?(?P<unit>{_CJK_UNIT})\s?"
    r"(?:(?P<after_most>以内|之内|以下|内|まで|未満|이내|이하|미만|を超えない)|(?P<after_least>以上|이상))?"
)


@_once
def limits(text: Text) -> tuple[Limit, ...]:
    """Return the limits that `text` states, in order; of a range its two ends."""
    return tuple(islice(_limits(text), _MOST_LIMITS))


def _limits(text: Text) -> Iterator[Limit]:
    for match in _SIZE.finditer(text):
        before = _BEFORE.search(text.low[max(0, match.start() - _BEFORE_SPAN) : match.start()])
        unit = _UNIT_OF.fullmatch(match["unit"])
        if unit and unit.lastgroup:
            yield from _limit(match.groupdict() | (before.groupdict() if before else {}), unit.lastgroup, text.where)
    if text.cjk:
        for match in _SIZE_CJK.finditer(text.low):
            yield from _limit(match.groupdict(), _CJK_UNITS[match["unit"]], text.where)


def _limit(found: dict[str, str | None], unit: str, where: str) -> Iterator[Limit]:
    number, low = _number(found["number"] or "0"), found.get("low")
    if low:
        yield Limit("min", unit, int(low), where)
    if low or any(map(found.get, ("most", "after_most", "within", "exact"))):
        yield Limit("max", unit, number, where)
    if not low and any(map(found.get, ("least", "after_least", "exact"))):
        yield Limit("min", unit, number, where)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBER_WORDS.get(text) or _CJK_DIGITS[text]
