"""
Measure loci against failures that two people grouped by place, beside two trivial groupings.

    python -m benchmarks.loci --bench DIR [FILE ...]

DIR holds `templates/*.yaml`, whose words the failures quote; FILE is a set of `benchmarks/loci` (default: both).
The category is the labelled one; what is measured is the place, as `assess` computes it.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from feedback.classification.evidence import find
from feedback.domain.failure import FailureEvent
from feedback.domain.locus import locate

_FOLDER = Path(__file__).parent / "loci"
_WHOLE = re.compile(r"⟦(?:tool:(\d+)|(output_schema))⟧")
_SPAN = re.compile(r"⟦(\w+):(\d+):(\d+)⟧")


@dataclass(frozen=True, slots=True)
class Case:
    """One failure: inside `scope` (category, template) it belongs to one group of each of the two people."""

    scope: tuple[str, str]
    groups: tuple[str, str]
    locus: str


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of failures inside a scope: those put together, those that belong together, and those that are both."""

    said: int
    true: int
    both: int

    @property
    def precision(self) -> float:
        """Share of the pairs put together that belong together."""
        return self.both / self.said if self.said else float("nan")

    @property
    def recall(self) -> float:
        """Share of the pairs that belong together that were put together."""
        return self.both / self.true if self.true else float("nan")

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.both / (self.said + self.true) if self.said + self.true else float("nan")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, required=True, help="folder with templates/")
    parser.add_argument("files", type=Path, nargs="*", default=sorted(_FOLDER.glob("*.jsonl")))
    options = parser.parse_args()
    templates = _templates(options.bench / "templates")
    sets = {file.name: read_cases(file, templates) for file in options.files}
    if len(sets) > 1:
        sets |= {"all": [case for cases in sets.values() for case in cases]}
    for name, cases in sets.items():
        _print_whole(name, cases)
        _print_categories(cases)
        _print_shares(cases)


def read_cases(file: Path, templates: dict[tuple[str, str], dict[str, Any]]) -> list[Case]:
    """Return the failures of `file`, in order, each with the locus that production gives it under its label."""
    cases = []
    for line in file.read_text(encoding="utf-8").splitlines():
        read = json.loads(line)
        named = read["event"]["template"]
        event = FailureEvent.model_validate_json(
            json.dumps(_filled(read["event"], templates[named["name"], named["version"]]))
        )
        locus = locate(event, read["category"], find(event))
        cases.append(Case((read["category"], named["name"]), tuple(read["groups"]), locus))
    return cases


def _templates(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    texts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml")))
    read = (yaml.load(text, yaml.CSafeLoader) for text in texts)
    return {(template["name"], str(template["version"])): template for template in read}


def _filled(value: Any, template: dict[str, Any]) -> Any:
    """Return `value` with what it quotes of its template put in."""
    if isinstance(value, dict):
        return {key: _filled(inner, template) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, template) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _WHOLE.fullmatch(value)
    if whole:
        return template["tools"][int(whole[1])] if whole[1] else template["output_schema"]
    return _SPAN.sub(lambda span: template[span[1]][int(span[2]) : int(span[3])], value)


def _pairs(cases: Iterable[Case], said: Callable[[Case], object], true: Callable[[Case], object]) -> Pairs:
    scopes = defaultdict(list)
    for case in cases:
        scopes[case.scope].append(case)
    pairs = [
        (said(one) == said(other), true(one) == true(other))
        for inside in scopes.values()
        for one, other in combinations(inside, 2)
    ]
    return Pairs(
        sum(one for one, _ in pairs), sum(other for _, other in pairs), sum(one and other for one, other in pairs)
    )


def _first(case: Case) -> str:
    return case.groups[0]


def _second(case: Case) -> str:
    return case.groups[1]


_SAID: tuple[tuple[str, Callable[[Case], object]], ...] = (
    ("loci", lambda case: case.locus),
    ("trivial: one place a category and template", lambda case: case.scope),
    ("trivial: each failure by itself", id),
    ("the first person", _first),
)


def _print_whole(name: str, cases: Sequence[Case]) -> None:
    _row(f"{name}: {len(cases)} failures", ["against the first: P", "R", "F1", "the second: P", "R", "F1"])
    for grouping, said in _SAID:
        pairs = [_pairs(cases, said, true) for true in (_first, _second)]
        _row(grouping, [figure for one in pairs for figure in (one.precision, one.recall, one.f1)])


def _print_categories(cases: Sequence[Case]) -> None:
    sys.stdout.write("\n")
    _row("against the second", ["P", "R", "F1", "trivial P", "loci", "groups", "largest share"])
    for category in sorted({case.scope[0] for case in cases}):
        inside = [case for case in cases if case.scope[0] == category]
        pairs = _pairs(inside, _SAID[0][1], _second)
        trivial = _pairs(inside, _SAID[1][1], _second)
        loci, groups = ({(case.scope, said(case)) for case in inside} for said in (_SAID[0][1], _second))
        share = Counter(case.locus for case in inside).most_common(1)[0][1] / len(inside)
        _row(category, [pairs.precision, pairs.recall, pairs.f1, trivial.precision, len(loci), len(groups), share])


def _print_shares(cases: Sequence[Case]) -> None:
    groups = [len({(case.scope, case.groups[person]) for case in cases}) for person in (0, 1)]
    places = len({(case.scope, case.locus) for case in cases})
    values = len({(case.scope[0], case.locus) for case in cases})
    sys.stdout.write(
        f"\n{places} places for {groups[0]} and {groups[1]} groups; {values} different loci of a category\n\n"
    )


def _row(label: str, figures: Sequence[object]) -> None:
    texts = (f"{figure:.3f}" if isinstance(figure, float) else str(figure) for figure in figures)
    sys.stdout.write(f"{label:44}" + "".join(f"{text:>16}" for text in texts) + "\n")


if __name__ == "__main__":
    main()
