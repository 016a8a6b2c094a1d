"""Topic: what a clause is about, comparable over endings and over scripts without word breaks."""

import re
from itertools import pairwise

__all__ = ["alike", "topic"]

_WORD = re.compile(r"[^\W\d_]{3,}|\d{2,}")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_STEM = 6
_WITHOUT_MEANING = """
the and for with from that this these those are was were you your not never always must should any all every into when where
which who whom whose what how why did does had has have many much can could would will might may there their they them its been
being about under over such else use using give provide include make sure ensure please answer reply respond response responses
question user users customer customers name tell kind type number remind again recall know said told just only some most more than
then also our into other der die das und mit für von den dem ein eine einen nicht immer kein keine wie was wann wer les des une
pour avec dans est qui que quel quelle toujours jamais los las una para con cómo qué cuál cuándo siempre nunca
"""
_EMPTY = frozenset(_WITHOUT_MEANING.split())
_SHARED, _SHARED_HAN = 2, 4


def topic(clause: str) -> tuple[frozenset[str], bool]:
    """
    Return the words that carry meaning in a clause in lower case, cut to six letters, and False.

    Of a clause in Chinese, Japanese or Korean return the pairs of its characters, and True.
    """
    signs = _HAN.findall(clause)
    if len(signs) > len(clause) // 3:
        return frozenset(one + other for one, other in pairwise(signs)), True
    return frozenset(word[:_STEM] for word in _WORD.findall(clause) if word not in _EMPTY), False


def alike(one: frozenset[str], other: frozenset[str], share: float, *, han: bool) -> bool:
    """Tell whether two topics have two words in common (or four pairs of characters) and `share` of the smaller one."""
    shared = len(one & other)
    return shared >= (_SHARED_HAN if han else _SHARED) and shared >= share * min(len(one), len(other))
