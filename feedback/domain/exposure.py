"""The exposure: how much traffic of one template version went by in a stretch of time (contract, section 1)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from feedback.domain.failure import Time
from feedback.domain.template import VersionedRef

__all__ = ["MAX_DAYS", "Exposure"]

MAX_DAYS = 366
"""Longest stretch of one exposure: it is taken to be spread evenly, which nobody can say of years."""
_MOST = 10**12  # so that sums over a million exposures stay whole numbers in SQLite
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
Count = Annotated[int, Field(ge=0, le=_MOST)]


class Exposure(BaseModel):
    """How much of the traffic of one template version went by in a stretch of time, failures included."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    exposure_id: str = Field(min_length=1, max_length=200)
    template: VersionedRef
    training_version: str | None = None
    from_: Time = Field(alias="from")
    to: Time
    interactions: Count
    sessions: Count | None = None

    @model_validator(mode="after")
    def _is_a_stretch_of_time(self) -> Self:
        if self.from_ >= self.to:
            message = "'from' must lie before 'to'"
            raise ValueError(message)
        if self.to - self.from_ > timedelta(days=MAX_DAYS):
            message = f"longer than {MAX_DAYS} days: send shorter ones"
            raise ValueError(message)
        return self

    @property
    def first_hour(self) -> int:
        """The whole hour, since the epoch, in which it begins."""
        return (self.from_ - _EPOCH) // _HOUR

    @property
    def hours(self) -> int:
        """How many whole hours it touches, one at least; an hour that begins at `to` is none of them."""
        return -((_EPOCH - self.to) // _HOUR) - self.first_hour
