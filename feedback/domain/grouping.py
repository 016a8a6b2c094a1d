"""Which place of a pattern is counted as which: rules that people set, and took back."""

from collections.abc import Mapping

from feedback.errors import CircularMerge

__all__ = ["end_of", "merged", "with_members"]


def end_of(rules: Mapping[str, str], locus: str) -> str:
    """
    Return the locus that `locus` is counted as: the end of its chain of rules, or itself where none holds for it.

    A circle, which `merged` never makes, is left where it began.
    """
    seen = {locus}
    end = locus
    while (following := rules.get(end)) is not None:
        if following in seen:
            return locus
        seen.add(following)
        end = following
    return end


def merged(rules: Mapping[str, str], locus: str, into: str) -> dict[str, str]:
    """
    Return the rules with `locus` counted as `into`, in place of what it was counted as before.

    Raises:
        CircularMerge: `into` is counted as `locus`, or is it.
    """
    if end_of({name: end for name, end in rules.items() if name != locus}, into) == locus:
        raise CircularMerge(locus, into)
    return {**rules, locus: into}


def with_members(rules: Mapping[str, str]) -> dict[str, list[str]]:
    """Return by locus the others that are counted as it, by name; one that has none is missing."""
    found: dict[str, list[str]] = {}
    for locus in sorted(rules):
        found.setdefault(end_of(rules, locus), []).append(locus)
    return found
