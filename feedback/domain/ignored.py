"""Which failures do not count: those of drafts and of test traffic, told by fields of the event as it was received."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from feedback.domain.canonical import canonical_json
from feedback.domain.failure import FailureEvent

__all__ = ["Mark", "is_marked", "mark_of"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What marks an event: a field, by its dotted path, whose value fits a glob pattern."""

    path: str
    pattern: str


def mark_of(text: str) -> Mark:
    """
    Return the mark that `PATH=PATTERN` names.

    Raises:
        ValueError: There is no path or no pattern, or no event has a field where the path begins.
    """
    path, found, pattern = text.partition("=")
    if not found or not pattern or not all(path.split(".")):
        message = f"expected PATH=PATTERN such as metadata.environment=test, found {text!r}"
        raise ValueError(message)
    if (field := path.partition(".")[0]) not in FailureEvent.model_fields:
        message = f"no event has a field {field!r}, with which {text!r} begins; those of metadata begin with metadata."
        raise ValueError(message)
    return Mark(path, pattern)


def is_marked(event: Mapping[str, Any], marks: Iterable[Mark]) -> bool:
    """
    Tell whether any mark fits `event`, a parsed JSON object.

    A mark fits where the text of the value fits its pattern, upper and lower case told apart: numbers, `true` and
    `false` as JSON writes them. A list fits where one of its values does. Absent, null and objects fit nothing. A key
    may hold dots itself, as those of telemetry do.
    """
    return any(fnmatchcase(text, mark.pattern) for mark in marks for text in _texts(event, mark.path))


def _texts(value: Any, path: str) -> Iterator[str]:
    """Yield the texts of all values at the dotted path."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one, path)
    elif isinstance(value, Mapping):
        for key, rest in _splits(path):
            if key in value:
                yield from _texts(value[key], rest)
    elif not path and value is not None:
        yield value if isinstance(value, str) else canonical_json(value)


def _splits(path: str) -> Iterator[tuple[str, str]]:
    """Yield every way to part a path into the key of one object and the path inside it."""
    parts = path.split(".") if path else []
    for n in range(1, len(parts) + 1):
        yield ".".join(parts[:n]), ".".join(parts[n:])
