"""The words of a text, without what a log or a chat front end may change on the way."""

import html
import re
import unicodedata

__all__ = ["words"]

_ESCAPED = re.compile(r"\\(?:[nrt]|u([0-9a-fA-F]{4}))")
_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u02bc\uff07]+")
# Chinese, Japanese and Korean are written without spaces: there every character is a word.
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")


def words(text: str) -> list[str]:
    """Return the words in one case, without white space, punctuation, markup, escapes and full-width forms."""
    if "\\" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
    if "&" in text:
        text = html.unescape(text)
    text = _APOSTROPHES.sub("", text)
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
