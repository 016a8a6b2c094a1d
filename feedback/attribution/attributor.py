"""Which registered template produced a prompt: by reference, else by text."""

from collections.abc import Sequence
from dataclasses import dataclass

from semver import Version

from feedback.attribution.alignment import Alignment, align
from feedback.attribution.block import Block
from feedback.attribution.index import GramIndex, IndexedTemplate
from feedback.attribution.prompt import Prompt, prompt_of
from feedback.domain.assessment import Attribution
from feedback.domain.failure import FailureEvent
from feedback.domain.template import Template, version_key
from feedback.settings import AttributionSettings

__all__ = ["Attributor"]

_BATCH = 256
"""Events ranked at once; bounds the memory to this many scores of every template."""

_DIGITS = 6
"""Digits kept of a weight, so that the order of summing never decides between two templates."""
_ROUNDING = 10.0**-_DIGITS


@dataclass(frozen=True, slots=True)
class _Fit:
    """
    How well a template explains a prompt.

    `score` is the weight of its fixed words found, divided by that of all its fixed words and of the words that are
    known from other templates and stand where this one has neither words nor data. A prompt that quotes a template
    holds all of that template's words, but the enclosing template's stand outside.
    """

    template: Template
    score: float
    found: float
    stray: int

    @property
    def rank(self) -> tuple[float, float, int, Version | None, str]:
        """What is larger fits better: score, then evidence, then exactness; where the texts are the same, newest."""
        newest = version_key(self.template.version)
        return self.score, self.found, -self.stray, newest, self.template.name

    @property
    def attribution(self) -> Attribution:
        """The fit as it is told."""
        return Attribution(name=self.template.name, version=self.template.version, score=self.score, method="text")


class Attributor:
    """Names the template of a failure event."""

    def __init__(self, templates: Sequence[Template], settings: AttributionSettings) -> None:
        """Index `templates`."""
        self._settings = settings
        self._index = GramIndex(templates)

    def attribute(self, events: Sequence[FailureEvent]) -> list[Attribution | None]:
        """Return for each event the template it names, else the one that its prompt's text shows, else None."""
        attributions = [_referred(event) for event in events]
        unnamed = [number for number, event in enumerate(events) if not event.template and event.request]
        for start in range(0, len(unnamed), _BATCH):
            batch = unnamed[start : start + _BATCH]
            recovered = self._by_text([prompt_of(events[number], self._index) for number in batch])
            for number, attribution in zip(batch, recovered, strict=True):
                attributions[number] = attribution
        return attributions

    def _by_text(self, prompts: list[Prompt]) -> list[Attribution | None]:
        candidates = self._index.candidates([prompt.grams for prompt in prompts], self._settings.candidates)
        return [self._best(*each) for each in zip(prompts, candidates, strict=True)]

    def _best(self, prompt: Prompt, candidates: list[IndexedTemplate]) -> Attribution | None:
        best: _Fit | None = None
        least = self._settings.min_containment
        for candidate in candidates:
            # Whatever cannot reach the best so far need not be laid against the prompt.
            if candidate.reach(prompt.grams) < least - _ROUNDING:
                continue
            fit = self._fit(candidate, prompt)
            if fit.score >= least and (best is None or fit.rank > best.rank):
                best, least = fit, fit.score
        return best.attribution if best else None

    def _fit(self, candidate: IndexedTemplate, prompt: Prompt) -> _Fit:
        alignments = [each for block in candidate.blocks if (each := _best_alignment(block, prompt))]
        found = sum(each.found for each in alignments)
        known = candidate.total + self._foreign(candidate, alignments, prompt)
        stray = sum(each.stray for each in alignments)
        return _Fit(candidate.template, round(min(found / known, 1.0), _DIGITS), round(found, _DIGITS), stray)

    def _foreign(self, candidate: IndexedTemplate, alignments: list[Alignment], prompt: Prompt) -> float:
        """Return the weight of what other templates say in the system messages and around the candidate's words."""
        foreign: set[int] = set()
        for message in prompt.messages:
            own = [alignment.explained for alignment in alignments if alignment.message is message]
            if own or message.is_system:
                foreign.update(
                    gram for place, gram in message.phrases if not any(explained[place] for explained in own)
                )
        return sum(self._index.rarity[gram] for gram in sorted(foreign - candidate.vocabulary))


def _referred(event: FailureEvent) -> Attribution | None:
    if event.template is None:
        return None
    return Attribution(name=event.template.name, version=event.template.version, score=1.0, method="reference")


def _best_alignment(block: Block, prompt: Prompt) -> Alignment | None:
    """Return the message that holds most of `block`, the last of equals: earlier turns are history."""
    best: Alignment | None = None
    for message in prompt.messages:
        alignment = align(block, message)
        if alignment and (best is None or alignment.found > best.found):
            best = alignment
        if best and best.found == block.total:
            break
    return best
