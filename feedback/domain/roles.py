"""Who may what: four roles, and what each of them is allowed to do."""

from typing import Literal, get_args

__all__ = ["PERMISSIONS", "ROLES", "Permission", "Role", "permits"]

Role = Literal["producer", "reviewer", "evaluator", "admin"]
Permission = Literal["send", "read", "review", "evaluate", "operate"]

ROLES: tuple[Role, ...] = get_args(Role)
"""The roles, the least allowed first."""

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "producer": frozenset({"send"}),
    "reviewer": frozenset({"read", "review"}),
    "evaluator": frozenset({"read", "evaluate"}),
    "admin": frozenset(get_args(Permission)),
}
"""
What each role may do.

To `send` is to hand in failures and exposures; to `read` is to see whatever is stored; to `review` is to act on template
revisions, to correct, and to register templates, samples and versions; to `evaluate` is to act on regression sets and their
cases; to `operate` is to retry dead letters.
"""


def permits(role: Role, permission: Permission) -> bool:
    """Tell whether the role is allowed to do that."""
    return permission in PERMISSIONS[role]
