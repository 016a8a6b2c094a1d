"""Correcting: what people, or a classifier asked again, say of assessed failures becomes facts, and patterns follow."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from feedback.domain.assessment import Assessment
from feedback.domain.correction import Said
from feedback.errors import CallerError
from feedback.service.bootstrap import Service
from feedback.service.deciding import Corrected, Word, about, answer_of, checked, decide, fact_of
from feedback.service.judge import judge
from feedback.storage.corrections import standings
from feedback.storage.failures import contents
from feedback.storage.recording import record

__all__ = ["CLASSIFIER", "correct", "correct_by_machine", "correct_each"]

CLASSIFIER = "classifier"
"""The actor of a machine's correction; the fact names the classifier's version beside it."""


def correct(
    service: Service,
    said: Sequence[tuple[str, Said | str]],
    *,
    actor: str,
    expected_versions: Mapping[str, int] | None = None,
) -> list[Corrected]:
    """
    Record what a person says of failures, judge the patterns, and answer in order.

    All or nothing. Agreeing is recorded once for each person, as `confirmed`; the same word again is `unchanged`.

    Args:
        said: Of each event id what is said of it; a text is a category.
        actor: Who says it; a name that nobody verified begins with `UNVERIFIED`.
        expected_versions: The version of its stream that the actor has seen, by event id.

    Raises:
        InvalidInput: A category is none of the taxonomy's, nor `needs_triage`, or a locus cannot be one.
        NotFound: There is no such failure.
        NotAssessed: Nothing has been said of it that could be corrected.
        VersionConflict: It has changed since the version expected.
    """
    expected = dict(expected_versions or {})
    words = [
        Word(event_id=event_id, said=one, actor=actor, expected_version=expected.pop(event_id, None))
        for event_id, one in said
    ]
    return _record(service, words, strict=True)


def correct_each(service: Service, words: Sequence[Word]) -> list[Corrected]:
    """Record the words that can be, in one transaction, and answer in order; a faulty one is `refused` and alone."""
    return _record(service, words, strict=False)


def correct_by_machine(service: Service, assessments: Sequence[Assessment]) -> list[Corrected]:
    """
    Record what a classifier now says of assessed failures, judge the patterns, and answer in order.

    All or nothing. A failure of which a person has said what it is, or where, is `kept` as it is. Category and locus are taken over; the
    probability on record stays that of the first assessment.

    Raises:
        InvalidInput, NotFound, NotAssessed: As `correct`.
    """
    store, now = service.store, service.clock()
    answers, facts = [], []
    with store.writing():
        known = standings(store, [one.event_id for one in assessments])
        for one in assessments:
            category, standing = checked(service, known.get(one.event_id), one.event_id, one.category)
            kept = standing.has_spoken("category", "locus")
            if kept or (category, one.locus) == (standing.category, standing.locus):
                answers.append(answer_of(one.event_id, "kept" if kept else "unchanged", standing, standing))
                continue
            after = replace(standing, category=category, locus=one.locus, version=standing.version + 1)
            facts.append(fact_of(one.event_id, after, ("category",), CLASSIFIER, one.classifier_version))
            known[one.event_id] = after
            answers.append(answer_of(one.event_id, "corrected", standing, known[one.event_id]))
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
                answer, fact = decide(service, word, known, text)
                answer = replace(answer, note=about(service, word.spoken)) if fact else answer
            except CallerError as error:
                if strict:
                    raise
                answer, fact = Corrected(event_id=word.event_id, status="refused", error=error), None
            answers.append(answer)
            facts += [fact] if fact else []
        record(store, facts, now=now)
        judge(service)
    return answers
