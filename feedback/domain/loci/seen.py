"""A failure as the rules of loci look at it: what was asked, what was answered, and what people and machines say of it."""

import re
from collections.abc import Sequence
from typing import Any

from feedback.domain.failure import FailureEvent, Request, Response, Signals, ToolCall
from feedback.domain.finding import Finding
from feedback.domain.json_schema import read_json
from feedback.domain.measure import Text, lazy

__all__ = ["NAME_SIGNS", "Seen"]

_NO_REQUEST = Request(messages=())
_NO_RESPONSE = Response(content=None)
_NO_SIGNALS = Signals()
_LONGEST = 1_000
_MOST = 10
NAME_SIGNS = str.maketrans("_.-:/", "     ")
_QUOTED = re.compile(
    r"(?<!\w)'[^'\n]{1,200}'(?!\w)|\"[^\"\n]{1,200}\"|`[^`\n]{1,200}`|“[^”\n]{1,200}”|「[^」\n]{1,200}」"
)


class Seen:
    """An event and its findings, seen part by part; a missing part is an empty one."""

    def __init__(self, event: FailureEvent, findings: Sequence[Finding]) -> None:
        """Look at `event`; nothing is computed before it is asked for."""
        self.event = event
        self.findings = findings
        self.request = event.request or _NO_REQUEST
        self.response = event.response or _NO_RESPONSE
        self.signals = event.signals or _NO_SIGNALS

    @lazy
    def answer(self) -> Text:
        """Return the words of the response."""
        return Text((self.response.content or "").strip())

    @lazy
    def calls(self) -> tuple[ToolCall, ...]:
        """Return the calls of the response."""
        return (self.response.tool_calls or ())[:_MOST]

    @lazy
    def value(self) -> Any:
        """Return the JSON value of the answer, fences and words around it left out, or `...` where it holds none."""
        text = self.answer.full
        for opening, closing in (("{", "}"), ("[", "]")):
            start, end = text.find(opening), text.rfind(closing)
            if 0 <= start < end:
                try:
                    return read_json(text[start : end + 1])
                except ValueError:
                    continue
        return ...

    @lazy
    def users(self) -> tuple[Text, ...]:
        """Return the turns of the user."""
        return tuple(map(Text, self.request.texts("user")))

    @lazy
    def last(self) -> Text:
        """Return the last turn of the user."""
        return self.users[-1] if self.users else Text("")

    @lazy
    def prompt(self) -> Text:
        """Return what the system and the developer said, and the user's first turn: where a template's words stand."""
        texts = self.request.texts("system", "developer") + self.request.texts("user")[:1]
        return Text("\n".join(texts))

    @lazy
    def prompted(self) -> str:
        """Return all that the request says, in lower case."""
        return "\n".join(message.text for message in self.request.messages).lower()

    @lazy
    def reports(self) -> str:
        """Return what machines said: the error, the validation errors, the failed checks."""
        signals = self.signals
        parts = [(signals.error or "")[:_LONGEST]]
        parts += [
            f"{found.path or ''} {found.code or ''}: {found.message[:_LONGEST]}"
            for found in signals.validation_errors[:_MOST]
        ]
        failed = [check for check in signals.checks[:_MOST] if not check.passed]
        parts += [f"{check.name.translate(NAME_SIGNS)}: {(check.detail or '')[:_LONGEST]}" for check in failed]
        return "\n".join(filter(None, parts))

    @lazy
    def remarks(self) -> str:
        """Return what machines and people said of the failure, as written."""
        return f"{self.reports}\n{(self.signals.comment or '')[:_LONGEST]}".strip()

    @lazy
    def said(self) -> Text:
        """Return the same without what it quotes."""
        return Text(_QUOTED.sub(" ", self.remarks))

    def found(self, *starts: str) -> list[Finding]:
        """Return the findings with a locus whose rule starts with one of `starts`, in order."""
        return [one for one in self.findings if one.locus is not None and one.rule.startswith(starts)]
