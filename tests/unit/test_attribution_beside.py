"""Several templates in one prompt: the enclosing one is named, the others are listed."""

import pytest

from feedback.attribution import Attributed, Attributor
from feedback.domain.assessment import Evidence
from feedback.domain.template import Template
from feedback.settings import AttributionSettings
from tests.unit.test_attribution import BERTH, CARGO, HOUSE, SETTINGS, TIDE, a_template, an_event

CHOICES = a_template(
    "pilot_choices",
    instruction="{{ log }}\n\nGiven this log: {{ question }}\n\nName the pilot who must be called and the hour of the call.",
)
SORTING = a_template(
    "question_sorting",
    instruction="Sort the question of the ship's agent below into one of the five kinds that follow.",
    context="{{ kinds }}\n{{ question }}",
)
NOTICE = a_template(
    "notice_check",
    instruction="Check the notice to mariners below for dates that have passed, lights that are out of order, buoys that were "
    "moved and depths that were measured again, and say of each whether the chart of the harbour must be changed.",
    context="{{ notice }}",
)
ATTRIBUTOR = Attributor([BERTH, CARGO, TIDE, CHOICES, SORTING, NOTICE], SETTINGS)


def found(*messages: tuple[str, str], attributor: Attributor = ATTRIBUTOR) -> Attributed:
    return attributor.attribute([an_event(*messages)])[0]


def name_of(answer: Attributed) -> str | None:
    return answer.template.name if answer.template else None


def listed(answer: Attributed) -> list[str | None]:
    assert all(one.name == "attribution.also_present" for one in answer.evidence)
    return [one.detail for one in answer.evidence]


def with_manifest(text: str) -> tuple[tuple[str, str], ...]:
    return ("system", HOUSE), ("user", CARGO.instruction.replace("{{ manifest }}", text))


def test_quoted_template_is_listed_with_version_and_place() -> None:
    answer = found(*with_manifest(f"They asked us:\n> {BERTH.instruction}\nand we did not know what to say to them."))
    assert name_of(answer) == "cargo_summary"
    assert answer.evidence == (
        Evidence(
            kind="rule", name="attribution.also_present", detail="berth_plan 1.0.0", where="request.messages[1].content"
        ),
    )


def test_every_quoted_template_is_listed() -> None:
    answer = found(*with_manifest(f"{BERTH.instruction}\nand then\n{SORTING.instruction}\nwith the list of kinds"))
    assert name_of(answer) == "cargo_summary"
    assert sorted(str(one) for one in listed(answer)) == ["berth_plan 1.0.0", "question_sorting 1.0.0"]


def test_template_of_an_earlier_turn_is_listed_beside_that_of_the_last() -> None:
    earlier = f"{SORTING.instruction}\nfees, berths, tides, pilots, other\nWhen is low water?"
    tide = TIDE.instruction.replace("{{ table }}", "HW 06:12").replace("{{ question }}", "When is LW?")
    assert listed(found(("user", earlier), ("assistant", "tides"), ("user", tide))) in (
        ["question_sorting 1.0.0"],
        ["tide_question 1.0.0"],
    )


def test_enclosing_template_that_begins_with_its_data_wins_over_the_one_quoted_in_it() -> None:
    data = f"Log of 3 March\n> {NOTICE.instruction}\nbuoy 7 is gone\nend of the log"
    text = CHOICES.instruction.replace("{{ log }}", data).replace("{{ question }}", "who was late?")
    answer = found(("user", text))
    assert name_of(answer) == "pilot_choices"
    assert listed(answer) == ["notice_check 1.0.0"]


def test_prompt_of_one_template_lists_none() -> None:
    assert listed(found(("system", HOUSE), ("user", f"{BERTH.instruction}\n\nMV Alma"))) == []


def test_relatives_and_versions_that_share_the_text_are_not_listed() -> None:
    relatives = [
        BERTH,
        BERTH.model_copy(update={"version": "1.1.0", "instruction": f"{BERTH.instruction} Name the pilot."}),
        BERTH.model_copy(update={"name": "berth_plan_json", "instruction": f"{BERTH.instruction} Answer in JSON."}),
        CARGO,
    ]
    answer = found(
        ("system", HOUSE), ("user", f"{BERTH.instruction}\n\nMV Alma"), attributor=Attributor(relatives, SETTINGS)
    )
    assert name_of(answer) == "berth_plan"
    assert answer.evidence == ()


def test_of_several_versions_of_a_quoted_template_one_is_listed() -> None:
    older = SORTING.model_copy(
        update={
            "version": "0.9.0",
            "instruction": "Sort the question of the ship's agent below into one of four kinds.",
        }
    )
    attributor = Attributor([BERTH, CARGO, older, SORTING], SETTINGS)
    answer = found(*with_manifest(f"Quoted:\n{SORTING.instruction}\nend of quotation"), attributor=attributor)
    assert listed(answer) == ["question_sorting 1.0.0"]


def test_quotation_in_a_text_of_nobody_names_nobody_and_is_only_the_nearest() -> None:
    chat = "My cousin works at the port and sent me this, what does it mean and is it legal? He wrote it last week. "
    quoting = f"{chat * 3}\n> Sort the question of the ship's agent below into kinds.\n{chat}"
    answer = found(("user", quoting))
    assert answer.template is None
    assert [(one.name, one.detail, one.where) for one in answer.evidence] == [
        ("attribution.nearest", "question_sorting 1.0.0", "request.messages[0].content")
    ]


def test_a_text_that_no_template_comes_near_has_no_nearest() -> None:
    assert found(("user", "Who won the boat race last year, and by how much?")) == Attributed(None)


@pytest.mark.parametrize("registered", [[], [BERTH, CARGO]], ids=["nothing registered", "registered"])
def test_event_that_names_its_template_lists_none(registered: list[Template]) -> None:
    event = an_event(("user", f"{BERTH.instruction} {CARGO.instruction}"), template={"name": "tide_question"})
    assert Attributor(registered, SETTINGS).attribute([event])[0].evidence == ()


ALIASES = AttributionSettings(
    min_probability=0.5, candidates=8, aliases={"berth-planner": "berth_plan", "Kaiplan v3": "berth_plan"}
)


@pytest.mark.parametrize("alias", ["berth-planner", "Kaiplan v3"])
@pytest.mark.parametrize("version", ["1.0.0", "0.0.1-of-long-ago", None])
def test_alias_stands_for_the_registered_name_in_whatever_version(alias: str, version: str | None) -> None:
    template = {"name": alias} | ({"version": version} if version else {})
    answer = Attributor([BERTH], ALIASES).attribute([an_event(("user", "Hello"), template=template)])[0]
    assert answer.template is not None
    assert (answer.template.name, answer.template.version) == ("berth_plan", version)
    assert (answer.template.score, answer.template.method) == (1.0, "reference")
    assert answer.evidence == (
        Evidence(kind="rule", name="attribution.alias", detail=f"{alias} is an alias of berth_plan"),
    )


@pytest.mark.parametrize("name", ["berth_plan", "Berth-Planner", "berth-planner ", "unheard_of"])
def test_name_that_is_no_alias_is_taken_as_it_is(name: str) -> None:
    answer = Attributor([BERTH], ALIASES).attribute([an_event(("user", "Hello"), template={"name": name})])[0]
    assert answer.template is not None
    assert answer.template.name == name
    assert answer.evidence == ()
