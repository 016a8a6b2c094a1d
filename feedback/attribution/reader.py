"""Reading templates: each text once, its grams under numbers that stay."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from feedback.attribution.pattern import Gram, Pattern, grams, patterns_of
from feedback.domain.template import Template

__all__ = ["Reader", "TemplateText"]

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class TemplateText:
    """The patterns of a template, and for each the numbers of its grams, a list a run."""

    patterns: list[Pattern]
    numbered: list[list[list[int]]]
    vocabulary: frozenset[int]


@dataclass(slots=True)
class Reader:
    """What was read: the number of each gram, and how often each word is used."""

    ids: dict[Gram, int] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    _texts: dict[_Key, TemplateText] = field(default_factory=dict)

    def for_texts(self, templates: Iterable[Template]) -> "Reader":
        """Return a reader that knows what this one knows; an empty one where `templates` lack a text read before."""
        if self._texts.keys() <= {_key(template) for template in templates}:
            return Reader(dict(self.ids), Counter(self.used), dict(self._texts))
        return Reader()

    def read(self, template: Template) -> TemplateText:
        """Return the text of a template."""
        key = _key(template)
        found = self._texts.get(key)
        if found is None:
            found = self._texts[key] = self._read(patterns_of(template))
        return found

    def _read(self, patterns: list[Pattern]) -> TemplateText:
        numbered = [[self._numbered(run) for run in pattern.runs] for pattern in patterns]
        return TemplateText(patterns, numbered, frozenset(gram for part in numbered for run in part for gram in run))

    def _numbered(self, run: list[str]) -> list[int]:
        self.used.update(run)
        return [self.ids.setdefault(gram, len(self.ids)) for gram in grams(run)]


def _key(template: Template) -> _Key:
    return template.system, template.instruction, template.context
