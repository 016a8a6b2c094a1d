"""
Measure attribution by text on a template benchmark, beside plain TF-IDF.

    python benchmarks/attribution.py --bench DIR

DIR holds `templates/*.yaml` and `events.jsonl`, whose lines are `{"event", "template", "noise", "stratum"}`.
"""

import argparse
import json
import math
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer

from feedback.attribution import Attributor
from feedback.domain.failure import FailureEvent
from feedback.domain.template import Template
from feedback.settings import AttributionSettings, load_settings

Said = tuple[str, str | None] | None
_SEED = 7
_EDITED_SHARE = 0.15
_FIGURES = ("name", "name+version", "null recall", "false", "false of said", "overall")


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the benchmark; `truth` is name and version, or None."""

    event: FailureEvent
    truth: Said
    groups: tuple[str, ...]


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, required=True, help="folder with templates/ and events.jsonl")
    parser.add_argument("--scale", type=int, default=10_000, help="templates of the large index")
    options = parser.parse_args()
    templates, cases = _templates(options.bench / "templates"), _cases(options.bench / "events.jsonl")
    settings = load_settings().attribution
    said = _measured(templates, cases, settings)
    _print(f"min_containment {settings.min_containment}, candidates {settings.candidates}", ["all", *_FIGURES])
    groups = sorted({group for case in cases for group in case.groups}, key=lambda group: (":" not in group, group))
    for group in ["all", *groups]:
        chosen = [number for number, case in enumerate(cases) if group in ("all", *case.groups)]
        _row(f"{group} ({len(chosen)})", [cases[number] for number in chosen], [said[number] for number in chosen])
    _print("plain TF-IDF, word 1-3-grams", ["threshold", *_FIGURES])
    _plain(templates, cases)
    large = _variants(templates, options.scale)
    _row(f"{len(large)} templates", cases, _measured(large, cases, settings))


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


def _measured(templates: list[Template], cases: list[Case], settings: AttributionSettings) -> list[Said]:
    """Return what is said of each case, and print how long index and attribution took."""
    begin = time.perf_counter()
    attributor = Attributor(templates, settings)
    built = time.perf_counter()
    attributions = attributor.attribute([case.event for case in cases])
    rate = len(cases) / (time.perf_counter() - built)
    sys.stdout.write(f"\n{len(templates)} templates: index {built - begin:.2f} s, {rate:.0f} attributions a second\n")
    return [(each.name, each.version) if each else None for each in attributions]


def _figures(cases: Sequence[Case], said: Sequence[Said]) -> list[float]:
    """Return the figures in the order of `_FIGURES`, nan where nothing is counted."""
    pairs = [(case.truth, answer) for case, answer in zip(cases, said, strict=True)]
    registered = [(truth, answer) for truth, answer in pairs if truth]
    nulls = [answer for truth, answer in pairs if not truth]
    right = sum(answer is not None and answer[0] == truth[0] for truth, answer in registered)
    false = sum(answer is not None and (truth is None or answer[0] != truth[0]) for truth, answer in pairs)
    return [
        _share(right, len(registered)),
        _share(sum(truth == answer for truth, answer in registered), len(registered)),
        _share(nulls.count(None), len(nulls)),
        _share(false, len(pairs)),
        _share(false, sum(answer is not None for _, answer in pairs)),
        _share(right + nulls.count(None), len(pairs)),
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


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
        rows.append((_figures(cases, said)[-1], -float(threshold), said))
    for chosen in (max(rows), rows[0]):
        _row(f"cosine over {-chosen[1]:.2f}", cases, chosen[2])


def _variants(templates: list[Template], count: int) -> list[Template]:
    """Return `templates` and, up to `count`, copies under new names with some words taken from other templates."""
    rng = random.Random(_SEED)
    pool = [word for each in templates for word in re.findall(r"\w+", f"{each.system} {each.instruction}")]

    def edited(text: str) -> str:
        """Return `text` with at least one other word, if it has any, placeholders as they were."""
        pieces = re.split(r"(\{\{.*?\}\}|\w+)", text)
        at = [number for number, piece in enumerate(pieces) if re.fullmatch(r"\w+", piece)]
        for number in rng.sample(at, math.ceil(len(at) * _EDITED_SHARE)):
            pieces[number] = rng.choice(pool)
        return "".join(pieces)

    made = list(templates)
    while len(made) < count:
        one = templates[len(made) % len(templates)]
        texts = {"instruction": edited(one.instruction), "context": edited(one.context), "system": edited(one.system)}
        made.append(one.model_copy(update={"name": f"{one.name}_{len(made)}", **texts}))
    return made


def _row(label: str, cases: Sequence[Case], said: Sequence[Said]) -> None:
    figures = ("     -" if math.isnan(figure) else f"{figure:6.3f}" for figure in _figures(cases, said))
    sys.stdout.write(f"{label:32}" + "".join(f"{figure:>15}" for figure in figures) + "\n")


def _print(title: str, columns: list[str]) -> None:
    sys.stdout.write(f"\n{title}\n{columns[0]:32}" + "".join(f"{column:>15}" for column in columns[1:]) + "\n")


if __name__ == "__main__":
    main()
