"""Reference: the answer differs from the expected one, in value or only in form."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Text

__all__ = ["RULES", "find"]

RULES = (
    "reference.field_differs",
    "reference.no_overlap",
    "reference.number_differs",
    "reference.other_form",
    "reference.reported",
)
_GAP = "model_capability_gap"
_FIELD = "field_definition_ambiguity"
_NUMBER = re.compile(r"\d[\d.,'\u202f]{0,24}")
_GROUPED = re.compile(r"(?<=\d)[,.' \u202f](?=\d{3}(?!\d))")
_EXPECTED_GOT = Pattern(
    "expected want wanted gold reference should correct erwartet attendu esperado soll",
    r"\b(?:expected|want(?:ed)?|gold|reference|correct(?: answer)?(?: is)?|should be|erwartet|soll|attendu"
    r"|esperado)\s{0,2}[:=]?\s{0,2}"
    r"(?P<want>[^\s;]{1,40});?\s+(?:but\s+)?(?:got|found|was|actual|received|predicted|answered|returned"
    r"|erhalten|ist|obtenu|obtenido|had|said)"
    r"\s{0,2}[:=]?\s{0,2}(?P<got>[^\s;]{1,40})",
    r"(?:应为|期望|正确答案(?:是|为)?|预期)[:：]?\s?(?P<want_zh>[^\s，,。;；]{1,30})[，,;；]?\s?(?:但)?(?:实际|得到|输出|答|给出)(?:为|是"
    r"|了)?[:：]?\s?(?P<got_zh>[^\s，,。;；]{1,30})",
)
_WRONG = Pattern(
    "wrong incorrect miscalculated miscalculation misread arithmetic inaccurate falsch verrechnet rechenfehler "
    "faux incorrecta "
    "incorrecto equivocado erreur mistake contradicts",
    r"\b(?:wrong|incorrect) (?:answer|result|total|sum|number|value|date|calculation|conclusion|figure|amount"
    r"|year|name|label|class)\b",
    r"\b(?:answer|result|total|sum|calculation|conclusion|arithmetic|math|maths) (?:is|was|are) (?:wrong"
    r"|incorrect|off|false)\b",
    r"\bmiscalculat(?:ed|ion)\b|\bmisread\b|\barithmetic (?:error|mistake)\b|\b(?:calculation|reasoning"
    r"|logic(?:al)?) (?:error|mistake)\b",
    r"\bfactually (?:wrong|incorrect)\b|\b(?:falsches ergebnis|falsch berechnet|verrechnet|rechenfehler"
    r"|falsch gerechnet)\b",
    r"\b(?:ergebnis|antwort) (?:ist|stimmt) (?:falsch|nicht)\b|\berreur de (?:calcul|raisonnement)\b|\b(?:réponse"
    r"|résultat) (?:est )?fau(?:x|sse)\b",
    r"\berror de (?:cálculo|razonamiento)\b|\b(?:respuesta|resultado) (?:es )?incorrect[oa]\b"
    r"|算错|计算错误|答案错|推理错误|看错|读错|理解错|结果不对|計算(?:ミス|間違)|間違って|계산 ?(?:오류|실수)|틀렸",
)
_WORD = re.compile(r"\w{4,40}")
_FEW_WORDS = 3
_LONG = 20_000
_END = 4_000
_BARE = 60
_LONGEST_NUMBER = 16
_CLOSE = 1e-9


def find(view: View) -> Iterator[Finding]:
    """Yield how the answer differs from the reference, and what checks and people say of it."""
    reference = view.event.reference
    if view.answer and not view.refused and len(view.answer.full) <= _LONG:
        if isinstance(reference, str) and reference.strip() and len(reference) <= _LONG:
            yield from _texts(view, reference)
        elif isinstance(reference, dict) and isinstance(view.value, dict):
            yield from _objects(view, reference)
    for text in view.remarks:
        if _WRONG.search(text):
            yield finding("reference.reported", _GAP, text.full, text.where, locus="answer:wrong")
            break
    for text in view.reports:
        match = _EXPECTED_GOT.search(text)
        if match:
            want, got = (group.strip("\"'`.,()") for group in match.groups() if group)
            yield from _compared(want, got, text)


def _texts(view: View, reference: str) -> Iterator[Finding]:
    answer = view.answer.full.strip()
    if answer == reference.strip():
        return
    if len(answer) <= 3 * len(reference) + 20 and _plain(answer) == _plain(reference):
        check = {"type": "equals", "value": reference}
        yield finding(
            "reference.other_form",
            _FIELD,
            f"{answer} for {reference}",
            "response.content",
            locus="reference:form",
            check=check,
        )
        return
    wanted, given = _final(reference), _numbers(answer)
    if wanted is not None and given and not any(_same(wanted, number) for number in given):
        yield finding(
            "reference.number_differs",
            _GAP,
            f"{given[-1]:g} for {wanted:g}",
            "response.content",
            locus="reference:number",
        )
    if wanted is None:
        content = set(_WORD.findall(reference.lower()))
        if len(content) >= _FEW_WORDS and content.isdisjoint(_WORD.findall(answer.lower())):
            yield finding(
                "reference.no_overlap", _GAP, "none of the words expected", "response.content", locus="reference:words"
            )


def _objects(view: View, reference: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare field by field; names of fields are the template's where its schema knows them."""
    properties = (view.request.output_schema or {}).get("properties")
    known = properties if isinstance(properties, Mapping) else {}
    for name, wanted in list(reference.items())[:50]:
        given = view.value.get(name, ...)
        if given is ... or given == wanted or isinstance(wanted, (dict, list)):
            continue
        field = name if name in known else "*"
        same = _plain(str(given)) == _plain(str(wanted)) or wanted is None or given is None or given == ""
        rule, category = ("reference.other_form", _FIELD) if same else ("reference.field_differs", _GAP)
        yield finding(
            rule, category, f"{name}: {given!r} for {wanted!r}", "response.content",
            locus=f"/{field}:{'form' if same else 'value'}",
        )  # fmt: skip


def _compared(want: str, got: str, text: Text) -> Iterator[Finding]:
    wanted, given = _numbers(want), _numbers(got)
    if want != got and _plain(want) == _plain(got):
        yield finding("reference.other_form", _FIELD, text.full, text.where, locus="reference:form")
    elif len(wanted) == 1 and len(given) == 1 and not _same(wanted[0], given[0]):
        yield finding("reference.number_differs", _GAP, text.full, text.where, locus="reference:number")


def _final(reference: str) -> float | None:
    """Return the number a reference comes to: its only one, or the last after an equals sign or `####`."""
    numbers = _numbers(reference)
    marked = re.search(
        r"(?:=|####|答案|answer is|antwort:?|answer:?)\s*[^\d\n]{0,5}([-−]?[\d.,]{1,20})\s*\D{0,12}$",
        reference.strip().lower(),
    )
    if marked:
        found = _numbers(marked[1].rstrip(".,"))
        return found[-1] if found else None
    return numbers[0] if len(numbers) == 1 and len(reference) <= _BARE else None


def _numbers(text: str) -> list[float]:
    """Return the numbers that stand by themselves near the end of `text`; a minus counts after a space or at the start."""
    ending, found = text[-_END:], []
    for match in _NUMBER.finditer(ending):
        start, end = match.span()
        if not (_joins(ending[start - 1 : start]) or _joins(ending[end : end + 1])):
            negative = start and ending[start - 1] in "-−" and (start == 1 or ending[start - 2] in " (=:\n")
            number = _value(match[0].rstrip(".,'\u202f"))
            found.append(-number if negative else number)
    return found


def _joins(sign: str) -> bool:
    """Tell whether a sign next to digits makes a name of them; a Chinese character does not."""
    return sign == "_" or (sign.isalpha() and sign < "\u3000")


def _value(text: str) -> float:
    """Return a number in digits; of several kinds of separator, or before three digits, those that group are left out."""
    if text.isdecimal():
        return float(text)
    plain = _GROUPED.sub("", text).replace(",", ".").replace("'", "").replace("\u202f", "")
    return float(plain) if plain.count(".") <= 1 else float(plain.replace(".", ""))


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * max(1.0, abs(one))


_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")


def _plain(text: str) -> str:
    """Return `text` without case, spaces, thousands separators, quotes, currency signs and notation of dates."""
    low = text.strip().strip("\"'`.。").lower()[:400]
    date = _DATE.fullmatch(low)
    if date:
        year, month, day = date.groups()[:3] if date[1] else date.groups()[:2:-1]
        return f"{int(year)}-{int(month)}-{int(day)}"
    ungrouped = _GROUPED.sub("", low)
    if len(ungrouped) < _LONGEST_NUMBER and re.fullmatch(r"\d+(?:[.,]\d+)?", ungrouped):
        return f"{_value(low):g}"
    return re.sub(r"[\s_-]+", "", re.sub(r"[€$£¥%]|\b(?:eur|usd|euro|euros|dollars?)\b|元", "", ungrouped))
