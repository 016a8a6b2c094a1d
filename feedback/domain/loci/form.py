"""Form: the container of the answer and what is wrong with it."""

from feedback.domain.loci.containers import container, json_fault, shape
from feedback.domain.loci.seen import Seen
from feedback.domain.loci.vocabulary import Vocabulary

__all__ = ["container_place"]

_SAID = Vocabulary(
    language="language | english | german | french | spanish | chinese | japanese | korean | portuguese | italian | sprache | englisch"
    " | deutsch | langue | anglais | français | idioma | inglés | español | 语言 | 中文 | 英文 | 日语 | 言語 | 日本語 | 英語 | 언어 | 한국어",
)


def container_place(seen: Seen) -> str | None:
    """
    Return `container:fault` of the answer, as far as it shows the fault by itself, else `form:` and its shape.

    `json:invalid` (quotes, commas, an end that is missing), `json:wrapped` (a fence, words or a second object around it),
    `fenced`, `tags`, `language`; a call whose arguments are no JSON is `tool:*:invalid`.
    """
    broken = next((one.locus for one in seen.found("tool.arguments_invalid")), None)
    if broken or not seen.answer:
        return broken
    form = container(seen.answer)
    fault = json_fault(seen.answer.full) if form == "json" else None
    if fault:
        return f"json:{fault}"
    if form in {"fenced", "tags"}:
        return form
    if _SAID.names("language", seen.said) or seen.found("structure.language_differs"):
        return "language"
    form = shape(seen.answer)
    return f"form:{'text' if form == 'label' else form}"
