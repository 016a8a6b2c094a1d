"""The lines of a unified diff, as pages show them."""

import difflib

from hypothesis import given
from hypothesis import strategies as st

from feedback.web.pages.diffs import Line, diff_rows

_LINES = st.lists(st.sampled_from(["a", "b", "- c", "+ d", "@@ e", "", " f"]), max_size=30)


def _diff(old: list[str], new: list[str]) -> str:
    return "\n".join(difflib.unified_diff(old, new, "old", "new", lineterm=""))


def test_lines_carry_their_numbers_and_what_is_left_out_is_counted() -> None:
    old = [str(n) for n in range(1, 11)]
    assert diff_rows(_diff(old, [*old[:8], "new", "10"])) == [
        5,
        Line(" ", 6, 6, "6"),
        Line(" ", 7, 7, "7"),
        Line(" ", 8, 8, "8"),
        Line("-", 9, None, "9"),
        Line("+", None, 9, "new"),
        Line(" ", 10, 10, "10"),
    ]


def test_nothing_differs_where_nothing_differs() -> None:
    assert diff_rows("") == []


@given(old=_LINES, new=_LINES)
def test_every_line_that_is_shown_stands_in_its_file_at_its_number(old: list[str], new: list[str]) -> None:
    rows = [row for row in diff_rows(_diff(old, new)) if isinstance(row, Line)]
    assert all(old[row.old - 1] == row.text for row in rows if row.old)
    assert all(new[row.new - 1] == row.text for row in rows if row.new)
    assert (old == new) == (not rows)
