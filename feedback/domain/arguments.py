"""Arguments of tool calls: whether a value stands there, or something in its place."""

import re
from collections.abc import Mapping
from typing import Any, Literal

__all__ = ["argument_fault", "is_placeholder"]

_PLACEHOLDER = re.compile(
    r"unknown|n/?a|n\.a\.|none|null|nil|tb[da]|todo|undefined|string|value|placeholder|unspecified|missing|dummy"
    r"|not (?:provided|specified|available|given|known|set)|x{3,40}|\*{1,40}|-{1,40}|\?{1,40}|\.{3,40}|…"
    r"|(?:your|my|some|insert|enter)[_ -][\w -]{1,40}|<[^<>]{0,60}>|\{\{?[^{}]{0,60}\}\}?|\[[^\[\]]{0,60}\]"
    r"|city, ?(?:state|country)|first ?name|last ?name|first last|full name|(?:john|jane) doe|street address"
    r"|0{2,40}(?:[-/. ]0{1,40}){0,6}|0(?:[-/.]0{1,4}){2,6}|123456(?:7(?:8(?:90?)?)?)?|123-?456-?7890"
    r"|(?:example|user|test|name|email|your\.?e?mail|you|someone|john\.?doe)@(?:example|domain|e?mail|test)\.[a-z]{2,4}"
    r"|y{4}[-/.]mm?[-/.]dd?|dd?[-/.]mm?[-/.]y{4}|mm?[-/.]dd?[-/.]y{4}|hh:mm(?::ss)?"
    r"|未知|不详|无|待定|未提供|暂无|未填写|空|不明|未定|미정|없음|알 수 없음|unbekannt|k\. ?a\.|keine angabe"
    r"|inconnue?|non précisé|desconocid[oa]|no especificado"
)
_LONGEST_PLACEHOLDER = 70
_ID_LIKE = re.compile(r"(?:^|_)(?:id|ids|number|no|num|phone|zip|code|postcode)$|[a-z]Id$|[a-z]Number$")


def is_placeholder(value: Any, name: str = "") -> bool:
    """Tell whether `value` stands for a value nobody gave; of numbers only a zero for a parameter named like an id."""
    if isinstance(value, str):
        text = value.strip().lower()
        return len(text) <= _LONGEST_PLACEHOLDER and _PLACEHOLDER.fullmatch(text) is not None
    return value == 0 and not isinstance(value, bool) and _ID_LIKE.search(name) is not None


def argument_fault(arguments: Mapping[str, Any], name: str) -> Literal["missing", "empty", "placeholder"] | None:
    """Return how the argument `name` fails to give a value, or None where it gives one."""
    if name not in arguments:
        return "missing"
    value = arguments[name]
    if value is None or value in ([], {}) or (isinstance(value, str) and not value.strip()):
        return "empty"
    return "placeholder" if is_placeholder(value, name) else None
