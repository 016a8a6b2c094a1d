"""Correcting: what people, or a classifier asked again, say of assessed failures becomes facts, and patterns follow."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from feedback.classification.evidence import find
from feedback.domain.assessment import Assessment, fingerprint_of
from feedback.domain.correction import Said, said_locus
from feedback.domain.facts import Aspect, AssessmentCorrected
from feedback.domain.failure import FailureEvent, TemplateRef
from feedback.domain.locus import locate
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.errors import CallerError, Fault, InvalidInput, NotAssessed, NotFound, VersionConflict
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.storage.corrections import Standing, standings
from feedback.storage.failures import contents
from feedback.storage.patterns import chunks
from feedback.storage.recording import record
from feedback.storage.registry import is_registered

__all__ = [
    "CLASSIFIER",
    "Corrected",
    "Status",
    "Word",
    "correct",
    "correct_by_machine",
    "correct_each",
    "correct_many",
]

CLASSIFIER = "classifier"
"""The actor of a machine's correction; the fact names the classifier's version beside it."""
Status = Literal["corrected", "confirmed", "unchanged", "kept", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person says of one failure, a category alone or more; `expected_version` is the one seen of its stream."""

    event_id: str
    said: Said | str
    actor: str
    expected_version: int | None = None

    @property
    def spoken(self) -> Said:
        """What is said, in full."""
        return Said(category=self.said) if isinstance(self.said, str) else self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """
    What became of one word.

    `category`, `template` (name and version) and `locus` stand now, `said` is the category that stood before; `version` is
    that of the failure's stream; `note` says what follows from it, or does not. All but `error`, which tells why, are None
    or empty where the word was refused. `kept` is a machine's word against a person's, which stays.
    """

    event_id: str
    status: Status
    category: str | None = None
    template: tuple[str, str | None] | None = None
    locus: str | None = None
    said: str | None = None
    version: int | None = None
    note: str = ""
    error: CallerError | None = None


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
            category, standing = _checked(service, known.get(one.event_id), one.event_id, one.category)
            kept = standing.has_spoken("category", "locus")
            if kept or (category, one.locus) == (standing.category, standing.locus):
                answers.append(_answer(one.event_id, "kept" if kept else "unchanged", standing, standing))
                continue
            after = replace(standing, category=category, locus=one.locus, version=standing.version + 1)
            facts.append(_fact(one.event_id, after, ("category",), CLASSIFIER, one.classifier_version))
            known[one.event_id] = after
            answers.append(_answer(one.event_id, "corrected", standing, known[one.event_id]))
        record(store, facts, now=now)
        judge(service)
    return answers


def correct_many(
    service: Service, event_ids: Callable[[], Sequence[str]], said: Said, *, actor: str
) -> Counter[Status]:
    """
    Record the same word on many failures, judge the patterns once, and return how many became what; all or nothing.

    Args:
        event_ids: Tells which failures; asked once more when nobody else can write, so that none is left out.

    Raises:
        As `correct`.
    """
    places = _places(service, event_ids(), said)  # what costs time is done before anybody has to wait
    done: Counter[Status] = Counter()
    with service.store.writing():
        for chunk, _ in chunks(event_ids()):
            words = [Word(event_id=event_id, said=said, actor=actor) for event_id in chunk]
            known, now = standings(service.store, chunk), service.clock()
            texts = contents(service.store, [one for one in chunk if one not in places] if said.locus is None else [])
            decided = [_decide(service, word, known, texts.get(word.event_id, (None,))[0], places) for word in words]
            record(service.store, [fact for _, fact in decided if fact], now=now)
            done.update(answer.status for answer, _ in decided)
        judge(service)
    return done


def _places(service: Service, event_ids: Sequence[str], said: Said) -> dict[str, str]:
    """Return where these failures are under the category that is said, by event id; none where that is not asked for."""
    if said.category is None or said.locus is not None or said.category not in (*service.taxonomy.ids, NEEDS_TRIAGE):
        return {}
    return {
        event_id: _locus(text, said.category)
        for chunk, _ in chunks(event_ids)
        for event_id, (text, _) in contents(service.store, chunk).items()
    }


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
    service: Service,
    word: Word,
    known: dict[str, Standing],
    text: str | None,
    places: Mapping[str, str] | None = None,
) -> tuple[Corrected, AssessmentCorrected | None]:
    """Return what becomes of a word, and the fact it comes to; `known` then holds how the failure stands after it."""
    event_id, actor, said = word.event_id, word.actor, word.spoken
    category, standing = _checked(service, known.get(event_id), event_id, said.category)
    if word.expected_version not in (None, standing.version):
        raise VersionConflict(f"failure:{event_id}", word.expected_version or 0, standing.version)
    after = _after(standing, said, category, lambda: (places or {}).get(event_id) or _locus(text, category))
    spoken = _spoken(said, after)
    before = standing.words.get(actor, {})
    agrees = replace(after, version=standing.version) == standing
    if agrees and all(aspect in before and before[aspect] == value for aspect, value in spoken.items()):
        return _answer(event_id, "unchanged", standing, standing), None
    known[event_id] = replace(after, words=standing.words | {actor: before | spoken})
    fact = _fact(event_id, after, said.aspects, actor, None)
    answer = _answer(event_id, "confirmed" if agrees else "corrected", standing, after)
    return replace(answer, note=_note(service, said)), fact


def _checked(service: Service, standing: Standing | None, event_id: str, category: str | None) -> tuple[str, Standing]:
    """Return the category that stands after the word, and how the failure stood before it."""
    allowed = (*service.taxonomy.ids, NEEDS_TRIAGE)
    if category is not None and category not in allowed:
        raise InvalidInput(Fault("category", f"expected one of {', '.join(allowed)}, found {category!r}"))
    if standing is None:
        raise NotFound("failure", event_id, "it was never taken in here; `feedback ingest` takes it in")
    if standing.category is None:
        raise NotAssessed(event_id)
    return category or standing.category, standing


def _after(standing: Standing, said: Said, category: str, place: Callable[[], str]) -> Standing:
    """Return how a failure stands after a word; another category has another `place`, unless the word names it."""
    locus = standing.locus
    if said.locus is not None:
        locus = said_locus(said.locus)
    elif category != standing.category or locus is None:
        locus = place()
    name, version = standing.template_name, standing.template_version
    if "template" in said.aspects:
        name, version = (said.template.name, said.template.version) if said.template else (None, None)
    return replace(
        standing,
        category=category,
        locus=locus,
        template_name=name,
        template_version=version,
        version=standing.version + 1,
    )


def _spoken(said: Said, after: Standing) -> dict[Aspect, object]:
    """Return what was said, by aspect, as `Standing.words` keeps it."""
    named = None if after.template_name is None else (after.template_name, after.template_version)
    values: dict[Aspect, object] = {"category": after.category, "template": named, "locus": after.locus}
    return {aspect: values[aspect] for aspect in said.aspects}


def _note(service: Service, said: Said) -> str:
    """Say where the template that was named is not registered: it is counted all the same."""
    if said.template is None or is_registered(service.store, said.template.name, said.template.version):
        return ""
    version = f" {said.template.version}" if said.template.version else ""
    return f"{said.template.name}{version} is not registered here; its failures are counted all the same"


def _locus(text: str | None, category: str) -> str:
    """Return the place of a failure under another category; of an erased one there is no evidence any more."""
    if text is None:
        return "no evidence"
    event = FailureEvent.model_validate_json(text)
    return locate(event, category, find(event))


def _fact(
    event_id: str, after: Standing, aspects: tuple[Aspect, ...], actor: str, classifier_version: str | None
) -> AssessmentCorrected:
    category, locus = after.category or "", after.locus or ""
    template = None
    if "template" in aspects and after.template_name is not None:
        template = TemplateRef(name=after.template_name, version=after.template_version)
    return AssessmentCorrected(
        event_id=event_id,
        category=category,
        locus=locus,
        fingerprint=fingerprint_of(category, after.template_name, locus),
        actor=actor,
        person=classifier_version is None,
        classifier_version=classifier_version,
        aspects=aspects,
        template=template,
    )


def _answer(event_id: str, status: Status, before: Standing, after: Standing) -> Corrected:
    return Corrected(
        event_id=event_id,
        status=status,
        category=after.category,
        template=None if after.template_name is None else (after.template_name, after.template_version),
        locus=after.locus,
        said=before.category,
        version=after.version,
    )
