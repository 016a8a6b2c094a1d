"""The classifier: sure or not, always explained, and the same whatever else is in the batch."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.classification import saving
from feedback.classification.cases import CORPUS, LabelledCase
from feedback.classification.model import Classifier
from feedback.classification.training import classifier_version, train
from feedback.domain.failure import FailureEvent
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.service.assessor import build_assessor, trained_classifier
from feedback.settings import load_taxonomy
from tests.builders import a_failure
from tests.worlds import DEMO


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return trained_classifier()


def _event(**changes: object) -> FailureEvent:
    return FailureEvent.model_validate_json(json.dumps(a_failure(**changes)))


def _demo(count: int) -> list[FailureEvent]:
    return [FailureEvent.model_validate_json(json.dumps(event)) for event in DEMO.events(3)[:count]]


def test_probabilities_of_the_ten_categories_sum_to_one(classifier: Classifier) -> None:
    for answer in classifier.classify(_demo(40), explained_terms=3):
        assert set(answer.probabilities) == set(load_taxonomy().ids)
        assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-4)


def test_an_answer_does_not_depend_on_what_else_is_in_the_batch(classifier: Classifier) -> None:
    events = _demo(30)
    together = classifier.classify(events, explained_terms=5)
    alone = [classifier.classify([event], explained_terms=5)[0] for event in events]
    assert [answer.evidence for answer in alone] == [answer.evidence for answer in together]
    for one, other in zip(alone, together, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=2e-6)


def test_a_kept_classifier_answers_as_the_one_that_was_trained(classifier: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "kept.skops"
    saving.save(classifier, path, "code")
    kept = saving.load(path, classifier.version, "code")
    assert kept is not None
    events = _demo(20)
    assert kept.classify(events, explained_terms=5) == classifier.classify(events, explained_terms=5)


def test_a_classifier_of_another_version_is_not_used(classifier: Classifier, tmp_path: Path) -> None:
    saving.save(classifier, tmp_path / "kept.skops", "code")
    assert saving.load(tmp_path / "kept.skops", "c1:another", "code") is None
    assert saving.load(tmp_path / "kept.skops", classifier.version, "other code") is None


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 half"])
def test_a_kept_file_that_cannot_be_read_is_not_used(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "kept.skops").write_bytes(content)
    assert saving.load(tmp_path / "kept.skops", "c1:any", "code") is None


def test_the_version_changes_with_the_corpus(tmp_path: Path) -> None:
    for path in CORPUS.glob("*.jsonl"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    same = classifier_version(0.8, folder=tmp_path)
    assert same == classifier_version(0.8)
    with min(tmp_path.glob("*.jsonl")).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert classifier_version(0.8, folder=tmp_path) != same


def test_the_version_changes_with_the_settings_and_with_every_correction() -> None:
    one = LabelledCase(_event(), "insufficient_context", "g")
    made_of = [(0.8, ()), (0.9, ()), (0.8, (one,)), (0.8, (one, one)), (0.8, (replace(one, category="needs_triage"),))]
    assert len({classifier_version(*parts) for parts in made_of}) == len(made_of)


def test_a_failure_that_says_nothing_goes_to_triage_with_all_ten_ranked() -> None:
    event = _event(request=None, response=None, signals={"rating": 2}, template=None)
    (said,) = build_assessor([]).assess([("e-1", event)])
    assert said.category == NEEDS_TRIAGE
    assert len(said.alternatives) == 10
    assert said.probability == said.alternatives[0].probability


def test_a_sure_answer_ranks_the_other_nine_and_names_its_rules_and_terms() -> None:
    (said,) = build_assessor([]).assess([("e-1", _event())])
    assert said.category == "field_definition_ambiguity"
    assert len(said.alternatives) == 9
    assert sorted(said.alternatives, key=lambda one: -one.probability) == list(said.alternatives)
    assert {"rule", "term"} <= {one.kind for one in said.evidence}
    assert "schema.enum" in {one.name for one in said.evidence}
    assert said.locus == "/currency:enum"


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_any_text_at_all_is_answered(asked: str, answered: str, comment: str) -> None:
    event = FailureEvent.model_validate_json(
        json.dumps(
            a_failure(
                request={"messages": [{"role": "user", "content": asked.encode(errors="ignore").decode()}]},
                response={"content": answered.encode(errors="ignore").decode()},
                signals={"comment": comment.encode(errors="ignore").decode()},
            )
        )
    )
    (said,) = build_assessor(DEMO.templates).assess([("e-1", event)])
    assert said.category in (*load_taxonomy().ids, NEEDS_TRIAGE)


def test_the_same_corpus_and_settings_give_the_same_answers(tmp_path: Path) -> None:
    for name in ("agents_and_rules", "annotation_desk", "campus_and_press", "customer_voices"):
        (tmp_path / f"{name}.jsonl").write_bytes((CORPUS / f"{name}.jsonl").read_bytes())
    one, other = (train(0.8, folder=tmp_path).classifier for _ in range(2))
    assert one.version == other.version
    events = _demo(60)
    for left, right in zip(
        one.classify(events, explained_terms=0), other.classify(events, explained_terms=0), strict=True
    ):
        assert left.sure == right.sure
        assert left.probabilities == pytest.approx(right.probabilities, abs=1e-6)


def test_one_that_was_kept_by_other_code_is_said_to_be_and_trained_anew(
    classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDBACK_CACHE", str(tmp_path))
    saving.save(classifier, tmp_path / "classifier-old.skops", "other code")
    said: list[str] = []
    trained = trained_classifier(lambda step, _done, _of: said.append(step))
    assert said[0] == "those kept are of other code, corpus, settings, taxonomy or corrections"
    assert trained.version == classifier.version
    assert {path.name for path in tmp_path.glob("*.skops")} == {
        "classifier-old.skops", f"classifier-{trained.version.removeprefix('c1:')}.skops"
    }  # fmt: skip
