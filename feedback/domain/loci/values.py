"""Values: which rule of its field a value breaks, as far as the value itself tells."""

import re
from typing import Any

from feedback.domain.arguments import is_placeholder
from feedback.domain.measure import words

__all__ = ["odd", "rule_of_value", "stands_for_nothing"]

_DATE = re.compile(
    r"(?i)\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}日?|\d{1,2}:\d{2}|(?:\d{1,2}(?:st|nd|rd|th|\.)? )?"
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zé]{0,7}\.? \d{1,4}"
)
_NUMBER = re.compile(r"[-+−]?\s?[€$£¥]?\s?\d[\d.,/ ]{0,15}(?:\s?[^\W\d_]{1,12}|\s?[%€$£¥°])?(?:\s[^\W\d_]{1,12})?")
_NOTHING = re.compile(
    r"(?i)\b(?:no|not|none|nothing|without|kein\w*|nicht|aucune?|non|pas|ning[uú]n\w?|sin|não)\b.{0,40}\b(?:evidence|information|data"
    r"|mention\w*|given|stated|available|provided|specified|found|applicable|known|text|readable|angabe\w*|angegeben|lesbar|bekannt"
    r"|indiqu\w+|précis\w+|communiqu\w+|indicad\w|informad\w)\b|^(?:无|没有|未)|(?:提及|说明)$|記載なし|該当なし|없음"
)
_SHARES = frozenset(
    {"confidence", "probability", "likelihood", "certainty", "share", "ratio", "fraction", "proportion"}
)
_YES_AND_NO = "yes no on off ja nein oui non sí si sim não true false 是 否 はい いいえ 예 아니요"
_YES_NO = frozenset(_YES_AND_NO.split())
_FEW_WORDS = 8


def rule_of_value(value: Any) -> str:
    """
    Return the rule that a wrong value is most likely to break.

    `null` (nothing, or words for it), `type` (a list, an object, a truth value) or `value`.
    """
    if stands_for_nothing(value):
        return "null"
    return "type" if isinstance(value, (list, dict, bool)) else "value"


def stands_for_nothing(value: Any) -> bool:
    """Tell whether a value is null or empty, or says that there is none."""
    if not isinstance(value, str):
        return value is None
    return (
        not value.strip()
        or is_placeholder(value)
        or (words(value) <= _FEW_WORDS and _NOTHING.search(value) is not None)
    )


def odd(name: str, value: Any) -> bool:
    """Tell whether a value looks wrong by itself: words for nothing, a yes, a number with its unit, a share above one."""
    if isinstance(value, str):
        text = value.strip().lower()
        unit = _NUMBER.fullmatch(text) is not None and not text.replace(".", "").replace(",", "").isdigit()
        return stands_for_nothing(value) or text in _YES_NO or (unit and not _DATE.search(text))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value > 1 and not _SHARES.isdisjoint(name.lower().split("_"))
    return False
