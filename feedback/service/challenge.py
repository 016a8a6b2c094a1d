"""Training with corrections: a challenger, its comparison with the champion, and who is promoted or taken back."""

from dataclasses import dataclass, replace
from pathlib import Path

from feedback.classification.cases import CORPUS
from feedback.classification.comparing import Compared
from feedback.classification.comparing import challenge as trained_and_compared
from feedback.classification.training import Progress, Trained, classifier_version
from feedback.domain.facts import ClassifierPromoted, ClassifierTrained, Fact, PromotionReason
from feedback.errors import NotFound, NothingToRollBack
from feedback.service.assessor import keep
from feedback.service.bootstrap import Service
from feedback.service.correct import CLASSIFIER
from feedback.service.promotion import promoted_teaching, teaching
from feedback.storage.classifiers import last_word, promotions, standing, trained_classifiers
from feedback.storage.recording import record

__all__ = ["Challenged", "Promoted", "challenge", "promote", "roll_back"]

_STREAM = "classifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenged:
    """
    What became of a training with corrections.

    `trained` and `compared` are None where there was nothing new to learn. `replaced_by` is the person who took this very
    challenger's place away before, for which it was not promoted though it is better.
    """

    champion_version: str
    corrections: int
    upto: int
    trained: Trained | None = None
    compared: Compared | None = None
    promoted: bool = False
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """Which classifier assesses now, and which did before; they are the same where nothing was to be done."""

    classifier_version: str
    previous: str


def challenge(service: Service, progress: Progress | None = None, folder: Path = CORPUS) -> Challenged:
    """
    Train a classifier with all corrections, compare it with the promoted one, record it, and promote it if it is better.

    One that a person has taken back, or replaced, is promoted again by a person only. The same again records nothing.

    Raises:
        VersionConflict: Another classifier was promoted meanwhile; nothing is recorded.
    """
    store, precision = service.store, service.settings.classifier.precision
    with store.writing():  # read as of one moment: another process may register, correct or erase meanwhile
        seen, upto = len(promotions(store)), last_word(store)
        champion, corrections = promoted_teaching(service), teaching(service, upto)
    version, champion_version = (classifier_version(precision, one, folder) for one in (corrections, champion))
    outcome = Challenged(champion_version=champion_version, corrections=len(corrections), upto=upto)
    if not corrections or version == champion_version:
        return outcome
    trained, compared = trained_and_compared(precision, champion, corrections, folder, progress)
    keep(trained.classifier, trained.card)
    fact = ClassifierTrained(
        classifier_version=version,
        champion_version=champion_version,
        cases=trained.cases,
        corrections=len(corrections),
        upto=upto,
        precision=precision,
        figures=compared.figures,
        better=compared.better,
    )
    replaced_by = _replaced_by(service, version) if compared.better else None
    is_promoted = compared.better and replaced_by is None
    _record(service, fact, seen, folder, is_promoted=is_promoted)
    return replace(outcome, trained=trained, compared=compared, promoted=is_promoted, replaced_by=replaced_by)


def _record(service: Service, fact: ClassifierTrained, seen: int, folder: Path, *, is_promoted: bool) -> None:
    """Record a training, unless it is on record, and its promotion where there is one."""
    with service.store.writing():
        facts: list[Fact] = [] if _is_known(service, fact) else [fact]
        if is_promoted:
            facts.append(_promotion(service, fact.classifier_version, fact.upto, CLASSIFIER, "better", folder))
        record(service.store, facts, now=service.clock(), expected_versions={_STREAM: seen})


def promote(service: Service, version: str, *, actor: str, folder: Path = CORPUS) -> Promoted:
    """
    Have a classifier that was trained here, or the shipped one, assess from now on, because a person says so.

    Raises:
        NotFound: None of this version was trained here.
    """
    with service.store.writing():
        current = _current(service, folder)
        if version == current:
            return Promoted(classifier_version=version, previous=current)
        upto = _upto_of(service, version, folder)
        fact = _promotion(service, version, upto, actor, "by_hand", folder)
        record(service.store, [fact], now=service.clock())
    return Promoted(classifier_version=version, previous=current)


def roll_back(service: Service, *, actor: str, folder: Path = CORPUS) -> Promoted:
    """
    Take the latest promotion back, so that the classifier before it assesses again, at last the shipped one.

    Raises:
        NothingToRollBack: No promotion is left to be taken back.
    """
    store = service.store
    with store.writing():
        found = standing(store)
        if not found:
            raise NothingToRollBack(store.path, _shipped(service, folder))
        version, upto = _shipped(service, folder), None
        if len(found) > 1:
            version, upto = found[-2].classifier_version, found[-2].corrections_upto
        fact = _promotion(service, version, upto, actor, "rollback", folder)
        record(store, [fact], now=service.clock())
    return Promoted(classifier_version=version, previous=found[-1].classifier_version)


def _promotion(
    service: Service, version: str, upto: int | None, actor: str, reason: PromotionReason, folder: Path
) -> ClassifierPromoted:
    return ClassifierPromoted(
        classifier_version=version,
        previous=_current(service, folder),
        corrections_upto=upto,
        actor=actor,
        reason=reason,
    )


def _shipped(service: Service, folder: Path) -> str:
    return classifier_version(service.settings.classifier.precision, (), folder)


def _current(service: Service, folder: Path) -> str:
    """Return the version of the classifier that assesses now, as its promotion named it."""
    found = standing(service.store)
    return found[-1].classifier_version if found else _shipped(service, folder)


def _upto_of(service: Service, version: str, folder: Path) -> int | None:
    """Return the last position of the corrections that a classifier was trained with; None for the shipped one."""
    if version == _shipped(service, folder):
        return None
    known = {one.classifier_version: one.upto for one in trained_classifiers(service.store)}
    if version not in known:
        here = ", ".join(known) or "none yet, `feedback train --with-corrections` trains one"
        raise NotFound("classifier", version, f"trained here: {here}; the shipped one is {_shipped(service, folder)}")
    return known[version]


def _replaced_by(service: Service, version: str) -> str | None:
    """Return the person who last took this classifier back or put another in its place; None where nobody did."""
    by_people = [one.actor for one in promotions(service.store) if one.reason != "better" and one.previous == version]
    return by_people[-1] if by_people else None


def _is_known(service: Service, fact: ClassifierTrained) -> bool:
    """Tell whether this very training is on record."""
    return any(
        (one.classifier_version, one.champion_version, one.upto, one.figures)
        == (fact.classifier_version, fact.champion_version, fact.upto, fact.figures)
        for one in trained_classifiers(service.store)
    )
