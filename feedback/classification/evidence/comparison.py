"""Comparison: whether a report of an expected and a given value tells of one value in two notations, or of two."""

import re
from collections.abc import Iterator

from feedback.domain.measure import Pattern, Text

__all__ = ["compared", "grouped", "numbers", "plain", "same"]

_NUMBER = re.compile(r"\d[\d.,'\u202f]{0,24}")
_GROUPED = re.compile(r"(?<=\d)[,.' \u202f](?=\d{3}(?!\d))")
_VALUE = r"(?:'[^'\n]{1,80}'|\"[^\"\n]{1,80}\"|`[^`\n]{1,80}`|[^\s;\[\]'\"]{1,40})"
_EXPECTED = r"(?:expected|want(?:ed)?|gold|reference|correct(?: answer)?(?: is)?|should be|allowed|accepted|erwartet|soll|attendu|esperado)"
_GOT = r"(?:got|found|was|actual|received|predicted|answered|returned|given|erhalten|ist|obtenu|obtenido|had|said)"
_PAIRS = Pattern(
    "expected want wanted gold reference should correct allowed accepted erwartet attendu esperado soll",
    rf"\b{_EXPECTED}\s{{0,2}}[:=]?\s{{0,2}}(?P<want>{_VALUE});?,?\s+(?:but\s+)?{_GOT}\s{{0,2}}[:=]?\s{{0,2}}(?P<got>{_VALUE})",
    rf"(?:\b{_GOT}|\bvalue|[\"'`]\w{{1,60}}[\"'`])\s{{0,2}}[:=]?\s{{0,2}}(?P<got_first>{_VALUE})[.,;]?\s{{1,3}}(?:but\s)?{_EXPECTED}"
    rf"(?: (?:one of|any of|value|to be))?\s{{0,2}}[:=]?\s{{0,2}}(?P<want_last>\[[^\]\n]{{1,300}}\]|{_VALUE})",
    r"(?:应为|期望|正确答案(?:是|为)?|预期)[:：]?\s?(?P<want_zh>[^\s，,。;；]{1,30})[，,;；]?\s?(?:但)?(?:实际|得到|输出|答|给出)(?:为|是"
    r"|了)?[:：]?\s?(?P<got_zh>[^\s，,。;；]{1,30})",
)
_OF_FIELDS = re.compile(
    r"\b(?:parameter|param|argument|arg|field|key|column|property|path|slot)s?\b|字段|参数|フィールド|引数"
)
_LISTED = re.compile(r"'([^'\n]{1,80})'|\"([^\"\n]{1,80})\"|([^\s,\[\]'\"]{1,40})")
_QUOTES = "\"'`.,()"
_END = 4_000
_LONGEST_NUMBER = 16
_CLOSE = 1e-9
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH = {name: number for number, name in enumerate(_MONTHS.split(), 1)}
_MONTH_NAME = re.compile(rf"\b({'|'.join(_MONTH)})[a-z]{{0,6}}\b")
_TIME = re.compile(r"(\d{1,2})(?::(\d\d))?(?::\d\d)?\s?([ap])?\.?m?\.?")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_DATE_PARTS = 3
_POWERS = tuple(10.0**n for n in (1, 2, 3, 6))


def compared(text: Text) -> str | None:
    """Return `form` where a report tells of one value in two notations, `number` where of two numbers, else None."""
    match = next(_PAIRS.finditer(text), None)
    if match is None:
        return None
    named = match.groupdict()
    want = next(filter(None, map(named.get, ("want", "want_last", "want_zh"))), "")
    got = next(filter(None, map(named.get, ("got", "got_first", "got_zh"))), "")
    wants = ["".join(found) for found in _LISTED.findall(want)] if want.startswith("[") else [want.strip(_QUOTES)]
    got, of_field = got.strip(_QUOTES), _OF_FIELDS.search(text.low) is not None
    if any(one != got and _same_thing(one, got, of_field=of_field) for one in wants):
        return "form"
    given = numbers(got)
    differ = (len(found := numbers(one)) == 1 and len(given) == 1 and not same(found[0], given[0]) for one in wants)
    return "number" if wants and all(differ) else None


def _same_thing(one: str, other: str, *, of_field: bool) -> bool:
    """Tell whether two texts name one thing; of a field a place with and without its state, and a number in cents, do."""
    if plain(one) == plain(other) or _moments(one) & _moments(other):
        return True
    if not of_field:
        return False
    first, second = numbers(one), numbers(other)
    if len(first) == len(second) == 1 and first[0] and second[0]:
        ratio = max(first[0] / second[0], second[0] / first[0])
        return any(abs(ratio - power) <= power * _CLOSE for power in _POWERS)
    words, more = (frozenset(re.findall(r"[^\W\d_]{2,}", text.lower())) for text in (one, other))
    return bool(words and more) and (words <= more or more <= words)


def _moments(text: str) -> frozenset[tuple[int, ...]]:
    """Return the date and the time of day that a text may name: numbers of a date in any order, minutes of a day."""
    low = text.lower()
    month = _MONTH_NAME.search(low)
    parts = [int(part) for part in re.findall(r"\d{1,4}", low)[:_DATE_PARTS]] + ([_MONTH[month[1]]] if month else [])
    found = {tuple(sorted(parts[:_DATE_PARTS]))} if len(parts) >= _DATE_PARTS else set()
    time = _TIME.fullmatch(low.strip())
    if time and (time[2] or time[3]):
        hour = int(time[1]) % 12 + 12 * (time[3] == "p") if time[3] else int(time[1])
        found.add((60 * hour + int(time[2] or 0),))
    return frozenset(found)


def numbers(text: str) -> list[float]:
    """Return the numbers that stand by themselves near the end of `text`; a minus counts after a space or at the start."""
    return list(_numbers(text[-_END:]))


def _numbers(ending: str) -> Iterator[float]:
    for match in _NUMBER.finditer(ending):
        start, end = match.span()
        if not (_joins(ending[start - 1 : start]) or _joins(ending[end : end + 1])):
            negative = start and ending[start - 1] in "-−" and (start == 1 or ending[start - 2] in " (=:\n")
            number = _value(match[0].rstrip(".,'\u202f"))
            yield -number if negative else number


def _joins(sign: str) -> bool:
    """Tell whether a sign next to digits makes a name of them; a Chinese character does not."""
    return sign == "_" or (sign.isalpha() and sign < "\u3000")


def _value(text: str) -> float:
    """Return a number in digits; of several kinds of separator, or before three digits, those that group are left out."""
    if text.isdecimal():
        return float(text)
    bare = _GROUPED.sub("", text).replace(",", ".").replace("'", "").replace("\u202f", "")
    return float(bare) if bare.count(".") <= 1 else float(bare.replace(".", ""))


def same(one: float, other: float) -> bool:
    """Tell whether two numbers are one, but for rounding of floats."""
    return abs(one - other) <= _CLOSE * max(1.0, abs(one))


def grouped(text: str) -> str:
    """Return `text` without the signs that group thousands."""
    return _GROUPED.sub("", text)


def plain(text: str) -> str:
    """Return `text` without case, spaces, thousands separators, quotes, currency signs and notation of dates."""
    low = text.strip().strip("\"'`.。").lower()[:400]
    date = _DATE.fullmatch(low)
    if date:
        year, month, day = date.groups()[:3] if date[1] else date.groups()[:2:-1]
        return f"{int(year)}-{int(month)}-{int(day)}"
    bare = grouped(low)
    if len(bare) < _LONGEST_NUMBER and re.fullmatch(r"\d+(?:[.,]\d+)?", bare):
        return f"{_value(low):g}"
    return re.sub(r"[\s_-]+", "", re.sub(r"[€$£¥%]|\b(?:eur|usd|euro|euros|dollars?)\b|元", "", bare))
