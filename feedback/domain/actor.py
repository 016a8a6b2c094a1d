"""
Who acts, as facts store it: `token:` and the id of the token that was shown, or `unverified:` and a name.

A token's own name is no part of it: that is looked up when it is shown, and may change.
"""

__all__ = ["MACHINE", "UNVERIFIED", "VERIFIED", "is_verified", "unverified"]

MACHINE = "machine"
"""Who did what follows by rule from failures and registrations."""
UNVERIFIED = "unverified:"
"""Begins the name of an actor who showed no token."""
VERIFIED = "token:"
"""Begins an actor who showed a token; its id follows."""


def is_verified(actor: str) -> bool:
    """Tell whether the actor showed a token; two who did are the same one only where their texts are equal."""
    return actor.startswith(VERIFIED) and actor != VERIFIED


def unverified(name: str) -> str:
    """Return the actor of this name, whatever else the name pretends to be."""
    return name if name.startswith(UNVERIFIED) else UNVERIFIED + name
