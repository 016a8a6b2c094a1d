"""What a person sends to correct an assessment: the failure, what is said of it, and by whom."""

import re
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from feedback.domain.facts import Aspect
from feedback.domain.failure import TemplateRef
from feedback.domain.locus import is_signature
from feedback.errors import Fault, InvalidInput

__all__ = ["CorrectionRequest", "Said", "said_locus"]

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_LONGEST_LOCUS = 120
_OF_A_USER = re.compile(r"""["'`“”「」@\n\r\t]|\d{4}""")


class Said(BaseModel):
    """
    What is said of a failure: any of its category, its template and its locus, but one at least.

    A template that is given as None is none of ours; one that is not given stays as it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: _Name | None = None
    template: TemplateRef | None = None
    locus: Annotated[str, Field(min_length=1)] | None = None

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """What is spoken of, in the order of the fields."""
        found: list[Aspect] = ["category"] if self.category is not None else []
        found += ["template"] if "template" in self.model_fields_set else []
        return (*found, *(("locus",) if self.locus is not None else ()))

    @property
    def said(self) -> "Said":
        """What is said, without what a larger request holds besides."""
        return Said.model_validate({name: getattr(self, name) for name in self.aspects})

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.aspects:
            message = "nothing is said: name a category, a template or a locus"
            raise ValueError(message)
        return self


class CorrectionRequest(Said):
    """One correction as it comes in; whether the category is one of the taxonomy is for the service to say."""

    event_id: _Name
    actor: _Name | None = None


def said_locus(locus: str) -> str:
    """
    Return a locus that a person named, without space around it.

    Raises:
        InvalidInput: It is empty, long, or looks like what a user wrote: quotations, addresses, long numbers. A locus is a
            place of the template, shared by many failures.
    """
    locus = locus.strip()
    if is_signature(locus):
        return locus
    if not locus or len(locus) > _LONGEST_LOCUS or not locus.isprintable() or _OF_A_USER.search(locus):
        message = (
            f"expected the name of a place in the template, such as /currency:enum, of at most {_LONGEST_LOCUS} characters and"
            f" without quotations, addresses and long numbers; found {locus[:_LONGEST_LOCUS]!r}"
        )
        raise InvalidInput(Fault("locus", message))
    return locus
