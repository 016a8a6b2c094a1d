"""The template that explains a prompt best, what speaks for it, and which others stand in the prompt beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.attribution.acceptance import Grounds, agreement
from feedback.attribution.fit import ROUNDING, Fit, fit
from feedback.attribution.index import GramIndex, IndexedTemplate
from feedback.attribution.prompt import Prompt
from feedback.domain.failure import Labels

__all__ = ["Choice", "choose"]

_RIVAL = 0.3
"""Share that a template must be able to reach to count as a rival at all; fewer words are in any prompt."""
_WHOLE = 0.65
"""Share from which a template may enclose one that fits better."""
_PRESENT = 0.5
"""Share of a template's words that must stand apart from those of the others to say that it is there as well."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The best fit, what speaks for it, and the fits of other names that stand in the prompt beside it."""

    best: Fit
    grounds: Grounds
    beside: list[Fit]


def choose(prompt: Prompt, labels: Labels, candidates: Sequence[IndexedTemplate], index: GramIndex) -> Choice | None:
    """Return the choice among the candidates for a prompt with these labels, or None where none comes near."""
    fits = _fits(prompt, candidates, index)
    if not fits:
        return None
    best = _outermost(fits)
    grounds = Grounds(
        share=best.share,
        lead=best.share - max(_RIVAL, _rival_of([best, *fits])),
        stray=_stray(best),
        labels=agreement(labels, best.template.labels),
    )
    return Choice(best, grounds, _beside(best, fits))


def _fits(prompt: Prompt, candidates: Sequence[IndexedTemplate], index: GramIndex) -> list[Fit]:
    """
    Return the fits that can matter, best first.

    A candidate cannot where it reaches neither the best nor the best of another name, and says too little that the best
    does not say to stand beside it or around it.
    """
    reached = [(each.reach(prompt.grams) + ROUNDING, each) for each in candidates]
    reached.sort(key=lambda one: (-one[0], one[1].template.name, one[1].template.version))
    fits: list[Fit] = []
    for reach, each in reached:
        if reach < _RIVAL:
            break
        if fits and reach < fits[0].share and reach <= _rival_of(fits):
            apart = each.reach(prompt.grams - fits[0].of.vocabulary)
            if apart < _PRESENT:
                continue
        fits.append(fit(each, prompt, index))
        fits.sort(key=lambda one: one.rank, reverse=True)
    return fits


def _rival_of(fits: list[Fit]) -> float:
    """Return the share of the best fit of another name than the first."""
    return next((each.share for each in fits if each.template.name != fits[0].template.name), 0.0)


def _stray(best: Fit) -> float:
    """
    Return the share of words too many or too few among these and the template's own, 0 to 1/2.

    More of them than the template has words say nothing more, and what stands around its words in a system message says
    nothing at all: platforms write there what they like.
    """
    around = sum(each.around for each in best.alignments if not each.message.is_system)
    stray = min(best.stray + around, best.of.words)
    return stray / (stray + best.of.words)


def _outermost(fits: list[Fit]) -> Fit:
    """Return the first fit, or the first of another name that encloses it."""
    best = fits[0]
    for other in fits[1:]:
        if other.share >= _WHOLE and other.template.name != best.template.name and other.encloses(best):
            return other
    return best


def _beside(best: Fit, fits: list[Fit]) -> list[Fit]:
    """Return the best fit of each other name whose words are there and are not those of one that fits better."""
    others = [each for each in fits if each.template.name != best.template.name and each.apart(()) >= _PRESENT]
    names, taken, beside = set[str](), set(best.own if others else ()), []
    for each in others:
        if each.template.name not in names and each.apart(taken) >= _PRESENT:
            beside.append(each)
            names.add(each.template.name)
            taken |= each.own.keys()
    return beside
