"""A diff as pages show it: the lines of a unified diff, each with what became of it and where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Line", "Row", "diff_rows"]

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_HEAD = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its number in both files, None in the one that lacks it; `sign` is + or - or a space."""

    sign: str
    old: int | None
    new: int | None
    text: str


Row = Line | int
"""A line, or how many equal ones are left out before the next."""


def diff_rows(diff: str) -> list[Row]:
    """Return the lines of a unified diff of one file, without its head; equal lines behind the last are not told."""
    return list(_rows(diff))


def _rows(diff: str) -> Iterator[Row]:
    old = new = 1
    for text in diff.split("\n")[_HEAD:]:
        if found := _HUNK.match(text):
            if left_out := int(found[1]) - old:
                yield left_out
            old, new = int(found[1]), int(found[2])
        elif text[:1] in {"+", "-", " "}:
            added, removed = text[0] == "+", text[0] == "-"
            yield Line(text[0], None if added else old, None if removed else new, text[1:])
            old, new = old + (not added), new + (not removed)
