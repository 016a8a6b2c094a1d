"""The cells of a coverage as a heat map in SVG: formats across, tasks and scenarios down, the more samples the darker."""

import math
from collections.abc import Sequence

from feedback.cli.drawing import GROUND, INK, LINE, document, length, safe, shown, text
from feedback.domain.coverage import Cell

__all__ = ["heat_map"]

Row = tuple[str | None, str | None, str | None]
_WIDTH, _HEIGHT, _GAP = 104, 44, 3
_TOP, _LEGEND, _MARGIN = 76, 46, 16
_LEAST_WIDTH = 640
_LONGEST_ROW, _LONGEST_COLUMN = 60, 13
_PALE, _DARK = (232, 240, 248), (8, 69, 130)
_PALE_UP_TO = 0.5
_FAILING = "#f6c18c"
_WARNING = "#b3261e"


def heat_map(cells: Sequence[Cell], *, min_samples: int) -> str:
    """
    Return the drawing as an SVG document.

    Rows and columns stand in the order of the cells. A square says how many samples and failures the cell has; every
    count of it is in its tooltip.
    """
    rows = {row: n for n, row in enumerate(dict.fromkeys(_row(cell) for cell in cells))}
    in_order = sorted({cell.place.output_format for cell in cells}, key=lambda name: (name is None, name or ""))
    columns = {name: n for n, name in enumerate(in_order)}
    left = _MARGIN + 10 + max((length(shown(_row_name(row), _LONGEST_ROW)) for row in rows), default=0)
    most = max((cell.counts.samples for cell in cells), default=0)
    bottom = _TOP + len(rows) * _HEIGHT
    parts = [
        text(_MARGIN, 26, "Samples and failures by task, scenario and output format", size=16, weight="bold"),
        *(
            text(left + (n + 0.5) * _WIDTH, _TOP - 12, shown(_name(name), _LONGEST_COLUMN), anchor="middle")
            for name, n in columns.items()
        ),
        *(
            text(left - 10, _TOP + (n + 0.5) * _HEIGHT + 4, shown(_row_name(row), _LONGEST_ROW), anchor="end")
            for row, n in rows.items()
        ),
        *(
            _square(cell, left + columns[cell.place.output_format] * _WIDTH, _TOP + rows[_row(cell)] * _HEIGHT, most)
            for cell in cells
        ),
        *_legend(bottom + 20, min_samples),
    ]
    return document(parts, max(left + len(columns) * _WIDTH + _MARGIN, _LEAST_WIDTH), bottom + _LEGEND)


def _row(cell: Cell) -> Row:
    return cell.place.primary_task, cell.place.scenario, cell.place.knowledge_point


def _row_name(row: Row) -> str:
    task, scenario, point = row
    return " · ".join((_name(task), _name(scenario), *([point] if point else [])))


def _name(label: str | None) -> str:
    return "(none)" if label is None else label


def _square(cell: Cell, x: float, y: float, most: int) -> str:
    counts = cell.counts
    fill, ink = _colours(cell, most)
    outline = f'stroke="{LINE}"' if cell.status == "covered" else f'stroke="{_WARNING}" stroke-dasharray="4 3"'
    said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts._asdict().items())
    title = f"{_row_name(_row(cell))} · {_name(cell.place.output_format)}: {said}; {cell.status}"
    middle = x + _WIDTH / 2
    return (
        f"<g><title>{safe(title)}</title>"
        f'<rect x="{x + _GAP:.1f}" y="{y + _GAP:.1f}" width="{_WIDTH - 2 * _GAP}" height="{_HEIGHT - 2 * _GAP}" rx="3"'
        f' fill="{fill}" {outline}/>'
        + text(middle, y + 20, f"{counts.samples:,}", size=13, weight="bold", fill=ink, anchor="middle")
        + text(middle, y + 34, f"{counts.failures:,} failed", size=10, fill=ink, anchor="middle")
        + "</g>"
    )


def _colours(cell: Cell, most: int) -> tuple[str, str]:
    """Return the colours of a square and of what is written on it; samples count by their logarithm."""
    if not cell.counts.samples:
        return (_FAILING if cell.counts.failures else GROUND), INK
    share = math.log1p(cell.counts.samples) / math.log1p(most)
    mixed = (round(pale + share * (dark - pale)) for pale, dark in zip(_PALE, _DARK, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed), GROUND if share > _PALE_UP_TO else INK


def _legend(y: float, min_samples: int) -> list[str]:
    words = (
        (GROUND, f"empty, or thin (fewer than {min_samples} samples)", f'stroke="{_WARNING}" stroke-dasharray="4 3"'),
        (_FAILING, "failures without samples", f'stroke="{LINE}"'),
        ("#{:02x}{:02x}{:02x}".format(*_DARK), "most samples", f'stroke="{LINE}"'),
    )
    parts, x = [], float(_MARGIN)
    for fill, said, outline in words:
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="14" height="14" rx="2" fill="{fill}" {outline}/>')
        parts.append(text(x + 20, y + 11, said, size=11))
        x += 44 + length(said)
    return parts
