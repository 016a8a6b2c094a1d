"""Lines over a common axis as an SVG: what a benchmark needs of a plot, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Line", "line_plot"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 720, 420, 60, 40, 200, 50
_COLOURS = ("#1b6ca8", "#8fb8d8", "#b5482a", "#e0a893")


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through (x, y), x ascending and y from 0 to 1."""

    name: str
    points: Sequence[tuple[float, float]]


def line_plot(lines: Sequence[Line], *, title: str, x: str, y: str) -> str:
    """Return an SVG of at most four lines."""
    most = max(point[0] for line in lines for point in line.points)
    across, down = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def place(at: float, share: float) -> tuple[float, float]:
        return _LEFT + across * at / most, _TOP + down * (1 - share)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text x="{_LEFT}" y="22" font-size="15">{escape(title)}</text>',
        f'<text x="{_LEFT + across / 2:g}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(x)}</text>',
        f'<text transform="translate(16 {_TOP + down / 2:g}) rotate(-90)" text-anchor="middle">{escape(y)}</text>',
    ]
    for fifth in range(6):
        _, height = place(0, fifth / 5)
        parts.append(f'<path d="M{_LEFT} {height:.1f}h{across}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{fifth / 5:g}</text>')
        at, _ = place(most * fifth / 5, 0)
        parts.append(f'<text x="{at:.1f}" y="{_TOP + down + 18}" text-anchor="middle">{most * fifth / 5:g}</text>')
    for number, (line, colour) in enumerate(zip(lines, _COLOURS, strict=False)):
        path = " ".join(f"{at:.1f},{height:.1f}" for at, height in (place(*point) for point in line.points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        beside = f'x="{_LEFT + across + 14}" y="{_TOP + 20 + 20 * number}"'
        parts.append(f'<text {beside} fill="{colour}">{escape(line.name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
