"""Form: a rule about the surface of the answer that the prompt states and a program can test."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Text

__all__ = ["RULES", "find"]

_CATEGORY = "output_format_violation"
_NOT = r"(?:no|not|n't|without|avoid|avoiding|refrain from|never|neither|nor|free of|zero)\b"
_NOT_DE, _NOT_FR = r"(?:kein|keine|keinen|ohne|nicht|niemals|vermeide)\b", r"(?:sans|pas|aucune?|jamais|évite[rz]?)\b"
_NOT_ES = r"(?:sin|no|ning[uú]n[ao]?|nunca|evit[ae]r?)\b"
_NOT_ZH = r"(?:不要|不得|不能|不可|不许|禁止|避免|勿|不使用|不用|不出现|不含)"
_QUOTES = "\"'“”„«»「」『』‘’`"
_QUOTED = r"[\"“„«「『](?P<{}>[^\"”“»」』\n]{{1,80}})[\"”“»」』]"
_LETTER = re.compile(r"[^\W\d_]")


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


_SIGNS = tuple(
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

_LOWER = Pattern(
    "lowercase lower minuscules majuscules minúsculas mayúsculas kleinbuchstaben kleingeschrieben großbuchstaben capital",
    r"\b(?:all|only|entirely|in|use|using|strictly) lower[ -]?case\b|\blower[ -]?case (?:letters )?only\b",
    rf"{_NOT}[^.!?;\n]{{0,25}}\b(?:capital|upper[ -]?case)(?: letters)?\b",
    r"\bsans (?:utiliser )?(?:de |aucune )?majuscules?\b|\ben (?:lettres )?minuscules\b",
    r"\ben minúsculas\b|\bsin (?:usar )?mayúsculas\b|\b(?:nur|in) kleinbuchstaben\b|\bkleingeschrieben\b",
)
_UPPER = Pattern(
    "caps capital capitals uppercase upper majuscules mayúsculas großbuchstaben",
    r"\b(?:all|only|entirely in|in all|in) (?:caps|capitals|capital letters|upper[ -]?case)\b|\bupper[ -]?case only\b",
    r"\ben (?:lettres )?majuscules\b|\ben mayúsculas\b|\b(?:nur|in) großbuchstaben\b",
)
_WRAPPED = Pattern(
    "quotation quotes quotationmarks anführungszeichen guillemets comillas",
    r"\b(?:wrap|enclose|put|surround)\w*[^.\n]{0,40}\b(?:response|answer|reply|output|text|it)\b[^.\n]{0,30}\b(?:quotation marks|quotes)\b",
    r"\b(?:entire|whole|complete) (?:response|answer|reply|output)[^.\n]{0,25}\b(?:quotation marks|quotes)\b",
    r"\b(?:antwort|text)[^.\n]{0,30}\bin anführungszeichen\b|\b(?:réponse|texte)[^.\n]{0,30}\bentre guillemets\b",
    r"\b(?:respuesta|texto)[^.\n]{0,30}\bentre comillas\b",
    r"(?:全体|答え?|回答|応答)[^。\n]{0,10}(?:鉤括弧|かぎ括弧|カギ括弧|「」)[^。\n]{0,6}囲|用(?:双)?引号[^。\n]{0,10}(?:括|包|引)",
)
_SEPARATED = Pattern(
    "separate separated separating separator separa separar separadas separados separador sépare séparez séparées séparés "
    "séparateur trenne trennen getrennt divide divided delimiter",
    r"(?:separat\w{1,4}|delimiter|divided?|sépar\w{1,6}|separ\w{1,5}|trenn\w{0,3}|getrennt)[^.\n]{0,80}?"
    r"(?P<run>\*{3,}|-{3,}|={3,}|#{3,}|~{3,}|\|{2,}|_{3,}|\+{3,}|/{2,})",
    r"(?:分隔|分开|隔开)[^。\n]{0,20}?(?P<run_zh>\*{3,}|-{3,}|={3,}|#{3,})",
    r"(?P<run_ja>\*{3,}|-{3,}|={3,}|#{3,})[^。\n]{0,20}?(?:区切|分け)",
)
_HIGHLIGHT = Pattern(
    "highlight highlighted highlighting emphasize bold italic italique gras resalta resaltar resalte negrita cursiva "
    "hervorheben fett kursiv mettre",
    r"\bhighlight\w*[^.\n]{0,90}\*",
    r"\b(?:in|with|using|en|mit|als) (?:\w+ )?(?:bold|italics?|italique|gras|negrita|cursiva|fett|kursiv)\b[^.\n]{0,60}\*",
    r"\b(?:resalt\w{1,3}|mettre en avant|hervorheben)\b[^.\n]{0,60}\*",
)
_PLACEHOLDERS = Pattern(
    "placeholder placeholders platzhalter marcadores espaces",
    r"\b(?:at least|minimum of|mindestens|au moins|al menos) \d{1,2}[^.\n]{0,20}\b(?:placeholders?|platzhalter|marcadores)\b",
)
_TITLE = Pattern(
    "title titled titre título titel",
    r"(?:title|titre|título|titel)[^.\n]{0,60}(?P<marks><<)",
    r"标题[^。\n]{0,30}(?P<marks_zh><<|《)",
)
_POSTSCRIPT = Pattern(
    "postscript postskriptum posdata",
    r"\b(?:postscript|postskriptum|posdata)\b[^.\n]{0,40}(?P<mark>p\.? ?p?\.? ?s\b)?",
)
_STARTS = Pattern(
    "start starts starting begin begins beginning beginne beginnt commence commencez comienza empieza empiece",
    rf"\b(?:start|begin|beginn|commenc|comienc|comienz|empiez|empiec)\w{{0,4}}\b[^.\n\"“„«]{{0,50}}?{_QUOTED.format('start')}",
    rf"以{_QUOTED.format('start_zh')}(?:作为)?(?:开头|开始)|{_QUOTED.format('start_ja')}(?:で|から)始",
)
_ENDS = Pattern(
    "end ends ending finish finishes conclude close ende endet schließe beende termine terminez finis termina termine finaliza",
    rf"\b(?:end|ends|ending|finish|finishes|conclude|close|ende|beende|termin\w{{1,3}}|finaliz\w{{1,3}})\b[^.\n\"“„«]{{0,60}}?{_QUOTED.format('end')}",
    rf"以{_QUOTED.format('end_zh')}(?:作为)?(?:结尾|结束)|{_QUOTED.format('end_ja')}で(?:終|締め)",
)
_WORDS_WANTED = Pattern(
    "include includes including contain contains mention keyword keywords word words incluye incluya palabras mots wörter",
    r"\b(?:include|contain|mention|use)s?\b[^.\n\"“]{0,30}\b(?:keywords?|words?|phrases?|terms?)\b[^.\n\"“']{0,20}[\"“'](?P<wanted>[^\"”\n]{2,60}?)[\"”']",
    r"(?:包含|包括|使用)[^。\n]{0,6}(?:关键词|词语|词)[^。\n]{0,4}[“\"「](?P<wanted_zh>[^”\"」\n]{1,20})[”\"」]",
)
_WORDS_BANNED = Pattern(
    "word words phrase phrases term terms wort wörter mot mots palabra palabras",
    rf"{_NOT}[^.\n\"“]{{0,30}}\b(?:words?|phrases?|terms?)\b[^.\n\"“']{{0,12}}[\"“'](?P<banned>[^\"”'\n]{{2,60}})[\"”']",
    r"\b(?:nicht das wort|ohne das wort|sans (?:utiliser )?le mot|no uses la palabra|sin la palabra)\s[\"“«„'](?P<banned_west>[^\"”»'\n]{2,60})[\"”»“']",
    rf"{_NOT_ZH}[^。\n]{{0,6}}[“\"「](?P<banned_zh>[^”\"」\n]{{1,20}})[”\"」]",
)
_TAGS = Pattern(
    "tag tags wrap wrapped enclose put place answer reply respond output write",
    r"\b(?:wrap|put|enclose|place|answer|reply|respond|output|write)\w{0,3}\b[^.\n]{0,50}?\b(?:in|inside|within|between|with)\b[^.\n<]{0,20}<(?P<tag>[a-z][\w-]{1,20})>",
)
_CODE_BLOCK = Pattern(
    "code codeblock", r"\b(?:in|inside|within|as) (?:a |one |a single )(?:fenced |markdown )?code ?block\b"
)
_OPTIONS = re.compile(
    r"(?:[\"“„«「『][^\"”“»」』\n]{1,60}[\"”“»」』]\s{0,2}(?:[,、/|;，]|or|and|oder|und|ou|et|o|y|または|或者?|か|\s)?\s{0,2}(?:or|oder|ou|o|または|或者?)?\s{0,2}){2,8}"
)
_OPENING_MARKS = '"“„«「『'
_OPTION_TEXT = re.compile(r"[\"“„«「『]([^\"”“»」』\n]{1,60})[\"”“»」』]")
_CHOOSE = re.compile(
    r"\b(?:respond|answer|reply|choose|select|output|return|say|write|either|one of|antwort\w*|wähle|entweder|répon\w*|choisi\w*"
    r"|respond\w*|elige|contesta)\b|いずれか|答え|回答|选择|选一|之一|どれか"
)
_NAMED_PARTS = Pattern(
    "sections section headings headers parts abschnitte abschnitten überschriften rubriques secciones apartados titres",
    r"\b(?:sections?|headings?|headers?|parts|abschnitten?|überschriften|rubriques|secciones|apartados)\b[^.:\n]{0,30}:\s{0,2}"
    r"(?P<parts>(?:[\"'*]{0,2}[\w][\w &/-]{1,30}[\"'*]{0,2}(?:, (?:and |und |et |y )?|; | / | and | und | et | y )){1,8}[\"'*]{0,2}\w[\w &/-]{1,30})",
    r"(?:部分|章节|小节|栏目|段落)[^：:。\n]{0,8}[：:](?P<parts_zh>(?:[^、，。；\n]{1,12}[、，]){1,8}[^、，。；\n]{1,12})",
)
_PART = re.compile(r",\s?(?:and |und |et |y )?|; | / | and | und | et | y |[、，]")
_LINE_FORM = re.compile(
    r"[\"'“‘`]([^\"'”’`\n]{0,30}(?:[\[{<][A-Za-z][^\]}>\n]{1,50}[\]}>][^\"'”’`\[{<\n]{1,20}){1,5}[\[{<][A-Za-z][^\]}>\n]{1,50}[\]}>][^\"'”’`\n]{0,10})[\"'”’`]"
)
_SLOT = re.compile(r"[\[{<][A-Za-z][^\]}>\n]{1,50}[\]}>]")
_FORM_WORD = Pattern(
    "format template pattern form formatted structure schema formato",
    r"\b(?:format\w{0,4}|template|pattern|form|structure|formato)\b",
)
_FEW_WORDS = 3
_NUMBER_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_COUNT = re.compile(rf"\b(?:\d{{1,2}}|{'|'.join(_NUMBER_WORDS)})\b")

RULES = (
    "form.case", "form.code_block", "form.ends", "form.fixed_answer", "form.highlight", "form.line_form", "form.parts",
    "form.placeholders", "form.postscript", "form.separator", "form.signs", "form.starts", "form.tags", "form.title",
    "form.word_banned", "form.word_missing", "form.wrapped",
)  # fmt: skip


def find(view: View) -> Iterator[Finding]:
    """Yield each stated rule of form that an answer in words breaks; a refusal and a JSON value break none."""
    if not view.answer or view.refused or isinstance(view.value, (dict, list)):
        return
    for text in view.instructions:
        for test in _TESTS:
            yield from test(view, text)


def _broken(kind: str, detail: str, text: Text, locus: str, check: Mapping[str, Any] | None = None) -> Finding:
    return finding(f"form.{kind}", _CATEGORY, detail, text.where, locus=locus, check=check)


def _group(match: re.Match[str]) -> str:
    return next((value for value in match.groups() if value), "").strip()


def _signs(view: View, text: Text) -> Iterator[Finding]:
    for sign in _SIGNS:
        if sign.asked.search(text) and (found := sign.sign.search(view.answer.full)):
            check = {"type": "not_contains", "text": ","} if sign.name == "comma" and found[0] == "," else None
            yield _broken("signs", f"{sign.name}: {found[0]!r}", text, f"signs:{sign.name}", check)


def _case(view: View, text: Text) -> Iterator[Finding]:
    answer = view.answer.full
    if _LOWER.search(text) and answer != answer.lower():
        check = {"type": "matches", "pattern": r"\A[^A-Z]*\Z"} if re.search("[A-Z]", answer) else None
        yield _broken("case", "capital letters", text, "case:lower", check)
    elif _UPPER.search(text) and answer != answer.upper() and _LETTER.search(answer):
        check = {"type": "matches", "pattern": r"\A[^a-z]*\Z"} if re.search("[a-z]", answer) else None
        yield _broken("case", "small letters", text, "case:upper", check)


def _wrapped(view: View, text: Text) -> Iterator[Finding]:
    answer = view.answer.full.strip()
    if _WRAPPED.search(text) and not (answer[0] in _QUOTES and answer[-1] in _QUOTES):
        yield _broken("wrapped", "not in quotation marks", text, "wrapped:quotes")


def _separator(view: View, text: Text) -> Iterator[Finding]:
    match = _SEPARATED.search(text)
    if match and (run := _group(match)) not in view.answer.full:
        yield _broken("separator", f"no {run}", text, "separator", {"type": "contains", "text": run})


def _marked(view: View, text: Text) -> Iterator[Finding]:
    for kind, pattern, sign in (
        ("highlight", _HIGHLIGHT, r"\*[^*\n]+\*"),
        ("placeholders", _PLACEHOLDERS, r"\[[^\]\n]+\]"),
    ):
        match = pattern.search(text)
        if match:
            number = _COUNT.search(match[0])
            wanted = _NUMBER_WORDS.get(number[0]) or int(number[0]) if number else 1
            found = len(re.findall(sign, view.answer.full))
            if found < wanted:
                yield _broken(kind, f"{found} of {wanted}", text, kind)


def _title(view: View, text: Text) -> Iterator[Finding]:
    match = _TITLE.search(text)
    if match and (mark := _group(match)) not in view.answer.full:
        yield _broken("title", f"no title in {mark}", text, "title", {"type": "contains", "text": mark})
    postscript = _POSTSCRIPT.search(text)
    if postscript and not re.search(r"\bp\.? ?(?:p\.? ?)?s\b", view.answer.low):
        yield _broken("postscript", "no postscript", text, "postscript")


def _ends_met(view: View, text: Text) -> Iterator[Finding]:
    answer = _bare(view.answer.full)
    start, end = _STARTS.search(text), _ENDS.search(text)
    lines = view.answer.full.splitlines()  # "a line that starts with ..." is kept by any line
    if start and (wanted := _bare(_group(start))) and not any(_bare(line).startswith(wanted) for line in lines):
        yield _broken("starts", f"starts {answer[:40]!r}", text, "starts")
    if end and (wanted := _bare(_group(end))) and not answer.endswith(wanted):
        yield _broken("ends", f"ends {answer[-40:]!r}", text, "ends")


def _bare(text: str) -> str:
    """Return `text` in lower case without the quotation marks, stops and stars around it."""
    return text.lower().strip(_QUOTES + " \n\t.!?。！？*_#:：")


def _words(view: View, text: Text) -> Iterator[Finding]:
    answer = view.answer.full.lower()
    wanted = next((_group(match) for match in _WORDS_WANTED.finditer(text)), None)
    if wanted and wanted not in answer and not _WORDS_BANNED.search(text):
        yield _broken("word_missing", f"no {wanted!r}", text, "word:missing")
    for match in _WORDS_BANNED.finditer(text):
        if (banned := _group(match)) in answer:
            yield _broken("word_banned", f"holds {banned!r}", text, "word:banned")
            return


def _tags(view: View, text: Text) -> Iterator[Finding]:
    match = _TAGS.search(text)
    if match and f"<{match['tag']}" not in view.answer.low:
        yield _broken("tags", f"no <{match['tag']}>", text, "tags")
    if _CODE_BLOCK.search(text) and "```" not in view.answer.full:
        yield _broken("code_block", "no code block", text, "code_block", {"type": "contains", "text": "```"})


def _fixed_answer(view: View, text: Text) -> Iterator[Finding]:
    """Test an answer that must be one of the sentences quoted one after another."""
    if not any(mark in text.raw for mark in _OPENING_MARKS):
        return
    match = next((m for m in _OPTIONS.finditer(text.raw) if _choice(text.raw, m)), None)
    if match is None:
        return
    options = [_bare(option) for option in _OPTION_TEXT.findall(match[0])]
    answer = _bare(view.answer.full)
    if len(options) > 1 and answer not in options and view.size > _FEW_WORDS:
        yield _broken("fixed_answer", f"{answer[:60]!r} is none of {len(options)} fixed answers", text, "fixed_answer")


def _choice(text: str, match: re.Match[str]) -> bool:
    around = text[max(0, match.start() - 90) : match.start()] + text[match.end() : match.end() + 30]
    return _CHOOSE.search(around.lower()) is not None


def _parts(view: View, text: Text) -> Iterator[Finding]:
    match = _NAMED_PARTS.search(text)
    if match:
        names = [part.strip(" \"'*") for part in _PART.split(_group(match))]
        absent = [name for name in names if name and name not in view.answer.full.lower()]
        if absent:
            yield _broken("parts", f"no {', '.join(absent[:3])}", text, "parts:missing")


def _line_form(view: View, text: Text) -> Iterator[Finding]:
    """Test lines in the form of a quoted sample like `[Name] - [Age]`."""
    match = _LINE_FORM.search(text.raw) if _FORM_WORD.search(text) else None
    if match is None:
        return
    literals = [re.escape(part.strip()) for part in _SLOT.split(match[1])]
    if sum(map(len, literals)) and not re.search(r"[^\n]{1,200}?".join(literals), view.answer.raw):
        yield _broken("line_form", f"no line like {match[1]!r}", text, "line_form")


_TESTS: tuple[Callable[[View, Text], Iterator[Finding]], ...] = (
    _signs, _case, _wrapped, _separator, _marked, _title, _ends_met, _words, _tags, _fixed_answer, _parts, _line_form
)  # fmt: skip
