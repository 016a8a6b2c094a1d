"""Gap: which ability fell short, and in what part of the answer."""

import re

from feedback.domain.loci.containers import shape
from feedback.domain.loci.seen import Seen
from feedback.domain.loci.vocabulary import Vocabulary

__all__ = ["slip_place"]

_LETTERS = re.compile(r"\(?[A-J](?:[,、 /]{0,2}[A-J]){0,5}\)?[.)]?")
_OPTION = re.compile(r"(?:^|[\s　])\(?[A-J][.)、．:：]\s{0,2}([^\n]{1,60}?)(?=\s+\(?[A-J][.)、．]|\n|$)")
_NUMBER = re.compile(r"[-+−]?\s?[€$£¥]?\s?\d[\d.,]*\s?\S{0,8}")
_SAID = Vocabulary(
    calculation="calculat* | comput* | arithmetic | sum | subtract* | multipl* | divid* | rounding | rounded | percentage | formula | total | off by"
    " | miscount* | counted | adds up | verrechnet | rechen* | berechn* | calcul | cálculo | 计算 | 算错 | 求和 | 公式 | 計算 | 계산",
)
_LONG = 900


def slip_place(seen: Seen) -> str | None:
    """
    Return `calculation`, `choice` (an option by its letter), or `slip:` and the shape of the answer.

    A calculation is told by what is said of the failure, or by options that are numbers.
    """
    if not seen.answer:
        return None
    form = shape(seen.answer)
    if form == "code":
        return "slip:code"
    options = _OPTION.findall(seen.last.raw[-2_000:])
    numeric = sum(_NUMBER.fullmatch(option.strip()) is not None for option in options)
    if _SAID.names("calculation", seen.said) or (numeric > 1 and 2 * numeric >= len(options)):
        return "calculation"
    if _is_choice(seen) and len(seen.last.full) < _LONG:
        return "choice"
    return f"slip:{form}"


def _is_choice(seen: Seen) -> bool:
    values = list(seen.value.values()) if isinstance(seen.value, dict) else [seen.answer.full]
    return any(isinstance(value, str) and _LETTERS.fullmatch(value.strip()) for value in values)
