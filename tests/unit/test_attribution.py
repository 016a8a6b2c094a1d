"""Attribution: which registered template produced a prompt."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.attribution import Attributed, Attributor
from feedback.attribution.words import words
from feedback.domain.assessment import Attribution
from feedback.domain.failure import FailureEvent
from feedback.domain.template import Template
from feedback.settings import AttributionSettings

SETTINGS = AttributionSettings(min_probability=0.5, candidates=8, aliases={"berth-planner": "berth_plan"})
HOUSE = "You work for the harbour office. Be brief, be polite, and never quote a price without its currency."


def a_template(name: str, version: str = "1.0.0", **texts: str) -> Template:
    return Template.model_validate({"name": name, "version": version, "kind": "single_turn"} | texts)


def an_event(*messages: tuple[str, str], **fields: object) -> FailureEvent:
    said = [{"role": role, "content": content} for role, content in messages]
    event = {
        "occurred_at": "2026-03-01T08:00:00+00:00",
        "channel": "online",
        "source": "system_log",
        "request": {"messages": said},
        "response": {"content": "No."},
    }
    return FailureEvent.model_validate_json(json.dumps(event | fields))


BERTH = a_template(
    "berth_plan",
    system=HOUSE,
    instruction="Assign a berth to every vessel in the arrival list, largest draught first.",
    context="{{ arrivals }}",
)
CARGO = a_template(
    "cargo_summary",
    system=HOUSE,
    instruction="Summarise the cargo manifest below in three lines, dangerous goods before all others:\n{{ manifest }}",
)
TIDE = a_template(
    "tide_question",
    instruction="{{ table }}\n\nUsing nothing but the tide table above, answer the pilot's question: {{ question }}",
)
ZH = a_template(
    "zh_customs",
    instruction="请根据以下报关单提取货物名称、数量和原产国，缺失的字段填写空值。",
    context="{{ declaration }}",
)
REGISTERED = [BERTH, CARGO, TIDE, ZH]
ATTRIBUTOR = Attributor(REGISTERED, SETTINGS)

BERTH_SAID = (("system", HOUSE), ("user", f"{BERTH.instruction}\n\nMV Alma, 9.2 m; MV Borea, 11.4 m"))
TIDE_SAID = ("user", TIDE.instruction.replace("{{ table }}", "HW 06:12 4.1 m").replace("{{ question }}", "When is LW?"))


def told(event: FailureEvent, attributor: Attributor = ATTRIBUTOR) -> Attribution | None:
    return attributor.attribute([event])[0].template


def name_of(*messages: tuple[str, str], attributor: Attributor = ATTRIBUTOR) -> str | None:
    attribution = told(an_event(*messages), attributor)
    return attribution.name if attribution else None


def test_named_template_is_taken_at_its_word_even_where_it_is_not_registered() -> None:
    event = an_event(*BERTH_SAID, template={"name": "unknown_to_us", "version": "3.1.0"})
    assert told(event) == Attribution(name="unknown_to_us", version="3.1.0", score=1.0, method="reference")


def test_named_template_without_version_stays_without() -> None:
    event = an_event(*BERTH_SAID, template={"name": "berth_plan"})
    assert told(event) == Attribution(name="berth_plan", version=None, score=1.0, method="reference")


def test_prompt_rendered_from_a_template_is_put_down_to_it_with_full_score() -> None:
    event = an_event(*BERTH_SAID)
    assert told(event) == Attribution(name="berth_plan", version="1.0.0", score=1.0, method="text")


def test_template_that_begins_with_its_data_is_found() -> None:
    assert name_of(TIDE_SAID) == "tide_question"


def test_chinese_prompt_is_found_though_it_has_no_spaces() -> None:
    assert name_of(("user", f"{ZH.instruction}\n\n货物：咖啡豆 200 袋")) == "zh_customs"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("markdown", f"## Task\n\n- **{BERTH.instruction}**\n\n> MV Alma, 9.2 m"),
        ("case", f"{BERTH.instruction.upper()} mv alma"),
        ("escapes", f"{BERTH.instruction}\\n\\nMV &quot;Alma&quot;, 9.2 m"),
        ("full width", "Assign a berth to every vessel in the arrival list，largest draught first。MV Alma"),
        ("typing error", f"{BERTH.instruction.replace('vessel', 'vesel')}\n\nMV Alma"),
        (
            "roles in one message",
            f"<|im_start|>system\n{HOUSE}<|im_end|>\n<|im_start|>user\n{BERTH.instruction} MV Alma",
        ),
    ],
)
def test_what_a_log_does_to_a_text_does_not_hide_the_template(kind: str, text: str) -> None:
    assert name_of(("system", HOUSE), ("user", text)) == "berth_plan", kind


def test_house_system_prompt_alone_names_nobody() -> None:
    assert name_of(("system", HOUSE), ("user", "Where do I park near the ferry terminal?")) is None


def test_house_system_prompt_lost_from_the_log_does_not_hide_the_template() -> None:
    others = [
        a_template(f"{place}_duty", system=HOUSE, instruction=f"Who is on duty at {place}?") for place in "abcdef"
    ]
    assert name_of(BERTH_SAID[1], attributor=Attributor([BERTH, *others], SETTINGS)) == "berth_plan"


def test_free_text_names_nobody() -> None:
    assert name_of(("user", "My parcel has been stuck at the harbour for a week, and nobody answers.")) is None


def test_prompt_that_quotes_another_template_is_put_down_to_the_enclosing_one() -> None:
    quoted = f"Earlier somebody asked us this:\n> {TIDE.instruction}\n{BERTH.instruction}\nand we did not know."
    text = CARGO.instruction.replace("{{ manifest }}", quoted)
    assert name_of(("system", HOUSE), ("user", text)) == "cargo_summary"


def test_words_the_model_or_a_tool_said_are_no_evidence() -> None:
    assert name_of(("user", "What do you do?"), ("assistant", BERTH.instruction), ("tool", BERTH.instruction)) is None


def test_text_scattered_over_several_turns_is_no_prompt_of_the_template() -> None:
    turns = [("user", f"{piece}?") for piece in ("Assign a berth", "to every vessel", "in the arrival list")]
    assert name_of(*turns) is None


def test_unregistered_relative_with_another_clause_is_refused() -> None:
    text = "Assign a berth to the tug boats, and write a letter that says who waits and why, one page at most."
    assert name_of(("system", HOUSE), ("user", text)) is None


def test_variant_with_an_output_clause_wins_where_the_clause_is_there_and_only_there() -> None:
    clause = "Answer as one JSON object with the keys berth and vessel."
    attributor = Attributor(
        [BERTH, a_template("berth_plan_json", system=HOUSE, instruction=f"{BERTH.instruction}\n{clause}")], SETTINGS
    )
    plain, with_clause = BERTH.instruction, f"{BERTH.instruction}\n{clause}"
    assert name_of(("system", HOUSE), ("user", plain), attributor=attributor) == "berth_plan"
    assert name_of(("system", HOUSE), ("user", with_clause), attributor=attributor) == "berth_plan_json"


def test_score_tells_how_much_of_the_template_was_found() -> None:
    shortened = BERTH.instruction.removesuffix(" largest draught first.")
    attribution = told(an_event(("system", HOUSE), ("user", shortened)))
    assert attribution is not None
    assert 0.6 < attribution.score < 1.0


VERSIONS = [
    a_template(
        "crane", version, instruction=f"List the cranes {wording} for the shift of {{{{ day }}}}, and their crews."
    )
    for version, wording in [("1.9.0", "that are free"), ("1.10.0", "out of order"), ("2.0.0-rc.1", "on the east quay")]
]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.version)
def test_versions_are_told_apart_by_the_words_that_changed(version: Template) -> None:
    attribution = told(
        an_event(("user", version.instruction.replace("{{ day }}", "Monday"))), Attributor(VERSIONS, SETTINGS)
    )
    assert attribution is not None
    assert attribution.version == version.version


def test_newest_version_is_named_where_the_texts_are_the_same() -> None:
    same = [BERTH.model_copy(update={"version": version}) for version in ("1.10.0", "1.9.0", "1.10.0-rc.1")]
    attribution = told(an_event(*BERTH_SAID), Attributor(same, SETTINGS))
    assert attribution is not None
    assert attribution.version == "1.10.0"


WORDS = BERTH.instruction.split()


@settings(max_examples=100, deadline=None)
@given(kept=st.lists(st.booleans(), min_size=len(WORDS), max_size=len(WORDS)))
def test_of_the_same_text_in_several_versions_and_names_the_last_is_always_named(kept: list[bool]) -> None:
    same = [
        BERTH.model_copy(update={"name": name, "version": version})
        for name in ("a", "b", "c")
        for version in ("1.9.0", "1.10.0")
    ]
    words = [word for word, keep in zip(WORDS, kept, strict=True) if keep]
    attribution = told(an_event(("system", HOUSE), ("user", " ".join(words))), Attributor(same, SETTINGS))
    assert attribution is None or (attribution.name, attribution.version) == ("c", "1.10.0")


@pytest.mark.parametrize("newer", ["before", "after"])
def test_versions_that_only_moved_the_data_are_told_apart_by_its_place(newer: str) -> None:
    clause = "Name the three slowest unloading operations of this log."
    places = {"before": f"{{{{ log }}}}\n\n{clause}", "after": f"{clause}\n\n{{{{ log }}}}"}
    older = "after" if newer == "before" else "before"
    attributor = Attributor(
        [
            a_template("slow", "1.0.0", instruction=places[older]),
            a_template("slow", "2.0.0", instruction=places[newer]),
        ],
        SETTINGS,
    )
    for place, version in ((older, "1.0.0"), (newer, "2.0.0")):
        text = places[place].replace("{{ log }}", "07:00 crane 4 stopped\n09:30 crane 4 went on")
        attribution = told(an_event(("user", text)), attributor)
        assert attribution is not None
        assert attribution.version == version


@pytest.mark.parametrize("templates", [[], [a_template("hole", context="{{ all }}")]], ids=["none", "no fixed words"])
def test_nothing_to_compare_with_names_nobody(templates: list[Template]) -> None:
    assert Attributor(templates, SETTINGS).attribute([an_event(*BERTH_SAID)]) == [Attributed(None)]


def test_event_without_messages_names_nobody() -> None:
    without = an_event(*BERTH_SAID).model_copy(update={"request": None})
    assert ATTRIBUTOR.attribute([without, an_event(), an_event(*BERTH_SAID)])[:2] == [Attributed(None)] * 2
    assert ATTRIBUTOR.attribute([without]) == [Attributed(None)]
    assert ATTRIBUTOR.attribute([]) == []


def test_text_that_repeats_one_phrase_without_end_is_answered() -> None:
    attributor = Attributor([a_template("echo", instruction="again and " * 200)], SETTINGS)
    assert name_of(("user", "again and " * 20_000), attributor=attributor) in {"echo", None}


def test_words_lose_everything_a_log_may_change() -> None:
    assert words("**Don’t**\\n use\u3000ＡＢＣ &amp; 第3章\\u0021") == ["dont", "use", "abc", "第", "3", "章"]


FOREIGN = st.text(string.ascii_lowercase, min_size=12, max_size=16)
TURN = st.tuples(st.sampled_from(["user", "assistant"]), st.lists(FOREIGN, min_size=1, max_size=20).map(" ".join))
PROMPTS = [
    BERTH_SAID,
    (TIDE_SAID,),
    (("system", HOUSE), ("user", "Where do I park?")),
    (("user", "Summarise the cargo manifest below in four pages"),),
]
SPACES = st.sampled_from([" ", "  ", "\n", "\r\n", "\t", "\u00a0", " \n > "])


@settings(max_examples=60, deadline=None)
@given(
    prompt=st.sampled_from(PROMPTS),
    space=SPACES,
    upper=st.booleans(),
    before=st.lists(TURN, max_size=3),
    after=st.lists(TURN, max_size=3),
)
def test_white_space_case_and_surrounding_turns_never_change_the_answer(
    prompt: tuple[tuple[str, str], ...],
    space: str,
    before: list[tuple[str, str]],
    after: list[tuple[str, str]],
    *,
    upper: bool,
) -> None:
    changed = [(role, space.join(text.split())) for role, text in prompt]
    if upper:
        changed = [(role, text.upper()) for role, text in changed]
    assert told(an_event(*before, *changed, *after)) == told(an_event(*prompt))


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(len(PROMPTS))), repeated=st.integers(1, 3))
def test_the_same_event_gives_the_same_answer_whatever_else_is_in_the_batch(order: list[int], repeated: int) -> None:
    alone = [told(an_event(*prompt)) for prompt in PROMPTS]
    batch = [an_event(*PROMPTS[number]) for number in order] * repeated
    assert [one.template for one in ATTRIBUTOR.attribute(batch)] == [alone[number] for number in order] * repeated


def test_order_of_registration_never_changes_the_answer() -> None:
    reverse = Attributor(REGISTERED[::-1], SETTINGS)
    for prompt in PROMPTS:
        assert told(an_event(*prompt), reverse) == told(an_event(*prompt))


def test_batch_larger_than_one_ranking_keeps_its_order() -> None:
    events = [an_event(*PROMPTS[number % len(PROMPTS)]) for number in range(600)]
    alone = [told(an_event(*prompt)) for prompt in PROMPTS]
    found = [one.template for one in ATTRIBUTOR.attribute(events)]
    assert found == [alone[number % len(PROMPTS)] for number in range(600)]
