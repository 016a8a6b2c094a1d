"""Who asks, and what they may do."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote

from fastapi import Depends, Request

from feedback.service.review import UNVERIFIED

__all__ = ["Asking", "Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `actor` is what facts call them."""

    actor: str


def _caller(request: Request) -> Caller:
    return Caller(UNVERIFIED + (unquote(request.cookies.get("name", "")) or "someone"))


Asking = Annotated[Caller, Depends(_caller)]
"""A parameter of a route that needs to know who asks."""
