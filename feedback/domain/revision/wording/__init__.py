"""The words of proposals, in the languages that templates are written in."""

from collections.abc import Iterable, Mapping

from feedback.domain.measure import Text, language
from feedback.domain.revision.wording.chinese import CHINESE
from feedback.domain.revision.wording.english import ENGLISH
from feedback.domain.revision.wording.german import GERMAN
from feedback.domain.template import Template

__all__ = ["HEADINGS", "MARKS", "WORDINGS", "Wording", "wording_of"]

WORDINGS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN, "zh": CHINESE}
"""The words by language; all have the same keys."""

MARKS = ("[fill in:", "[ergänzen:", "[待补充：")
"""How a place begins that a person has to fill in, in each language."""

HEADINGS = frozenset(text for texts in WORDINGS.values() for key, text in texts.items() if key.endswith("_heading"))
"""The first lines of clauses, in each language."""


class Wording:
    """The words of one language."""

    def __init__(self, code: str) -> None:
        """Take the words of a language, or the English ones where there are none of it."""
        self.code = code
        self._texts = WORDINGS.get(code, ENGLISH)

    @property
    def fits(self) -> bool:
        """Tell whether there are words of the language itself."""
        return self.code in WORDINGS

    def __call__(self, key: str, **values: object) -> str:
        """Return the words for `key`, with its values in them."""
        return self._texts[key].format(**values)

    def has(self, key: str) -> bool:
        """Tell whether there are words for `key`."""
        return key in self._texts

    def listed(self, items: Iterable[str]) -> str:
        """Return the items as a list inside a sentence."""
        return self._texts["list_joint"].join(items)

    def sentence(self, parts: Iterable[str]) -> str:
        """Return the parts as one sentence."""
        return self._texts["part_joint"].join(parts) + self._texts["stop"]


def wording_of(template: Template) -> Wording:
    """Return the words in the language of a template's system prompt and instruction."""
    said = f"{template.system}\n{template.instruction}\n{template.context}"
    return Wording(language(Text(said)) or "en")
