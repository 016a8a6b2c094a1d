"""Relations: how much of the answer stands in what was given, and how its parts compare; numbers from 0 to 1."""

import math
import re
from itertools import pairwise

from feedback.classification.evidence.view import View
from feedback.domain.measure import Text, words

__all__ = ["RELATIONS", "relations_of"]

RELATIONS = (
    "answer:new", "answer:in_last_turn", "answer:in_rules", "answer:in_earlier_turns", "answer:in_tool_results",
    "last_turn:covered", "number:any", "number:new", "number:all_new", "number:earlier_left_out", "name:any", "name:new",
    "answer:asks", "answer:declines", "answer:to_question", "answer:short", "answer:long",
)  # fmt: skip
"""
The names of the relations. That a conversation has several turns is none of them: it made the classifier take every
long dialogue for lost state (decision 7).
"""

_NUMBER = re.compile(r"\d{2,}(?:[.,]\d+)*|\d[.,]\d+(?:[.,]\d+)*")
_NAME = re.compile(r"[a-z,;] ([A-ZÄÖÜÉ][a-zäöüß]{2,})")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_SHORTEST, _STEM = 4, 6
_SHORT_ANSWER, _LONG_ANSWER = 15, 150
_FULL_RATIO = 4.0
_NOTHING: frozenset[str] = frozenset()


def relations_of(view: View) -> dict[str, float]:
    """Return the relations of one event that are not 0; none where there is no request or no answer."""
    calls = (view.response.tool_calls or ()) if view.response else ()
    answer = view.answer or Text(" ".join(call.function.arguments for call in calls))
    if not (answer and (view.last or view.systems)):
        return {}
    found = _shares(view, answer) | _figures(view, answer) | _sizes(view)
    return {name: value for name, value in found.items() if value}


def _shares(view: View, answer: Text) -> dict[str, float]:
    said = _content(answer)
    if not said:
        return {}
    last = _content(view.last)
    rules, earlier, results, before = map(_contents, (view.systems, view.earlier, view.results, view.assistants))
    given = last.union(rules, earlier, results, before)
    return {
        "answer:new": 1 - len(said & given) / len(said),
        "answer:in_last_turn": len(said & last) / len(said),
        "answer:in_rules": len(said & rules) / len(said),
        "answer:in_earlier_turns": len(said & earlier - last) / len(said),
        "answer:in_tool_results": len(said & results) / len(said),
        "last_turn:covered": len(said & last) / len(last) if last else 0.0,
    }


def _figures(view: View, answer: Text) -> dict[str, float]:
    """Compare numbers and names; what was given is read only where the answer holds some."""
    stated, names = frozenset(_NUMBER.findall(answer.raw)), frozenset(_NAME.findall(answer.raw))
    told = frozenset(_NUMBER.findall(" ".join(text.raw for text in view.earlier))) if view.earlier else frozenset()
    found = {
        "number:any": float(bool(stated)),
        "number:earlier_left_out": float(bool(told - stated)),
        "name:any": float(bool(names)),
    }
    if stated or names:
        given = " ".join(text.raw for text in (*view.systems, *view.users, *view.results, *view.assistants))
        known = frozenset(_NUMBER.findall(given)) if stated else frozenset()
        found |= {
            "number:new": float(bool(stated - known)),
            "number:all_new": float(bool(stated) and stated.isdisjoint(known)),
            "name:new": float(any(name not in given for name in names)),
        }
    return found


def _sizes(view: View) -> dict[str, float]:
    found = {"answer:asks": float(view.asks), "answer:declines": float(view.refused)}
    if view.answer and view.last:
        ratio = math.log1p(view.size / max(1, words(view.last.full))) / _FULL_RATIO
        found |= {
            "answer:to_question": min(1.0, ratio),
            "answer:short": float(view.size < _SHORT_ANSWER),
            "answer:long": float(view.size > _LONG_ANSWER),
        }
    return found


def _contents(texts: tuple[Text, ...]) -> frozenset[str]:
    return frozenset().union(*map(_content, texts)) if texts else _NOTHING


def _content(text: Text) -> frozenset[str]:
    """Return the longer words of a text without endings, and the pairs of its Chinese, Japanese and Korean characters."""
    if not text.cjk:
        return frozenset(word[:_STEM] for word in text.words if len(word) >= _SHORTEST)
    western = frozenset(word[:_STEM] for word in text.words if len(word) >= _SHORTEST and word.isascii())
    return western.union(one + other for one, other in pairwise(_CJK.findall(text.raw)))
