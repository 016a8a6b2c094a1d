"""Who asks, and what they may do."""

from dataclasses import dataclass
from typing import Annotated, Any, get_args
from urllib.parse import unquote

from fastapi import Depends, Request

from feedback.domain.actor import unverified
from feedback.domain.roles import Permission

__all__ = ["Asking", "Caller", "may"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; `actor` is what facts call them."""

    actor: str


def _caller(request: Request) -> Caller:
    return Caller(unverified(unquote(request.cookies.get("name", "")) or "someone"))


Asking = Annotated[Caller, Depends(_caller)]
"""A parameter of a route that needs to know who asks."""


class _Gate:
    """Lets through who has a permission; without tokens, that is everybody on this machine."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, caller: Asking) -> Caller:
        return caller


_GATES: dict[Permission, _Gate] = {permission: _Gate(permission) for permission in get_args(Permission)}


def may(permission: Permission) -> Any:
    """Return the dependency of a route that needs this permission; its value is the caller."""
    return Depends(_GATES[permission])
