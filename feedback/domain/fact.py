"""What every fact has, and how it points at a text that stands apart."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["BaseFact", "PayloadRef"]


class BaseFact(BaseModel):
    """A fact: closed, frozen, with the version of its own shape."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1


class PayloadRef(BaseModel):
    """Where a producer's text stands, and the salted hash that proves it unchanged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int
    hash: str
