"""Who asks, by the token or the session that they show, and what they may do."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import Depends, Request

from feedback.domain.actor import unverified
from feedback.domain.roles import Permission, Role, permits
from feedback.errors import NotPermitted, TokenNeeded
from feedback.service.access import Token, any_tokens, authenticate, session_token
from feedback.web.stores import Stores

__all__ = ["SESSION", "Asking", "Caller", "Door", "Gate", "acting", "may", "may_act"]

SESSION = "session"
"""The cookie that holds the secret of a session."""
_TALKED_ABOUT = ("comment", "assign")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `actor` is what facts call them, `name` what people do; no role, and not verified, without tokens."""

    actor: str
    name: str
    role: Role | None = None

    @property
    def verified(self) -> bool:
        """Tell whether they showed a token."""
        return self.role is not None

    def may(self, permission: Permission) -> bool:
        """Tell whether they are allowed to do that; without tokens everybody on this machine is."""
        return self.role is None or permits(self.role, permission)

    def need(self, *permissions: Permission) -> None:
        """
        Do nothing where they have one of these permissions.

        Raises:
            NotPermitted: They have none.
        """
        if self.role is not None and not any(permits(self.role, one) for one in permissions):
            raise NotPermitted(self.name, self.role, permissions)


class Door:
    """Tells whether the service asks for tokens, which it does from the first one on, and whose a request shows."""

    def __init__(self, stores: Stores) -> None:
        """Look the tokens up in `stores`."""
        self._stores = stores
        self.closed = False
        """Whether tokens were asked for when somebody looked last; it never opens again."""
        self.is_closed()

    def is_closed(self) -> bool:
        """Tell whether tokens are asked for now."""
        if not self.closed:
            with self._stores.reading() as service:
                self.closed = any_tokens(service)
        return self.closed

    def caller(self, request: Request) -> Caller:
        """
        Return who asks, each time as the store knows the token now.

        Raises:
            TokenNeeded: Tokens are asked for, and none that is valid was shown.
        """
        if not self.is_closed():
            name = unquote(request.cookies.get("name", ""))
            return Caller(unverified(name or "someone"), name)
        if (token := self._token(request)) is None:
            raise TokenNeeded
        return Caller(token.actor, token.name, token.role)

    def _token(self, request: Request) -> Token | None:
        scheme, _, shown = request.headers.get("authorization", "").partition(" ")
        session = request.cookies.get(SESSION)
        with self._stores.reading() as service:
            if scheme.lower() == "bearer":
                return authenticate(service, shown.strip())
            return session_token(service, session) if session else None


def _caller(request: Request) -> Caller:
    door: Door = request.app.state.door
    request.state.caller = door.caller(request)
    return request.state.caller  # type: ignore[no-any-return]


Asking = Annotated[Caller, Depends(_caller)]
"""A parameter of a route that needs to know who asks."""


class Gate:
    """Lets through who has one of the permissions; without tokens, that is everybody on this machine."""

    def __init__(self, *permissions: Permission) -> None:
        """Name the permissions."""
        self.permissions = permissions

    def __call__(self, caller: Asking) -> Caller:
        """Return the caller, or raise NotPermitted."""
        caller.need(*self.permissions)
        return caller


def may(*permissions: Permission) -> Any:
    """Return the dependency of a route that needs one of these permissions; its value is the caller."""
    return Depends(Gate(*permissions))


def acting(caller: Caller, ticket_id: str, action: str) -> None:
    """
    Do nothing where the caller may do that with the ticket: revisions are reviewed, regression sets evaluated.

    Raises:
        NotPermitted: They may not.
    """
    caller.need(*_needed(ticket_id, action))


def may_act(caller: Caller, ticket_id: str, action: str) -> bool:
    """Tell whether `acting` lets them."""
    return any(caller.may(one) for one in _needed(ticket_id, action))


def _needed(ticket_id: str, action: str) -> tuple[Permission, ...]:
    if action in _TALKED_ABOUT:
        return ("review", "evaluate")
    return ("evaluate",) if ticket_id.startswith("RS-") else ("review",)
