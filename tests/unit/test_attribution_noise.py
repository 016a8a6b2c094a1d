"""Whatever logs and platforms do to a prompt, its template stays the same; of the shipped templates and those of a test world."""

import json
import random
import re
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.attribution import Attributor
from feedback.attribution.acceptance import Grounds
from feedback.domain.assessment import Attribution
from feedback.domain.failure import FailureEvent
from feedback.domain.template import Template
from feedback.intake.templates import read_templates
from feedback.settings import config_dir, load_settings

WORLD = Path(__file__).parents[1] / "worlds" / "harbour" / "templates"
TEMPLATES = read_templates([config_dir() / "templates", WORLD])
ATTRIBUTOR = Attributor(TEMPLATES, load_settings().attribution)
IDS = [f"{each.name} {each.version}" for each in TEMPLATES]
DATA = "qwzx vbnkj 4711, plmok ijnuh!\nygvtf crdxe"
"""What fills every gap: no template holds a word of it."""

Prompt = list[tuple[str, str]]


def rendered(template: Template) -> Prompt:
    user = "\n\n".join(part for part in (template.instruction, template.context) if part)
    filled = [("system", template.system), ("user", user)]
    return [(role, re.sub(r"\{\{.*?\}\}", DATA, text)) for role, text in filled if text]


def an_event(prompt: Prompt) -> FailureEvent:
    event = {
        "occurred_at": "2026-03-01T08:00:00+00:00",
        "channel": "online",
        "source": "system_log",
        "request": {"messages": [{"role": role, "content": text} for role, text in prompt]},
    }
    return FailureEvent.model_validate_json(json.dumps(event))


def told(prompt: Prompt) -> Attribution | None:
    return ATTRIBUTOR.attribute([an_event(prompt)])[0].template


def grounds(prompt: Prompt) -> Grounds:
    (choice,) = ATTRIBUTOR.choices([an_event(prompt)])
    assert choice is not None
    return choice.grounds


@pytest.mark.parametrize("template", TEMPLATES, ids=IDS)
def test_every_shipped_template_is_told_from_its_own_prompt(template: Template) -> None:
    found = told(rendered(template))
    assert found == Attribution(name=template.name, version=template.version, score=1.0, method="text")


SPACES = st.sampled_from([" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", " \n\n", "\\n"])
CASES = st.sampled_from([str.upper, str.lower, str.title, str.capitalize])
SIGNS = st.sampled_from([",", ".", ";", ":", "!", "?", "。", "，", "：", " - ", "…", ""])
MARKS = st.sampled_from(["# ", "## ", "- ", "* ", "> ", "**", "~~", "```\n"])
CHOSEN = st.sampled_from(TEMPLATES)


@settings(max_examples=60, deadline=None)
@given(template=CHOSEN, space=SPACES)
def test_white_space_never_changes_the_template(template: Template, space: str) -> None:
    prompt = rendered(template)
    assert told([(role, space.join(text.split())) for role, text in prompt]) == told(prompt)


@settings(max_examples=60, deadline=None)
@given(template=CHOSEN, change=CASES)
def test_case_never_changes_the_template(template: Template, change: object) -> None:
    assert callable(change)
    prompt = rendered(template)
    assert told([(role, change(text)) for role, text in prompt]) == told(prompt)


@settings(max_examples=60, deadline=None)
@given(template=CHOSEN, sign=SIGNS)
def test_punctuation_never_changes_the_template(template: Template, sign: str) -> None:
    prompt = rendered(template)
    changed = [(role, re.sub(r"[,.;:!?](?=\s|$)|[。，：；]", lambda _: sign or " ", text)) for role, text in prompt]
    assert told(changed) == told(prompt)


@settings(max_examples=60, deadline=None)
@given(template=CHOSEN, mark=MARKS, every=st.integers(1, 4))
def test_markdown_never_changes_the_template(template: Template, mark: str, every: int) -> None:
    prompt = rendered(template)

    def marked(text: str) -> str:
        lines = text.split("\n")
        return "\n".join(f"{mark}{line}{mark}" if at % every == 0 else line for at, line in enumerate(lines))

    assert told([(role, marked(text)) for role, text in prompt]) == told(prompt)


FOREIGN = st.text(string.ascii_lowercase, min_size=14, max_size=18)
SPOKEN = st.lists(FOREIGN, min_size=1, max_size=60).map(" ".join)
TURNS = st.lists(st.tuples(st.sampled_from(["user", "assistant"]), SPOKEN), max_size=4)


@settings(max_examples=60, deadline=None)
@given(template=CHOSEN, before=TURNS, after=TURNS)
def test_further_turns_never_change_the_template(template: Template, before: Prompt, after: Prompt) -> None:
    prompt = rendered(template)
    system = [one for one in prompt if one[0] == "system"]
    assert told([*system, *before, prompt[-1], *after]) == told(prompt)


@settings(max_examples=100, deadline=None)
@given(
    template=CHOSEN,
    words=SPOKEN,
    times=st.integers(1, 20),
    place=st.sampled_from(["own message", "developer", "before system", "after system", "before user", "after user"]),
)
def test_a_platform_preamble_of_any_length_never_changes_the_template(
    template: Template, words: str, times: int, place: str
) -> None:
    prompt = rendered(template)
    preamble = "\n".join([words] * times)
    if place in ("own message", "developer"):
        wrapped = [("developer" if place == "developer" else "system", preamble), *prompt]
    else:
        before, role = place.startswith("before"), place.split()[1]
        wrapped = [
            (whose, text if whose != role else f"{preamble}\n{text}" if before else f"{text}\n{preamble}")
            for whose, text in prompt
        ]
    assert told(wrapped) == told(prompt)


@settings(max_examples=60, deadline=None)
@given(template=CHOSEN.filter(lambda each: bool(each.system)), words=SPOKEN, times=st.integers(1, 20))
def test_text_around_a_system_message_is_no_ground_against_the_template(
    template: Template, words: str, times: int
) -> None:
    prompt = rendered(template)
    preamble = "\n".join([words] * times)
    wrapped = [(role, f"{preamble}\n{text}\n{preamble}" if role == "system" else text) for role, text in prompt]
    assert grounds(wrapped) == grounds(prompt)


@settings(max_examples=60, deadline=None)
@given(template=CHOSEN, words=SPOKEN, times=st.integers(1, 20))
def test_text_around_a_user_message_is_a_ground_against_it_that_ends_growing(
    template: Template, words: str, times: int
) -> None:
    prompt = rendered(template)
    preamble = "\n".join([words] * times)
    wrapped = [(role, f"{preamble}\n{text}\n{preamble}" if role == "user" else text) for role, text in prompt]
    assert grounds(prompt).stray <= grounds(wrapped).stray <= 0.5


@pytest.mark.parametrize("template", TEMPLATES, ids=IDS)
def test_every_third_word_mistyped_does_not_hide_the_template(template: Template) -> None:
    dice = random.Random(template.name)

    def mistyped(found: re.Match[str]) -> str:
        word, at = found[0], dice.randrange(len(found[0]) - 1)
        return dice.choice([word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :]])

    def third(text: str) -> str:
        numbers = iter(range(len(text)))
        return re.sub(r"[A-Za-zäöüß]{4,}", lambda found: mistyped(found) if next(numbers) % 3 == 2 else found[0], text)

    found = told([(role, third(text)) for role, text in rendered(template)])
    assert found is not None
    assert found.name == template.name


@pytest.mark.parametrize("template", TEMPLATES, ids=IDS)
@pytest.mark.parametrize("part", ["head", "tail"])
def test_a_quarter_cut_off_does_not_hide_the_template(template: Template, part: str) -> None:
    role, text = rendered(template)[-1]
    size = len(text) // 4
    cut = text[size:] if part == "head" else text[:-size]
    found = told([*rendered(template)[:-1], (role, cut)])
    assert found is not None
    assert found.name == template.name
