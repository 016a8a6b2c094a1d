"""Reported: what the producer's validators, checks and logs say in words that many tools share."""

import re
from collections.abc import Iterator

from feedback.classification.evidence.schema import schema_names
from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Text

__all__ = ["RULES", "find"]

_FORM = "output_format_violation"
_FIELD = "field_definition_ambiguity"
_KINDS: tuple[tuple[str, str, str, Pattern], ...] = tuple(
    (kind, category, locus, Pattern(triggers, *alternatives))
    for kind, category, locus, triggers, alternatives in (
        (
            "json", _FORM, "json:invalid",
            "json jsondecodeerror expecting unterminated json_invalid invalid_json json_error json_parse parse",
            (
                (r"jsondecodeerror|json_?(?:decode|parse|invalid)|invalid[_ ]json|not (?:a )?valid json"
                r"|malformed json|json[_ ](?:parse|decode|syntax)"),
                r"expecting (?:value|property name|',' delimiter|':' delimiter)|unterminated string|extra data: line",
                (r"unexpected (?:token|end of json|non-whitespace)|(?:fail(?:ed|s|ure)?|unable|could not"
                r"|cannot) (?:to )?(?:parse|decode)[^.\n]{0,20}json"),
                (r"(?:no |not )(?:a )?json\b|is json: |json (?:kaputt|ungültig|invalide|inválido)|json\s?(?:解析"
                r"|格式错误|无效|不合法)"),
            ),
        ),
        (
            "fence", _FORM, "json:fenced", ("fence fences fenced codeblock markdown backticks prose preamble "
            "outside surrounding"),
            (
                r"code ?fences?|markdown fences?|wrapped in (?:a )?(?:markdown|code)|triple backticks|fenced",
                (r"(?:text|prose|words|content) (?:outside|before|after|around|surrounding) (?:the )?(?:json"
                r"|structure|table|object|code)"),
                r"(?:extra|leading|trailing) (?:text|prose|content)",
            ),
        ),
        (
            "form", _FORM, "form", ("format table list heading headings section sections markup markdown html "
            "yaml csv xml bullet order bullets"),
            (
                (r"(?:wrong|invalid|bad|broken|incorrect) (?:output )?format|format (?:violation|error|mismatch"
                r"|not followed|ignored)|not a (?:table|list)\b"),
                (r"expected (?:a |an )?(?:table|list|markdown|html|xml|yaml|csv|bullets?|numbered list)|(?:missing"
                r"|no) (?:table|heading|headings|section|sections)"),
                (r"(?:section|key|heading|column)s? order|out of order|格式(?:错误|不对|不符)|不是表格|没有按.{0,6}格式"
                r"|falsches format|mauvais format"),
                r"formato incorrecto|形式が違|형식 ?(?:오류|이 잘못)",
            ),
        ),
        (
            "enum", _FIELD, "enum", "enum not literal_error permitted allowed enumeration value_error",
            (
                (r"is not one of|\benum(?:eration)?\b|literal_error|input should be '[^']{0,60}'(?:,| or)"
                r"|not (?:a )?permitted value"),
                r"permitted: |not in (?:the )?(?:allowed|permitted)|unknown (?:label|enum)|not an allowed value",
            ),
        ),
        (
            "required", _FIELD, "required", "required missing field",
            (
                (r"is a required property|\bfield required\b|^missing: |required (?:field|property|key)"
                r"|missing (?:field|key|property|required field)"),
                r"(?:field|key|property) [\"'`]?\w{1,60}[\"'`]? (?:is )?missing",
            ),
        ),
        (
            "type", _FIELD, "type", ("type valid int_parsing float_parsing string_type int_type float_type "
            "bool_type type_error expected"),
            (
                (r"is not of types? |input should be a valid (?:string|integer|number|boolean|list|dictionary"
                r"|array|object)|\w{2,20}_(?:parsing|type)\b"),
                (r"type_error|expected (?:type )?(?:string|integer|number|boolean|array|object|float|int|str)\b"
                r"|wrong type|^type: "),
            ),
        ),
        (
            "additional", _FIELD, "additional", "additional extra extra_forbidden unevaluated unexpected unknown",
            (r"additional properties are not allowed|extra_forbidden|extra inputs? (?:are|is) not permitted|(?:unexpected|unknown|extra) (?:field|key|property)",),
        ),
        (
            "format", _FIELD, "format", "match format pattern date datetime_parsing unit units",
            (
                (r"does not match '|is not a '[\w-]{1,30}'|string_pattern_mismatch|^(?:format|pattern): "
                r"|invalid (?:date|unit|datetime|email|currency)"),
                r"wrong (?:unit|currency)|unit mismatch|date format",
            ),
        ),
        (
            "range", _FIELD, "range", "minimum maximum less_than greater_than less greater nonempty",
            (
                (r"is (?:less|greater) than the (?:minimum|maximum)|(?:less|greater)_than(?:_equal)?\b"
                r"|input should be (?:less|greater) than"),
                r"\] is too (?:long|short)|should be non-empty",
            ),
        ),
        (
            "limit", "over_elaborated_response", "max_length",
            "words characters chars tokens sentences limit long string_too_long length wörter mots palabras zeichen",
            (
                (r"\d{1,6} (?:words|characters|chars|tokens|sentences|wörter|zeichen|mots"
                r"|palabras)[^\n]{0,20}(?:limit|max(?:imum)?|allowed|erlaubt|höchstens)"),
                (r"(?:exceed(?:s|ed)?|over|above)[^.\n]{0,25}(?:limit|max(?:imum)?|length|words)|\btoo long\b"
                r"|string_too_long|max(?:imum)?[_ ]?(?:length|words)"),
                r"length limit exceeded|超过.{0,6}(?:字|限制)|字数超|文字数(?:超過|オーバー)|글자 수 초과",
            ),
        ),
        (
            "too_short", _FORM, "min_length", "short minimum min fewer least string_too_short",
            (
                (r"\btoo short\b|string_too_short|(?:below|under|fewer than)[^.\n]{0,25}(?:minimum|required)"
                r"|min(?:imum)?[_ ](?:length|words)"),
                r"\d{1,6} (?:words|characters|chars|sentences)[^\n]{0,12}(?:at least|min(?:imum)?)|字数不足|不足.{0,4}字",
            ),
        ),
        (
            "language", _FORM, "language", "language lang detected language_mismatch sprache langue idioma",
            (
                (r"(?:wrong|unexpected|incorrect) (?:language|lang)\b|(?:language|lang)[_ ](?:mismatch|check"
                r"|match)|(?:expected|detected) (?:language|lang)"),
                (r"not (?:written )?in (?:english|german|french|spanish|chinese|japanese|korean)|falsche sprache"
                r"|mauvaise langue|idioma incorrecto"),
                r"detected [a-z]{2}\b|语言(?:错误|不对|不符)|言語が違|언어 ?(?:불일치|오류)",
            ),
        ),
        (
            "blocked", "inconsistent_refusal_boundary", "blocked",
            "guardrail guardrails content_filter filter moderation policy policy_violation safety blocked flagged",
            (
                (r"content[_ -]?filter|guardrails?\b|moderation|policy[_ ](?:violation|block)|blocked by"
                r"|safety (?:filter|block|classifier|system)"),
                r"flagged (?:as|by|for)|responsible ?ai|内容(?:过滤|审核)|安全拦截",
            ),
        ),
        (
            "retrieval_empty", "insufficient_context", "retrieval:empty",
            "documents hits results passages chunks retrieval retrieved context docs matches top_k treffer",
            (
                (r"\b(?:0|no|zero) (?:documents?|docs|hits|results|passages|chunks|matches|sources)\b|(?:hits"
                r"|documents|docs|results|chunks|passages|matches)\s?[=:]\s?0\b"),
                (r"retrieved (?:0|no|nothing)\b|retrieval (?:empty|returned nothing|failed|miss)|(?:empty"
                r"|no) (?:context|retrieval)|context (?:is |was )?(?:empty|truncated|cut)"),
                (r"keine treffer|context (?:length|window) exceeded[^\n]{0,40}truncat|检索(?:结果)?为空|未检索到|検索結果(?:なし"
                r"|0)|검색 결과 ?없"),
            ),
        ),
        (
            "ungrounded", "insufficient_context", "grounding", ("grounded groundedness faithfulness faithful "
            "hallucination unsupported attribution"),
            (r"groundedness|faithful(?:ness)?|hallucinat\w{0,6}|unsupported (?:claim|statement|fact)|not grounded|attribution",),
        ),
        (
            "neutral", "", "neutral", ("timeout timed connection 502 503 504 429 rate unavailable reset oom "
            "econnreset deadline"),
            (
                (r"time(?:d)?[ -]?out|connection (?:reset|refused|error|aborted)|\b50[234]\b|\b429\b|rate limit"
                r"|service unavailable|econnreset"),
                r"deadline exceeded|out of memory|\boom\b",
            ),
        ),
    )
)  # fmt: skip
RULES = tuple(sorted(f"reported.{kind}" for kind, *_ in _KINDS))
_PLACED = frozenset({"enum", "required", "type", "additional", "format", "range"})
_PROPERTY = re.compile(
    r"[\"'`]([A-Za-z_]\w{0,60})[\"'`] is a required property|(?:field|key|property) [\"'`]([A-Za-z_]\w{0,60})[\"'`]"
)
_SEGMENT = re.compile(r"[A-Za-z_]{1,40}")
_SEPARATOR = re.compile(r"[/.\[\]]+")
_MOST_SEGMENTS = 12


def find(view: View) -> Iterator[Finding]:
    """Yield each kind of report with its place, once."""
    seen: set[tuple[str, str]] = set()
    for text in view.reports:
        for kind, category, locus, pattern in _KINDS:
            if not pattern.search(text):
                continue
            full = f"{_place(view, text, kind)}:{kind}" if kind in _PLACED else locus
            if (kind, full) not in seen:
                seen.add((kind, full))
                yield finding(f"reported.{kind}", category, text.full, text.where, locus=full)


def _place(view: View, text: Text, kind: str) -> str:
    """Return the place a validator named, indices and what the template does not know as `*`."""
    path = ""
    if text.where.startswith("signals.validation_errors["):
        index = int(text.where.removeprefix("signals.validation_errors[").split("]")[0])
        path = view.signals.validation_errors[index].path or ""
    segments = [part.strip("\"' ") for part in _SEPARATOR.split(path.strip().lstrip("$#"))][: _MOST_SEGMENTS + 1]
    segments = [part for part in segments if part]
    named = _PROPERTY.search(text.full[:500]) if kind == "required" else None
    name = next(filter(None, named.groups())) if named else None
    if name and segments[-1:] != [name]:
        segments.append(name)
    known = schema_names(view) if view.request.output_schema else None
    return "".join(f"/{_masked(part, known)}" for part in segments[:_MOST_SEGMENTS])


def _masked(segment: str, known: frozenset[str] | None) -> str:
    if known:
        return segment if segment in known else "*"
    return segment if _SEGMENT.fullmatch(segment) else "*"
