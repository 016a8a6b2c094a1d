"""What each role may do."""

from typing import get_args

from feedback.domain.roles import PERMISSIONS, ROLES, Permission, permits


def test_every_role_is_allowed_something_and_every_permission_is_some_role_s() -> None:
    assert set(PERMISSIONS) == set(ROLES)
    assert all(PERMISSIONS.values())
    assert frozenset().union(*PERMISSIONS.values()) == set(get_args(Permission))


def test_a_producer_sees_nothing_of_what_others_sent() -> None:
    assert [one for one in get_args(Permission) if permits("producer", one)] == ["send"]


def test_only_an_admin_operates() -> None:
    assert [role for role in ROLES if permits(role, "operate")] == ["admin"]
