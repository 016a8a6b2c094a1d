"""An assessment: what the pipeline says of one failure event, without any state (contract, section 5)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from feedback.domain.canonical import short_id

__all__ = ["OF_TEMPLATE", "Alternative", "Assessment", "Attribution", "Evidence", "fingerprint_of"]

OF_TEMPLATE = "attribution."
"""Begins the names of evidence that speaks of the template, not of the category."""


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Alternative(_Said):
    """A category and its calibrated probability."""

    category: str
    probability: float = Field(ge=0, le=1)


class Evidence(_Said):
    """A rule that fired, with its words, or a term that weighed, with its weight; and where it stands."""

    kind: Literal["rule", "term"]
    name: str
    detail: str | None = None
    weight: float | None = None
    where: str | None = None


class Attribution(_Said):
    """The template a failure is put down to, how sure (0 to 1), and by what: the pipeline, or a person who corrected it."""

    name: str
    version: str | None = None
    score: float = Field(ge=0, le=1)
    method: Literal["reference", "sample", "text", "person"]


class Assessment(_Said):
    """One assessment."""

    event_id: str
    category: str
    probability: float = Field(ge=0, le=1)
    alternatives: tuple[Alternative, ...]
    evidence: tuple[Evidence, ...]
    template: Attribution | None
    locus: str
    fingerprint: str
    taxonomy_version: str
    classifier_version: str

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules that spoke for or against the category, each once, in their order."""
        named = (one.name for one in self.evidence if one.kind == "rule" and not one.name.startswith(OF_TEMPLATE))
        return tuple(dict.fromkeys(named))


def fingerprint_of(category: str, template_name: str | None, locus: str) -> str:
    """Return `fp1:` and a hash of category, template name and locus."""
    return short_id("fp1:", category, template_name or "", locus, length=16)
