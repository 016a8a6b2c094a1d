"""Correcting: what people, or a classifier asked again, say of assessed failures becomes facts, and patterns follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from feedback.classification.evidence import find
from feedback.domain.assessment import Assessment, fingerprint_of
from feedback.domain.facts import AssessmentCorrected
from feedback.domain.failure import FailureEvent
from feedback.domain.locus import locate
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.errors import CallerError, Fault, InvalidInput, NotAssessed, NotFound, VersionConflict
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.storage.corrections import Standing, standings
from feedback.storage.failures import contents
from feedback.storage.recording import record

__all__ = ["CLASSIFIER", "Corrected", "Status", "Word", "correct", "correct_by_machine", "correct_each"]

CLASSIFIER = "classifier"
"""The actor of a machine's correction; the fact names the classifier's version beside it."""
Status = Literal["corrected", "confirmed", "unchanged", "kept", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person says of one failure; `expected_version` is the one seen of its stream, None takes any."""

    event_id: str
    category: str
    actor: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """
    What became of one word.

    `category` stands now, `said` stood before; `version` is that of the failure's stream. The three are None, and
    `error` tells why, where the word was refused. `kept` is a machine's word against a person's, which stays.
    """

    event_id: str
    status: Status
    category: str | None = None
    said: str | None = None
    version: int | None = None
    error: CallerError | None = None


def correct(
    service: Service,
    said: Sequence[tuple[str, str]],
    *,
    actor: str,
    expected_versions: Mapping[str, int] | None = None,
) -> list[Corrected]:
    """
    Record what a person says of failures, (event id, category) each, judge the patterns, and answer in order.

    All or nothing. Agreeing is recorded once for each person, as `confirmed`; the same word again is `unchanged`.

    Args:
        actor: Who says it; a name that nobody verified begins with `UNVERIFIED`.
        expected_versions: The version of its stream that the actor has seen, by event id.

    Raises:
        InvalidInput: A category is none of the taxonomy's, nor `needs_triage`.
        NotFound: There is no such failure.
        NotAssessed: Nothing has been said of it that could be corrected.
        VersionConflict: It has changed since the version expected.
    """
    expected = dict(expected_versions or {})
    words = [
        Word(event_id=event_id, category=category, actor=actor, expected_version=expected.pop(event_id, None))
        for event_id, category in said
    ]
    return _record(service, words, strict=True)


def correct_each(service: Service, words: Sequence[Word]) -> list[Corrected]:
    """Record the words that can be, in one transaction, and answer in order; a faulty one is `refused` and alone."""
    return _record(service, words, strict=False)


def correct_by_machine(service: Service, assessments: Sequence[Assessment]) -> list[Corrected]:
    """
    Record what a classifier now says of assessed failures, judge the patterns, and answer in order.

    All or nothing. A failure of which a person has spoken is `kept` as it is. Category and locus are taken over; the
    probability on record stays that of the first assessment.

    Raises:
        InvalidInput, NotFound, NotAssessed: As `correct`.
    """
    store, now = service.store, service.clock()
    answers, facts = [], []
    with store.writing():
        known = standings(store, [one.event_id for one in assessments])
        for one in assessments:
            category, standing = _checked(service, known.get(one.event_id), one.event_id, one.category)
            if standing.words or (category, one.locus) == (standing.category, standing.locus):
                status: Status = "kept" if standing.words else "unchanged"
                answers.append(_answer(one.event_id, status, standing, standing))
                continue
            facts.append(_fact(one.event_id, standing, category, one.locus, CLASSIFIER, one.classifier_version))
            known[one.event_id] = _after(standing, category, one.locus)
            answers.append(_answer(one.event_id, "corrected", standing, known[one.event_id]))
        record(store, facts, now=now)
        judge(service)
    return answers


def _record(service: Service, words: Sequence[Word], *, strict: bool) -> list[Corrected]:
    store, now = service.store, service.clock()
    answers, facts = [], []
    with store.writing():
        event_ids = [word.event_id for word in words]
        known, texts = standings(store, event_ids), contents(store, event_ids)
        for word in words:
            text, _ = texts.get(word.event_id, (None, None))
            try:
                answer, fact = _decide(service, word, known, text)
            except CallerError as error:
                if strict:
                    raise
                answer, fact = Corrected(event_id=word.event_id, status="refused", error=error), None
            answers.append(answer)
            facts += [fact] if fact else []
        record(store, facts, now=now)
        judge(service)
    return answers


def _decide(
    service: Service, word: Word, known: dict[str, Standing], text: str | None
) -> tuple[Corrected, AssessmentCorrected | None]:
    """Return what becomes of a word, and the fact it comes to; `known` then holds how the failure stands after it."""
    event_id, actor = word.event_id, word.actor
    category, standing = _checked(service, known.get(event_id), event_id, word.category)
    if word.expected_version not in (None, standing.version):
        raise VersionConflict(f"failure:{event_id}", word.expected_version or 0, standing.version)
    agrees = category == standing.category
    if agrees and standing.words.get(actor) == category:
        return _answer(event_id, "unchanged", standing, standing), None
    locus = standing.locus if agrees and standing.locus is not None else _locus(text, category)
    after = _after(standing, category, locus)
    known[event_id] = replace(after, words=standing.words | {actor: category})
    fact = _fact(event_id, standing, category, locus, actor, None)
    return _answer(event_id, "confirmed" if agrees else "corrected", standing, after), fact


def _checked(service: Service, standing: Standing | None, event_id: str, category: str) -> tuple[str, Standing]:
    allowed = (*service.taxonomy.ids, NEEDS_TRIAGE)
    if category not in allowed:
        raise InvalidInput(Fault("category", f"expected one of {', '.join(allowed)}, found {category!r}"))
    if standing is None:
        raise NotFound("failure", event_id, "it was never taken in here; `feedback ingest` takes it in")
    if standing.category is None:
        raise NotAssessed(event_id)
    return category, standing


def _locus(text: str | None, category: str) -> str:
    """Return the place of a failure under another category; of an erased one there is no evidence any more."""
    if text is None:
        return "no evidence"
    event = FailureEvent.model_validate_json(text)
    return locate(event, category, find(event))


def _fact(
    event_id: str, standing: Standing, category: str, locus: str, actor: str, classifier_version: str | None
) -> AssessmentCorrected:
    return AssessmentCorrected(
        event_id=event_id,
        category=category,
        locus=locus,
        fingerprint=fingerprint_of(category, standing.template_name, locus),
        actor=actor,
        person=classifier_version is None,
        classifier_version=classifier_version,
    )


def _after(standing: Standing, category: str, locus: str) -> Standing:
    return replace(standing, category=category, locus=locus, version=standing.version + 1)


def _answer(event_id: str, status: Status, before: Standing, after: Standing) -> Corrected:
    return Corrected(
        event_id=event_id, status=status, category=after.category, said=before.category, version=after.version
    )
