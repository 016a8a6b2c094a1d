"""Which versions of a template what was made from them is suspect, where a pattern failed in the template."""

from collections.abc import Collection, Iterable

from feedback.domain.template import is_at_least, version_key, version_order

__all__ = ["faulty_versions"]


def faulty_versions(versions: Iterable[str], *, failing: Collection[str], fixed_in: str | None) -> list[str]:
    """
    Return those of a template's `versions` that hold a fault or may hold it, as `version_order` sorts them.

    With a fix those before it. Without one those up to the newest that failed; where no semantic version is known to have
    failed, all: none is known to be sound. A version that failed is always among them, and so is one that cannot be ordered.

    Args:
        failing: The effective versions of the pattern's failures, as far as they are known.
        fixed_in: The version that resolved the ticket, None where none did.
    """
    newest = max((version for version in failing if version_key(version)), key=version_order, default=None)
    return sorted(
        (version for version in versions if version in failing or _may_be(version, newest, fixed_in)),
        key=version_order,
    )


def _may_be(version: str, newest: str | None, fixed_in: str | None) -> bool:
    if version_key(version) is None:
        return True
    if fixed_in is not None:
        return not is_at_least(version, fixed_in)
    return newest is None or is_at_least(newest, version)
