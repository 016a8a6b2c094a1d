"""
Charts: numbers become SVG, drawn by matplotlib, in the colours of the pages.

A drawing is a function of its numbers alone and kept by them. Colours stand in it as names of `app.css`, light and dark,
so that it follows the reader's preference wherever it is shown. matplotlib is imported by the first drawing, not before.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "CALIBRATION_SIZE",
    "STACKED_HEIGHT",
    "Series",
    "Stack",
    "calibration",
    "colours",
    "panels",
    "panels_height",
    "stacked",
]

STACKED_HEIGHT = 220
"""How high `stacked` is."""
_INCHES = 1 / 72  # a point of the drawing is a pixel of the page
_PANEL, _GAP = 88, 28
_INK, _QUIET, _LINE, _ACCENT, _BAD = "#010101", "#020202", "#030303", "#040404", "#050505"
_NAMED = {_INK: "ink", _QUIET: "quiet", _LINE: "line", _ACCENT: "accent", _BAD: "bad"}
_SHADES = ("#070707", "#080808", "#090909", "#0a0a0a")
_NAMED_SHADES = dict(zip(_SHADES, ("accent", "heat-3", "line-strong", "heat-2"), strict=True))
_HATCHES = ("", "", "////", "....")
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
_FIRST_UNKNOWN = "\u0250"  # behind the Latin letters: the font that matplotlib measures with may lack them
_lock = Lock()  # matplotlib shares its font cache and its settings between threads


@dataclass(frozen=True, slots=True)
class Series:
    """One panel: its name, what it sums up to, and a value a step."""

    name: str
    total: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """Bars upon each other: one layer, its name in the legend, and a value a step."""

    name: str
    values: tuple[int, ...]


def panels_height(count: int, columns: int) -> int:
    """Return how high `panels` are, for so many."""
    return _PANEL * -(-count // columns)


@lru_cache(maxsize=256)
def panels(series: tuple[Series, ...], first: str, *, columns: int, width: int) -> bytes:
    """Return small bar charts of equal scale side by side, one a series; steps are days from `first` (YYYY-MM-DD) on."""
    height = panels_height(max(len(series), 1), columns)
    each = (width - _GAP * (columns - 1)) / columns
    most = max((value for one in series for value in one.values), default=0) or 1
    with _drawing():
        figure = _figure(width, height)
        axes = figure.add_axes((0, 0, 1, 1))  # one in pixels: a hundred times cheaper than one a panel
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        boxes: list[Sequence[tuple[float, float]]] = []
        for at, one in enumerate(series):
            row, column = divmod(at, columns)
            _panel(axes, one, first, left=column * (each + _GAP), top=row * _PANEL, each=each)
            boxes += _bars(one, column * (each + _GAP), row * _PANEL + 62, each=each, most=most)
        _fill(axes, boxes)
        return _svg(figure)


@lru_cache(maxsize=256)
def stacked(
    layers: tuple[Stack, ...], first: str, *, step_days: int, width: int, mark: int | None, marked: str
) -> bytes:
    """
    Return bars upon each other from the day `first` on, one of so many days.

    The step `mark` has a line before it that says `marked`; None has none.
    """
    steps = len(layers[0].values) if layers else 0
    with _drawing():
        figure = _figure(width, STACKED_HEIGHT)
        axes = figure.add_axes((34 / width, 0.16, 1 - 46 / width, 0.62))
        bottom = [0] * steps
        for at, layer in enumerate(layers):
            shade, hatch = _SHADES[at % 4], _HATCHES[at % 4]
            axes.bar(
                range(steps), layer.values, bottom=bottom, width=0.8, color=shade, linewidth=0, hatch=hatch,
                edgecolor=_INK, label=" " * layer.name.startswith("_") + _drawable(layer.name),
            )  # fmt: skip
            bottom = [below + value for below, value in zip(bottom, layer.values, strict=True)]
        top = max(bottom, default=0) or 1
        axes.set_ylim(0, top * 1.15)
        axes.set_xlim(-0.7, max(steps, 1) - 0.3)
        _frame(axes)
        axes.set_yticks(sorted({0, -(-top // 2), top}))
        axes.tick_params(axis="y", labelsize=11, labelcolor=_QUIET, length=0, pad=6)
        axes.grid(axis="y", color=_LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        _dates(axes, first, steps, step_days=step_days, labels=max(2, width // 150))
        if mark is not None:
            axes.axvline(mark - 0.5, color=_BAD, linewidth=1.6, linestyle=(0, (4, 2)))
            right = mark > steps * 0.6
            axes.annotate(
                marked, (mark - 0.5, top * 1.13), xytext=(-6 if right else 6, 0), textcoords="offset points",
                ha="right" if right else "left", va="top", fontsize=11.5, color=_BAD,
            )  # fmt: skip
        if layers:
            figure.legend(loc="upper left", ncols=4, frameon=False, fontsize=11.5, labelcolor=_INK, handlelength=1)
        return _svg(figure)


CALIBRATION_SIZE = (420, 360)
"""Width and height of `calibration`."""


@lru_cache(maxsize=16)
def calibration(points: tuple[tuple[float, float, int], ...]) -> bytes:
    """Return the share of right answers over the probability said; a point a bin, its area by the number of its cases."""
    width, height = CALIBRATION_SIZE
    most = max((cases for _, _, cases in points), default=1)
    with _drawing():
        figure = _figure(width, height)
        axes = figure.add_axes((0.13, 0.15, 0.82, 0.82))
        axes.plot((0, 1), (0, 1), color=_QUIET, linewidth=1, linestyle=(0, (4, 3)))
        axes.plot([said for said, _, _ in points], [was for _, was, _ in points], color=_ACCENT, linewidth=1.4)
        axes.scatter(
            [said for said, _, _ in points], [was for _, was, _ in points],
            s=[20 + 130 * cases / most for _, _, cases in points], color=_ACCENT, linewidths=0, zorder=3,
        )  # fmt: skip
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.02)
        _frame(axes)
        axes.set_xticks((0, 0.25, 0.5, 0.75, 1), ("0 %", "25 %", "50 %", "75 %", "100 %"))
        axes.set_yticks((0, 0.25, 0.5, 0.75, 1), ("0 %", "25 %", "50 %", "75 %", "100 %"))
        axes.tick_params(labelsize=10.5, labelcolor=_QUIET, length=0, pad=5)
        axes.grid(color=_LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.set_xlabel("said", fontsize=11.5, color=_QUIET)
        axes.set_ylabel("was right", fontsize=11.5, color=_QUIET)
        return _svg(figure)


@cache
def colours() -> tuple[dict[str, str], dict[str, str]]:
    """Return the named colours of the pages, light and dark, as `app.css` has them."""
    css = (files("feedback.web") / "static" / "app.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")[:2]
    named = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{6});")
    return dict(named.findall(light)), dict(named.findall(dark.split("/* Ground */")[0]))


def _figure(width: int, height: int) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415  half a second, and most requests draw nothing

    return Figure(figsize=(width * _INCHES, height * _INCHES), dpi=72)


def _panel(axes: "Axes", one: Series, first: str, *, left: float, top: float, each: float) -> None:
    """Write what stands around the bars of one panel, whose upper left corner is named."""
    right, base = left + each, top + 62
    axes.text(left, top + 14, _drawable(one.name), fontsize=12, color=_INK)
    axes.text(right, top + 14, one.total, fontsize=12, color=_QUIET, ha="right")
    axes.plot((left, right), (base, base), color=_LINE, linewidth=1)
    axes.text(left, base + 13, _day(first, 0), fontsize=10.5, color=_QUIET)
    axes.text(right, base + 13, _day(first, len(one.values) - 1), fontsize=10.5, color=_QUIET, ha="right")


def _bars(one: Series, left: float, base: float, *, each: float, most: int) -> list[Sequence[tuple[float, float]]]:
    """Return the corners of each bar that has a height."""
    step = each / max(len(one.values), 1)
    return [
        [(left + (at + x) * step, base - y * 38 * value / most) for x, y in ((0.1, 0), (0.1, 1), (0.9, 1), (0.9, 0))]
        for at, value in enumerate(one.values)
        if value
    ]


def _fill(axes: "Axes", boxes: Sequence[Sequence[tuple[float, float]]]) -> None:
    from matplotlib.collections import PolyCollection  # noqa: PLC0415  as above

    axes.add_collection(PolyCollection(boxes, facecolors=_ACCENT, linewidths=0), autolim=False)


def _frame(axes: "Axes") -> None:
    axes.patch.set_visible(False)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_LINE)


def _dates(axes: "Axes", first: str, steps: int, *, step_days: int, labels: int) -> None:
    """Name the first step, the last, and some between."""
    named = sorted({round(at * (steps - 1) / (labels - 1)) for at in range(labels)}) if steps > 1 else range(steps)
    axes.set_xticks(list(named), [_day(first, at * step_days) for at in named])
    axes.tick_params(axis="x", labelsize=10.5, labelcolor=_QUIET, length=0, pad=3)
    texts = axes.get_xticklabels()
    if len(texts) > 1:
        texts[0].set_horizontalalignment("left")
        texts[-1].set_horizontalalignment("right")


def _day(first: str, days: int) -> str:
    day = date.fromordinal(date.fromisoformat(first).toordinal() + days)
    return f"{day.day} {day:%b}"


def _drawable(text: str) -> str:
    """Return `text` with signs that the font knows; it is measured with that font, whatever font shows it."""
    return "".join(sign if sign.isprintable() and sign < _FIRST_UNKNOWN else "·" for sign in text)


@contextmanager
def _drawing() -> Iterator[None]:
    """Set what a drawing is made with, for the block: texts as they stand, the same ids each time."""
    from matplotlib import rc_context  # noqa: PLC0415  as above

    with (
        _lock,
        rc_context(
            {"svg.fonttype": "none", "svg.hashsalt": "feedback", "hatch.linewidth": 0.6, "text.parse_math": False}
        ),
    ):
        yield


def _svg(figure: "Figure") -> bytes:
    written = BytesIO()
    figure.savefig(written, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format")))
    return _coloured(written.getvalue().decode()).encode()


def _coloured(svg: str) -> str:
    """Put the names of colours, and the fonts of the pages, where the drawing has stand-ins."""
    svg = svg[svg.index("<svg") :]
    for stand_in, name in (_NAMED | _NAMED_SHADES).items():
        svg = svg.replace(stand_in, f"var(--{name})")
    svg = re.sub(r"font-family: [^;\"]+", f"font-family: {_FONT}", svg)
    return svg.replace("<defs>", f"<defs><style>{_style()}</style>", 1)


@cache
def _style() -> str:
    light, dark = (_declared(which) for which in colours())
    return f":root{{{light}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _declared(named: dict[str, str]) -> str:
    wanted: Sequence[str] = (*_NAMED.values(), *_NAMED_SHADES.values())
    return "".join(f"--{name}:{named[name]};" for name in dict.fromkeys(wanted))
