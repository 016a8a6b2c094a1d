"""Which labels place a thing (a sample, a failure, a case): its own, else its template's, label by label."""

from collections.abc import Mapping
from typing import NamedTuple

from feedback.domain.template import version_key

__all__ = ["LabelSet", "TemplateLabels"]


class LabelSet(NamedTuple):
    """The labels that place a thing; None and the empty tuple stand for a label that is not given."""

    primary_task: str | None = None
    scenario: str | None = None
    output_format: str | None = None
    knowledge_points: tuple[str, ...] = ()

    def completed_by(self, other: "LabelSet") -> "LabelSet":
        """Return these labels, and those of `other` where one is not given here."""
        return LabelSet(
            self.primary_task or other.primary_task,
            self.scenario or other.scenario,
            self.output_format or other.output_format,
            self.knowledge_points or other.knowledge_points,
        )


class TemplateLabels:
    """What registered templates are labelled."""

    def __init__(self, registered: Mapping[tuple[str, str], LabelSet]) -> None:
        """Know the labels of these (name, version)."""
        self._registered = dict(registered)
        in_order = sorted(registered, key=lambda origin: (origin[0], version_key(origin[1])))
        self._newest = {origin[0]: registered[origin] for origin in in_order}

    def of(self, name: str | None, version: str | None) -> LabelSet:
        """Return a version's labels; of one that nobody registered those of the newest of its name, else none."""
        if name is None:
            return LabelSet()
        exact = self._registered.get((name, version or ""))
        return exact if exact is not None else self._newest.get(name, LabelSet())
