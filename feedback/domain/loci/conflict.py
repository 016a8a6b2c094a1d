"""Conflict: what the two clauses that clash are about."""

from feedback.domain.loci.seen import NAME_SIGNS, Seen
from feedback.domain.loci.vocabulary import Vocabulary
from feedback.domain.measure import Text

__all__ = ["ABOUT", "clash_place"]

ABOUT = Vocabulary(
    null="null | none | nonetype | nullable | 空值 | 留空",
    explanation="reason | reasons | reasoning | explanation* | explain* | analysis | analyse* | rationale | justif* | derivation | derive*"
    " | steps | thinking | conclusion | begründ* | erklär* | analyse | raison* | expli* | razon* | motiv* | 理由 | 分析 | 解释 | 思路"
    " | 推理 | 推导 | 步骤 | 结论 | 説明 | 根拠 | 설명 | 이유",
    language="language | english | german | french | spanish | chinese | japanese | korean | portuguese | italian | translat* | sprache | englisch"
    " | deutsch | langue | anglais | français | idioma | inglés | español | 语言 | 中文 | 英文 | 日语 | 言語 | 日本語 | 英語 | 언어 | 한국어",
    sources="source | sources | cite | cites | citation* | reference | references | outside knowledge | own knowledge | general knowledge | quelle*"
    " | zitier* | fuente* | 来源 | 引用 | 出典",
    asking="clarif* | confirmation | confirm first | question back | ask back | ask first | rückfrage* | nachfrag* | bestätig* | preguntar"
    " | 确认 | 追问 | 先问 | 反问 | 確認 | 확인",
    tools="tool | tools | lookup | api call | tool call | werkzeug | outil | herramienta | 调用 | 工具 | ツール | 도구",
    units="unit | units | metric | imperial | grams | cups | euros | cents | kilometres | miles | celsius | fahrenheit | einheit* | unité* | unidad*"
    " | 单位 | 万元 | 公里 | 単位 | 단위",
    tone="tone | style | formal* | informal* | casual* | polite* | friendly | humour | humor* | funny | serious | emoji*"
    " | creative | playful | duzen | siezen | tonfall | stil | ton | tutea* | vous | estilo | tono | вы | ты | 语气 | 风格 | 正式 | 您 | 敬語"
    " | 口調 | 말투",
    limit="words | characters | short | shorter | longer | brief | concise | detailed | exhaustive | limit | max | min | maximum | minimum"
    " | at most | at least | up to | number of | entries | items | fixed at | wörter | kurz | ausführlich | mots | court | palabras | corto | 字数 | 个字 | 字以内"
    " | 简短 | 详细 | 长度 | 限制 | 文字数 | 短く | 글자",
    format="format | json | table | list | bullet* | markdown | plain text | prose | sentence | sentences | paragraph* | object | xml | yaml | html"
    " | csv | heading* | satz | sätze | tabelle | liste | phrase* | frase* | 格式 | 表格 | 列表 | 句子 | 纯文本 | 形式 | 형식",
)
_NUMBERS = Vocabulary(
    numbers="one | two | three | four | five | six | seven | eight | nine | ten | twelve | twenty | zwei | drei | vier | fünf | zehn | deux"
    " | trois | dos | tres"
)
_FOUND = {
    "instructions.language_clash": "language", "instructions.format_clash": "format", "instructions.limit_clash": "limit",
    "instructions.length_clash": "limit", "instructions.tone_clash": "tone",
}  # fmt: skip
_SAID, _PROMPTED, _MOST_SAID, _MOST_PROMPTED = 3, 1, 3, 2


def clash_place(seen: Seen) -> str | None:
    """
    Return `clash:` and what both clauses are about.

    One of `null`, `explanation`, `language`, `sources`, `asking`, `tools`, `units`, `tone`, `limit` and `format`: what the remarks and
    the names of all checks name most, the prompt telling between two; else what a rule found in the prompt; else `other`.
    """
    if _null_refused(seen):
        return "clash:null"
    checks = " ".join(check.name for check in seen.signals.checks).translate(NAME_SIGNS)
    said = Text(f"{seen.said.full}\n{checks}")
    points = {kind: _SAID * min(count, _MOST_SAID) for kind, count in ABOUT.counts(said).items()}
    if _NUMBERS.counts(said).get("numbers", 0) > 1:
        points["limit"] = points.get("limit", 0) + _SAID
    for one in seen.findings:
        if one.rule in _FOUND and not points:
            return f"clash:{_FOUND[one.rule]}"
    for kind, count in ABOUT.counts(seen.prompt).items():
        points[kind] = points.get(kind, 0) + _PROMPTED * min(count, _MOST_PROMPTED)
    if not points and not seen.answer and not seen.said:
        return None
    return f"clash:{max(points, key=lambda kind: points[kind], default='other')}"


def _null_refused(seen: Seen) -> bool:
    """Tell whether a schema refuses the null that the answer holds."""
    value = seen.value
    held = isinstance(value, dict) and any(inner is None for inner in value.values())
    return held and bool(seen.signals.validation_errors or seen.found("schema.type", "schema.enum"))
