"""Specification faults: one fault that shows in several templates of a kind, so that their class is to be revised, not one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["SpecificationFault", "SystemicPattern", "kind_of_locus", "kinds_of", "specification_faults"]

_LEAST_SHARE = 3  # a kind is a pattern's where one failure in so many sits at loci of it


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemicPattern:
    """A systemic pattern, the task and scenario of its template (None: not known), and its failures by locus."""

    pattern_id: str
    category: str
    template: str
    primary_task: str | None
    scenario: str | None
    failures: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationFault:
    """
    A category and kind of locus that are systemic in templates with the same task or scenario.

    `primary_task` and `scenario` are what all of them share, None where they do not; `pattern_ids` are by template.
    """

    category: str
    kind: str
    primary_task: str | None
    scenario: str | None
    templates: tuple[str, ...]
    pattern_ids: tuple[str, ...]
    failures: int

    @property
    def sentence(self) -> str:
        """What is to be revised, and why."""
        shared = " and ".join(
            f"{name} {value}" for name, value in (("task", self.primary_task), ("scenario", self.scenario)) if value
        )
        return (
            f"{self.category} at {self.kind} is systemic in {len(self.templates)} templates of {shared}:"
            f" {', '.join(self.templates)}; revise what they share, not one of them"
        )


def kind_of_locus(locus: str) -> str | None:
    """Return what a locus has in common with those of other templates: what is behind its last colon, else the whole."""
    kind = locus.rpartition(":")[2].strip()
    return None if not kind or kind == "*" or "/" in kind else kind  # a path or a wildcard names no kind


def kinds_of(failures: Mapping[str, int]) -> set[str]:
    """Return the kinds of locus at which at least a third of the failures sit."""
    by_kind: dict[str, int] = defaultdict(int)
    for locus, count in failures.items():
        if kind := kind_of_locus(locus):
            by_kind[kind] += count
    return {kind for kind, count in by_kind.items() if _LEAST_SHARE * count >= sum(failures.values())}


def specification_faults(systemic: Sequence[SystemicPattern], *, templates: int) -> list[SpecificationFault]:
    """
    Return the faults that so many templates share, those of most templates first, then of most failures.

    Of two faults of one category and kind, one within the other, the larger stands; a pattern may be part of several.
    """
    groups: dict[tuple[str, str], dict[tuple[str, str], list[SystemicPattern]]] = defaultdict(lambda: defaultdict(list))
    for pattern in systemic:
        for kind in kinds_of(pattern.failures):
            for label in ("primary_task", "scenario"):
                if value := getattr(pattern, label):
                    groups[pattern.category, kind][label, value].append(pattern)
    found = []
    for (category, kind), by_label in groups.items():
        members = {frozenset(one.pattern_id for one in group): group for group in by_label.values()}
        found += [
            _fault(category, kind, group)
            for ids, group in members.items()
            if len({one.template for one in group}) >= templates and not any(ids < other for other in members)
        ]
    return sorted(found, key=lambda one: (-len(one.templates), -one.failures, one.category, one.kind, one.templates))


def _fault(category: str, kind: str, group: Sequence[SystemicPattern]) -> SpecificationFault:
    in_order = sorted(group, key=lambda one: one.template)
    return SpecificationFault(
        category=category,
        kind=kind,
        primary_task=_shared([one.primary_task for one in group]),
        scenario=_shared([one.scenario for one in group]),
        templates=tuple(dict.fromkeys(one.template for one in in_order)),
        pattern_ids=tuple(one.pattern_id for one in in_order),
        failures=sum(sum(one.failures.values()) for one in group),
    )


def _shared(values: Sequence[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None
