"""Containers: what form an answer has by itself, whatever was asked for."""

import json
import re

from feedback.domain.measure import Text, words

__all__ = ["container", "holds_code", "json_fault", "shape"]

_CODE = re.compile(
    r"[ \t]*(?:def |class |async def |import \w|from \w+ import |function\b|const |let |var |public |private |static |#include"
    r"|package \w|fn \w|func \w|SELECT\b|INSERT\b|CREATE\b|return\b.*[()\[\];]|#!/|<\?php)"
)
_TAG = re.compile(r"</?[A-Za-z_][\w-]{0,40}(?:\s[^<>\n]{0,100})?>")
_HEADING = re.compile(r"#{1,6}\s|\*\*[^*]{1,60}\*\*:?\s*$|[A-Z][A-Z \d:-]{5,60}$")
_NUMBERED = re.compile(r"[ \t]*\(?\d{1,3}[.)、．][ \t]*[^\d\s]")
_BULLETED = re.compile(r"[ \t]*[-*•+‣·][ \t]")
_OBJECT = re.compile(r"\{\s{0,20}[\"'][^\"'\n]{1,60}[\"']\s?:")
_LIST_SHARE = 3
_FEW = 2
_SHAPES = {"json": "field", "code": "code", "table": "list", "list": "list", "label": "label"}


def container(answer: Text) -> str:
    """
    Return the form of a stripped answer.

    One of `json` (also broken, or between words), `fenced`, `tags`, `code`, `table`, `list`, `sections`, `label` (of one or two
    words), `prose`, and `empty`.
    """
    text = answer.full
    if not text:
        return "empty"
    if text.startswith(("{", "[{", '["', "[[", "['")) or ("}" in text and _OBJECT.search(text)):
        return "json"
    if text.startswith("```"):
        return "fenced"
    return "tags" if _TAG.match(text) else _form_of_lines([line for line in answer.raw.splitlines() if line.strip()])


def _form_of_lines(lines: list[str]) -> str:
    if any(map(_CODE.match, lines)):
        return "code"
    if any("|" in line and line.count("|") > 1 for line in lines):
        return "table"
    items = sum(1 for line in lines if _NUMBERED.match(line) or _BULLETED.match(line))
    if items * _LIST_SHARE >= len(lines):
        return "list"
    if any(map(_HEADING.match, lines)):
        return "sections"
    return "label" if len(lines) == 1 and words(lines[0]) <= _FEW else "prose"


def shape(answer: Text) -> str:
    """Return the form of an answer more roughly: `field` (of JSON), `code`, `list`, `label` or `text`."""
    form = container(answer)
    if form == "fenced" and holds_code(answer):
        return "code"
    return _SHAPES.get(form, "text")


def holds_code(text: Text) -> bool:
    """Tell whether a line of a text reads like one of a program."""
    return any(map(_CODE.match, text.raw.splitlines()))


def json_fault(text: str) -> str | None:
    """
    Return what keeps a stripped text that holds JSON from being JSON, or None where it is.

    `wrapped`: a fence, words or another value stand around it. `invalid`: quotes, commas, or an end that is missing.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        return None
    if not text.startswith(("{", "[")):
        return "wrapped"
    try:
        json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return "invalid"
    return "wrapped"
