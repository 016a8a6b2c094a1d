"""The index follows what is registered: grown step by step it answers as one built at once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.attribution import Attributed, Attributor
from feedback.domain.template import Template
from tests.unit.test_attribution import BERTH, BERTH_SAID, CARGO, HOUSE, SETTINGS, TIDE, TIDE_SAID, ZH, an_event

NEWER = BERTH.model_copy(update={"version": "2.0.0", "instruction": f"{BERTH.instruction} Name the pilot too."})
TWIN = BERTH.model_copy(update={"name": "berth_plan_twin"})
ALL = [BERTH, NEWER, TWIN, CARGO, TIDE, ZH]
EVENTS = [
    an_event(*BERTH_SAID),
    an_event(TIDE_SAID),
    an_event(("system", HOUSE), ("user", f"{NEWER.instruction}\n\nMV Alma")),
    an_event(("system", HOUSE), ("user", CARGO.instruction.replace("{{ manifest }}", f"> {TIDE_SAID[1]}\n2 crates"))),
    an_event(("user", f"{ZH.instruction}\n\n货物：咖啡豆 200 袋")),
    an_event(("user", "Asign a bert to evry vesel in the arival list, largst draught frst")),
    an_event(("user", "Where do I park?")),
]


def told(attributor: Attributor) -> list[Attributed]:
    return attributor.attribute(EVENTS)


@settings(max_examples=60, deadline=None)
@given(registrations=st.lists(st.lists(st.sampled_from(ALL), unique_by=id), min_size=1, max_size=5))
def test_index_grown_by_registrations_answers_as_one_built_at_once(registrations: list[list[Template]]) -> None:
    attributor: Attributor | None = None
    for registered in registrations:
        attributor = Attributor(registered, SETTINGS, attributor)
        assert told(attributor) == told(Attributor(registered, SETTINGS))


def test_index_that_another_grew_from_answers_as_before() -> None:
    first = Attributor([BERTH, CARGO], SETTINGS)
    before = told(first)
    grown = Attributor(ALL, SETTINGS, first)
    assert told(first) == before
    assert told(grown) != before


def test_grams_of_every_length_are_found_where_they_start_and_nowhere_else() -> None:
    short = BERTH.model_copy(
        update={"system": "", "instruction": "quay {{ a }} the quay {{ b }} by the quay", "context": ""}
    )
    index = Attributor([short], SETTINGS).index
    hits, places = index.find(["by", "the", "quay", "the", "quay"])
    assert [place for place, _ in hits] == [0]
    assert sorted(places.values()) == [[0], [1, 3], [2, 4]]


def test_texts_read_once_are_not_read_again() -> None:
    first = Attributor(ALL[:-1], SETTINGS)
    grown = Attributor(ALL, SETTINGS, first)
    assert all(grown.index.reader.read(one) is first.index.reader.read(one) for one in ALL[:-1])
