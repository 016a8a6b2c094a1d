"""Form: a rule about the surface of the answer that the prompt states and a program can test."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from feedback.classification.evidence.form_wishes import (
    CHOOSE,
    CODE_BLOCK,
    COUNT,
    ENDS,
    FEW_WORDS,
    FORM_WORD,
    HIGHLIGHT,
    LETTER,
    LINE_FORM,
    LOWER,
    NAMED_PARTS,
    NUMBER_WORDS,
    OPENING_MARKS,
    OPTION_TEXT,
    OPTIONS,
    PART,
    PLACEHOLDERS,
    POSTSCRIPT,
    QUOTES,
    SEPARATED,
    SIGNS,
    SLOT,
    STARTS,
    TAGS,
    TITLE,
    UPPER,
    WORDS_BANNED,
    WORDS_WANTED,
    WRAPPED,
)
from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Text

__all__ = ["RULES", "find"]

_CATEGORY = "output_format_violation"
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
    for sign in SIGNS:
        if sign.asked.search(text) and (found := sign.sign.search(view.answer.full)):
            check = {"type": "not_contains", "text": ","} if sign.name == "comma" and found[0] == "," else None
            yield _broken("signs", f"{sign.name}: {found[0]!r}", text, f"signs:{sign.name}", check)


def _case(view: View, text: Text) -> Iterator[Finding]:
    answer = view.answer.full
    if LOWER.search(text) and answer != answer.lower():
        check = {"type": "matches", "pattern": r"\A[^A-Z]*\Z"} if re.search("[A-Z]", answer) else None
        yield _broken("case", "capital letters", text, "case:lower", check)
    elif UPPER.search(text) and answer != answer.upper() and LETTER.search(answer):
        check = {"type": "matches", "pattern": r"\A[^a-z]*\Z"} if re.search("[a-z]", answer) else None
        yield _broken("case", "small letters", text, "case:upper", check)


def _wrapped(view: View, text: Text) -> Iterator[Finding]:
    answer = view.answer.full.strip()
    if WRAPPED.search(text) and not (answer[0] in QUOTES and answer[-1] in QUOTES):
        yield _broken("wrapped", "not in quotation marks", text, "wrapped:quotes")


def _separator(view: View, text: Text) -> Iterator[Finding]:
    match = SEPARATED.search(text)
    if match and (run := _group(match)) not in view.answer.full:
        yield _broken("separator", f"no {run}", text, "separator", {"type": "contains", "text": run})


def _marked(view: View, text: Text) -> Iterator[Finding]:
    for kind, pattern, sign in (
        ("highlight", HIGHLIGHT, r"\*[^*\n]+\*"),
        ("placeholders", PLACEHOLDERS, r"\[[^\]\n]+\]"),
    ):
        match = pattern.search(text)
        if match:
            number = COUNT.search(match[0])
            wanted = NUMBER_WORDS.get(number[0]) or int(number[0]) if number else 1
            found = len(re.findall(sign, view.answer.full))
            if found < wanted:
                yield _broken(kind, f"{found} of {wanted}", text, kind)


def _title(view: View, text: Text) -> Iterator[Finding]:
    match = TITLE.search(text)
    if match and (mark := _group(match)) not in view.answer.full:
        yield _broken("title", f"no title in {mark}", text, "title", {"type": "contains", "text": mark})
    postscript = POSTSCRIPT.search(text)
    if postscript and not re.search(r"\bp\.? ?(?:p\.? ?)?s\b", view.answer.low):
        yield _broken("postscript", "no postscript", text, "postscript")


def _ends_met(view: View, text: Text) -> Iterator[Finding]:
    answer = _bare(view.answer.full)
    start, end = STARTS.search(text), ENDS.search(text)
    lines = view.answer.full.splitlines()  # "a line that starts with ..." is kept by any line
    if start and (wanted := _bare(_group(start))) and not any(_bare(line).startswith(wanted) for line in lines):
        yield _broken("starts", f"starts {answer[:40]!r}", text, "starts")
    if end and (wanted := _bare(_group(end))) and not answer.endswith(wanted):
        yield _broken("ends", f"ends {answer[-40:]!r}", text, "ends")


def _bare(text: str) -> str:
    """Return `text` in lower case without the quotation marks, stops and stars around it."""
    return text.lower().strip(QUOTES + " \n\t.!?。！？*_#:：")


def _words(view: View, text: Text) -> Iterator[Finding]:
    answer = view.answer.full.lower()
    wanted = next((_group(match) for match in WORDS_WANTED.finditer(text)), None)
    if wanted and wanted not in answer and not WORDS_BANNED.search(text):
        yield _broken("word_missing", f"no {wanted!r}", text, "word:missing")
    for match in WORDS_BANNED.finditer(text):
        if (banned := _group(match)) in answer:
            yield _broken("word_banned", f"holds {banned!r}", text, "word:banned")
            return


def _tags(view: View, text: Text) -> Iterator[Finding]:
    match = TAGS.search(text)
    if match and f"<{match['tag']}" not in view.answer.low:
        yield _broken("tags", f"no <{match['tag']}>", text, "tags")
    if CODE_BLOCK.search(text) and "```" not in view.answer.full:
        yield _broken("code_block", "no code block", text, "code_block", {"type": "contains", "text": "```"})


def _fixed_answer(view: View, text: Text) -> Iterator[Finding]:
    """Test an answer that must be one of the sentences quoted one after another."""
    if not any(mark in text.raw for mark in OPENING_MARKS):
        return
    match = next((m for m in OPTIONS.finditer(text.raw) if _choice(text.raw, m)), None)
    if match is None:
        return
    options = [_bare(option) for option in OPTION_TEXT.findall(match[0])]
    answer = _bare(view.answer.full)
    if len(options) > 1 and answer not in options and view.size > FEW_WORDS:
        yield _broken("fixed_answer", f"{answer[:60]!r} is none of {len(options)} fixed answers", text, "fixed_answer")


def _choice(text: str, match: re.Match[str]) -> bool:
    around = text[max(0, match.start() - 90) : match.start()] + text[match.end() : match.end() + 30]
    return CHOOSE.search(around.lower()) is not None


def _parts(view: View, text: Text) -> Iterator[Finding]:
    match = NAMED_PARTS.search(text)
    if match:
        names = [part.strip(" \"'*") for part in PART.split(_group(match))]
        absent = [name for name in names if name and name not in view.answer.full.lower()]
        if absent:
            yield _broken("parts", f"no {', '.join(absent[:3])}", text, "parts:missing")


def _line_form(view: View, text: Text) -> Iterator[Finding]:
    """Test lines in the form of a quoted sample like `[Name] - [Age]`."""
    match = LINE_FORM.search(text.raw) if FORM_WORD.search(text) else None
    if match is None:
        return
    literals = [re.escape(part.strip()) for part in SLOT.split(match[1])]
    if sum(map(len, literals)) and not re.search(r"[^\n]{1,200}?".join(literals), view.answer.raw):
        yield _broken("line_form", f"no line like {match[1]!r}", text, "line_form")


_TESTS: tuple[Callable[[View, Text], Iterator[Finding]], ...] = (
    _signs, _case, _wrapped, _separator, _marked, _title, _ends_met, _words, _tags, _fixed_answer, _parts, _line_form
)  # fmt: skip
