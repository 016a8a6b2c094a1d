"""Pure measures of text: how much there is of it, in which language, and whether it refuses, asks or names a phrase."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

__all__ = [
    "LANGUAGES",
    "Pattern",
    "Phrases",
    "Text",
    "asks_question",
    "characters",
    "is_list_item",
    "language",
    "lazy",
    "list_items",
    "paragraphs",
    "refuses",
    "sentences",
    "words",
]

_END = 4_000
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_KANA = "\u3040-\u30ff"
_HANGUL = "\uac00-\ud7af"
_ANY_CJK = re.compile(f"[{_HAN}{_KANA}{_HANGUL}]")
_SCRIPTS = tuple((code, re.compile(f"[{chars}]")) for code, chars in (("ja", _KANA), ("ko", _HANGUL), ("zh", _HAN)))
_WORD = re.compile(r"\w+")
_CJK_RUN = re.compile(f"[{_HAN}{_KANA}{_HANGUL}]+")
_WESTERN_RUN = re.compile(rf"[^\W{_HAN}{_KANA}{_HANGUL}]+")
_TO_SPACE = bytes(
    code if (char := bytes([code]).decode("latin-1")).isalnum() or char == "_" else 32 for code in range(256)
)
_SENTENCE_END = re.compile(r"[.!?]+(?=[\"')\]]?(?:\s|$))|[。！？]+")
_LIST_ITEM = re.compile(r"^[ \t]*(?:[-*•+‣·][ \t]|\(?\d{1,3}[.)、．][ \t]*(?=[^\d\s])|[a-z][.)][ \t])", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n\s*\n")

_STOP_WORDS = {
    "en": "the and of to is that with for are this it was not you have from your be which can",
    "de": "der die das und ist nicht ein eine mit für den auf sich von dem zu werden sie wird im bei",
    "fr": "le les des et est une dans pour que pas sur avec du vous nous sont au il cette votre la",
    "es": "el los las y una por con para que del se su como está son al lo usted la es un",
}
_STOPS = tuple((code, frozenset(line.split())) for code, line in _STOP_WORDS.items())
_ENOUGH_STOP_WORDS = 2

LANGUAGES = ("en", "de", "fr", "es", "zh", "ja", "ko")
"""The languages that `language` can tell apart."""


_T = TypeVar("_T")


class lazy(Generic[_T]):  # noqa: N801 - read as a decorator
    """`functools.cached_property` without its lock, which costs more than most of what is cached here."""

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        """Take name and documentation from the method."""
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> _T:
        """Compute the value and put it in the way of this descriptor."""
        value = instance.__dict__[self._name] = self._compute(instance)
        return value


class Text:
    """
    A text as rules look at it: only its first and last 4,000 characters, in lower case, and the set of its words.

    `full` keeps the whole text, `where` the place in the event it stands at.
    """

    def __init__(self, full: str, where: str = "") -> None:
        """Keep the text; what is derived from it is computed when first asked for."""
        self.full = full
        self.where = where

    def __bool__(self) -> bool:
        """Tell whether there is anything but white space."""
        return bool(self.full) and not self.full.isspace()

    @lazy
    def raw(self) -> str:
        """Return both ends of the text as written."""
        return self.full if len(self.full) <= 2 * _END else f"{self.full[:_END]}\n{self.full[-_END:]}"

    @lazy
    def low(self) -> str:
        """Return both ends in lower case, apostrophes straightened."""
        return self.raw.lower() if self.raw.isascii() else self.raw.lower().replace("\u2019", "'")

    @lazy
    def _western(self) -> bytes | None:
        """Return `low` in one byte a character, which is fast to take apart, or None where it does not fit."""
        for encoding in ("latin-1", "cp1252"):
            try:
                return self.low.encode(encoding)
            except UnicodeEncodeError:
                continue
        return None

    @lazy
    def words(self) -> frozenset[str]:
        """Return the different words of `low`."""
        if self._western is None:
            return frozenset(_WORD.findall(self.low))
        return frozenset(self._western.translate(_TO_SPACE).decode("latin-1").split())

    @lazy
    def cjk(self) -> bool:
        """Tell whether Chinese, Japanese or Korean characters occur."""
        return self._western is None and _ANY_CJK.search(self.raw) is not None


class Phrases:
    """
    A table of literal phrases in lower case, looked up through the longest word of each.

    Looking up the set of words first makes a table cost the same however many phrases it holds.
    """

    def __init__(self, table: str) -> None:
        """Index the phrases, which bars separate; those in scripts without word breaks are searched one by one."""
        phrases = [phrase.strip() for phrase in table.split("|")]
        self._cjk = tuple(phrase for phrase in phrases if _ANY_CJK.search(phrase))
        self._by_word: dict[str, list[str]] = {}
        for phrase in phrases:
            if not _ANY_CJK.search(phrase):
                self._by_word.setdefault(max(_WORD.findall(phrase), key=len), []).append(phrase)
        self._keys = frozenset(self._by_word)

    def search(self, text: Text) -> str | None:
        """Return a phrase that stands in `text`, the alphabetically first one, or None."""
        if not self._keys.isdisjoint(text.words):
            hits = [p for word in self._keys & text.words for p in self._by_word[word] if p in text.low]
            if hits:
                return min(hits)
        if text.cjk:
            return next((phrase for phrase in self._cjk if phrase in text.low), None)
        return None


class Pattern:
    """
    A regular expression that is tried only where it may match: one for words, one for scripts without word breaks.

    An alternative in which a Chinese, Japanese or Korean character stands belongs to the second, which is tried where
    such scripts occur; the others are tried where one of the trigger words occurs.
    """

    def __init__(self, triggers: str, *alternatives: str) -> None:
        """Sort the alternatives; each without such characters must need a trigger word to match."""
        single = [part for alternative in alternatives for part in _split(alternative)]
        self._triggers = frozenset(triggers.split())
        self._regex = _either(part for part in single if not _ANY_CJK.search(part))
        self._cjk = _either(part for part in single if _ANY_CJK.search(part))

    def fits(self, text: Text) -> bool:
        """Tell whether a trigger word occurs."""
        return not self._triggers.isdisjoint(text.words)

    def finditer(self, text: Text) -> Iterator[re.Match[str]]:
        """Yield all matches in the lower-case text."""
        if self._regex and self.fits(text):
            yield from self._regex.finditer(text.low)
        if self._cjk and text.cjk:
            yield from self._cjk.finditer(text.low)

    def search(self, text: Text) -> re.Match[str] | None:
        """Return the first match in the lower-case text, or None."""
        found = self._regex.search(text.low) if self._regex and self.fits(text) else None
        return self._cjk.search(text.low) if found is None and self._cjk and text.cjk else found


def _either(alternatives: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(alternatives)
    return re.compile(joined, re.MULTILINE) if joined else None


def _split(regex: str) -> list[str]:
    """Return the alternatives of `regex` at its top level."""
    parts, depth, in_class = [""], 0, False
    for sign in re.findall(r"\\.|.", regex, re.DOTALL):
        in_class = (in_class or sign == "[") and sign != "]"
        depth += 0 if in_class else (sign == "(") - (sign == ")")
        if sign == "|" and not depth and not in_class:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def words(text: str) -> int:
    r"""Return the number of words: runs of `\w`, and every Chinese, Japanese or Korean character by itself."""
    try:
        return len(text.encode("latin-1").translate(_TO_SPACE).split())
    except UnicodeEncodeError:
        return sum(map(len, _CJK_RUN.findall(text))) + len(_WESTERN_RUN.findall(text))


def characters(text: str) -> int:
    """Return the number of characters without the white space around the text and without line breaks."""
    return len(text.strip().replace("\n", ""))


def sentences(text: str) -> int:
    """Return the number of sentences; text without a full stop is one."""
    return sum(1 for piece in _SENTENCE_END.split(text) if _WORD.search(piece))


def is_list_item(line: str) -> bool:
    """Tell whether a line starts with a bullet or a number."""
    return _LIST_ITEM.match(line) is not None


def list_items(text: str) -> int:
    """Return the number of lines that start with a bullet or a number."""
    return len(_LIST_ITEM.findall(text))


def paragraphs(text: str) -> int:
    """Return the number of blocks between blank lines."""
    return sum(1 for block in _BLANK_LINES.split(text) if block and not block.isspace())


def language(text: Text) -> str | None:
    """Return the dominant language of `LANGUAGES`, or None where there is too little to tell."""
    if text.cjk:
        counts = {code: len(chars.findall(text.raw)) for code, chars in _SCRIPTS}
        if sum(counts.values()) > len(re.findall(r"[a-z]+", text.low)):
            if counts["ko"] > counts["zh"] + counts["ja"]:
                return "ko"
            return "ja" if counts["ja"] * 10 > counts["zh"] else "zh"
    ranked = sorted(((len(stops & text.words), code) for code, stops in _STOPS), reverse=True)
    (best, code), (second, _) = ranked[:2]
    return code if best >= _ENOUGH_STOP_WORDS and best > second else None


_DECLINES = (
    "i can't | i cannot | i can not | i am unable to | i'm unable to | i am not able to | i'm not able to | i won't"
    " | i will not | we cannot | we can't"
)
_DECLINED = (
    "help with | help you | assist | provide | comply | fulfill | fulfil | support this | discuss | give advice"
    " | give you advice | answer that | answer this | share that | create | write that | do that | offer | advise"
    " | participate | engage | recommend | generate | give medical | give legal | process this request | speculate"
)
_REFUSALS = Phrases(
    " | ".join(f"{start} {verb}" for start in _DECLINES.split(" | ") for verb in _DECLINED.split(" | "))
    + """
     | i must decline | it is not appropriate | it's not appropriate | it is inappropriate | it's inappropriate |
    don't think it's appropriate | do not think it is appropriate | do not condone | don't condone | cannot condone |
    i'm not going to help | i am not going to help | wouldn't be appropriate | would not be appropriate | not appropriate to ask |
    not appropriate or respectful | not appropriate or ethical | il n'est pas approprié | no es apropiado | ist nicht angemessen |
    不适合回答 | 不宜回答 | 这是违法的，我 | 不適切なため | 부적절하므로 | i have to decline | i need to decline | i must refuse | i refuse to |
    i'm not comfortable | against my guidelines | against our guidelines | against our policy |
    against my policy | violates our policy | violates my guidelines | i'm not permitted | i am not permitted |
    i'm not allowed | i am not allowed | i'm sorry, but i can't | i'm sorry, but i cannot | i can't do that |
    sorry, i can't | sorry, i cannot | sorry, but i can't | sorry, but i cannot | unable to fulfill |
    kann ich nicht helfen | kann ich dir nicht helfen | kann ich ihnen nicht helfen | kann dir dabei nicht |
    kann ihnen dabei nicht | dabei kann ich nicht | dabei kann ich leider nicht | darf ich nicht |
    darf ich leider nicht | das muss ich ablehnen | muss ich ablehnen | kann ich leider nicht |
    nicht behilflich sein | je ne peux pas vous aider | je ne peux pas t'aider | je ne peux pas fournir |
    je ne peux pas vous fournir | je ne suis pas en mesure | je ne peux pas répondre | je dois refuser |
    désolé, mais je ne peux | je ne suis pas autorisé | no puedo ayudar | no puedo proporcionar |
    no puedo asistir | no puedo responder | no puedo ofrecer | lo siento, pero no puedo | no estoy autorizad |
    debo rechazar | no me está permitido | 无法协助 | 不能协助 | 无法帮助 | 不能帮助 | 无法为您提供 | 不能为您提供 | 无法提供 | 不能提供 | 我不能回答 |
    我无法回答 | 无法满足 | 我不便 | 不方便回答 | 我必须拒绝 | 恕我不能 | 恕无法 | 抱歉，我不能 | 抱歉，我无法 | お手伝いできません | お答えできません | 提供できません |
    応じられません | 応じることはできません | お断り | 回答できません | お答えすることはできません | 도와드릴 수 없 | 제공할 수 없 | 답변할 수 없 | 답변드릴 수 없 |
    제공해 드릴 수 없 | 응할 수 없
    """
)
_REFUSAL_OPENS_WITHIN = 600


def refuses(text: Text) -> bool:
    """Tell whether the opening of an answer declines the request."""
    if _REFUSALS.search(text) is None:
        return False
    return (
        len(text.full) <= _REFUSAL_OPENS_WITHIN or _REFUSALS.search(Text(text.full[:_REFUSAL_OPENS_WITHIN])) is not None
    )


def asks_question(text: str) -> bool:
    """Tell whether a sentence of the text is a question."""
    return re.search(r"\?(?:[\s\"'*_)\]]|$)|？", text) is not None
