"""Correcting together: one word on all failures of a place, of a ticket's pattern, or of those alike that wait."""

from collections import Counter
from collections.abc import Callable, Sequence

from feedback.domain.correction import Said
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.errors import NotFound, TicketChanged, VersionConflict
from feedback.service.bootstrap import Service
from feedback.service.deciding import Status, Word, decide, place_under
from feedback.service.history import changes_since
from feedback.service.judge import judge
from feedback.storage.corrections import standings
from feedback.storage.failures import alike_in_triage, contents, of_pattern
from feedback.storage.patterns import chunks, patterns
from feedback.storage.recording import record
from feedback.storage.tickets import find_ticket

__all__ = ["correct_alike", "correct_pattern", "correct_ticket"]

_AT_ONCE = 10_000
"""Facts that are held and folded at once; each fold counts anew the whole patterns that it changes."""


def correct_ticket(
    service: Service,
    ticket_id: str,
    said: Said,
    *,
    actor: str,
    locus: str | None = None,
    expected_version: int | None = None,
) -> Counter[Status]:
    """
    Say the same of all failures of a ticket's pattern, or of those at one of its places, and return how many became what.

    All or nothing. It is said of the failures there are; those to come are assessed as ever. A ticket whose failures all
    leave stays, with none.

    Args:
        locus: The place, as the ticket counts it; None is all of the pattern.
        expected_version: The version of the ticket that the actor has seen.

    Raises:
        NotFound: There is no such ticket, or nothing of it is counted at this place.
        TicketChanged: It has changed since `expected_version`.
        InvalidInput: As `correct` says.
    """

    def counted() -> list[str]:
        found = find_ticket(service.store, ticket_id)
        if found is None:
            raise NotFound("ticket", ticket_id, "`feedback tickets list` shows all")
        version = found.ticket.version
        if expected_version is not None and expected_version != version:
            changes = changes_since(service, ticket_id, expected_version)
            raise TicketChanged(ticket_id, expected_version, version, changes)
        event_ids = of_pattern(service.store, found.ticket.pattern_id, locus)
        if not event_ids:
            raise NotFound(
                "failure of the ticket", ticket_id, "`feedback tickets show` lists the places of its failures"
            )
        return event_ids

    return _correct_many(service, counted, said, actor=actor)


def correct_pattern(
    service: Service, pattern_id: str, said: Said, *, actor: str, locus: str | None = None
) -> Counter[Status]:
    """
    Say the same of all failures of a pattern, which may have no ticket, or of those at one of its places.

    All or nothing; returns how many became what. A pattern has no version that could be expected.

    Args:
        locus: The place, as the pattern counts it; None is all of the pattern.

    Raises:
        NotFound: There is no such pattern, or nothing of it is counted at this place.
        InvalidInput: As `correct` says.
    """

    def counted() -> list[str]:
        if not patterns(service.store, [pattern_id]):
            raise NotFound("pattern", pattern_id, "`feedback patterns list` shows all")
        event_ids = of_pattern(service.store, pattern_id, locus)
        if not event_ids:
            raise NotFound(
                "failure of the pattern", pattern_id, "`feedback patterns show` lists the places of its failures"
            )
        return event_ids

    return _correct_many(service, counted, said, actor=actor)


def correct_alike(
    service: Service, event_id: str, said: Said, *, actor: str, expected_version: int | None = None
) -> Counter[Status]:
    """
    Say the same of a failure that waits for a person and of all that are alike and wait too; all or nothing.

    Alike are those of the same fingerprint: the same place in the same template, or the same kind of evidence.

    Args:
        expected_version: The version of the stream of `event_id` that the actor has seen; the others may have any.

    Raises:
        NotFound: It does not wait, or not any more.
        VersionConflict: It has changed since `expected_version`.
        InvalidInput: As `correct` says.
    """

    def alike() -> list[str]:
        event_ids = alike_in_triage(service.store, event_id)
        if not event_ids:
            hint = "it was answered meanwhile, or never waited: load the queue again"
            raise NotFound("waiting failure", event_id, hint)
        version = standings(service.store, [event_id])[event_id].version
        if expected_version not in (None, version):
            raise VersionConflict(f"failure:{event_id}", expected_version or 0, version)
        return event_ids

    return _correct_many(service, alike, said, actor=actor)


def _correct_many(
    service: Service, event_ids: Callable[[], Sequence[str]], said: Said, *, actor: str
) -> Counter[Status]:
    """
    Record the same word on many failures, judge the patterns once, and return how many became what.

    `event_ids` tells which, or refuses; it is asked once more when nobody else can write, so that none is left out and
    nothing has changed. Texts and facts are held for a part of them at a time.
    """
    places = _places(service, event_ids(), said)  # what costs time is done before anybody has to wait
    done: Counter[Status] = Counter()
    with service.store.writing():
        found = event_ids()
        for start in range(0, len(found), _AT_ONCE):
            part = found[start : start + _AT_ONCE]
            late = [event_id for event_id in part if event_id not in places] if _moves(service, said) else []
            known, texts = standings(service.store, part), contents(service.store, late)
            words = [Word(event_id=event_id, said=said, actor=actor) for event_id in part]
            decided = [decide(service, word, known, texts.get(word.event_id, (None,))[0], places) for word in words]
            record(service.store, [fact for _, fact in decided if fact], now=service.clock())
            done.update(answer.status for answer, _ in decided)
        judge(service)
    return done


def _places(service: Service, event_ids: Sequence[str], said: Said) -> dict[str, str]:
    """Return where these failures are under the category that is said, by event id; none where that is not asked for."""
    if said.category is None or not _moves(service, said):
        return {}
    return {
        event_id: place_under(text, said.category)
        for chunk, _ in chunks(event_ids)
        for event_id, (text, _) in contents(service.store, chunk).items()
    }


def _moves(service: Service, said: Said) -> bool:
    """Tell whether a word gives failures another place without naming it; a faulty category is refused, not looked up."""
    return said.locus is None and said.category in (*service.taxonomy.ids, NEEDS_TRIAGE)
