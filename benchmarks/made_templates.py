"""Template families made of the corpus' texts, to learn and to test what attribution accepts; none is of a benchmark."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from feedback.attribution.words import words
from feedback.classification.cases import LabelledCase
from feedback.domain.failure import Labels, RiskLevel
from feedback.domain.template import Template

__all__ = ["PLACEHOLDER", "Texts", "families", "fixed_grams", "labels", "phrases", "reworded", "sentences"]

PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
_END = re.compile(r"(?<=[.!?:])\s+|(?<=[。！？])|\n+")
_SIZE = 3
_LEAST_WORDS = 5
_TASKS = ("extraction", "classification", "dialogue", "rewriting", "tutoring", "planning", "summarization")
_SCENARIOS = ("legal", "medical", "shop", "travel", "finance", "school", "harbour", "news")
_FORMATS = ("json", "text", "list", "table", "markdown")
_RISKS: tuple[RiskLevel, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Texts:
    """What system prompts of the corpus say, sentence by sentence; single sentences; and what people and models said."""

    systems: list[list[str]]
    clauses: list[str]
    said: list[str]

    @classmethod
    def of(cls, cases: list[LabelledCase]) -> "Texts":
        """Return the texts of these cases, each once."""
        messages = [one for case in cases for one in (case.event.request.messages if case.event.request else ())]
        systems = dict.fromkeys(one.text for one in messages if one.role in ("system", "developer"))
        said = dict.fromkeys(one.text for one in messages if one.role in ("user", "assistant") and one.text.strip())
        parted = [parts for text in systems if (parts := sentences(text))]
        return cls(parted, [one for parts in parted for one in parts if len(one) < 220], list(said))


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text that are more than a few letters."""
    return [one.strip() for one in _END.split(text) if len(one.strip()) >= 12 and words(one)]


def phrases(text: str) -> set[tuple[str, ...]]:
    """Return the word 3-grams of a text, or the whole where it is shorter."""
    said = words(text)
    return set(zip(*(said[start:] for start in range(min(_SIZE, len(said)))), strict=False))


def fixed_grams(template: Template, *, system: bool = False) -> set[tuple[str, ...]]:
    """Return the word 3-grams of the fixed words of a template's user message, and of its `system` message if asked."""
    texts = (template.instruction, template.context, template.system if system else "")
    return {gram for text in texts for piece in PLACEHOLDER.split(text) for gram in phrases(piece)}


def labels(dice: random.Random) -> Labels:
    """Return labels by chance."""
    return Labels(
        primary_task=dice.choice(_TASKS),
        scenario=dice.choice(_SCENARIOS),
        output_format=dice.choice(_FORMATS),
        risk_level=dice.choice(_RISKS),
    )


def reworded(dice: random.Random, text: str, texts: Texts, count: int) -> str:
    """Return `text` with up to `count` words replaced by others, placeholders as they were."""
    pieces = re.split(r"(\{\{[^{}]*\}\}|\w+)", text)
    at = [number for number, piece in enumerate(pieces) if re.fullmatch(r"\w+", piece)]
    for number in dice.sample(at, min(count, len(at))):
        pieces[number] = dice.choice(words(dice.choice(texts.clauses)))
    return "".join(pieces)


def families(dice: random.Random, texts: Texts, count: int) -> Iterator[list[Template]]:
    """Yield families: a template, often others that share text with it under other names, sometimes a later version."""
    houses = [" ".join(dice.choice(texts.systems)[:3])[:400] for _ in range(12)]
    shared = dice.sample(texts.clauses, 40)
    for number, system in enumerate(dice.sample(texts.systems, count)):
        base = _some_sentences(dice, system, texts)
        first = _arranged(dice, base).model_copy(
            update={"name": f"made_{number}", "system": _house(dice, houses, texts), "labels": labels(dice)}
        )
        family = [first]
        while dice.random() < 0.35:
            family.append(_sibling(dice, first, base, texts, shared, len(family)))
        if dice.random() < 0.2:
            family.append(_next_version(dice, dice.choice(family), texts, shared))
        yield [one for one in family if len(words(PLACEHOLDER.sub(" ", one.instruction))) >= _LEAST_WORDS]


def _some_sentences(dice: random.Random, system: list[str], texts: Texts) -> list[str]:
    size = max(1, min(len(system), int(dice.lognormvariate(1.0, 0.8))))
    start = dice.randint(0, len(system) - size)
    base = system[start : start + size]
    while len(words(" ".join(base))) < _LEAST_WORDS:
        base.append(dice.choice(texts.clauses))
    return base


def _house(dice: random.Random, houses: list[str], texts: Texts) -> str:
    return dice.choices([dice.choice(houses), dice.choice(texts.clauses), ""], weights=[45, 20, 35])[0]


def _arranged(dice: random.Random, base: list[str]) -> Template:
    """Return a template that says these sentences, its data behind, before, between or inside them."""
    text, context, where = list(base), "", dice.random()
    if where < 0.5:
        context = "{{ material }}"
    elif where < 0.65:
        text.insert(0, "{{ material }}\n")
    elif where < 0.85:
        text.insert(dice.randint(0, len(text)), "{{ material }}")
    else:
        at = dice.randrange(len(text))
        parts = text[at].split(" ")
        parts.insert(dice.randint(0, len(parts)), "{{ name }}")
        text[at], context = " ".join(parts), dice.choice(["Input: {{ material }}", "{{ material }}"])
    joined = dice.choice(["\n", " "]).join(text)
    return Template(name="-", version="1.0.0", kind="single_turn", instruction=joined, context=context)


def _sibling(
    dice: random.Random, first: Template, base: list[str], texts: Texts, shared: list[str], number: int
) -> Template:
    """Return another template that shares text with the first: a clause more, one exchanged, or the half of them."""
    said, how = list(base), dice.random()
    if how < 0.5:
        said.append(dice.choice(shared))
    elif how < 0.75:
        said[dice.randrange(len(said))] = dice.choice(texts.clauses)
    else:
        half = max(1, len(said) // 2)
        said[half:] = dice.sample(texts.clauses, half)
    update = {"name": f"{first.name}_{number}", "system": first.system, "labels": first.labels}
    return _arranged(dice, said).model_copy(update=update)


def _next_version(dice: random.Random, one: Template, texts: Texts, shared: list[str]) -> Template:
    """Return the version after `one`: the data moved, a clause more, or some words changed."""
    how, update = dice.random(), {"version": "1.1.0"}
    if how < 0.2 and one.context:
        update |= {"instruction": f"{one.context}\n\n{one.instruction}", "context": ""}
    elif how < 0.6:
        update |= {"instruction": f"{one.instruction}\n{dice.choice(shared)}"}
    else:
        update |= {"instruction": reworded(dice, one.instruction, texts, dice.randint(1, 4))}
    return one.model_copy(update=update)
