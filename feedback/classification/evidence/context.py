"""Context: what the answer needed was not in the prompt, or the answer says so."""

import re
from collections.abc import Iterator

from feedback.classification.evidence.knowledge import denies_knowledge, touches
from feedback.classification.evidence.topic import topic
from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Pattern, Phrases, Text

__all__ = ["RULES", "admits_lack", "find"]

RULES = (
    "context.admitted", "context.attachment_missing", "context.cut", "context.empty", "context.irrelevant", "context.reported"
)  # fmt: skip
_CATEGORY = "insufficient_context"

_LABEL = (
    r"(?:(?:retrieved|provided|relevant|reference|source|search|support|attached|given)\s)?"
    r"(?:context|documents?|passages?|sources?|material|excerpts?|(?:search )?results|evidence|article"
    r"|transcript|snippets?"
    r"|knowledge(?: base)?|kontext|dokumente?|auszug|quellen?|treffer|contexte|documents|extraits?|contexto|documentos?"
    r"|fragmentos?|resultados)"
)
_CJK_LABEL = (
    r"(?:上下文|参考资料|资料|材料|检索结果|文档|原文|参考文档|文脈|参考資料|資料|検索結果|문맥|자료|검색 결과)"
)
_NOTHING = (
    r"(?:\[\s?\]|\{\s?\}|\"\"|\(?(?:none|empty|n/a|null|nil|no results?(?: found)?|nothing found"
    r"|no documents(?: found)?|keine?(?: treffer)?|leer|aucun(?: résultat)?|vide|ninguno|vacío|sin resultados)\)?\.?"
    r"|\[(?:empty|none|no results?)\])"
)
_CJK_NOTHING = r"[（(]?(?:无|空|无结果|未检索到(?:相关)?(?:内容|结果|资料)?|なし|該当なし|없음|\[\s?\])[)）]?。?"
_START, _COLON, _GAP = r"^[ \t#*]{0,6}", r"\**[ \t]?[:：]\**[ \t]*", r"\n?[ \t]*"
_NEXT_LABEL = r"(?:\n[ \t]*)?(?:\Z|(?=\n?[ \t#*]{0,6}[^\s:：]{1,20}(?: \w{1,20}){0,2}\**[:：]))"
_LABELLED = Pattern(
    "context document documents passage passages source sources material excerpt excerpts results evidence "
    "article transcript "
    "snippet snippets knowledge kontext dokument dokumente auszug quelle quellen treffer contexte extrait "
    "extraits contexto "
    "documento documentos fragmento fragmentos resultados",
    f"{_START}{_LABEL}{_COLON}{_GAP}{_NOTHING}[ \\t]*$|{_START}{_LABEL}{_COLON}{_GAP}{_NEXT_LABEL}",
    f"{_START}{_CJK_LABEL}{_COLON}{_GAP}{_CJK_NOTHING}[ \\t]*$|{_START}{_CJK_LABEL}{_COLON}{_GAP}{_NEXT_LABEL}",
    r"<(context|documents?|sources?|passages?|excerpts?|results|material|article|transcript)>\s{0,20}</\1>",
)
_EMPTY_RESULT = re.compile(
    r"\s{0,20}(?:\[\s{0,9}\]|\{\s{0,9}\}|null|none|(?:no|0) (?:results?|documents?|hits|matches|records)\b.{0,80}"
    r"|\{[^{}]{0,80}\"(?:results|documents|hits|items|records|matches|data|passages)\":\s?\[\s?\][^{}]{0,80}\})\s{0,20}"
)
_CUT = re.compile(
    r"\[(?:truncated|cut off|text truncated|content truncated|remainder omitted|rest omitted|\.\.\.\s?truncated|gekürzt|abgeschnitten"
    r"|tronqué|truncado|截断|内容截断|后文缺失|已截断|以下略)[^\[\]\n]{0,30}\]|\((?:truncated|cut off here|gekürzt|以下省略|后文缺失)\)"
    r"|（(?:以下省略|后文缺失|内容已截断|已截断)）|<truncated>|\bpage \d{1,3} of \d{1,3} missing\b"
)
_CUT_SIGNS = ("[", "(", "（", "<", "missing")
_LONG_MATERIAL = 200
_TELLING = 3
_MATERIAL = re.compile(rf"^[ \t#*]{{0,6}}(?:{_LABEL}|{_CJK_LABEL})[^:：\n]{{0,20}}[:：]", re.MULTILINE)
_LONGEST_MATERIAL = 6_000
_NOTHING_ASKED = Text("")
_ASKED = re.compile(r"[^.!?。！？\n]{8,300}[?？]")
_ATTACHED = Pattern(
    "attached attachment screenshot photo picture image pdf below anhang angehängten angehängte beigefügten beigefügte "
    "screenshot foto joint jointe adjunto adjunta adjuntos",
    r"\b(?:the|in|see|per|from|my) attach(?:ed|ment)\b|\battached (?:is|are|file|document|image|pdf|contract"
    r"|invoice|report|photo)\b",
    r"\b(?:in|on|from|of) (?:the|this|my) (?:screenshot|photo|picture|image|pdf)\b|\bthe (?:article|text|link"
    r"|document) below\b",
    r"\b(?:im|siehe) anhang\b|\b(?:der|die|das|dem|den|im) (?:angehängten?|beigefügten?)\b|\bci-joint[es]{0,2}\b"
    r"|\bpièce jointe\b",
    r"\b(?:el|la|los|archivo|documento|foto) adjunt[oa]s?\b|附件|(?:这张|图中|图片(?:里|中|上))|截图|添付|첨부",
)
_SHORT_REQUEST = 500
_LACKS = Phrases(
    """
    is not provided in the | not provided in the context | not in the provided | the context does not |
    the context doesn't | the provided context does | the document does not | the document doesn't |
    the text does not | the text doesn't | the passage does not | the excerpt does not |
    the provided text does not | the provided documents do not | does not contain information |
    doesn't contain information | do not contain information | does not mention | doesn't mention |
    is not mentioned | are not mentioned | isn't mentioned | not specified in the | not stated in the |
    wasn't provided | was not provided | no information about | no information on | don't have access to |
    do not have access to | don't see any attachment | don't see an attachment | do not see any attachment |
    no attachment | can't see the | cannot see the | can't open attachments | please share the |
    please paste the | please provide the text | could you share the | could you paste the |
    provide the document | not enough information | insufficient information | without the document |
    without more context | lässt sich dem text nicht | geht aus dem text nicht | ist im text nicht |
    nicht im text | wird nicht erwähnt | nicht angegeben | liegt mir nicht vor | liegen mir nicht vor |
    keine informationen | habe keinen zugriff | nicht genügend informationen | n'est pas mentionné |
    n'est pas précisé | ne mentionne pas | ne contient pas | n'ai pas accès | pas d'information |
    no se menciona | no se especifica | no se proporciona | no contiene información | no tengo acceso |
    no hay información | 材料中没有 | 资料中没有 | 文中没有 | 文中未 | 未提及 | 没有提到 | 没有提供 | 未提供 | 未找到相关 | 没有找到相关 | 没有相关信息 |
    信息不足 | 资料不足 | 无法确定 | 无法从 | 看不到附件 | 没有看到附件 | 記載がありません | 記載されていません | 情報がありません | 添付が見 | 確認できません | 언급되어 있지 않 |
    정보가 없 | 제공되지 않 | 확인할 수 없
    """
)
_REPORTED = Phrases(
    """
    had not given | hadn't given | not yet given | not yet provided | only in the next turn | only later | never provided |
    was never given | were never given | never mentioned | nobody told it | made up | made-up | makes up | invented | fabricated | fabricates | hallucinated | hallucination |
    hallucinates | not in the document | not in the source | not in the text | not in the context |
    not in the material | nowhere in the | not supported by the | unsupported claim | not grounded |
    ungrounded | no evidence in | context was empty | context is empty | missing context | context missing |
    nothing was retrieved | excerpt was cut | excerpt is cut | was cut off before | erfunden | ausgedacht |
    halluziniert | steht nicht im | steht nirgends | inventé | halluciné | ne figure pas | inventado |
    inventada | se lo inventó | se inventó | no aparece en | 编造 | 捏造 | 瞎编 | 胡编 | 幻觉 | 材料里没有 | 材料中没有 | 原文没有 |
    原文中没有 | 资料里没有 | 文中没有 | 缺少上下文 | 上下文为空 | でっち上げ | 捏造 | 資料にない | 지어냈 | 지어낸 | 근거가 없
    """
)


def admits_lack(text: Text) -> bool:
    """Tell whether an answer says that the material is missing."""
    return _LACKS.search(text) is not None


def find(view: View) -> Iterator[Finding]:
    """Yield what was empty, cut or not attached, that the answer misses it, and who said so."""
    lacking = bool(view.answer) and admits_lack(view.answer)
    if lacking:
        yield finding("context.admitted", _CATEGORY, view.answer.low, "response.content", locus="context:admitted")
    if view.answer and not view.refused:
        yield from _empty(view)
        yield from _cut(view)
        yield from _irrelevant(view)
        if not view.asks or lacking:
            yield from _attachment(view)
    for text in view.remarks:
        phrase = _REPORTED.search(text)
        if phrase:
            yield finding("context.reported", _CATEGORY, text.full, text.where, locus="context:reported")
            return


def _empty(view: View) -> Iterator[Finding]:
    for text in view.instructions:
        match = _LABELLED.search(text)
        if match:
            yield finding("context.empty", _CATEGORY, match[0], text.where, locus="context:empty")
            return
    last_result = view.results[-1:]
    for text in last_result:
        if _EMPTY_RESULT.fullmatch(text.low[:400]):
            yield finding(
                "context.empty", _CATEGORY, f"a tool returned {text.low[:80]}", text.where, locus="context:result"
            )


def _cut(view: View) -> Iterator[Finding]:
    for text in (*view.instructions, *view.results[-1:]):
        ending = text.low.rstrip()
        elided = len(ending) > _LONG_MATERIAL and ending.endswith(("...", "…", "[...]", "……"))
        if elided or (any(sign in text.low for sign in _CUT_SIGNS) and _CUT.search(text.low)):
            yield finding("context.cut", _CATEGORY, "the material ends early", text.where, locus="context:cut")
            return


def _irrelevant(view: View) -> Iterator[Finding]:
    """Yield labelled material that has nothing in common with the question, where the answer knows it all the same."""
    for text in view.instructions:
        material = _material(text)
        if len(material) <= _LONG_MATERIAL or denies_knowledge(view.answer):
            continue
        asked = _ASKED.findall(view.last.low.replace(material, " "))
        question = Text(asked[-1]) if asked else _NOTHING_ASKED
        if len(topic(question.low)[0]) >= _TELLING and not touches(Text(material), question):
            yield finding("context.irrelevant", _CATEGORY, question.full, text.where, locus="context:irrelevant")


def _material(text: Text) -> str:
    """Return what stands behind a label such as `Context:`, without a question in a block of its own behind it."""
    label = _MATERIAL.search(text.low) if text.cjk or _LABELLED.fits(text) else None
    if label is None:
        return ""
    rest = text.low[label.end() : label.end() + _LONGEST_MATERIAL]
    block, _, last = rest.rpartition("\n\n")
    return block if block and ("?" in last or "？" in last) else rest


def _attachment(view: View) -> Iterator[Finding]:
    if sum(len(text.full) for text in view.users) > _SHORT_REQUEST or view.results:
        return
    match = _ATTACHED.search(view.last)
    if not match:
        return
    if any(isinstance(message.content, tuple) and len(message.content) > 1 for message in view.request.messages):
        return
    yield finding("context.attachment_missing", _CATEGORY, match[0], view.last.where, locus="context:attachment")
