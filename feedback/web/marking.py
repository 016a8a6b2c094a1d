"""Evidence where it stands: the texts of a failure by their place, with what weighed in them marked."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

__all__ = ["Place", "Shown", "marked", "shown"]

_SHORTEST_TERM = 3
_MOST_MARKS = 40
_LONG = ("request.tools", "request.output_schema")
_ASCII = re.compile(r"[\x00-\x7f]*")
_QUOTED = re.compile(r"'([^']{2,})'|\"([^\"]{2,})\"")
_LIMIT = re.compile(r"(\w+), (?:max|min) (\d+)")  # of "162 words, max 80" the text said "80 words"
_POINTER = re.compile(r"^(?:[\w-]+: )?(?:/(?:[^/:\s]+/)*([^/:\s]+):|[\w-]+\.([\w-]+):)")


@dataclass(frozen=True, slots=True)
class Place:
    """One text of a failure: where it stands, its title, the text with marks, and the evidence that was found in it."""

    where: str
    title: str
    text: Markup
    evidence: tuple[Mapping[str, Any], ...]

    @property
    def rules(self) -> list[Mapping[str, Any]]:
        """The rules that fired on it."""
        return [one for one in self.evidence if one["kind"] == "rule"]

    @property
    def folded(self) -> bool:
        """Whether it is long by nature and nothing was found in it: a schema, or tools."""
        return self.where in _LONG and not self.evidence

    @property
    def terms(self) -> list[str]:
        """The words of it that weighed most, the weightiest first."""
        return [one["name"] for one in self.evidence if one["kind"] == "term"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a failure says, in three columns: what was asked, what was answered, what was noticed."""

    asked: tuple[Place, ...]
    answered: tuple[Place, ...]
    noticed: tuple[Place, ...]


def shown(event: Mapping[str, Any], evidence: Sequence[Mapping[str, Any]]) -> Shown:
    """
    Return the texts of a failure event with its evidence marked in them.

    A place that was named and has no text of its own (a whole list of checks) is found at its first part.
    """
    asked, answered, noticed = list(_asked(event)), list(_answered(event)), list(_noticed(event))
    homes: dict[str, list[Mapping[str, Any]]] = {where: [] for where, _, _ in (*asked, *answered, *noticed)}
    for one in evidence:
        home = _home(str(one.get("where", "")), homes)
        if home is not None:
            homes[home].append(one)
    return Shown(*(tuple(_place(*one, homes[one[0]]) for one in column) for column in (asked, answered, noticed)))


def marked(text: str, evidence: Iterable[Mapping[str, Any]]) -> Markup:
    """Return `text`, escaped, with the words of the evidence in `mark` elements; without them it is the same text."""
    spans: list[tuple[int, int, str, str]] = []
    for one in evidence:
        kind, told = one["kind"], one["name"] if one["kind"] == "rule" else "weighed"
        spans += [(*span, kind, told) for span in _spans(text, one)]
    spans.sort(key=lambda span: (span[0], -span[1]))
    parts, at = [], 0
    for start, end, kind, told in spans[:_MOST_MARKS]:
        if start < at:
            continue
        parts += [
            escape(text[at:start]),
            Markup('<mark class="{}" title="{}">{}</mark>').format(kind, told, text[start:end]),
        ]
        at = end
    return Markup("").join([*parts, escape(text[at:])])


def _place(where: str, title: str, text: str, evidence: Sequence[Mapping[str, Any]]) -> Place:
    return Place(where, title, marked(text, evidence), tuple(evidence))


def _home(where: str, homes: Mapping[str, Any]) -> str | None:
    if where in homes:
        return where
    inside = (home for home in homes if home.startswith(where) or where.startswith(home))
    return next(inside, None) if where else None


def _asked(event: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    request = event.get("request") or {}
    for at, message in enumerate(request.get("messages") or ()):
        where = f"request.messages[{at}]"
        content = message.get("content")
        if content is not None:
            yield f"{where}.content", str(message.get("role")), content if isinstance(content, str) else _json(content)
        yield from _calls(message.get("tool_calls"), where)
    if request.get("tools"):
        yield "request.tools", "tools", _json(request["tools"])
    if request.get("output_schema"):
        yield "request.output_schema", "output schema", _json(request["output_schema"])


def _answered(event: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    response = event.get("response") or {}
    if response.get("content") is not None:
        yield "response.content", "answer", str(response["content"])
    yield from _calls(response.get("tool_calls"), "response")
    if event.get("reference") is not None:
        reference = event["reference"]
        yield "reference", "expected answer", reference if isinstance(reference, str) else _json(reference)


def _calls(calls: Sequence[Mapping[str, Any]] | None, where: str) -> Iterator[tuple[str, str, str]]:
    for at, call in enumerate(calls or ()):
        function = call.get("function") or {}
        place = f"{where}.tool_calls[{at}].function.arguments"
        yield place, f"calls {function.get('name')}", str(function.get("arguments", ""))


def _noticed(event: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    signals = event.get("signals") or {}
    if signals.get("error"):
        yield "signals.error", "error", str(signals["error"])
    for at, fault in enumerate(signals.get("validation_errors") or ()):
        at_field = " ".join(str(fault[key]) for key in ("path", "code") if fault.get(key))
        yield (
            f"signals.validation_errors[{at}].message",
            f"validation {at_field}".strip(),
            str(fault.get("message", "")),
        )
    for at, check in enumerate(signals.get("checks") or ()):
        told = "passed" if check.get("passed") else "failed"
        yield f"signals.checks[{at}].detail", f"check {check.get('name')} {told}", str(check.get("detail") or "")
    if signals.get("comment"):
        yield "signals.comment", "comment", str(signals["comment"])
    if signals.get("rating") is not None:
        yield "signals.rating", "rating", str(signals["rating"])
    for name, score in (signals.get("quality") or {}).items():
        if score is not None:
            yield f"signals.quality.{name}", str(name).replace("_", " "), f"{score} of 5"


def _spans(text: str, evidence: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    for pattern in _patterns(evidence):
        for found in pattern.finditer(text):
            if found.end() > found.start():
                yield found.span()


def _patterns(evidence: Mapping[str, Any]) -> Iterator[re.Pattern[str]]:
    if evidence["kind"] == "term":
        term = str(evidence["name"])
        if len(term) >= _SHORTEST_TERM or not _ASCII.fullmatch(term):
            yield _words(term)
        return
    detail = str(evidence.get("detail", ""))
    if found := _POINTER.match(detail):
        yield re.compile(rf'"{re.escape(found[1] or found[2])}"(\s*:\s*("(?:[^"\\]|\\.)*"|[^,}}\]\s]+))?')
    if found := _LIMIT.search(detail):
        yield _words(f"{found[2]} {found[1]}")
    quoted = [one or other for one, other in _QUOTED.findall(detail)]
    before, _, expected = detail.partition(" for ")
    found_value = [before.partition(": ")[2] or before] if expected else []
    for words in (detail, detail.partition(": ")[2], *quoted, *found_value):
        if len(words.strip()) > 1:
            yield _words(words.strip().strip("'\""))


def _words(words: str) -> re.Pattern[str]:
    """Return what finds the words whole, in any case, whatever signs and space stand between them."""
    parts = [re.escape(part) for part in re.findall(r"\w+|[^\w\s]+", words)]
    left, right = (r"(?<!\w)", r"(?!\w)") if _ASCII.fullmatch(words) else ("", "")
    return re.compile(left + r"\s*(?:[^\w\s]+\s*)?".join(parts) + right, re.IGNORECASE)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
