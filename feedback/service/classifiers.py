"""What readers are shown of the classifier that assesses: its figures, where it comes from, and what waits to teach it."""

from dataclasses import dataclass

from feedback.classification.card import Card
from feedback.classification.training import classifier_version
from feedback.service.agreement import AgreementReport, agreements
from feedback.service.assessor import classifier_card
from feedback.service.bootstrap import Service
from feedback.storage.classifiers import Promotion, TrainedClassifier, promotions, standing, trained_classifiers
from feedback.storage.corrections import count_corrected

__all__ = ["ClassifierView", "classifier_view"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierView:
    """
    The classifier that assesses for a store.

    `card` is None where its figures were measured elsewhere. `corrected` failures have a person's word; `taught` of them it has
    learned from, `waiting` it has not. `trained` and `promotions` come newest first.
    """

    version: str
    is_shipped: bool
    card: Card | None
    corrected: int
    waiting: int
    trained: tuple[TrainedClassifier, ...]
    promotions: tuple[Promotion, ...]
    agreement: AgreementReport

    @property
    def taught(self) -> int:
        """How many failures with a person's word it has learned from."""
        return self.corrected - self.waiting


def classifier_view(service: Service) -> ClassifierView:
    """Return the classifier that assesses for this store now."""
    store, found = service.store, standing(service.store)
    version = found[-1].classifier_version if found else classifier_version(service.settings.classifier.precision)
    upto = (found[-1].corrections_upto or 0) if found else 0
    corrected = count_corrected(store)
    return ClassifierView(
        version=version,
        is_shipped=not found or found[-1].corrections_upto is None,
        card=classifier_card(version),
        corrected=corrected,
        waiting=count_corrected(store, after=upto),
        trained=tuple(reversed(trained_classifiers(store))),
        promotions=tuple(reversed(promotions(store))),
        agreement=agreements(service),
    )
