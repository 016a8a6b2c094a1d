"""Reference: the answer differs from the expected one, in value or only in form."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from feedback.classification.evidence.comparison import compared, numbers, plain, same
from feedback.classification.evidence.knowledge import denies_knowledge, speaks_of
from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Text

__all__ = ["RULES", "find"]

RULES = (
    "reference.denied_though_there",
    "reference.field_differs",
    "reference.no_overlap",
    "reference.number_differs",
    "reference.other_form",
    "reference.reported",
)
_GAP = "model_capability_gap"
_FIELD = "field_definition_ambiguity"
_WRONG = Pattern(
    "wrong incorrect miscalculated miscalculation misread arithmetic inaccurate falsch verrechnet rechenfehler "
    "faux incorrecta "
    "incorrecto equivocado erreur mistake contradicts error errors incorrectly misinterpreted misinterprets misidentified "
    "miscounted flawed faulty logical factual wrongly",
    r"\b(?:wrong|incorrect) (?:answer|result|total|sum|number|value|date|calculation|conclusion|figure|amount"
    r"|year|name|label|class)\b",
    r"\b(?:answer|result|total|sum|calculation|conclusion|arithmetic|math|maths) (?:is|was|are) (?:wrong"
    r"|incorrect|off|false)\b",
    r"\bmiscalculat(?:ed|ion)\b|\bmisread\b|\barithmetic (?:error|mistake)\b|\b(?:calculation|reasoning"
    r"|logic(?:al)?) (?:error|mistake)\b",
    r"\b(?:logical|factual|reasoning|arithmetic|counting|conversion|sign) (?:error|mistake|slip)\b|\bmis(?:counted|identified|interpret(?:ed|s))\b",
    r"\berror in (?:the |its )?(?:reasoning|logic|calculation|implementation|arithmetic|code|simulation)\b|\b(?:flawed|faulty) (?:logic|reasoning)\b",
    r"\b(?:incorrectly|wrongly) (?:identif|calculat|comput|count|conclud|stat|classif|deduc|infer|appl|interpret)\w{1,4}\b",
    r"\bfactually (?:wrong|incorrect)\b|\b(?:falsches ergebnis|falsch berechnet|verrechnet|rechenfehler"
    r"|falsch gerechnet)\b",
    r"\b(?:ergebnis|antwort) (?:ist|stimmt) (?:falsch|nicht)\b|\berreur de (?:calcul|raisonnement)\b|\b(?:réponse"
    r"|résultat) (?:est )?fau(?:x|sse)\b",
    r"\berror de (?:cálculo|razonamiento)\b|\b(?:respuesta|resultado) (?:es )?incorrect[oa]\b"
    r"|算错|计算错误|答案错|推理错误|看错|读错|理解错|结果不对|計算(?:ミス|間違)|間違って|계산 ?(?:오류|실수)|틀렸",
)
_WORD = re.compile(r"\w{4,40}")
_FEW_WORDS = 3
_QUESTION = re.compile(r"(?i)(?:question|frage|pregunta|问题|質問)\s{0,2}[:：]\s{0,4}([^\n]{5,300})")
_QUESTION_LENGTH, _MATERIAL = 200, 200
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
    if view.answer and view.last and denies_knowledge(view.answer):
        yield from _denied(view)
    for text in view.remarks:
        if _WRONG.search(text):
            yield finding("reference.reported", _GAP, text.full, text.where, locus="answer:wrong")
            break
    for text in view.reports:
        kind = compared(text)
        if kind:
            rule, category = ("other_form", _FIELD) if kind == "form" else ("number_differs", _GAP)
            yield finding(f"reference.{rule}", category, text.full, text.where, locus=f"reference:{kind}")


def _texts(view: View, reference: str) -> Iterator[Finding]:
    answer = view.answer.full.strip()
    if answer == reference.strip():
        return
    if len(answer) <= 3 * len(reference) + 20 and plain(answer) == plain(reference):
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
    wanted, given = _final(reference), numbers(answer)
    if wanted is not None and given and not any(same(wanted, number) for number in given):
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


def _denied(view: View) -> Iterator[Finding]:
    """Yield material of the same turn, or of a system message or a tool, that speaks of what was asked."""
    question = _QUESTION.search(view.last.raw)
    asked = Text(question[1] if question else view.last.raw[-_QUESTION_LENGTH:])
    rest = view.last.raw.replace(asked.full, "", 1)
    for text in (Text(rest, view.last.where), *view.systems, *view.results):
        if len(text.full) > _MATERIAL and speaks_of(text, asked):
            yield finding(
                "reference.denied_though_there",
                _GAP,
                "the material speaks of it",
                text.where,
                locus="denied_though_there",
            )
            return


def _objects(view: View, reference: Mapping[str, Any]) -> Iterator[Finding]:
    """Compare field by field; names of fields are the template's where its schema knows them."""
    properties = (view.request.output_schema or {}).get("properties")
    known = properties if isinstance(properties, Mapping) else {}
    for name, wanted in list(reference.items())[:50]:
        given = view.value.get(name, ...)
        if given is ... or given == wanted or isinstance(wanted, (dict, list)):
            continue
        field = name if name in known else "*"
        same = plain(str(given)) == plain(str(wanted)) or wanted is None or given is None or given == ""
        rule, category = ("reference.other_form", _FIELD) if same else ("reference.field_differs", _GAP)
        yield finding(
            rule, category, f"{name}: {given!r} for {wanted!r}", "response.content",
            locus=f"/{field}:{'form' if same else 'value'}",
        )  # fmt: skip


def _final(reference: str) -> float | None:
    """Return the number a reference comes to: its only one, or the last after an equals sign or `####`."""
    found = numbers(reference)
    marked = re.search(
        r"(?:=|####|答案|answer is|antwort:?|answer:?)\s*[^\d\n]{0,5}([-−]?[\d.,]{1,20})\s*\D{0,12}$",
        reference.strip().lower(),
    )
    if marked:
        marked_numbers = numbers(marked[1].rstrip(".,"))
        return marked_numbers[-1] if marked_numbers else None
    return found[0] if len(found) == 1 and len(reference) <= _BARE else None
