"""Grouping: people say that a place of a pattern is counted as another, and take that back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from feedback.domain.facts import GroupingRuleSet
from feedback.domain.grouping import end_of, merged
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.storage.patterns import JudgedPattern, grouping_rules, patterns, said_loci
from feedback.storage.recording import record

__all__ = ["Grouped", "merge", "unmerge"]

_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """
    What became of a merge: `failures` were said to be at `locus`, and are now counted at `counted_as`.

    `rules` are all merges of the pattern that stand now, by the place merged.
    """

    pattern_id: str
    locus: str
    status: Literal["merged", "unchanged", "unmerged"]
    counted_as: str
    failures: int
    rules: Mapping[str, str]


def merge(service: Service, pattern_id: str, locus: str, into: str, *, actor: str) -> Grouped:
    """
    Count the failures of a pattern at `locus`, past and coming, at `into`, or where that is counted itself.

    The merge holds for the category and template as a whole, whatever is split off: of a place that is merged, the one
    it is counted at decides. A merge of `locus` into another place is replaced; the same again is `unchanged`, and no
    fact. The patterns that changed are judged.

    Raises:
        NotFound: There is no such pattern, or it has no such place.
        CircularMerge: `into` is counted as `locus`.
    """
    store = service.store
    with store.writing():
        pattern = _pattern(service, pattern_id)
        rules, said = grouping_rules(store, pattern.whole_id), said_loci(store, pattern.whole_id)
        known = sorted({*said, *rules, *rules.values()}, key=lambda name: (-said.get(name, 0), name))
        for name in (locus, into):
            if name not in known:
                hint = f"known are {', '.join(known[:_SHOWN])}" + (", and others" if len(known) > _SHOWN else "")
                raise NotFound(f"place in {pattern_id}", name, hint)
        if rules.get(locus) == into:
            return _grouped(pattern_id, locus, "unchanged", rules, said)
        rules = merged(rules, locus, into)
        _set(service, pattern, locus, into, actor)
    return _grouped(pattern_id, locus, "merged", rules, said)


def unmerge(service: Service, pattern_id: str, locus: str, *, actor: str) -> Grouped:
    """
    Take back that a place is counted as another: its failures, past and coming, are counted where they were said to be.

    Raises:
        NotFound: There is no such pattern, or the place is not merged into another.
    """
    store = service.store
    with store.writing():
        pattern = _pattern(service, pattern_id)
        rules = grouping_rules(store, pattern.whole_id)
        if locus not in rules:
            merges = ", ".join(f"{name} into {into}" for name, into in rules.items())
            raise NotFound(f"merge in {pattern_id} of", locus, f"merged are {merges or 'none'}")
        rules = {name: into for name, into in rules.items() if name != locus}
        _set(service, pattern, locus, None, actor)
    return _grouped(pattern_id, locus, "unmerged", rules, said_loci(store, pattern.whole_id))


def _pattern(service: Service, pattern_id: str) -> JudgedPattern:
    for pattern in patterns(service.store, [pattern_id]):
        return pattern
    raise NotFound("pattern", pattern_id, "`feedback patterns list` shows all")


def _set(service: Service, pattern: JudgedPattern, locus: str, into: str | None, actor: str) -> None:
    fact = GroupingRuleSet(
        pattern_id=pattern.whole_id,
        category=pattern.category,
        template=pattern.template_name,
        locus=locus,
        counted_as=into,
        actor=actor,
    )
    record(service.store, [fact], now=service.clock())
    judge(service)


def _grouped(
    pattern_id: str,
    locus: str,
    status: Literal["merged", "unchanged", "unmerged"],
    rules: Mapping[str, str],
    said: Mapping[str, int],
) -> Grouped:
    return Grouped(
        pattern_id=pattern_id,
        locus=locus,
        status=status,
        counted_as=end_of(rules, locus),
        failures=said.get(locus, 0),
        rules=rules,
    )
