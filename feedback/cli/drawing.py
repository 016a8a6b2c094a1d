"""What our drawings share: an SVG document by hand, text in it that any reader takes, and the file it goes into."""

import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from unicodedata import east_asian_width

import click

from feedback.cli.shared import Command

__all__ = ["GROUND", "INK", "LINE", "document", "draw", "length", "plot_option", "safe", "shown", "text"]

GROUND = "#ffffff"
"""Colour of what is drawn on."""
INK = "#1b1f24"
"""Colour of text."""
LINE = "#c9d1d9"
"""Colour of lines that only part."""

_CHARACTER = 7.2
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(parts: Sequence[str], width: float, height: float) -> str:
    """Return the elements as a whole SVG document of this size."""
    size = f'width="{width:.0f}" height="{height:.0f}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    return "\n".join([opening, f'<rect {size} fill="{GROUND}"/>', *parts, "</svg>"]) + "\n"


def text(
    x: float, y: float, said: str, *, size: int = 12, weight: str = "normal", fill: str = INK, anchor: str = "start"
) -> str:
    """Return a text element."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{fill}"'
        f' text-anchor="{anchor}">{safe(said)}</text>'
    )


def safe(said: str) -> str:
    """Return text as XML may hold it: signs that it may not are replaced."""
    return escape(_NO_XML.sub("\ufffd", said))


def shown(said: str, longest: int) -> str:
    """Return `said`, cut to its first signs where it is longer."""
    return said if len(said) <= longest else said[: longest - 1] + "…"


def length(said: str) -> float:
    """Return about how wide `said` is drawn."""
    return sum(_CHARACTER * (1.7 if east_asian_width(sign) in "WF" else 1) for sign in said)


def plot_option(said: str) -> Callable[[Command], Command]:
    """Return what adds --plot FILE, with this help; only names of SVG files are taken."""
    file = click.Path(dir_okay=False, writable=True, path_type=Path)
    return click.option("--plot", type=file, callback=_is_svg, metavar="FILE", help=said)


def draw(drawing: str, plot: Path) -> None:
    """Write a drawing into its file; where that cannot be, the command ends with a sentence."""
    try:
        plot.write_text(drawing, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(plot), error.strerror) from error


def _is_svg(context: click.Context, option: click.Parameter, plot: Path | None) -> Path | None:
    del context, option
    if plot and plot.suffix.lower() != ".svg":
        raise click.BadParameter(f"expected a file that ends in .svg, found '{plot}'", param_hint="--plot")
    return plot
