"""The heat map: a drawing that any reader of SVG takes, with a square for every cell."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from feedback.cli.heat_map import heat_map
from feedback.domain.coverage import Cell, Counts, Description, Labelled, cells_of
from feedback.domain.labelling import LabelSet

SVG = "{http://www.w3.org/2000/svg}"
LABELS = st.one_of(
    st.none(), st.text(min_size=1), st.sampled_from(["a", "(none)", "<&>\"'", "\x00", "\ufffe", "长" * 80])
)
LABELLED = st.lists(
    st.tuples(
        st.builds(LabelSet, LABELS, LABELS, LABELS, st.lists(LABELS.filter(bool), max_size=2).map(tuple)),
        st.builds(Counts, st.integers(0, 10**7), st.integers(0, 10**7)),
    ),
    max_size=12,
)


def squares(cells: list[Cell]) -> list[ET.Element]:
    root = ET.fromstring(heat_map(cells, min_samples=5).encode())
    assert root.tag == f"{SVG}svg"
    return root.findall(f"{SVG}g")


@given(LABELLED, st.booleans())
def test_it_is_xml_whatever_the_labels_hold_and_has_a_square_of_its_own_for_every_cell(
    labelled: list[Labelled], by_point: bool
) -> None:
    cells = cells_of(labelled, (), min_samples=5, by_knowledge_point=by_point)
    drawn = squares(cells)
    boxes = [one.find(f"{SVG}rect") for one in drawn]
    assert len({(box.get("x"), box.get("y")) for box in boxes if box is not None}) == len(drawn) == len(cells)


def test_a_square_says_what_its_cell_holds() -> None:
    labelled = [(LabelSet("extraction", "legal", "json"), Counts(samples=1200, failures=7, cases=2))]
    (square,) = squares(cells_of(labelled, (), min_samples=5))
    assert [text.text for text in square.findall(f"{SVG}text")] == ["1,200", "7 failed"]
    title = square.findtext(f"{SVG}title")
    assert title == (
        "extraction · legal · json: 1200 samples, 7 failures, 0 in triage, 0 unattributed, 0 exposures, 2 cases,"
        " 0 templates; covered"
    )


def test_what_is_missing_looks_otherwise_than_what_is_covered() -> None:
    labelled = [
        (LabelSet("a", "b", "covered"), Counts(samples=9)),
        (LabelSet("a", "b", "failing"), Counts(failures=9)),
        (LabelSet("a", "b", "thin"), Counts(samples=1)),
    ]
    cells = cells_of(labelled, [Description("a", "b", "unseen")], min_samples=5)
    looks = {}
    for cell, square in zip(cells, squares(cells), strict=True):
        box = square.find(f"{SVG}rect")
        assert box is not None
        looks[cell.place.output_format] = (box.get("fill"), box.get("stroke-dasharray") is not None)
    assert {name: dashed for name, (_, dashed) in looks.items()} == {
        "covered": False, "failing": True, "thin": True, "unseen": True,
    }  # fmt: skip
    assert len({fill for fill, _ in looks.values()}) == 4


def test_nothing_is_drawn_of_nothing() -> None:
    assert squares([]) == []
