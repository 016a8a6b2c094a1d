"""Many templates of few: sentences of real ones recombined and reworded, so that they share phrases as real ones do."""

import math
import random
import re
from collections import Counter
from collections.abc import Sequence

from feedback.domain.template import Template

__all__ = ["recombined"]

_PART = re.compile(r"(?<=[.!?:])\s+|(?<=[。！？])|\n+")
_WORD = re.compile(r"(\{\{[^{}]*\}\}|\w+)")
_EXCHANGED = 1 / 3
_REWORDED = 0.1
_LEAST = 3
"""Words reworded at least, so that hardly two templates say the same under two names."""
_VERSIONS = 1 / 8


def recombined(templates: Sequence[Template], count: int, seed: int) -> list[Template]:
    """
    Return `templates` and, up to `count`, others of their text.

    Each says what one of them says, a third of the sentences exchanged for those of others and one word in ten
    reworded; a house system prompt, which several share, it takes over as it is. One in eight is a further version of
    one made before.
    """
    writer = _Writer(templates, random.Random(seed))
    made = list(templates)
    while len(made) < count:
        made.append(writer.another(made))
    return made


class _Writer:
    """Writes templates by dice."""

    def __init__(self, templates: Sequence[Template], dice: random.Random) -> None:
        self._dice = dice
        self._templates = templates
        self._sharing = Counter(each.system for each in templates)
        self._sentences = [
            part for each in templates for part in _PART.split(each.instruction) if part.strip() and "{{" not in part
        ]
        self._words = [word for part in self._sentences for word in re.findall(r"\w+", part)]

    def another(self, made: Sequence[Template]) -> Template:
        dice, number = self._dice, len(made)
        if number > len(self._templates) and dice.random() < _VERSIONS:
            one = dice.choice(made[len(self._templates) :])
            return one.model_copy(update={"version": f"1.{number}.0", "instruction": self._reworded(one.instruction)})
        one = dice.choice(self._templates)
        system = one.system if self._sharing[one.system] > 1 else self._exchanged(one.system)
        instruction = self._exchanged(one.instruction)
        return one.model_copy(update={"name": f"{one.name}_{number}", "system": system, "instruction": instruction})

    def _exchanged(self, text: str) -> str:
        parts = [
            self._dice.choice(self._sentences) if "{{" not in part and self._dice.random() < _EXCHANGED else part
            for part in _PART.split(text)
        ]
        return self._reworded("\n".join(parts))

    def _reworded(self, text: str) -> str:
        pieces = _WORD.split(text)
        free = [at for at in range(1, len(pieces), 2) if "{{" not in pieces[at]]
        for at in self._dice.sample(free, min(len(free), max(_LEAST, math.ceil(_REWORDED * len(free))))):
            pieces[at] = self._dice.choice(self._words)
        return "".join(pieces)
