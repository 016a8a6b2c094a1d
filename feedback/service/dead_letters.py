"""What readers are shown of dead letters, and their retry: input that was refused, with every reason."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback.service.bootstrap import Service
from feedback.service.incoming import Verdict
from feedback.service.retry import retry
from feedback.storage.dead_letters import DeadLetter, count_letters, dead_letter, dead_letters

__all__ = ["LettersPage", "letter", "letters_page", "retry_letters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersPage:
    """Dead letters, newest first; `before` asks for the next page, None at the end. The counts are of all there are."""

    letters: tuple[DeadLetter, ...]
    before: int | None
    waiting: int
    retried: int


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


def letter(service: Service, letter_id: int) -> DeadLetter:
    """
    Return one dead letter.

    Raises:
        NotFound: There is none of that number.
    """
    return dead_letter(service.store, letter_id)


def retry_letters(service: Service, letter_ids: Sequence[int]) -> list[Verdict]:
    """
    Report these letters again, by today's rules, and return a verdict each, in order; what is accepted waits to be assessed.

    Raises:
        NotFound: There is none of one of the numbers; none is retried then.
    """
    return retry(service, [letter(service, letter_id) for letter_id in letter_ids])
