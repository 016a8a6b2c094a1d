"""
Learn when attribution names a template, from made templates and prompts.

`python -m benchmarks.acceptance` prints the weights of `feedback/attribution/acceptance.py`, and what they are worth on
templates and prompts that they were not learned from.
"""

import random
import sys
from collections.abc import Callable
from dataclasses import asdict, astuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.made_prompts import MadePrompt, made_world
from benchmarks.made_templates import Texts
from benchmarks.scoring import FIGURES, Said, figures
from feedback.attribution import Attributor
from feedback.attribution.acceptance import Grounds, probability
from feedback.attribution.choice import Choice
from feedback.classification.cases import LabelledCase, load_corpus
from feedback.settings import load_settings

_SEEDS = (20, 21)
_FAMILIES = 700
_PROMPTS = 5_000
_SHARE = 0.65
"""The threshold on the share alone that the model is compared with."""

Seen = list[tuple[MadePrompt, Choice | None]]


def main() -> None:
    """Learn on one half of the corpus' batches, measure on the other, and the reverse; then learn on both and print."""
    cases = load_corpus()
    batches = sorted({case.batch for case in cases})
    random.Random(_SEEDS[0]).shuffle(batches)
    first, second = (
        _seen([case for case in cases if case.batch in half]) for half in (set(batches[0::2]), set(batches[1::2]))
    )
    sys.stdout.write(f"{'':20}" + "".join(f"{name:>15}" for name in FIGURES) + "\n")
    for learned, tried in ((first, second), (second, first)):
        _report(tried, *_learned(learned))
    intercept, weights = _learned(first + second)
    sys.stdout.write(
        f"intercept={intercept:.2f}" + "".join(f", {n}={w:.2f}" for n, w in asdict(weights).items()) + "\n"
    )


def _seen(cases: list[LabelledCase]) -> Seen:
    """Return prompts of worlds made of these cases, with what their text shows."""
    seen: Seen = []
    for seed in _SEEDS:
        templates, prompts = made_world(Texts.of(cases), seed, count=_FAMILIES, prompts=_PROMPTS)
        attributor = Attributor(templates, load_settings().attribution)
        seen += zip(prompts, attributor.choices([one.event for one in prompts]), strict=True)
    return seen


def _learned(seen: Seen) -> tuple[float, Grounds]:
    """Return intercept and weights of a logistic regression on whether the best template is the right one."""
    known = [(choice, one.truth) for one, choice in seen if choice]
    grounds = np.array([astuple(choice.grounds) for choice, _ in known])
    right = [truth is not None and truth[0] == choice.best.template.name for choice, truth in known]
    spread = grounds.std(axis=0)  # the penalty of the regression weighs all grounds alike
    model = LogisticRegression().fit(grounds / spread, right)
    return float(model.intercept_[0]), Grounds(*(float(weight) for weight in model.coef_[0] / spread))


def _report(tried: Seen, intercept: float, weights: Grounds) -> None:
    """Print what is said with these weights, and beside it with a threshold on the share alone."""
    least = load_settings().attribution.min_probability
    rules: dict[str, Callable[[Grounds], bool]] = {
        "logistic model": lambda grounds: probability(grounds, intercept, weights) >= least,
        f"share over {_SHARE}": lambda grounds: grounds.share >= _SHARE,
    }
    for name, accepts in rules.items():
        said = [_named(choice) if choice and accepts(choice.grounds) else None for _, choice in tried]
        found = figures([one.truth for one, _ in tried], said)
        sys.stdout.write(f"{name:20}" + "".join(f"{figure:15.3f}" for figure in found) + "\n")


def _named(choice: Choice) -> Said:
    return choice.best.template.name, choice.best.template.version


if __name__ == "__main__":
    main()
