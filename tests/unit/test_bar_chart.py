"""Bar charts and lines of blocks: the more units, the higher."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from feedback.cli.bar_chart import bar_chart, sparkline
from feedback.domain.timeline import Timeline, timeline

SVG = "{http://www.w3.org/2000/svg}"
TIMELINES = st.lists(st.integers(0, 10**6), max_size=60).map(
    lambda units: timeline({24 * day: count for day, count in enumerate(units)}, "day")
)


@given(TIMELINES)
def test_a_line_has_a_sign_a_bar_that_never_falls_where_the_units_rise(shown: Timeline) -> None:
    line, signs = sparkline(shown), "·▁▂▃▄▅▆▇█"
    assert len(line) == len(shown.bars)
    ranked = sorted(zip((bar.units for bar in shown.bars), map(signs.index, line), strict=True))
    assert [level for _, level in ranked] == sorted(level for _, level in ranked)
    assert all((units == 0) == (level == 0) for units, level in ranked)
    assert not ranked or ranked[-1][0] == 0 or ranked[-1][1] == 8


@given(TIMELINES, st.text())
def test_a_chart_is_xml_whatever_its_title_holds_and_has_a_bar_of_its_own_height_for_every_one(
    shown: Timeline, title: str
) -> None:
    root = ET.fromstring(bar_chart(shown, title).encode())
    drawn = root.findall(f"{SVG}g")
    assert [one.findtext(f"{SVG}title") for one in drawn] == [
        f"day of {bar.begins}: {bar.units:,} units" for bar in shown.bars
    ]
    boxes = [box for one in drawn if (box := one.find(f"{SVG}rect")) is not None]
    most = max((bar.units for bar in shown.bars), default=0) or 1
    for bar, box in zip(shown.bars, boxes, strict=True):
        assert abs(float(box.get("height") or -1) - 200 * bar.units / most) <= 0.05 + 1e-9
        assert float(box.get("x") or -1) + float(box.get("width") or 0) <= float(root.get("width") or 0)


def test_the_highest_bar_and_the_first_and_last_day_are_written_at_the_axes() -> None:
    text = bar_chart(timeline({0: 3, 240: 1200}, "day"), "contracts")
    said = [one.text for one in ET.fromstring(text.encode()).iter(f"{SVG}text")]
    assert said == ["contracts", "Distinct units that failed, by day", "0", "1,200", "1970-01-01", "1970-01-11"]
