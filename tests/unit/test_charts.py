"""Charts are a function of their numbers, in the colours of the pages, light and dark."""

import re
from xml.etree import ElementTree as ET

from feedback.web.charts import Series, Stack, panels, panels_height, stacked

_SERIES = (Series("Field definition ambiguity", "6", (1, 0, 5)), Series("<b> & $x$ 附", "0", (0, 0, 0)))
_LAYERS = (Stack("1.0.0", (1, 2)), Stack("版本", (0, 3)), Stack("2.0.0", (1, 0)), Stack("unknown version", (2, 2)))


def _drawn(*, mark: int | None = 1) -> str:
    return stacked(_LAYERS, "2026-04-01", step_days=7, width=340, mark=mark, marked="systemic since 8 Apr").decode()


def _texts(svg: str) -> list[str]:
    return [
        " ".join("".join(node.itertext()).split())
        for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_panels_have_their_names_and_dates_and_the_height_that_is_told() -> None:
    svg = panels(_SERIES, "2026-04-01", columns=1, width=340).decode()
    assert _texts(svg) == ["Field definition ambiguity", "6", "1 Apr", "3 Apr", "<b> & $x$ ·", "0", "1 Apr", "3 Apr"]
    assert f'viewBox="0 0 340 {panels_height(2, 1)}"' in svg


def test_a_stack_names_its_layers_its_weeks_and_its_mark() -> None:
    texts = _texts(_drawn())
    assert {"1.0.0", "··", "2.0.0", "unknown version", "1 Apr", "8 Apr", "systemic since 8 Apr", "7"} <= set(texts)
    assert "systemic since 8 Apr" not in _texts(_drawn(mark=None))


def test_nothing_is_drawn_where_nothing_failed_and_nothing_breaks() -> None:
    assert _texts(panels((), "2026-04-01", columns=3, width=1180).decode()) == []
    assert "<svg" in stacked((), "2026-04-01", step_days=1, width=680, mark=None, marked="").decode()


def test_the_same_numbers_give_the_same_bytes() -> None:
    first = panels(_SERIES, "2026-04-01", columns=2, width=680)
    panels.cache_clear()
    assert panels(_SERIES, "2026-04-01", columns=2, width=680) == first


def test_colours_are_those_of_the_pages_and_no_stand_in_is_left() -> None:
    for svg in (_drawn(), panels(_SERIES, "2026-04-01", columns=2, width=680).decode()):
        assert re.findall(r"#0[0-9a-f]0[0-9a-f]0[0-9a-f]\b", svg) == []
        assert "prefers-color-scheme:dark" in svg
        named = set(re.findall(r"var\(--([a-z0-9-]+)\)", svg))
        assert named <= set(re.findall(r"--([a-z0-9-]+):#", svg))
        assert "http" not in re.sub(r'(xmlns(:\w+)?|rdf:resource)="[^"]*"', "", svg)
