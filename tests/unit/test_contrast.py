"""Every pair of colours that pages put upon each other can be read: WCAG 2.2, AA, light and dark."""

import pytest

from feedback.web.charts import colours

_TEXT, _SIGNS = 4.5, 3.0
_SCHEMES = dict(zip(("light", "dark"), colours(), strict=True))
_ON_ALL_GROUNDS = [
    (ink, ground) for ink in ("ink", "quiet", "accent", "bad") for ground in ("ground", "panel", "sunken")
]
_PAIRS = [
    *_ON_ALL_GROUNDS,
    ("on-accent", "accent"),
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("quiet", "accent-soft"),
    ("bad", "bad-soft"),
    ("ink", "bad-soft"),
    ("quiet", "bad-soft"),
    ("good", "good-soft"),
    ("ink", "good-soft"),
    ("quiet", "good-soft"),
    ("warn", "warn-soft"),
    ("mark-ink", "mark"),
    ("heat-low-ink", "heat-1"),
    ("heat-low-ink", "heat-2"),
    ("heat-low-ink", "heat-3"),
    ("heat-high-ink", "heat-4"),
    ("heat-high-ink", "heat-5"),
]


def _luminance(colour: str) -> float:
    """Return the relative luminance of `#rrggbb` (WCAG 2.2, definition of the term)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_what_is_known() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", _SCHEMES)
def test_both_schemes_name_the_same_colours(scheme: str) -> None:
    assert set(_SCHEMES[scheme]) == set(_SCHEMES["light"])
    assert len(_SCHEMES[scheme]) > 20


@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), _PAIRS)
def test_text_can_be_read_on_its_ground(scheme: str, ink: str, ground: str) -> None:
    named = _SCHEMES[scheme]
    assert _contrast(named[ink], named[ground]) >= _TEXT


@pytest.mark.parametrize("scheme", _SCHEMES)
@pytest.mark.parametrize("ground", ["ground", "panel", "sunken"])
@pytest.mark.parametrize("sign", ["accent", "line-strong", "bad"])
def test_edges_of_fields_and_bars_stand_out_from_their_ground(scheme: str, ground: str, sign: str) -> None:
    named = _SCHEMES[scheme]
    assert _contrast(named[sign], named[ground]) >= _SIGNS
