"""Gaps: what stood in the places for data of a template, in a prompt that was made from it."""

import re
from collections.abc import Iterator

from feedback.domain.revision.clauses import PLACEHOLDER

__all__ = ["is_lacking", "label_of", "values_in"]

_NOTE = re.compile(r"[(（\[<][^()（）\[\]<>]{2,60}[)）\]>]\s*$")
_NOTHING = re.compile(
    r"\b(?:no|not|none|nothing|empty|missing|null|nil|n/a|0|zero|timed? ?out|ends?|ended|cut|truncated|omitted|kein\w*|nichts|leer|fehlt"
    r"|endet|aucune?|vide|ning\w+|vac\w+)\b|没有|未|无|空|零|缺|超时|截断|略|なし|ない|없",
    re.IGNORECASE,
)
_OPEN_END = (":", "：", ",", "，", ";", "；", "…", "...")
_LONGEST_NOTHING = 60
_LONGEST_LABEL = 60


def values_in(element: str, prompt: str) -> dict[str, str]:
    """Return what stood in each place for data of `element`, or nothing where `prompt` does not hold its fixed words."""
    text, fixed = " ".join(prompt.split()), [" ".join(part.split()) for part in PLACEHOLDER.split(element)[::2]]
    names = PLACEHOLDER.findall(element)
    start = text.find(fixed[0])
    if start < 0:
        return {}
    start += len(fixed[0])
    found = {}
    for name, after in zip(names, fixed[1:], strict=True):
        end = text.find(after, start) if after else len(text)
        if end < 0:
            return {}
        found[name] = text[start:end].strip()
        start = end + len(after)
    return found


def is_lacking(value: str) -> bool:
    """Tell whether a value holds nothing, says that there is nothing, or ends before it should."""
    if not value or value in {"[]", "{}", '""', "null"} or value.endswith(_OPEN_END):
        return True
    note = _NOTE.search(value)
    if note and _NOTHING.search(note[0]):
        return True
    return len(value) <= _LONGEST_NOTHING and re.match(rf"(?:{_NOTHING.pattern})", value, re.IGNORECASE) is not None


def label_of(element: str, name: str) -> str:
    """Return what a template calls the data in a place: the heading before it, else the place's name in words."""
    before = next((element[: match.start()] for match in PLACEHOLDER.finditer(element) if match[1] == name), "")
    heading = next(_headings(before), "")
    return heading or name.replace("_", " ")


def _headings(before: str) -> Iterator[str]:
    for line in reversed(before.splitlines()):
        last = PLACEHOLDER.split(line)[-1].strip()
        if last:
            label = last.rstrip(":： ").strip()
            if last.endswith((":", "：")) and label and len(label) <= _LONGEST_LABEL:
                yield label
            return
