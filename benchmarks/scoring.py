"""The figures of attribution: what was said against what is true."""

from collections.abc import Sequence

__all__ = ["FIGURES", "Said", "figures"]

Said = tuple[str, str | None] | None
"""Name and version of a template, or None for nobody's."""
FIGURES = ("name", "name+version", "null recall", "false", "false of said", "overall")


def figures(truths: Sequence[Said], said: Sequence[Said]) -> list[float]:
    """
    Return the figures in the order of `FIGURES`, nan where nothing is counted.

    Of registered prompts, those with the right name, and with the right version too; of nobody's, those left alone; of
    all and of those that were given a template, those given one that is not theirs; of all, right names and right nulls.
    """
    pairs = list(zip(truths, said, strict=True))
    registered = [(truth, answer) for truth, answer in pairs if truth]
    nulls = [answer for truth, answer in pairs if not truth]
    right = sum(answer is not None and answer[0] == truth[0] for truth, answer in registered)
    false = sum(answer is not None and (truth is None or answer[0] != truth[0]) for truth, answer in pairs)
    return [
        _share(right, len(registered)),
        _share(sum(truth == answer for truth, answer in registered), len(registered)),
        _share(nulls.count(None), len(nulls)),
        _share(false, len(pairs)),
        _share(false, sum(answer is not None for _, answer in pairs)),
        _share(right + nulls.count(None), len(pairs)),
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
