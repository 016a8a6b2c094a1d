"""Which registered template produced a prompt: by reference, else by text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from feedback.attribution.acceptance import probability
from feedback.attribution.choice import Choice, choose
from feedback.attribution.fit import Fit
from feedback.attribution.index import GramIndex
from feedback.attribution.prompt import prompt_of
from feedback.domain.assessment import OF_TEMPLATE, Attribution, Evidence
from feedback.domain.failure import FailureEvent, TemplateRef
from feedback.domain.template import Template
from feedback.settings import AttributionSettings

__all__ = ["Attributed", "Attributor"]

_BATCH = 128
"""Events ranked at once; bounds the memory to this many scores of every template."""


@dataclass(frozen=True, slots=True)
class Attributed:
    """The template an event is put down to, None where none could be named, and what else is to be said about it."""

    template: Attribution | None
    evidence: tuple[Evidence, ...] = ()


_NOBODY = Attributed(None)


class Attributor:
    """Names the template of a failure event."""

    def __init__(
        self, templates: Sequence[Template], settings: AttributionSettings, earlier: "Attributor | None" = None
    ) -> None:
        """Index `templates`; those that `earlier` knows already cost little."""
        self._settings = settings
        self._aliases = {old: (name, _renamed(old, name)) for old, name in settings.aliases.items()}
        self.index: GramIndex = GramIndex(templates, earlier.index if earlier else None)

    def attribute(self, events: Sequence[FailureEvent]) -> list[Attributed]:
        """Return for each event the template it names, else the one that its prompt's text shows, else none."""
        found = [self._referred(event.template) if event.template else _NOBODY for event in events]
        unnamed = [number for number, event in enumerate(events) if not event.template and event.request]
        for number, choice in zip(unnamed, self.choices([events[number] for number in unnamed]), strict=True):
            found[number] = self._accepted(choice)
        return found

    def choices(self, events: Sequence[FailureEvent]) -> Iterator[Choice | None]:
        """Yield for each event what its prompt's text shows, be it enough to name a template or not."""
        for start in range(0, len(events), _BATCH):
            batch = events[start : start + _BATCH]
            prompts = [prompt_of(event, self.index) for event in batch]
            ranked = self.index.candidates([prompt.grams for prompt in prompts], self._settings.candidates)
            for event, prompt, candidates in zip(batch, prompts, ranked, strict=True):
                yield choose(prompt, event.labels, candidates, self.index)

    def _referred(self, named: TemplateRef) -> Attributed:
        """Take an event at its word, in whatever version; an alias stands for the name that the settings give it."""
        name, evidence = self._aliases.get(named.name) or (named.name, ())
        return Attributed(Attribution(name=name, version=named.version, score=1.0, method="reference"), evidence)

    def _accepted(self, choice: Choice | None) -> Attributed:
        if choice is None:
            return _NOBODY
        best = choice.best
        if probability(choice.grounds) < self._settings.min_probability:
            return Attributed(None, (_about("nearest", best),) if best.alignments else ())
        template = Attribution(name=best.template.name, version=best.template.version, score=best.share, method="text")
        return Attributed(template, tuple(_about("also_present", each) for each in choice.beside))


def _about(what: str, found: Fit) -> Evidence:
    """Return a template as evidence, with its place in the prompt."""
    return Evidence(
        kind="rule",
        name=f"{OF_TEMPLATE}{what}",
        detail=f"{found.template.name} {found.template.version}",
        where=f"request.messages[{found.alignments[-1].message.number}].content",
    )


def _renamed(old: str, name: str) -> tuple[Evidence, ...]:
    return (Evidence(kind="rule", name=f"{OF_TEMPLATE}alias", detail=f"{old} is an alias of {name}"),)
