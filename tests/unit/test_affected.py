"""Which versions of a template are suspect, by what failed and what fixed it."""

import pytest

from feedback.domain.affected import faulty_versions

_VERSIONS = ("1.9.0", "1.10.0", "2.0.0", "2.1.0-rc.1", "2.1.0", "3.0.0")


@pytest.mark.parametrize(
    ("failing", "fixed_in", "found"),
    [
        ({"1.10.0"}, None, ["1.9.0", "1.10.0"]),
        ({"1.10.0", "1.9.0"}, None, ["1.9.0", "1.10.0"]),
        ({"2.5.0"}, None, ["1.9.0", "1.10.0", "2.0.0", "2.1.0-rc.1", "2.1.0"]),
        ({"1.9.0"}, "2.1.0", ["1.9.0", "1.10.0", "2.0.0", "2.1.0-rc.1"]),
        ({"1.9.0", "3.0.0"}, "2.1.0", ["1.9.0", "1.10.0", "2.0.0", "2.1.0-rc.1", "3.0.0"]),
        (set(), "2.0.0", ["1.9.0", "1.10.0"]),
    ],
)
def test_suspect_is_what_failed_and_what_is_before_the_fix_or_else_up_to_the_newest_that_failed(
    failing: set[str], fixed_in: str | None, found: list[str]
) -> None:
    assert faulty_versions(reversed(_VERSIONS), failing=failing, fixed_in=fixed_in) == found


@pytest.mark.parametrize("failing", [set(), {"newest"}])
def test_where_no_version_in_order_is_known_to_have_failed_none_is_known_to_be_sound(failing: set[str]) -> None:
    assert faulty_versions(_VERSIONS, failing=failing, fixed_in=None) == list(_VERSIONS)


def test_a_version_that_cannot_be_ordered_is_suspect() -> None:
    assert faulty_versions(["newest", "3.0.0"], failing={"1.0.0"}, fixed_in=None) == ["newest"]
    assert faulty_versions(["newest", "3.0.0"], failing={"1.0.0"}, fixed_in="2.0.0") == ["newest"]


def test_only_versions_that_something_was_made_from_are_named() -> None:
    assert faulty_versions(["1.0.0"], failing={"1.5.0"}, fixed_in=None) == ["1.0.0"]
    assert faulty_versions([], failing={"1.5.0"}, fixed_in="2.0.0") == []
