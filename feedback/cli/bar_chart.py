"""A timeline as a line of blocks, and as a bar chart in SVG: the more units, the higher."""

import math

from feedback.cli.drawing import LINE, document, length, text
from feedback.domain.timeline import Bar, Timeline

__all__ = ["bar_chart", "sparkline"]

_BLOCKS = "·▁▂▃▄▅▆▇█"
_MARGIN, _TOP, _HEIGHT, _FOOT = 16, 64, 200, 52
_WIDEST, _LEAST_WIDTH = 28, 640
_GAP = 2
_FILL = "#084582"


def sparkline(timeline: Timeline) -> str:
    """Return a sign a bar: a dot where nothing failed, a full block for the highest."""
    most = max((bar.units for bar in timeline.bars), default=0)
    highest = len(_BLOCKS) - 1
    return "".join(_BLOCKS[math.ceil(highest * bar.units / most) if most else 0] for bar in timeline.bars)


def bar_chart(timeline: Timeline, title: str) -> str:
    """Return the drawing as an SVG document; each bar's day or week and units are in its tooltip."""
    bars = timeline.bars
    most = max((bar.units for bar in bars), default=0)
    left = _MARGIN + length(f"{most:,}") + 8
    wide = min(_WIDEST, (_LEAST_WIDTH - left - _MARGIN) / max(1, len(bars)))
    right, floor = left + max(1, len(bars)) * wide, _TOP + _HEIGHT
    parts = [
        text(_MARGIN, 26, title, size=16, weight="bold"),
        text(_MARGIN, 46, f"Distinct units that failed, by {timeline.step}"),
        *(_level(y, left, right, units) for y, units in ((floor, 0), *([(_TOP, most)] if most else []))),
        *(_bar(bar, timeline.step, left + n * wide, wide, most) for n, bar in enumerate(bars)),
    ]
    if bars:
        parts.append(text(left, floor + 20, bars[0].begins))
    if len(bars) > 1:
        parts.append(text(max(right, left + 2.2 * length(bars[0].begins)), floor + 20, bars[-1].begins, anchor="end"))
    return document(parts, max(_LEAST_WIDTH, 2 * _MARGIN + length(title) * 16 / 12), floor + _FOOT)


def _level(y: float, left: float, right: float, units: int) -> str:
    line = f'<line x1="{left:.1f}" y1="{y}" x2="{right:.1f}" y2="{y}" stroke="{LINE}"/>'
    return line + text(left - 8, y + 4, f"{units:,}", anchor="end")


def _bar(bar: Bar, step: str, x: float, wide: float, most: int) -> str:
    high = _HEIGHT * bar.units / most if most else 0
    return (
        f"<g><title>{step} of {bar.begins}: {bar.units:,} units</title>"
        f'<rect x="{x + _GAP / 2:.1f}" y="{_TOP + _HEIGHT - high:.1f}" width="{wide - _GAP:.1f}" height="{high:.1f}"'
        f' fill="{_FILL}"/></g>'
    )
