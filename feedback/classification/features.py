"""Features of a failure event: its texts in views kept apart, and what the evidence rules found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from feedback.domain.failure import FailureEvent, Signals
from feedback.domain.finding import Finding

__all__ = ["NO_TOOL", "VIEWS", "Segment", "Views", "involves_no_tool", "rule_features", "tokenizable", "views_of"]

VIEWS = ("signals", "response", "user", "system", "history")
"""The texts weighed apart: the evidence, the answer, what the user said last, the rules, and what they said before."""

NO_TOOL = "no tool involved"
"""Name of the feature that speaks against anything being wrong with a tool call."""

_ABOUT_TOOLS = re.compile(r"tool|function|argument|param|call|工具|参数|函数|调用|ツール|引数|関数", re.IGNORECASE)
_HEAD, _TAIL = 900, 300
_TURNS = 3
_WORD = re.compile(r"\w+")
_CJK = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text and its path in the event."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Views:
    """The segments of each view, in the order of `VIEWS`."""

    segments: tuple[tuple[Segment, ...], ...]

    def texts(self) -> tuple[str, ...]:
        """Return each view as one text, ready for a word tokenizer."""
        return tuple(tokenizable(" \n ".join(segment.text for segment in view)) for view in self.segments)

    def places(self, view: str) -> list[tuple[str, str]]:
        """Return path and words (in lower case, parted by spaces) of each segment of `view`."""
        segments = self.segments[VIEWS.index(view)]
        return [(segment.path, " ".join(_WORD.findall(tokenizable(segment.text).lower()))) for segment in segments]


def views_of(event: FailureEvent) -> Views:
    """Return the views of one event; long texts keep head and tail."""
    return Views((_signals(event.signals), _response(event), *_request(event)))


def tokenizable(text: str) -> str:
    """Return `text` with Chinese, Japanese and Korean characters parted by spaces, so that each is a word."""
    return text if text.isascii() else _CJK.sub(r" \1 ", text)


def involves_no_tool(event: FailureEvent) -> bool:
    """Tell whether the whole exchange is there and nothing in it, nor in what was said of it, is about a tool."""
    if event.request is None or not event.request.messages or event.request.tools:
        return False
    called = any(message.tool_calls for message in event.request.messages)
    called |= event.response is not None and bool(event.response.tool_calls)
    return not called and not any(_ABOUT_TOOLS.search(segment.text) for segment in _signals(event.signals))


def rule_features(findings: Sequence[Finding], columns: dict[str, int], *, no_tool: bool) -> dict[int, float]:
    """Return column and value of each rule that fired (1), of each category they speak for (how many), of no tool."""
    values: dict[int, float] = {columns[NO_TOOL]: 1.0} if no_tool else {}
    for rule in {finding.rule for finding in findings}:
        if rule in columns:
            values[columns[rule]] = 1.0
    for category, rule in {(finding.category, finding.rule) for finding in findings}:
        column = columns.get(f"category:{category}")
        if column is not None and rule:
            values[column] = values.get(column, 0.0) + 1.0
    return values


def _signals(signals: Signals | None) -> tuple[Segment, ...]:
    if signals is None:
        return ()
    segments = [Segment("signals.comment", signals.comment or ""), Segment("signals.error", signals.error or "")]
    for n, found in enumerate(signals.validation_errors):
        path = f"signals.validation_errors[{n}]"
        segments += [Segment(f"{path}.code", found.code or ""), Segment(f"{path}.message", found.message)]
    for n, check in enumerate(signals.checks):
        if not check.passed:
            name = check.name.replace("_", " ").replace("-", " ").replace(".", " ")
            segments += [
                Segment(f"signals.checks[{n}].name", name),
                Segment(f"signals.checks[{n}].detail", check.detail or ""),
            ]
    return tuple(Segment(segment.path, _cut(segment.text)) for segment in segments if segment.text)


def _response(event: FailureEvent) -> tuple[Segment, ...]:
    if event.response is None or not event.response.content:
        return ()
    return (Segment("response.content", _cut(event.response.content)),)


def _request(event: FailureEvent) -> tuple[tuple[Segment, ...], ...]:
    """Return the views of the request: what the user said last, the rules given, what the user said before."""
    user: list[Segment] = []
    system: list[Segment] = []
    for n, message in enumerate(event.request.messages if event.request else ()):
        segment = Segment(f"request.messages[{n}].content", _cut(message.text))
        if message.role == "user":
            user.append(segment)
        elif message.role in ("system", "developer"):
            system.append(segment)
    return tuple(user[-1:]), tuple(system), tuple(user[-1 - _TURNS : -1])


def _cut(text: str) -> str:
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} {text[-_TAIL:]}"
