"""Dead letters for readers, and retried by their numbers."""

from collections.abc import Sequence
from typing import Any

from feedback.errors import Fault
from feedback.service.bootstrap import Service
from feedback.service.incoming import Verdict
from feedback.service.retry import retry
from feedback.storage.dead_letters import DeadLetter, dead_letter, dead_letters

__all__ = ["letter_data", "letter_rows", "letter_view", "retry_letter"]


def letter_rows(service: Service, *, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """Return dead letters without their bytes, newest first, `limit` at most, those with smaller numbers than `before`."""
    return [letter_data(one) for one in dead_letters(service.store, limit, before=before)]


def letter_view(service: Service, number: int) -> dict[str, Any]:
    """
    Return one dead letter with its bytes as text; None where they were erased.

    Raises:
        NotFound: There is none of that number.
    """
    found = dead_letter(service.store, number)
    return letter_data(found) | {"bytes": None if found.raw is None else found.raw.decode("utf-8", "backslashreplace")}


def retry_letter(service: Service, number: int) -> Verdict:
    """
    Report a dead letter again, by today's rules, and return what became of it; the letter is kept.

    Raises:
        NotFound: There is none of that number.
    """
    (verdict,) = retry(service, [dead_letter(service.store, number)])
    return verdict


def letter_data(letter: DeadLetter) -> dict[str, Any]:
    """Return a dead letter as JSON values, without its bytes."""
    return {
        "number": letter.letter_id,
        "received_at": letter.received_at,
        "source": letter.source,
        "place": letter.place,
        "errors": _errors(letter.faults),
        "retried_at": letter.retried_at,
    }


def _errors(faults: Sequence[Fault]) -> list[dict[str, str]]:
    return [{"path": fault.path, "message": fault.message} for fault in faults]
