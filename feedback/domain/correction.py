"""What a person sends to correct an assessment: the failure, its category, and who says so."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CorrectionRequest"]

_Name = Annotated[str, Field(min_length=1, max_length=200)]


class CorrectionRequest(BaseModel):
    """One correction as it comes in; whether the category is one of the taxonomy is for the service to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_id: _Name
    category: _Name
    actor: _Name | None = None
