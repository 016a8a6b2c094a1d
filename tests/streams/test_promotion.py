"""A classifier that is promoted in the store reaches the workers that assess, and so does one that comes back."""

import pytest

from feedback.classification.model import Classifier
from feedback.classification.training import classifier_version
from feedback.domain.facts import ClassifierTrained
from feedback.service.assessor import classifier_path, keep, trained_classifier
from feedback.service.bootstrap import Service
from feedback.service.challenge import promote, roll_back
from feedback.service.correct import correct
from feedback.service.promotion import teaching
from feedback.storage.classifiers import last_word
from feedback.storage.recording import record
from tests.builders import NOW, failures
from tests.streams.kit import Kit, Worker, alive, until

pytestmark = pytest.mark.kafka


def _trained(service: Service) -> str:
    """Keep the shipped classifier's parts as one trained with the corrections: what it answers plays no part here."""
    precision, shipped, upto = service.settings.classifier.precision, trained_classifier(), last_word(service.store)
    version = classifier_version(precision, teaching(service, upto))
    keep(Classifier(shipped.vectorizers, shipped.linear, shipped.calibration, version))
    fact = ClassifierTrained(
        classifier_version=version,
        champion_version=shipped.version,
        cases=1,
        corrections=1,
        upto=upto,
        precision=precision,
        figures={},
        better=False,
    )
    record(service.store, [fact], now=NOW)
    return version


def _learned(worker: Worker) -> str:
    return str(worker.said("learned")[-1]["classifier"])


def test_a_promotion_and_a_rollback_reach_a_running_worker_and_what_it_assesses_next(kit: Kit) -> None:
    service = kit.service()
    kit.worker("record")
    assessor = kit.worker("assess")
    kit.send(failures(4, "first"))
    kit.until_consumed(service.store)
    correct(service, [("first-0", "insufficient_context")], actor="token:anna")
    version, shipped = _trained(service), trained_classifier().version
    assert _learned(assessor) == shipped

    promote(service, version, actor="token:anna")
    until(lambda: alive(assessor) and _learned(assessor) == version, "the promoted one is learned")
    kit.send(failures(4, "second"))
    kit.until_consumed(service.store)
    roll_back(service, actor="token:anna")
    until(lambda: alive(assessor) and _learned(assessor) == shipped, "the shipped one is learned again")
    kit.send(failures(4, "third"))
    kit.until_consumed(service.store)
    classifier_path(version).unlink()  # no real training may find it

    sql = "SELECT DISTINCT substr(event_id, 1, instr(event_id, '-') - 1), classifier_version FROM failures ORDER BY position"
    assert service.store.rows(sql) == [("first", shipped), ("second", version), ("third", shipped)]
