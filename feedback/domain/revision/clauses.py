"""The words of a template: the statements it makes, the places for data in it, and where a clause is added."""

import re
from typing import NamedTuple

from feedback.domain.revision.wording import HEADINGS
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

    Numbers and bullets before them are left out, and so is a short heading in the same line. What holds data is none, and
    neither is what an earlier proposal said.
    """
    found = []
    for element in ("system", "instruction", "context"):
        for part in _END.split(_without_clauses(getattr(template, element))):
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
    Return the element that `clause` belongs in, with it; nothing where it says nothing new.

    Where a clause with the same first line stands already, it keeps its lines, as people may have edited them, and gets
    those that it lacks. Else the clause goes behind the instruction, or behind the system prompt where the instruction is empty,
    holds the data, or leads to it (`Input:`).
    """
    lines = clause.strip().splitlines()
    for element in ("instruction", "system"):
        text = str(getattr(template, element))
        if lines[0] in text.splitlines():
            merged = _merged(text.splitlines(), lines)
            return {} if merged == text.splitlines() else {element: "\n".join(merged) + "\n"}
    instruction = template.instruction.strip()
    leads_to_data = instruction.endswith((":", "："))
    holds_rules = instruction and not PLACEHOLDER.search(instruction) and not leads_to_data
    element = "instruction" if holds_rules or not (template.system.strip() or leads_to_data) else "system"
    before = str(getattr(template, element)).rstrip()
    return {element: "\n\n".join(filter(None, [before, "\n".join(lines)])) + "\n"}


def _merged(text: list[str], clause: list[str]) -> list[str]:
    """Return the lines of a text in which the clause's first line stands, with those of the clause that it lacks."""
    start = text.index(clause[0])
    end = next((index for index in range(start, len(text)) if not text[index].strip()), len(text))
    block, place = text[start:end], 0
    for line in clause:
        known = next((index for index, old in enumerate(block) if _key(old) == _key(line)), None)
        if known is None:
            place += 1
            block.insert(place, line)
        else:
            place = known
    return [*text[:start], *block, *text[end:]]


def _key(line: str) -> str:
    """Return what a line of a clause is about: of an entry what stands before its colon, else the line."""
    return re.split("[:：]", line)[0] if line.startswith("- ") else line


def _without_clauses(text: str) -> str:
    """Return a text without the clauses that proposals have brought into it."""
    lines, inside = [], False
    for line in text.splitlines():
        inside = (inside and bool(line.strip())) or line in HEADINGS
        lines += [] if inside else [line]
    return "\n".join(lines)
