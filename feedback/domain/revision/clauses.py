"""The words of a template: the statements it makes, the places for data in it, and where a clause is added."""

import re
from typing import NamedTuple

from feedback.domain.template import ELEMENTS, Template

__all__ = ["PLACEHOLDER", "Statement", "every_word", "placeholders", "statements", "with_clause"]

PLACEHOLDER = re.compile(r"\{\{\s*([^{}]{1,200}?)\s*\}\}")
_END = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])|\n+")
_LEAD = re.compile(r"^\s*(?:[-*•]\s+|\(?\d{1,3}[.)、]\s*)")
_COLON = re.compile(r"^[^:：]{2,40}[:：]\s*(?=\S{2,})")
_SHORTEST = 6


class Statement(NamedTuple):
    """One statement of a template and the element that it stands in."""

    element: str
    text: str


def statements(template: Template) -> list[Statement]:
    """
    Return the statements of system, instruction and context, in order: sentences, or parts of them between semicolons.

    Numbers and bullets before them are left out, and so is a short heading in the same line. What is mostly data is none.
    """
    found = []
    for element in ("system", "instruction", "context"):
        for part in _END.split(getattr(template, element)):
            text = _COLON.sub("", _LEAD.sub("", part)).strip().rstrip(";；")
            if len(PLACEHOLDER.sub("", text)) >= _SHORTEST and not PLACEHOLDER.search(text):
                found.append(Statement(element, text))
    return found


def placeholders(text: str) -> list[str]:
    """Return the names of the places for data in a text, in order, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text)))


def every_word(template: Template) -> str:
    """Return all four text elements of a template."""
    return "\n".join(getattr(template, element) for element in ELEMENTS)


def with_clause(template: Template, clause: str) -> dict[str, str]:
    """
    Return the element that `clause` belongs at the end of, with it; nothing where it stands there already.

    That is the instruction, or the system prompt where the instruction is empty or holds the data.
    """
    in_instruction = template.instruction.strip() and not PLACEHOLDER.search(template.instruction)
    element = "instruction" if in_instruction or not template.system.strip() else "system"
    text = str(getattr(template, element)).rstrip()
    if clause.strip() in text:
        return {}
    return {element: f"{text}\n\n{clause.strip()}\n" if text else f"{clause.strip()}\n"}
