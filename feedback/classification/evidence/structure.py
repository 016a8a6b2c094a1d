"""Structure: the container of the answer is not the one that was asked for."""

import json
import re
from collections.abc import Iterator
from typing import Any

from feedback.classification.evidence.view import View, finding
from feedback.classification.evidence.wishes import asked_form, asked_language
from feedback.domain.finding import Finding
from feedback.domain.measure import LANGUAGES, Pattern, language, list_items, words

__all__ = ["RULES", "find"]

RULES = (
    "structure.json_fenced", "structure.json_invalid", "structure.json_prose", "structure.json_truncated",
    "structure.label_sentence", "structure.label_unknown", "structure.language_differs", "structure.list_missing",
    "structure.table_missing",
)  # fmt: skip
_CATEGORY = "output_format_violation"
_FENCED = re.compile(r"```\w{0,20}\s*\n?(.*?)\n?\s*```", re.DOTALL)
_CUT = frozenset({"length", "max_tokens", "max_output_tokens"})
_DECODER = json.JSONDecoder()
_LIST_CHECK = r"(?m)^ {0,8}(?:[-*•+]|\d{1,3}[.)、])"
_ONLY_LABEL = Pattern(
    "label category class word yes no these etikett wort kategorie mot étiquette catégorie palabra etiqueta",
    r"\b(?:only|just|nothing but)\s+(?:with\s+)?(?:the\s+|one\s+|a\s+)?(?:single\s+)?(?:label|category|class|word)\b",
    r"\b(?:one|single|a single|exactly one)[ -](?:word|label)\b(?! (?:per|for each))",
    r"\b(?:label|category|class|yes or no|one of these)\s+only\b"
    r"|\bonly\s+(?:with\s+)?[\"']?yes[\"']?\s+or\s+[\"']?no\b",
    r"\bnur\s+(?:mit\s+)?(?:dem|das|die|ein|einem)\s+(?:etikett|label|wort|kategorie)\b|\bin einem wort\b",
    r"\b(?:en )?un seul mot\b|\buniquement (?:l'étiquette|la catégorie)\b|\buna sola palabra\b|\bsolo la etiqueta\b",
    r"只(?:输出|回答|返回)(?:标签|类别|一个词)|仅(?:输出|返回)(?:标签|类别)|ラベルのみ|一語で|라벨만",
)
_LABELS = Pattern(
    "one labels label categories classes either eine einer une uno una von",
    r"\b(?:one of|labels?|categories|classes|either)(?: (?:the )?(?:following|these|are|is|labels|categories"
    r"|classes))*\s?:?\s+"
    r"((?:[\"'`]?[\w/-]{1,30}[\"'`]?(?:, (?:or |and )?|,| or | and | \| |/)){1,12}[\"'`]?[\w/-]{1,30})",
    r"(?:标签|类别|选项)(?:为|有|包括|是)?[:：]?\s?((?:[\w]{1,12}[、,，/|]){1,12}[\w]{1,12})",
)
_SPLIT = re.compile(r",\s?(?:or |and )?| or | and |\s?\|\s?|[/、，]")
_MOST_LABEL_WORDS = 4
_LONGEST_PATTERN = 300


def find(view: View) -> Iterator[Finding]:
    """Yield what is wrong with the container, where there is an answer in words and it is no refusal."""
    if not view.answer:
        return
    form = _form(view)
    if form == "json":
        yield from _json(view)
    elif form in {"table", "list"}:
        yield from _missing(view, form)
    yield from _label(view)
    yield from _language(view)


def _form(view: View) -> str | None:
    """Return the form that counts: the schema's, the label's, or the one asked for last."""
    if view.request.output_schema:
        return "json" if view.request.output_schema.get("type") != "string" else None
    label = (view.event.labels.output_format or "").lower()
    for form in ("json", "table", "list"):
        if form in label:
            return form
    return next(filter(None, map(asked_form, reversed(view.instructions))), None)


def _json(view: View) -> Iterator[Finding]:
    if view.value is not ...:
        return
    kind, detail = _json_fault(view.answer.full.strip(), view.response.finish_reason if view.response else None)
    yield finding(
        f"structure.json_{kind}", _CATEGORY, detail, "response.content", locus=f"json:{kind}", check={"type": "is_json"}
    )


def _json_fault(text: str, finish_reason: str | None) -> tuple[str, str]:
    fenced = _FENCED.search(text) if "```" in text else None
    if fenced and _reads(fenced[1].strip()):
        alone = fenced[0] == text
        return ("fenced", "parses without its code fence") if alone else ("prose", "words around the code fence")
    starts = [position for sign in "{[" if (position := text.find(sign)) >= 0]
    for start in sorted(starts):
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            if finish_reason in _CUT or _is_cut(text, error):
                return "truncated", f"ends before its structure does: {error}"
        else:
            if value and (start or end < len(text)):
                return "prose", f"words around the structure: {text[:40]} ... {text[-40:]}"
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return "invalid", str(error)
    return "invalid", "holds what JSON does not allow"


def _reads(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_cut(text: str, error: Exception) -> bool:
    """Tell whether the parser failed only at the very end of a text that closes nothing."""
    if not isinstance(error, json.JSONDecodeError) or text.endswith(("}", "]", "```")):
        return False
    return error.pos >= len(text) or error.msg.startswith("Unterminated string")


def _missing(view: View, form: str) -> Iterator[Finding]:
    answer = view.answer.full
    if view.asks or view.refused:
        return
    if form == "table" and not ("|" in answer or "\t" in answer or "<table" in view.answer.low):
        check = {"type": "contains", "text": "|"}
        yield finding("structure.table_missing", _CATEGORY, "no table", "response.content", locus="table", check=check)
    if form == "list" and not list_items(answer) and "<li" not in view.answer.low:
        pattern = None if re.search(_LIST_CHECK, answer) else {"type": "matches", "pattern": _LIST_CHECK}
        yield finding("structure.list_missing", _CATEGORY, "no list", "response.content", locus="list", check=pattern)


def _label(view: View) -> Iterator[Finding]:
    """Test a bare label: the permitted ones stand in the schema or in the text."""
    enum = (view.request.output_schema or {}).get("enum")
    labels = [value.lower() for value in enum if isinstance(value, str)] if isinstance(enum, list) else []
    if not labels and not any(map(_ONLY_LABEL.search, view.instructions)):
        return
    labels = labels or _labels_in(view)
    answer = view.answer.full.strip().strip("\"'`*.!。").lower()
    longest = max((words(label) for label in labels), default=1)
    if answer in labels or (view.value is not ... and not isinstance(view.value, str)) or view.refused:
        return
    size = view.size
    if size > max(longest, 2) + 1:
        check: dict[str, Any] = {"type": "max_words", "limit": longest}
        yield finding(
            "structure.label_sentence", _CATEGORY, f"{size} words for a label", "response.content",
            locus="label:sentence", check=check,
        )  # fmt: skip
    elif labels and size <= _MOST_LABEL_WORDS and not any(label in answer for label in labels):
        pattern = "(?i)" + "|".join(re.escape(label) for label in labels)
        yield finding(
            "structure.label_unknown", "field_definition_ambiguity", f"{answer} is none of {', '.join(labels)}",
            "response.content", locus="label:unknown",
            check={"type": "matches", "pattern": pattern} if len(pattern) <= _LONGEST_PATTERN else None,
        )  # fmt: skip


def _labels_in(view: View) -> list[str]:
    for text in view.instructions:
        match = _LABELS.search(text)
        if match:
            listed = next(filter(None, match.groups()))
            return [label for part in _SPLIT.split(listed) if (label := part.strip(" \"'`"))]
    return []


def _language(view: View) -> Iterator[Finding]:
    """Test the language that the last word on it asked for."""
    wished = next(filter(None, map(asked_language, reversed(view.instructions))), None)
    if wished is None or view.value is not ...:
        return
    found = language(view.answer)
    if found in LANGUAGES and found != wished:
        check = {"type": "language", "language": wished} if view.answer.raw is view.answer.full else None
        yield finding(
            "structure.language_differs", _CATEGORY, f"{found} instead of {wished}", "response.content",
            locus="language", check=check,
        )  # fmt: skip
