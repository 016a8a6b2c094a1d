"""Tokens and sessions: who asks is known by a secret, of which only the hash is kept."""

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from feedback.domain.actor import UNVERIFIED, VERIFIED, unverified
from feedback.domain.roles import Role
from feedback.errors import Busy, Fault, InvalidInput, NotFound
from feedback.service.bootstrap import Service
from feedback.storage import access as stored
from feedback.storage.access import StoredToken

__all__ = [
    "Token",
    "actor_name",
    "actor_of",
    "any_tokens",
    "authenticate",
    "close_session",
    "create_token",
    "open_session",
    "revoke_token",
    "session_token",
    "tokens",
]

_BEGINS = "fbt"
_LONGEST_NAME = 100
_USED_GRAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token without its secret. Times are in UTC; None where it never expires, is not revoked, was not used."""

    token_id: str
    name: str
    role: Role
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None

    @property
    def actor(self) -> str:
        """What facts call whoever showed it."""
        return VERIFIED + self.token_id


def create_token(service: Service, *, name: str, role: Role, lifetime: timedelta | None = None) -> tuple[Token, str]:
    """
    Make a token for a person or a program, and return it with the text to show; that text is kept nowhere.

    Args:
        name: Whom it is for, as the history shows it.
        lifetime: After how long it ends; None is never.

    Raises:
        InvalidInput: The name is empty, too long, or holds signs that cannot be shown.
    """
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput(Fault("name", f"expected 1 to {_LONGEST_NAME} printable characters, found {name!r}"))
    now, token_id, secret = service.clock(), secrets.token_hex(6), secrets.token_urlsafe(32)
    kept = StoredToken(
        token_id=token_id,
        name=name,
        role=role,
        secret_hash=_hash(secret),
        created_at=now.isoformat(timespec="microseconds"),  # tokens made within a second keep their order
        expires_at=None if lifetime is None else _stamp(now + lifetime),
        revoked_at=None,
        last_used_at=None,
    )
    with service.store.writing():
        stored.add_token(service.store, kept)
    return _shown(kept), f"{_BEGINS}_{token_id}_{secret}"


def tokens(service: Service) -> list[Token]:
    """Return every token that was ever made, oldest first."""
    return [_shown(one) for one in stored.all_tokens(service.store)]


def any_tokens(service: Service) -> bool:
    """
    Tell whether a token was ever made.

    From then on one is asked for, also when all have ended: what was closed does not open by itself.
    """
    return stored.any_token(service.store)


def revoke_token(service: Service, token_id: str) -> Token:
    """
    End a token and its sessions at once, and return it; one that is revoked stays as it is.

    Raises:
        NotFound: There is no such token.
    """
    with service.store.writing():
        if stored.find_token(service.store, token_id) is None:
            raise NotFound("token", token_id, "`feedback tokens list` shows all")
        stored.mark_revoked(service.store, token_id, _stamp(service.clock()))
        found = stored.find_token(service.store, token_id)
    assert found is not None
    return _shown(found)


def authenticate(service: Service, shown: str) -> Token | None:
    """Return the token whose text was shown, or None where it is none, has expired or was revoked."""
    begins, _, rest = shown.partition("_")
    token_id, _, secret = rest.partition("_")
    found = stored.find_token(service.store, token_id) if begins == _BEGINS else None
    # compared even where there is none, so that the time taken tells nothing about which ids exist
    fits = hmac.compare_digest(_hash(secret), found.secret_hash if found else _hash(""))
    return _lasting(service, found) if fits and secret else None


def open_session(service: Service, token: Token) -> str:
    """Open a session with a token, and return the secret for its cookie; it lasts as `access.session_hours` says."""
    now, secret = service.clock(), secrets.token_urlsafe(32)
    ends = now + timedelta(hours=service.settings.access.session_hours)
    with service.store.writing():
        stored.forget_sessions(service.store, _stamp(now))
        stored.add_session(
            service.store, _hash(secret), token.token_id, created_at=_stamp(now), expires_at=_stamp(ends)
        )
    return secret


def session_token(service: Service, secret: str) -> Token | None:
    """Return the token that a session was opened with, or None where the session or the token has ended."""
    token_id = stored.find_session(service.store, _hash(secret), _stamp(service.clock()))
    return _lasting(service, stored.find_token(service.store, token_id)) if token_id else None


def close_session(service: Service, secret: str) -> None:
    """End a session; one that has ended stays so."""
    with service.store.writing():
        stored.drop_session(service.store, _hash(secret))


def actor_name(service: Service, actor: str) -> str:
    """Return an actor as people read it: the name of the token that was shown, or a name that says it is unverified."""
    if actor.startswith(UNVERIFIED):
        return f"{actor.removeprefix(UNVERIFIED)} (unverified)"
    token = stored.find_token(service.store, actor.removeprefix(VERIFIED)) if actor.startswith(VERIFIED) else None
    return token.name if token else actor


def actor_of(service: Service, name: str) -> str:
    """
    Return the actor that somebody means by a name: that of the token of this id or name, else the name, unverified.

    Of tokens of the same name that is the newest one which was not revoked.
    """
    made = tokens(service)
    by_id = [one for one in made if one.token_id == name.removeprefix(VERIFIED)]
    meant = by_id or [one for one in made if one.name == name and one.revoked_at is None]
    return meant[-1].actor if meant else unverified(name)


def _lasting(service: Service, token: StoredToken | None) -> Token | None:
    """Return a token that has not ended, and note that it was used; None else."""
    now = service.clock()
    if token is None or token.revoked_at or (token.expires_at is not None and token.expires_at <= _stamp(now)):
        return None
    if token.last_used_at is None or token.last_used_at <= _stamp(now - _USED_GRAIN):
        _note_use(service, token, now)
    return _shown(token)


def _note_use(service: Service, token: StoredToken, now: datetime) -> None:
    with suppress(Busy), service.store.writing():  # it helps operators, and is no reason to refuse
        stored.mark_used(service.store, token.token_id, _stamp(now))


def _shown(token: StoredToken) -> Token:
    return Token(
        token_id=token.token_id,
        name=token.name,
        role=token.role,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        last_used_at=token.last_used_at,
    )


def _hash(secret: str) -> str:
    """Return what is kept of a secret; it has 256 random bits, so that no slow hash is needed against guessing."""
    return sha256(secret.encode()).hexdigest()


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")
