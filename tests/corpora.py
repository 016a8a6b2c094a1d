"""A corpus small enough to train on in seconds, and failures of a wording that people always correct."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from feedback.classification.cases import CORPUS
from tests.builders import failures

__all__ = ["WORD", "small_corpus", "worded"]

WORD = "brackwater"
"""A word of a desk's own that the corpus does not hold."""
_BATCHES, _EACH = 5, 4


def small_corpus(folder: Path) -> Path:
    """Write a few cases of every category of a few batches of the corpus into `folder`, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(CORPUS.glob("*.jsonl"))[:_BATCHES]:
        taken: Counter[str] = Counter()
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines():
            category = json.loads(line)["category"]
            taken[category] += 1
            lines += [line] if taken[category] <= _EACH else []
        (folder / path.name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def worded(count: int, prefix: str = "e", *, templates: int = 6, **changes: Any) -> list[dict[str, Any]]:
    """Return failures of several templates that share the desk's wording, and little else."""
    return [
        event
        | {
            "template": {"name": f"desk_{n % templates}", "version": "1.0.0"},
            "request": {"messages": [{"role": "user", "content": f"Answer letter {n} of the harbour office."}]},
            "response": {"content": f"Berth {n} is free."},
            "signals": {"comment": f"{WORD}: the desk marks letter {n} as {WORD}"},
        }
        | changes
        for n, event in enumerate(failures(count, prefix))
    ]
