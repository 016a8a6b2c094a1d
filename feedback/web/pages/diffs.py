"""A diff as pages show it: the lines of two files, each with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["Line", "Row", "diff_rows"]

_AROUND = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its number in both files, None in the one that lacks it; `sign` is + or - or a space."""

    sign: str
    old: int | None
    new: int | None
    text: str


Row = Line | int
"""A line, or how many equal ones are left out."""


def diff_rows(old: str, new: str) -> list[Row]:
    """Return the lines that differ, removed ones before added ones, each with three equal ones around it."""
    before, after = old.splitlines(), new.splitlines()
    rows: list[Row] = []
    reached = 0
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(_AROUND):
        if left_out := group[0][1] - reached:
            rows.append(left_out)
        for kind, start, end, new_start, new_end in group:
            rows += _lines(kind, before[start:end], after[new_start:new_end], start, new_start)
        reached = group[-1][2]
    if rows and (left_out := len(before) - reached):
        rows.append(left_out)
    return rows


def _lines(kind: str, before: Sequence[str], after: Sequence[str], old: int, new: int) -> list[Row]:
    if kind == "equal":
        return [Line(" ", old + at + 1, new + at + 1, text) for at, text in enumerate(before)]
    return [
        *(Line("-", old + at + 1, None, text) for at, text in enumerate(before)),
        *(Line("+", None, new + at + 1, text) for at, text in enumerate(after)),
    ]
