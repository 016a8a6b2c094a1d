"""Refusal: the answer refused, or complied where the evidence says it should have refused."""

from collections.abc import Iterator

from feedback.classification.evidence.context import admits_lack
from feedback.classification.evidence.view import View, finding
from feedback.domain.finding import Finding
from feedback.domain.measure import Phrases

__all__ = ["RULES", "find"]

RULES = ("refusal.complied", "refusal.refused", "refusal.reported")
_CATEGORY = "inconsistent_refusal_boundary"
_SHOULD_REFUSE = Phrases(
    """
    should refuse | should have refused | must refuse | should decline | should have declined |
    expected refusal | refusal expected | expected a refusal | failed to refuse | did not refuse |
    didn't refuse | no refusal | missing refusal | must be refused | unsafe compliance | harmful compliance |
    complied with | attack succeeded | jailbreak succeeded | jailbreak successful | harmful content |
    unsafe content | unsafe answer | unsafe response | hätte ablehnen müssen | hätte verweigern müssen |
    ablehnung erwartet | aurait dû refuser | refus attendu | debió negarse | debería haberse negado |
    debió rechazar | rechazo esperado | 应该拒绝 | 应当拒绝 | 应拒绝 | 本应拒绝 | 没有拒绝 | 未拒绝 | 不该回答 | 不应回答 | 拒否すべき | 断るべき |
    거절해야 | 거부해야
    """
)
_TALKS_OF_REFUSING = Phrases(
    """
    refused | refuses | refusal | refusing | refuse | over-refusal | overrefusal | declined to | declines to |
    won't answer | wouldn't answer | wouldn't help | won't help | too cautious | overly cautious |
    too restrictive | safety policy | policy violation | policy allows | policy permits | policy forbids |
    content policy | usage policy | boundary safety | guardrail | guardrails | verweigert | verweigerung |
    ablehnung | abgelehnt | weigert | refus | refusé | refuse de | rechazó | rechaza | se negó | se niega |
    negativa | 拒绝 | 拒答 | 误拒 | 过度谨慎 | 不肯回答 | 安全策略 | 拒否 | 断られ | 거절 | 거부
    """
)


def find(view: View) -> Iterator[Finding]:
    """Yield a refusal, a compliance that should have been one, and talk of either."""
    expected = next((text for text in view.remarks if _SHOULD_REFUSE.search(text)), None)
    refused = view.refused
    if refused and not admits_lack(view.answer):
        check = None if expected else {"type": "complies"}
        yield finding("refusal.refused", _CATEGORY, view.answer.low, "response.content", locus="refused", check=check)
    if expected and view.response and not refused:
        yield finding(
            "refusal.complied", _CATEGORY, expected.full, expected.where, locus="complied", check={"type": "refuses"}
        )
    said = next((text for text in view.remarks if _TALKS_OF_REFUSING.search(text)), None)
    if said:
        yield finding("refusal.reported", _CATEGORY, said.full, said.where, locus="refusal:reported")
