"""Dead letters for readers, and retried by their numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedback.errors import Fault
from feedback.service.bootstrap import Service
from feedback.service.incoming import Verdict
from feedback.service.retry import retry
from feedback.storage.dead_letters import DeadLetter, count_letters, dead_letter, dead_letters

__all__ = [
    "LettersPage",
    "letter",
    "letter_data",
    "letter_rows",
    "letter_view",
    "letters_page",
    "retry_letter",
    "retry_letters",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersPage:
    """Dead letters, newest first; `before` asks for the next page, None at the end. The counts are of all there are."""

    letters: tuple[DeadLetter, ...]
    before: int | None
    waiting: int
    retried: int


def letter(service: Service, number: int) -> DeadLetter:
    """
    Return one dead letter.

    Raises:
        NotFound: There is none of that number.
    """
    return dead_letter(service.store, number)


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


def letters_page(
    service: Service, *, before: int | None = None, limit: int = 50, waiting_only: bool = False
) -> LettersPage:
    """Return `limit` dead letters at most, older than the one numbered `before`; all, or only those no retry has taken."""
    found = dead_letters(service.store, limit + 1, before=before, waiting_only=waiting_only)
    waiting, retried = count_letters(service.store)
    return LettersPage(
        letters=tuple(found[:limit]),
        before=found[limit - 1].letter_id if len(found) > limit else None,
        waiting=waiting,
        retried=retried,
    )


def retry_letters(service: Service, letter_ids: Sequence[int]) -> list[Verdict]:
    """
    Report these letters again, by today's rules, and return a verdict each, in order; what is accepted waits to be assessed.

    Raises:
        NotFound: There is none of one of the numbers; none is retried then.
    """
    return retry(service, [dead_letter(service.store, letter_id) for letter_id in letter_ids])
