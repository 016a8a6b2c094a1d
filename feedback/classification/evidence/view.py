"""One event as the rules look at it: its texts, each prepared once, and what was asked for in them."""

from collections.abc import Mapping
from typing import Any

from feedback.domain.failure import FailureEvent, Request, Response, Signals
from feedback.domain.finding import Finding
from feedback.domain.json_schema import read_json
from feedback.domain.measure import Text, asks_question, lazy, refuses, words

__all__ = ["View", "finding", "known_name", "shortened", "squeezed"]

_EMPTY = Text("")
_NO_REQUEST = Request(messages=())
_NO_SIGNALS = Signals()
_MOST_TEXTS = 40
_MOST_REPORTS = 20
_LONGEST_REPORT = 2_000
_MOST_SAID = 20_000
_DETAIL = 160


class View:
    """An event, seen part by part; a missing part is an empty one."""

    def __init__(self, event: FailureEvent) -> None:
        """Look at `event`; nothing is computed before it is asked for."""
        self.event = event
        self.request = event.request or _NO_REQUEST
        self.response: Response | None = event.response
        self.signals = event.signals or _NO_SIGNALS

    def _texts(self, *roles: str) -> tuple[Text, ...]:
        found = [(index, message) for index, message in enumerate(self.request.messages) if message.role in roles]
        return tuple(Text(message.text, f"request.messages[{index}].content") for index, message in found)

    @lazy
    def systems(self) -> tuple[Text, ...]:
        """Return what the system and the developer said."""
        return self._texts("system", "developer")[:_MOST_TEXTS]

    @lazy
    def users(self) -> tuple[Text, ...]:
        """Return the turns of the user, the latest 40."""
        return self._texts("user")[-_MOST_TEXTS:]

    @lazy
    def last(self) -> Text:
        """Return the last turn of the user."""
        return self.users[-1] if self.users else _EMPTY

    @lazy
    def earlier(self) -> tuple[Text, ...]:
        """Return the turns of the user before the last."""
        return self.users[:-1]

    @lazy
    def results(self) -> tuple[Text, ...]:
        """Return what tools returned."""
        return self._texts("tool")[-_MOST_TEXTS:]

    @lazy
    def assistants(self) -> tuple[Text, ...]:
        """Return what the model said in earlier turns."""
        return self._texts("assistant")[-_MOST_TEXTS:]

    @lazy
    def conversation(self) -> str:
        """Return all that was said, in lower case; nothing where it is too long, or in scripts that names change in."""
        texts = (*self.systems, *self.users, *self.results, *self.assistants)
        if sum(len(text.full) for text in texts) > _MOST_SAID or any(text.cjk for text in texts):
            return ""
        return "\n".join(text.low for text in texts)

    @lazy
    def squeezed(self) -> str:
        """Return the conversation without anything but letters and digits."""
        return squeezed(self.conversation)

    @lazy
    def instructions(self) -> tuple[Text, ...]:
        """Return the texts in force: those of the system, then the last turn of the user."""
        return (*self.systems, self.last) if self.last else self.systems

    @lazy
    def answer(self) -> Text:
        """Return the words of the response."""
        content = self.response.content if self.response else None
        return Text(content, "response.content") if content else _EMPTY

    @lazy
    def size(self) -> int:
        """Return the number of words of the answer."""
        return words(self.answer.full)

    @lazy
    def asks(self) -> bool:
        """Tell whether the answer asks something."""
        return asks_question(self.answer.raw)

    @lazy
    def refused(self) -> bool:
        """Tell whether the answer declines the request."""
        return bool(self.answer) and refuses(self.answer)

    @lazy
    def value(self) -> Any:
        """Return the JSON value of the answer, or `...` where it is none."""
        opening = self.answer.full.lstrip()[:1]
        if not opening or opening not in '{["-0123456789tfn':
            return ...
        try:
            return read_json(self.answer.full)
        except ValueError:
            return ...

    @lazy
    def comment(self) -> Text:
        """Return the words of the user or the reviewer."""
        return Text(self.signals.comment, "signals.comment") if self.signals.comment else _EMPTY

    @lazy
    def reports(self) -> tuple[Text, ...]:
        """Return what machines said: the error, the validation errors, the failed checks."""
        signals, texts = self.signals, []
        if signals.error:
            texts.append(Text(_ends(signals.error), "signals.error"))
        for index, found in enumerate(signals.validation_errors[:_MOST_REPORTS]):
            code = f"{found.code}: " if found.code else ""
            texts.append(Text(_ends(code + found.message), f"signals.validation_errors[{index}].message"))
        for index, check in enumerate(signals.checks[:_MOST_REPORTS]):
            if not check.passed:
                name = check.name.replace("_", " ").replace("-", " ").replace(".", " ")
                texts.append(Text(_ends(f"{name}: {check.detail or ''}"), f"signals.checks[{index}].detail"))
        return tuple(texts)

    @lazy
    def remarks(self) -> tuple[Text, ...]:
        """Return the comment and the reports."""
        return (self.comment, *self.reports) if self.comment else self.reports

    @lazy
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the JSON Schema of the parameters of each tool, by name; tools in an unknown shape are left out."""
        functions = [tool.function for tool in self.request.tools or () if isinstance(tool.function, dict)]
        return {
            function["name"]: parameters
            for function in functions
            if isinstance(function.get("name"), str)
            and isinstance(parameters := function.get("parameters") or {}, dict)
        }


def _ends(text: str) -> str:
    """Return a report without its middle: logs say what failed at the start, tracebacks at the end."""
    return text if len(text) <= 2 * _LONGEST_REPORT else f"{text[:_LONGEST_REPORT]}\n{text[-_LONGEST_REPORT:]}"


def squeezed(text: str) -> str:
    """Return `text` without anything but letters and digits."""
    return "".join(filter(str.isalnum, text))


def shortened(text: str) -> str:
    """Return `text` on one line, cut to 160 characters, and fit for UTF-8."""
    line = " ".join(text[: 2 * _DETAIL].split())
    line = line if line.isascii() else line.encode("utf-8", "replace").decode()
    return line if len(line) <= _DETAIL else line[: _DETAIL - 1] + "…"


def known_name(name: object, known: frozenset[str]) -> str:
    """Return `name` where the template defines it, else `*`, so that a locus never holds what an event made up."""
    return name if isinstance(name, str) and name in known else "*"


def finding(
    rule: str,
    category: str,
    detail: str,
    where: str,
    *,
    locus: str | None = None,
    check: Mapping[str, Any] | None = None,
) -> Finding:
    """Return a finding whose detail is short."""
    return Finding(rule=rule, category=category, detail=shortened(detail), where=where, locus=locus, check=check)
