"""Demonstrations: the JSON value that one holds, with or without a fence around it."""

from typing import Any

from feedback.domain.json_schema import read_json

__all__ = ["value_of"]


def value_of(text: str) -> Any:
    """Return the JSON object or list in a text, whatever stands around it, or `...` where there is none."""
    for opening, closing in (("{", "}"), ("[", "]")):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            try:
                return read_json(text[start : end + 1])
            except ValueError:
                continue
    return ...
