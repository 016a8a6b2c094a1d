"""What a word on a failure comes to: how the failure stands after it, the fact, and the answer to who said it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from feedback.classification.evidence import find
from feedback.domain.assessment import fingerprint_of
from feedback.domain.correction import Said, said_locus
from feedback.domain.facts import Aspect, AssessmentCorrected
from feedback.domain.failure import FailureEvent, TemplateRef
from feedback.domain.locus import locate
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.errors import CallerError, Fault, InvalidInput, NotAssessed, NotFound, VersionConflict
from feedback.service.bootstrap import Service
from feedback.storage.corrections import Standing
from feedback.storage.registry import is_registered

__all__ = [
    "Corrected",
    "Status",
    "Word",
    "about",
    "answer_of",
    "checked",
    "decide",
    "fact_of",
    "place_under",
]

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


def decide(
    service: Service,
    word: Word,
    known: dict[str, Standing],
    text: str | None,
    places: Mapping[str, str] | None = None,
) -> tuple[Corrected, AssessmentCorrected | None]:
    """
    Return what becomes of a word, and the fact it comes to, if any; `known` then holds how the failure stands after it.

    Args:
        known: How failures stand, by event id.
        text: What was received, of which the place under another category is told; None where it was erased.
        places: Places that were told before, by event id.

    Raises:
        InvalidInput, NotFound, NotAssessed: As `checked`; or the locus cannot be one.
        VersionConflict: The failure has changed since the version expected.
    """
    event_id, actor, said = word.event_id, word.actor, word.spoken
    category, standing = checked(service, known.get(event_id), event_id, said.category)
    if word.expected_version not in (None, standing.version):
        raise VersionConflict(f"failure:{event_id}", word.expected_version or 0, standing.version)
    after = _after(standing, said, category, lambda: (places or {}).get(event_id) or place_under(text, category))
    spoken = _spoken(said, after)
    before = standing.words.get(actor, {})
    agrees = replace(after, version=standing.version) == standing
    if agrees and all(aspect in before and before[aspect] == value for aspect, value in spoken.items()):
        return answer_of(event_id, "unchanged", standing, standing), None
    known[event_id] = replace(after, words=standing.words | {actor: before | spoken})
    fact = fact_of(event_id, after, said.aspects, actor, None)
    return answer_of(event_id, "confirmed" if agrees else "corrected", standing, after), fact


def checked(service: Service, standing: Standing | None, event_id: str, category: str | None) -> tuple[str, Standing]:
    """
    Return the category that stands after the word, and how the failure stood before it.

    Raises:
        InvalidInput: The category is none of the taxonomy's, nor `needs_triage`.
        NotFound: There is no such failure.
        NotAssessed: Nothing has been said of it that could be corrected.
    """
    allowed = (*service.taxonomy.ids, NEEDS_TRIAGE)
    if category is not None and category not in allowed:
        raise InvalidInput(Fault("category", f"expected one of {', '.join(allowed)}, found {category!r}"))
    if standing is None:
        raise NotFound("failure", event_id, "it was never taken in here; `feedback ingest` takes it in")
    if standing.category is None:
        raise NotAssessed(event_id)
    return category or standing.category, standing


def _after(standing: Standing, said: Said, category: str, place: Callable[[], str]) -> Standing:
    """Return how a failure stands after a word; another category has another `place`, unless a person has named it."""
    locus = standing.locus
    if said.locus is not None:
        locus = said_locus(said.locus)
    elif locus is None or (category != standing.category and not standing.has_spoken("locus")):
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


def about(service: Service, said: Said) -> str:
    """Return a note where the template that is named is not registered, since it is counted all the same; else nothing."""
    if said.template is None or is_registered(service.store, said.template.name, said.template.version):
        return ""
    version = f" {said.template.version}" if said.template.version else ""
    return f"{said.template.name}{version} is not registered here; its failures are counted all the same"


def place_under(text: str | None, category: str) -> str:
    """Return the place of a failure under another category; of an erased one there is no evidence any more."""
    if text is None:
        return "no evidence"
    event = FailureEvent.model_validate_json(text)
    return locate(event, category, find(event))


def fact_of(
    event_id: str, after: Standing, aspects: tuple[Aspect, ...], actor: str, classifier_version: str | None
) -> AssessmentCorrected:
    """Return the fact that says how a failure stands `after` a word on `aspects`; a person's names no classifier."""
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


def answer_of(event_id: str, status: Status, before: Standing, after: Standing) -> Corrected:
    """Return the answer to a word that was not refused."""
    return Corrected(
        event_id=event_id,
        status=status,
        category=after.category,
        template=None if after.template_name is None else (after.template_name, after.template_version),
        locus=after.locus,
        said=before.category,
        version=after.version,
    )
