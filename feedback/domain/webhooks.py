"""Webhooks: what an answer means, when to try again, and how a message is signed (Standard Webhooks)."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Literal

__all__ = [
    "KEY_BEGINS",
    "Answer",
    "RetryPolicy",
    "State",
    "Verdict",
    "asked_wait",
    "read_key",
    "signature",
    "verdict_on",
]

State = Literal["waiting", "delivered", "given_up"]
KEY_BEGINS = "whsec_"
_SHORTEST_KEY, _LONGEST_KEY = 24, 64
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What came of one attempt.

    `status` is that of HTTP, None where none came (`said` is then why); `retry_after` the seconds that the receiver
    asked to wait.
    """

    status: int | None
    said: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often an attempt is made, and how long to wait in between."""

    attempts: int
    first_wait_seconds: float
    longest_wait_seconds: float

    def wait_behind(self, attempts: int, asked: float | None = None) -> float:
        """
        Return the seconds to wait behind so many attempts: twice as long each time, but never beyond the longest wait.

        Args:
            asked: What the receiver asked for; it is heeded where it is longer, up to the longest wait.
        """
        doublings = min(attempts - 1, 64)  # beyond that any wait is the longest
        return min(max(self.first_wait_seconds * 2.0**doublings, asked or 0), self.longest_wait_seconds)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery; `wait_seconds` tells when to try again where it is waiting."""

    state: State
    wait_seconds: float = 0


def verdict_on(answer: Answer, attempts: int, policy: RetryPolicy) -> Verdict:
    """
    Return what follows from the answer to the last of so many attempts.

    2xx is delivered. No answer, 408, 425, 429 and 5xx may be otherwise next time. Everything else, redirects too, would
    be answered alike again, so it is given up at once.
    """
    if answer.status is not None and answer.status // 100 == 2:  # noqa: PLR2004  2xx
        return Verdict("delivered")
    if _may_change(answer.status) and attempts < policy.attempts:
        return Verdict("waiting", policy.wait_behind(attempts, answer.retry_after))
    return Verdict("given_up")


def asked_wait(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, in either of its forms; None where it cannot be read."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        time = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return max((aware - now).total_seconds(), 0.0)


def read_key(text: str) -> bytes:
    """
    Return the key that a secret stands for: `whsec_` and 24 to 64 bytes in base64.

    Raises:
        ValueError: It is written otherwise; the message does not repeat it.
    """
    try:
        key = base64.b64decode(text.removeprefix(KEY_BEGINS), validate=True) if text.startswith(KEY_BEGINS) else b""
    except (binascii.Error, ValueError):
        key = b""
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        message = f"expected {KEY_BEGINS} and {_SHORTEST_KEY} to {_LONGEST_KEY} bytes in base64"
        raise ValueError(message)
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return `v1,` and the base64 of the HMAC-SHA256 over id, Unix time and body, with dots between them."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, sha256)).decode()


def _may_change(status: int | None) -> bool:
    return status is None or status in _LATER or status // 100 == 5  # noqa: PLR2004  5xx
