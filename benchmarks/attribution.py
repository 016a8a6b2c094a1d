"""
Measure attribution on a template benchmark, beside plain TF-IDF.

    python -m benchmarks.attribution DIR

DIR holds `templates/*.yaml` and `events.jsonl`, whose lines are `{"event", "template", "noise", "stratum"}`.
"""

import argparse
import gc
import json
import math
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.made_prompts import mistyped
from benchmarks.recombined import recombined
from benchmarks.scoring import FIGURES, Said, figures
from feedback.attribution import Attributor
from feedback.domain.failure import FailureEvent, TemplateRef
from feedback.domain.template import Template
from feedback.settings import AttributionSettings, load_settings

_SEED = 7
_PASSES = 3
_REFERENCES = 100_000
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the benchmark; `truth` is name and version, or None."""

    event: FailureEvent
    truth: Said
    groups: tuple[str, ...]


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="folder with templates/ and events.jsonl")
    parser.add_argument("--scale", type=int, default=10_000, help="templates of the large index")
    options = parser.parse_args()
    templates, cases = _templates(options.bench / "templates"), _cases(options.bench / "events.jsonl")
    settings = load_settings().attribution
    _quality(templates, cases, settings)
    _plain(templates, cases)
    _speed(templates, cases, settings)
    large = recombined(templates, options.scale, _SEED)
    _speed(large, cases, settings)
    _plain(large, cases)
    _references(settings)


def _templates(folder: Path) -> list[Template]:
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml")))
    return [Template.model_validate_json(json.dumps(yaml.load(text, yaml.CSafeLoader))) for text in texts]


def _cases(path: Path) -> list[Case]:
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        read = json.loads(line)
        event = FailureEvent.model_validate_json(json.dumps(read["event"]))
        truth = read["template"] and (read["template"]["name"], read["template"]["version"])
        noise = read["noise"] or ["none"]
        cases.append(Case(event, truth, (f"stratum: {read['stratum']}", *(f"noise: {kind}" for kind in noise))))
    return cases


def _quality(templates: list[Template], cases: list[Case], settings: AttributionSettings) -> None:
    """Print the figures, then those by stratum and noise, then those with every third word of the prompts mistyped."""
    attributor = Attributor(templates, settings)
    found = attributor.attribute([case.event for case in cases])
    said = [(one.template.name, one.template.version) if one.template else None for one in found]
    _print(f"min_probability {settings.min_probability}, candidates {settings.candidates}", ["all", *FIGURES])
    groups = sorted({group for case in cases for group in case.groups}, key=lambda group: (":" not in group, group))
    for group in ["all", *groups]:
        chosen = [number for number, case in enumerate(cases) if group in ("all", *case.groups)]
        _row(f"{group} ({len(chosen)})", [cases[number] for number in chosen], [said[number] for number in chosen])
    worse = _mistyped(cases)
    found_worse = attributor.attribute([case.event for case in worse])
    _row(
        "every third word mistyped",
        worse,
        [(one.template.name, one.template.version) if one.template else None for one in found_worse],
    )
    quoting = ["noise: quoted_template" in case.groups for case in cases]
    for label, wanted in (("quoting prompts", True), ("others", False)):
        named = [one for one, quotes in zip(found, quoting, strict=True) if quotes is wanted and one.template]
        share = sum(bool(one.evidence) for one in named) / len(named)
        sys.stdout.write(f"of {label} with a template, also another one listed: {share:.3f}\n")


def _mistyped(cases: list[Case]) -> list[Case]:
    """Return the cases with every third word of what was said to the model mistyped."""
    dice = random.Random(_SEED)

    def third(text: str) -> str:
        numbers = iter(range(len(text)))
        return _WORD.sub(lambda found: mistyped(dice, found[0]) if next(numbers) % 3 == 2 else found[0], text)

    worse = []
    for case in cases:
        event = json.loads(case.event.model_dump_json(exclude_none=True))
        for message in event["request"]["messages"]:
            if message["role"] != "assistant" and isinstance(message["content"], str):
                message["content"] = third(message["content"])
        worse.append(replace(case, event=FailureEvent.model_validate_json(json.dumps(event))))
    return worse


def _plain(templates: list[Template], cases: list[Case]) -> None:
    """Print the best overall of plain TF-IDF: cosine of the whole prompt and the whole static text."""
    statics = [f"{each.system}\n{each.instruction}\n{each.context}" for each in templates]
    requests = [case.event.request for case in cases]
    prompts = ["\n".join(each.texts("system", "developer", "user")) if each else "" for each in requests]
    vectorizer = TfidfVectorizer(ngram_range=(1, 3), token_pattern=r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
    index = vectorizer.fit_transform(re.sub(r"\{\{.*?\}\}", " ", text) for text in statics)
    scores = (vectorizer.transform(prompts) @ index.T).toarray()
    best, top = scores.argmax(axis=1), scores.max(axis=1)
    rows = []
    for threshold in np.arange(0.0, 0.6, 0.01):
        said: list[Said] = [
            (templates[number].name, templates[number].version) if score > threshold else None
            for number, score in zip(best, top, strict=True)
        ]
        rows.append((figures([case.truth for case in cases], said)[-1], -float(threshold), said))
    title = f"plain TF-IDF of {len(templates)} templates, word 1-3-grams, the threshold chosen on these very cases"
    _print(title, ["threshold", *FIGURES])
    for chosen in (max(rows), rows[0]):
        _row(f"cosine over {-chosen[1]:.2f}", cases, chosen[2])


def _speed(templates: list[Template], cases: list[Case], settings: AttributionSettings) -> None:
    """Print in seconds of one core what the index, one template more, and attributions by text take."""
    begin = time.process_time()
    attributor = Attributor(templates[:-1], settings)
    built = time.process_time()
    attributor = Attributor(templates, settings, attributor)
    renewed = time.process_time()
    gc.freeze()  # as the assessor does
    events = [case.event for case in cases]
    rates = []
    for _ in range(_PASSES):
        start = time.process_time()
        found = attributor.attribute(events)
        rates.append(len(events) / (time.process_time() - start))
    sys.stdout.write(
        f"\n{len(templates)} templates: index {built - begin:.2f} s, one template more {renewed - built:.2f} s, "
        f"attributions a second in {_PASSES} passes {', '.join(f'{rate:.0f}' for rate in rates)}\n"
    )
    said = [(one.template.name, one.template.version) if one.template else None for one in found]
    _row("", cases, said)


def _references(settings: AttributionSettings) -> None:
    """Print what an event costs that names its template, by its name and by an alias."""
    attributor = Attributor([], settings.model_copy(update={"aliases": {"old": "new"}}))
    event = FailureEvent.model_validate_json(
        '{"occurred_at": "2026-03-01T08:00:00Z", "channel": "online", "source": "system_log", "signals": {"error": "e"}}'
    )
    for name in ("new", "old"):
        events = [event.model_copy(update={"template": TemplateRef(name=name, version="9.9.9")})] * _REFERENCES
        begin = time.process_time()
        attributor.attribute(events)
        cost = (time.process_time() - begin) / _REFERENCES * 1e6
        sys.stdout.write(f"a reference by {'alias' if name == 'old' else 'name'}: {cost:.1f} microseconds\n")


def _row(label: str, cases: Sequence[Case], said: Sequence[Said]) -> None:
    found = figures([case.truth for case in cases], said)
    shown = ("     -" if math.isnan(figure) else f"{figure:6.3f}" for figure in found)
    sys.stdout.write(f"{label:32}" + "".join(f"{figure:>15}" for figure in shown) + "\n")


def _print(title: str, columns: list[str]) -> None:
    sys.stdout.write(f"\n{title}\n{columns[0]:32}" + "".join(f"{column:>15}" for column in columns[1:]) + "\n")


if __name__ == "__main__":
    main()
