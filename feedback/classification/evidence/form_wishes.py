"""Rules of form as prompts state them, in several languages: which signs, which case, which words, which frame."""

import re
from dataclasses import dataclass

from feedback.domain.measure import Pattern

__all__ = [
    "CHOOSE",
    "CODE_BLOCK",
    "COUNT",
    "ENDS",
    "FEW_WORDS",
    "FORM_WORD",
    "HIGHLIGHT",
    "LETTER",
    "LINE_FORM",
    "LOWER",
    "NAMED_PARTS",
    "NUMBER_WORDS",
    "OPENING_MARKS",
    "OPTIONS",
    "OPTION_TEXT",
    "PART",
    "PLACEHOLDERS",
    "POSTSCRIPT",
    "QUOTES",
    "SEPARATED",
    "SIGNS",
    "SLOT",
    "STARTS",
    "TAGS",
    "TITLE",
    "UPPER",
    "WORDS_BANNED",
    "WORDS_WANTED",
    "WRAPPED",
]

_NOT = r"(?:no|not|n't|without|avoid|avoiding|refrain from|never|neither|nor|free of|zero)\b"
_NOT_DE, _NOT_FR = r"(?:kein|keine|keinen|ohne|nicht|niemals|vermeide)\b", r"(?:sans|pas|aucune?|jamais|évite[rz]?)\b"
_NOT_ES = r"(?:sin|no|ning[uú]n[ao]?|nunca|evit[ae]r?)\b"
_NOT_ZH = r"(?:不要|不得|不能|不可|不许|禁止|避免|勿|不使用|不用|不出现|不含)"
QUOTES = "\"'“”„«»「」『』‘’`"
_QUOTED = r"[\"“„«「『](?P<{}>[^\"”“»」』\n]{{1,80}})[\"”“»」』]"
LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class _Sign:
    """Signs that a prompt may forbid: how it says so, and how they look."""

    name: str
    asked: Pattern
    sign: re.Pattern[str]


def _forbids(triggers: str, en: str, de: str, fr: str, es: str, zh: str, ja: str) -> Pattern:
    """Return how six languages forbid a thing, each given by its word."""
    gap = r"[^.!?;:\n]{0,40}?\b"
    return Pattern(
        triggers,
        rf"{_NOT}{gap}{en}\b",
        rf"\b{_NOT_DE}{gap}{de}\b",
        rf"\b{_NOT_FR}{gap}{fr}\b",
        rf"\b{_NOT_ES}{gap}{es}\b",
        rf"{_NOT_ZH}[^。；\n]{{0,8}}(?:{zh})",
        rf"(?:{ja})[^。\n]{{0,14}}(?:ない|ず|禁止|なし|ません)",
    )


SIGNS = tuple(
    _Sign(name, asked, re.compile(sign))
    for name, asked, sign in (
        (
            "comma",
            _forbids("comma commas komma kommas kommata virgule virgules coma comas",
                     "commas?", "kommas?|kommata", "virgules?", "comas?", "逗号", "読点|カンマ|コンマ"),
            r"[,，、،]",
        ),
        (
            "exclamation",
            _forbids("exclamation ausrufezeichen exclamación exclamations",
                     "exclamation (?:marks?|points?)", "ausrufezeichen", "points? d'exclamation",
                     "(?:signos? de )?exclamación", "感叹号|惊叹号", "感嘆符"),
            r"[!！]",
        ),
        (
            "emoji",
            _forbids("emoji emojis emoticons smileys", "emojis?|emoticons?", "emojis?|smileys?", "emojis?|émojis?",
                     "emojis?", "表情", "絵文字"),
            "[\U0001f300-\U0001faff\u2600-\u27bf]",
        ),
        (
            "digit",
            _forbids("digits numerals ziffern chiffres dígitos cifras", "digits|numerals", "ziffern", "chiffres",
                     "dígitos|cifras", "阿拉伯数字|数字", "数字"),
            r"\d",
        ),
        (
            "markdown",
            _forbids("markdown asterisks bold", "(?:markdown|asterisks)", "markdown|sternchen", "markdown",
                     "markdown|asteriscos", "markdown|星号", "マークダウン|markdown"),
            r"(?m)\*\*[^*\n]+\*\*|^#{1,6} |^[*+-] |`",
        ),
        ("hiragana", Pattern("", r"ひらがな[^。\n]{0,14}(?:ない|ず|禁止|ません)"), r"[ぁ-ゖ]"),
        ("katakana", Pattern("", r"カタカナ[^。\n]{0,14}(?:ない|ず|禁止|ません)"), r"[ァ-ヺ]"),
        ("latin", Pattern("", rf"{_NOT_ZH}[^。；\n]{{0,6}}(?:英文|英语|字母)|(?:英語|アルファベット)[^。\n]{{0,14}}(?:ない|ず|禁止|ません)"),
         r"[A-Za-z]{2}"),
    )
)  # fmt: skip

LOWER = Pattern(
    "lowercase lower minuscules majuscules minúsculas mayúsculas kleinbuchstaben kleingeschrieben großbuchstaben capital",
    r"\b(?:all|only|entirely|in|use|using|strictly) lower[ -]?case\b|\blower[ -]?case (?:letters )?only\b",
    rf"{_NOT}[^.!?;\n]{{0,25}}\b(?:capital|upper[ -]?case)(?: letters)?\b",
    r"\bsans (?:utiliser )?(?:de |aucune )?majuscules?\b|\ben (?:lettres )?minuscules\b",
    r"\ben minúsculas\b|\bsin (?:usar )?mayúsculas\b|\b(?:nur|in) kleinbuchstaben\b|\bkleingeschrieben\b",
)
UPPER = Pattern(
    "caps capital capitals uppercase upper majuscules mayúsculas großbuchstaben",
    r"\b(?:all|only|entirely in|in all|in) (?:caps|capitals|capital letters|upper[ -]?case)\b|\bupper[ -]?case only\b",
    r"\ben (?:lettres )?majuscules\b|\ben mayúsculas\b|\b(?:nur|in) großbuchstaben\b",
)
WRAPPED = Pattern(
    "quotation quotes quotationmarks anführungszeichen guillemets comillas",
    r"\b(?:wrap|enclose|put|surround)\w*[^.\n]{0,40}\b(?:response|answer|reply|output|text|it)\b[^.\n]{0,30}\b(?:quotation marks|quotes)\b",
    r"\b(?:entire|whole|complete) (?:response|answer|reply|output)[^.\n]{0,25}\b(?:quotation marks|quotes)\b",
    r"\b(?:antwort|text)[^.\n]{0,30}\bin anführungszeichen\b|\b(?:réponse|texte)[^.\n]{0,30}\bentre guillemets\b",
    r"\b(?:respuesta|texto)[^.\n]{0,30}\bentre comillas\b",
    r"(?:全体|答え?|回答|応答)[^。\n]{0,10}(?:鉤括弧|かぎ括弧|カギ括弧|「」)[^。\n]{0,6}囲|用(?:双)?引号[^。\n]{0,10}(?:括|包|引)",
)
SEPARATED = Pattern(
    "separate separated separating separator separa separar separadas separados separador sépare séparez séparées séparés "
    "séparateur trenne trennen getrennt divide divided delimiter",
    r"(?:separat\w{1,4}|delimiter|divided?|sépar\w{1,6}|separ\w{1,5}|trenn\w{0,3}|getrennt)[^.\n]{0,80}?"
    r"(?P<run>\*{3,}|-{3,}|={3,}|#{3,}|~{3,}|\|{2,}|_{3,}|\+{3,}|/{2,})",
    r"(?:分隔|分开|隔开)[^。\n]{0,20}?(?P<run_zh>\*{3,}|-{3,}|={3,}|#{3,})",
    r"(?P<run_ja>\*{3,}|-{3,}|={3,}|#{3,})[^。\n]{0,20}?(?:区切|分け)",
)
HIGHLIGHT = Pattern(
    "highlight highlighted highlighting emphasize bold italic italique gras resalta resaltar resalte negrita cursiva "
    "hervorheben fett kursiv mettre",
    r"\bhighlight\w*[^.\n]{0,90}\*",
    r"\b(?:in|with|using|en|mit|als) (?:\w+ )?(?:bold|italics?|italique|gras|negrita|cursiva|fett|kursiv)\b[^.\n]{0,60}\*",
    r"\b(?:resalt\w{1,3}|mettre en avant|hervorheben)\b[^.\n]{0,60}\*",
)
PLACEHOLDERS = Pattern(
    "placeholder placeholders platzhalter marcadores espaces",
    r"\b(?:at least|minimum of|mindestens|au moins|al menos) \d{1,2}[^.\n]{0,20}\b(?:placeholders?|platzhalter|marcadores)\b",
)
TITLE = Pattern(
    "title titled titre título titel",
    r"(?:title|titre|título|titel)[^.\n]{0,60}(?P<marks><<)",
    r"标题[^。\n]{0,30}(?P<marks_zh><<|《)",
)
POSTSCRIPT = Pattern(
    "postscript postskriptum posdata",
    r"\b(?:postscript|postskriptum|posdata)\b[^.\n]{0,40}(?P<mark>p\.? ?p?\.? ?s\b)?",
)
STARTS = Pattern(
    "start starts starting begin begins beginning beginne beginnt commence commencez comienza empieza empiece",
    rf"\b(?:start|begin|beginn|commenc|comienc|comienz|empiez|empiec)\w{{0,4}}\b[^.\n\"“„«]{{0,50}}?{_QUOTED.format('start')}",
    rf"以{_QUOTED.format('start_zh')}(?:作为)?(?:开头|开始)|{_QUOTED.format('start_ja')}(?:で|から)始",
)
ENDS = Pattern(
    "end ends ending finish finishes conclude close ende endet schließe beende termine terminez finis termina termine finaliza",
    rf"\b(?:end|ends|ending|finish|finishes|conclude|close|ende|beende|termin\w{{1,3}}|finaliz\w{{1,3}})\b[^.\n\"“„«]{{0,60}}?{_QUOTED.format('end')}",
    rf"以{_QUOTED.format('end_zh')}(?:作为)?(?:结尾|结束)|{_QUOTED.format('end_ja')}で(?:終|締め)",
)
WORDS_WANTED = Pattern(
    "include includes including contain contains mention keyword keywords word words incluye incluya palabras mots wörter",
    r"\b(?:include|contain|mention|use)s?\b[^.\n\"“]{0,30}\b(?:keywords?|words?|phrases?|terms?)\b[^.\n\"“']{0,20}[\"“'](?P<wanted>[^\"”\n]{2,60}?)[\"”']",
    r"(?:包含|包括|使用)[^。\n]{0,6}(?:关键词|词语|词)[^。\n]{0,4}[“\"「](?P<wanted_zh>[^”\"」\n]{1,20})[”\"」]",
)
WORDS_BANNED = Pattern(
    "word words phrase phrases term terms wort wörter mot mots palabra palabras",
    rf"{_NOT}[^.\n\"“]{{0,30}}\b(?:words?|phrases?|terms?)\b[^.\n\"“']{{0,12}}[\"“'](?P<banned>[^\"”'\n]{{2,60}})[\"”']",
    r"\b(?:nicht das wort|ohne das wort|sans (?:utiliser )?le mot|no uses la palabra|sin la palabra)\s[\"“«„'](?P<banned_west>[^\"”»'\n]{2,60})[\"”»“']",
    rf"{_NOT_ZH}[^。\n]{{0,6}}[“\"「](?P<banned_zh>[^”\"」\n]{{1,20}})[”\"」]",
)
TAGS = Pattern(
    "tag tags wrap wrapped enclose put place answer reply respond output write",
    r"\b(?:wrap|put|enclose|place|answer|reply|respond|output|write)\w{0,3}\b[^.\n]{0,50}?\b(?:in|inside|within|between|with)\b[^.\n<]{0,20}<(?P<tag>[a-z][\w-]{1,20})>",
)
CODE_BLOCK = Pattern(
    "code codeblock", r"\b(?:in|inside|within|as) (?:a |one |a single )(?:fenced |markdown )?code ?block\b"
)
OPTIONS = re.compile(
    r"(?:[\"“„«「『][^\"”“»」』\n]{1,60}[\"”“»」』]\s{0,2}(?:[,、/|;，]|or|and|oder|und|ou|et|o|y|または|或者?|か|\s)?\s{0,2}(?:or|oder|ou|o|または|或者?)?\s{0,2}){2,8}"
)
OPENING_MARKS = '"“„«「『'
OPTION_TEXT = re.compile(r"[\"“„«「『]([^\"”“»」』\n]{1,60})[\"”“»」』]")
CHOOSE = re.compile(
    r"\b(?:respond|answer|reply|choose|select|output|return|say|write|either|one of|antwort\w*|wähle|entweder|répon\w*|choisi\w*"
    r"|respond\w*|elige|contesta)\b|いずれか|答え|回答|选择|选一|之一|どれか"
)
NAMED_PARTS = Pattern(
    "sections section headings headers parts abschnitte abschnitten überschriften rubriques secciones apartados titres",
    r"\b(?:sections?|headings?|headers?|parts|abschnitten?|überschriften|rubriques|secciones|apartados)\b[^.:\n]{0,30}:\s{0,2}"
    r"(?P<parts>(?:[\"'*]{0,2}[\w][\w &/-]{1,30}[\"'*]{0,2}(?:, (?:and |und |et |y )?|; | / | and | und | et | y )){1,8}[\"'*]{0,2}\w[\w &/-]{1,30})",
    r"(?:部分|章节|小节|栏目|段落)[^：:。\n]{0,8}[：:](?P<parts_zh>(?:[^、，。；\n]{1,12}[、，]){1,8}[^、，。；\n]{1,12})",
)
PART = re.compile(r",\s?(?:and |und |et |y )?|; | / | and | und | et | y |[、，]")
LINE_FORM = re.compile(
    r"[\"'“‘`]([^\"'”’`\n]{0,30}(?:[\[{<][A-Za-z][^\]}>\n]{1,50}[\]}>][^\"'”’`\[{<\n]{1,20}){1,5}[\[{<][A-Za-z][^\]}>\n]{1,50}[\]}>][^\"'”’`\n]{0,10})[\"'”’`]"
)
SLOT = re.compile(r"[\[{<][A-Za-z][^\]}>\n]{1,50}[\]}>]")
FORM_WORD = Pattern(
    "format template pattern form formatted structure schema formato",
    r"\b(?:format\w{0,4}|template|pattern|form|structure|formato)\b",
)
FEW_WORDS = 3
NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
COUNT = re.compile(rf"\b(?:\d{{1,2}}|{'|'.join(NUMBER_WORDS)})\b")
