"""Corrections teach: a challenger is compared, promoted, rolled back; assessments change only when they are told to."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback.classification import comparing
from feedback.domain.facts import ClassifierPromoted
from feedback.errors import NotFound, NothingToRollBack, VersionConflict
from feedback.pipeline import Assessor
from feedback.service import challenge as challenging
from feedback.service.assess import catch_up
from feedback.service.assessor import build_assessor, classifier_path
from feedback.service.bootstrap import Service
from feedback.service.challenge import Challenged, challenge, promote, roll_back
from feedback.service.correct import correct
from feedback.service.promotion import assessing_mark, made_anew, promoted_classifier, promoted_teaching, teaching
from feedback.service.reassess import EXAMPLES, reassess
from feedback.service.report import report
from feedback.storage import maintenance
from feedback.storage.classifiers import promotions, standing, trained_classifiers
from feedback.storage.database import Store, open_store
from feedback.storage.recording import record
from tests.builders import ABSENT, NOW, a_service, every_row, facts_of, incoming, settings_with, table, take_in, told
from tests.corpora import WORD, small_corpus, worded

OTHER = "insufficient_context"
ANNA = "token:anna"
_SETTINGS = settings_with(classifier={"precision": 0.4})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a corpus of 220 cases."""
    return small_corpus(tmp_path_factory.mktemp("corpus"))


def _service(store: Store) -> Service:
    return a_service(store, settings=_SETTINGS)


def _correct(store: Store, *words: tuple[str, str]) -> None:
    correct(_service(store), words, actor=ANNA)


@pytest.fixture(scope="module")
def taught(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Challenged]:
    """Give a store in which a wording was always corrected and a challenger trained, and what came of that."""
    path = tmp_path_factory.mktemp("taught") / "taught.db"
    store = open_store(path)
    take_in(store, *worded(24))
    _correct(store, *((f"e-{n}", OTHER) for n in range(24)))
    challenged = challenge(_service(store), folder=corpus)
    store.backup(path.with_name("copy.db"))
    store.close()
    return path.with_name("copy.db"), challenged


@pytest.fixture
def learned(taught: tuple[Path, Challenged], tmp_path: Path) -> Iterator[Store]:
    """Give a store of its own in which a challenger was promoted."""
    (tmp_path / "own.db").write_bytes(taught[0].read_bytes())
    store = open_store(tmp_path / "own.db")
    yield store
    store.close()


def _assessor(store: Store, corpus: Path) -> Assessor:
    return build_assessor([], _SETTINGS, classifier=promoted_classifier(_service(store), folder=corpus))


def _is_whole(store: Store) -> bool:
    return maintenance.check_read_models(store) == [] and maintenance.verify(store) == []


def _promote(store: Store, version: str, upto: int | None, previous: str = "c1:before") -> None:
    fact = ClassifierPromoted(
        classifier_version=version, previous=previous, corrections_upto=upto, actor=ANNA, reason="by_hand"
    )
    record(store, [fact], now=NOW)


# teaching


def test_the_latest_word_of_a_person_teaches_with_its_weight_and_its_group(store: Store) -> None:
    session, alone = worded(2, "x", template=ABSENT)
    del session["template"], alone["template"], alone["session_id"]
    take_in(store, *worded(2), session, alone | {"event_id": "alone"})
    _correct(store, ("e-0", "needs_triage"), ("e-1", OTHER), ("e-0", OTHER), ("x-0", OTHER), ("alone", "needs_triage"))
    service = a_service(store, settings=settings_with(classifier={"correction_weight": 7.5}))
    assert [(case.category, case.batch, case.weight) for case in teaching(service)] == [
        (OTHER, "correction:desk_1", 7.5),
        (OTHER, "correction:desk_0", 7.5),
        (OTHER, "correction:x-session-0", 7.5),
        ("needs_triage", "correction:alone", 7.5),
    ]
    first = table(store, "corrections")[0]["position"]
    assert [case.category for case in teaching(service, first)] == ["needs_triage"]


# a challenger


def test_a_wording_that_is_always_corrected_makes_a_better_challenger_which_is_promoted(
    taught: tuple[Path, Challenged], learned: Store
) -> None:
    challenged = taught[1]
    assert challenged.compared is not None
    assert challenged.trained is not None
    figures, version = challenged.compared.figures, challenged.trained.classifier.version
    assert figures["challenger_accuracy"] > figures["champion_accuracy"]
    assert figures["p_value"] < 0.05
    assert [(one.category, one.corrections) for one in challenged.compared.by_category] == [(OTHER, 24)]
    assert challenged.compared.by_category[0].right_after == 24 * figures["challenger_accuracy"]
    (trained,) = trained_classifiers(learned)
    assert (trained.classifier_version, trained.champion_version) == (version, challenged.champion_version)
    assert (trained.cases, trained.corrections, trained.better, trained.figures) == (244, 24, True, figures)
    assert trained.upto == table(learned, "corrections")[-1]["position"]
    (promoted,) = promotions(learned)
    assert (promoted.classifier_version, promoted.previous) == (version, challenged.champion_version)
    assert (promoted.corrections_upto, promoted.actor, promoted.reason) == (trained.upto, "classifier", "better")
    assert _is_whole(learned)


def test_later_failures_of_the_wording_get_the_new_category_and_the_new_version(learned: Store, corpus: Path) -> None:
    later = worded(4, "later", template={"name": "never_seen", "version": "1.0.0"})
    report(_service(learned), incoming(*later))
    catch_up(_service(learned), _assessor(learned, corpus))
    rows = [row for row in table(learned, "failures") if row["event_id"].startswith("later")]
    assert {row["category"] for row in rows} == {OTHER}
    assert {row["classifier_version"] for row in rows} == {promotions(learned)[-1].classifier_version}


def test_the_same_training_again_finds_nothing_new_and_records_nothing(learned: Store, corpus: Path) -> None:
    before = every_row(learned)
    again = challenge(_service(learned), folder=corpus)
    assert (again.trained, again.promoted, again.corrections) == (None, False, 24)
    assert every_row(learned) == before


def test_without_corrections_there_is_nothing_to_train(store: Store, corpus: Path) -> None:
    take_in(store, *worded(2))
    before = every_row(store)
    assert challenge(_service(store), folder=corpus).corrections == 0
    assert every_row(store) == before


def test_noise_is_not_promoted(store: Store, corpus: Path) -> None:
    categories = [one.id for one in _service(store).taxonomy.categories]
    take_in(store, *worded(20))
    _correct(store, *((f"e-{n}", categories[n * 7 % 10]) for n in range(20)))
    challenged = challenge(_service(store), folder=corpus)
    assert challenged.compared is not None
    assert challenged.compared.figures["p_value"] >= 0.05
    assert (challenged.compared.better, challenged.promoted, promotions(store)) == (False, False, [])
    assert [one.better for one in trained_classifiers(store)] == [False]
    rows = every_row(store)
    assert not challenge(_service(store), folder=corpus).promoted
    assert every_row(store) == rows
    promote(_service(store), trained_classifiers(store)[0].classifier_version, actor=ANNA, folder=corpus)
    assert [(one.reason, one.actor) for one in promotions(store)] == [("by_hand", ANNA)]
    assert _is_whole(store)


def test_corrections_of_one_template_alone_cannot_tell_who_is_better(store: Store, corpus: Path) -> None:
    take_in(store, *worded(8, templates=1))
    _correct(store, *((f"e-{n}", OTHER) for n in range(8)))
    challenged = challenge(_service(store), folder=corpus)
    assert challenged.compared is not None
    assert challenged.compared.discordant < 5  # both were taught none of them; only their thresholds differ
    assert not challenged.promoted


def test_a_promotion_meanwhile_is_noticed_and_nothing_is_recorded(
    learned: Store, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _correct(learned, ("e-0", "needs_triage"))

    def slow(*given: Any) -> Any:
        with_upto = promotions(learned)[-1].corrections_upto
        _promote(learned, "c1:meanwhile", with_upto)
        return comparing.challenge(*given)

    monkeypatch.setattr(challenging, "trained_and_compared", slow)
    with pytest.raises(VersionConflict, match="classifier is at version 2, not 1"):
        challenge(_service(learned), folder=corpus)
    assert len(trained_classifiers(learned)) == 1


# by hand, and back


def test_a_rollback_brings_the_classifier_before_back_at_last_the_shipped_one(learned: Store, corpus: Path) -> None:
    service = _service(learned)
    shipped, first = promotions(learned)[0].previous, promotions(learned)[0]
    _promote(learned, "c1:second", first.corrections_upto, previous=first.classifier_version)
    back = roll_back(service, actor=ANNA, folder=corpus)
    assert (back.classifier_version, back.previous) == (first.classifier_version, "c1:second")
    assert promoted_classifier(service, folder=corpus).version == first.classifier_version
    back = roll_back(service, actor=ANNA, folder=corpus)
    assert (back.classifier_version, back.previous) == (shipped, first.classifier_version)
    assert (promoted_teaching(service), standing(learned)) == ([], [])
    assert promoted_classifier(service, folder=corpus).version == shipped
    before = every_row(learned)
    with pytest.raises(NothingToRollBack, match=f"the shipped classifier {shipped}, and no promotion is left"):
        roll_back(service, actor=ANNA, folder=corpus)
    assert every_row(learned) == before
    assert [fact["reason"] for fact in facts_of(learned, "ClassifierPromoted")] == [
        "better",
        "by_hand",
        "rollback",
        "rollback",
    ]
    assert _is_whole(learned)


def test_what_a_person_rolled_back_is_promoted_again_by_a_person_only(learned: Store, corpus: Path) -> None:
    service = _service(learned)
    version = promotions(learned)[0].classifier_version
    roll_back(service, actor=ANNA, folder=corpus)
    again = challenge(service, folder=corpus)
    assert again.compared is not None
    assert (again.compared.better, again.promoted, again.replaced_by) == (True, False, ANNA)
    assert len(trained_classifiers(learned)) == len(facts_of(learned, "ClassifierTrained")) == 1
    assert promote(service, version, actor=ANNA, folder=corpus).classifier_version == version
    assert standing(learned)[-1].reason == "by_hand"


def test_one_that_assesses_already_is_not_promoted_twice_and_an_unknown_one_is_refused(
    learned: Store, corpus: Path
) -> None:
    service, before = _service(learned), every_row(learned)
    version = promotions(learned)[0].classifier_version
    done = promote(service, version, actor=ANNA, folder=corpus)
    assert done.classifier_version == done.previous == version
    with pytest.raises(NotFound, match=f"no classifier 'c1:none': trained here: {version}; the shipped one is c1:"):
        promote(service, "c1:none", actor=ANNA, folder=corpus)
    assert every_row(learned) == before


def test_the_shipped_one_may_be_promoted_by_hand_and_that_may_be_rolled_back(learned: Store, corpus: Path) -> None:
    service, first = _service(learned), promotions(learned)[0]
    promote(service, first.previous, actor=ANNA, folder=corpus)
    assert (promotions(learned)[-1].corrections_upto, promoted_teaching(service)) == (None, [])
    assert roll_back(service, actor=ANNA, folder=corpus).classifier_version == first.classifier_version
    assert len(promoted_teaching(service)) == 24


# the promoted classifier


def test_a_kept_file_that_is_gone_is_made_again_with_the_same_version(learned: Store, corpus: Path) -> None:
    version = promotions(learned)[0].classifier_version
    _correct(learned, ("e-0", "needs_triage"))  # later words are not part of it
    classifier_path(version).unlink()
    made = promoted_classifier(_service(learned), folder=corpus)
    assert made.version == version
    assert made_anew(_service(learned), version) is None
    assert classifier_path(version).exists()


def _erase(store: Store) -> None:
    with store.writing():
        store.db.conn.execute(
            "DELETE FROM payloads WHERE payload_id = (SELECT payload_id FROM failures WHERE event_id = 'e-3')"
        )


@pytest.mark.parametrize("change", [_erase, None])
def test_with_texts_gone_or_other_settings_another_version_assesses_and_says_so(
    learned: Store, corpus: Path, change: Callable[[Store], None] | None
) -> None:
    service, promoted = _service(learned), promotions(learned)[0].classifier_version
    if change is None:
        service = replace(service, settings=settings_with(classifier={"precision": 0.4, "correction_weight": 2.0}))
    else:
        change(learned)
    made = promoted_classifier(service, folder=corpus)
    assert made.version != promoted
    assert f"{promoted} was made by other code or settings, or of texts that are gone: {made.version}" in (
        made_anew(service, made.version) or ""
    )


def test_a_promotion_is_noticed_by_those_who_assess(learned: Store) -> None:
    before = assessing_mark(_service(learned))
    _promote(learned, "c1:next", None)
    assert assessing_mark(_service(learned)) != before


# replay


def _stale(store: Store) -> None:
    """Take in failures of the wording as the classifier before said them, one of them corrected by a person."""
    take_in(store, *worded(6, "old", template={"name": "never_seen", "version": "1.0.0"}))
    _correct(store, ("old-0", "model_capability_gap"))


def test_a_replay_shows_what_would_change_and_records_nothing(learned: Store, corpus: Path) -> None:
    _stale(learned)
    before = every_row(learned)
    shown = reassess(_service(learned), _assessor(learned, corpus), write=False)
    (change,) = shown.changes
    assert (change.said, change.category, change.failures) == ("field_definition_ambiguity", OTHER, 5)
    assert change.examples == tuple(f"old-{n}" for n in range(1, 6))
    assert (shown.failures, shown.kept, shown.kept_otherwise) == (30, 25, 1)
    assert every_row(learned) == before


def test_a_replay_that_is_told_to_writes_what_it_showed_and_a_second_changes_nothing(
    learned: Store, corpus: Path
) -> None:
    _stale(learned)
    service = replace(
        _service(learned), settings=settings_with(classifier={"precision": 0.4}, ingest={"batch_size": 4})
    )
    assessor = _assessor(learned, corpus)
    shown = reassess(service, assessor, write=False)
    written = reassess(service, assessor, write=True)
    assert written == shown
    rows = {row["event_id"]: row for row in table(learned, "failures")}
    assert {rows[f"old-{n}"]["category"] for n in range(1, 6)} == {OTHER}
    assert rows["old-0"]["category"] == "model_capability_gap"
    assert {rows[f"old-{n}"]["classifier_version"] for n in range(1, 6)} == {assessor.classifier.version}
    words = [fact for fact in facts_of(learned, "AssessmentCorrected") if not fact["person"]]
    assert [fact["event_id"] for fact in words] == [f"old-{n}" for n in range(1, 6)]
    before = every_row(learned)
    assert reassess(service, assessor, write=True).changes == []
    assert every_row(learned) == before
    assert _is_whole(learned)


def test_a_replay_names_few_of_many_and_passes_over_what_is_erased_or_waits(learned: Store, corpus: Path) -> None:
    take_in(learned, *worded(EXAMPLES + 3, "old", template={"name": "never_seen", "version": "1.0.0"}))
    report(_service(learned), incoming(*worded(1, "waits")))
    _erase(learned)
    shown = reassess(_service(learned), _assessor(learned, corpus), write=False)
    assert [(one.failures, len(one.examples)) for one in shown.changes] == [(EXAMPLES + 3, EXAMPLES)]
    assert shown.failures == 23 + EXAMPLES + 3


def test_a_later_correction_teaches_the_next_challenger_and_two_promotions_are_replayed_as_they_were(
    learned: Store, corpus: Path
) -> None:
    second = worded(18, "next", signals={"comment": "saltmarsh: the desk marks this saltmarsh"})
    take_in(learned, *second)
    _correct(learned, *((f"next-{n}", "model_capability_gap") for n in range(18)))
    challenged = challenge(_service(learned), folder=corpus)
    assert challenged.champion_version == promotions(learned)[0].classifier_version
    assert challenged.promoted
    assert len(promotions(learned)) == 2
    rows = {name: every_row(learned)[name] for name in ("classifiers", "promotions", "failures", "corrections")}
    assert _is_whole(learned)
    maintenance.rebuild(learned)
    assert {name: every_row(learned)[name] for name in rows} == rows
    assert WORD not in json.dumps(facts_of(learned, "ClassifierTrained") + facts_of(learned, "ClassifierPromoted"))


def test_a_failure_whose_place_alone_would_change_is_counted_apart(learned: Store, corpus: Path) -> None:
    elsewhere: dict[str, Any] = {
        "metadata": told(OTHER, "elsewhere"),
        "template": {"name": "never_seen", "version": "1.0.0"},
    }
    take_in(learned, *worded(2, "placed", **elsewhere))
    assessor = _assessor(learned, corpus)
    (change,) = reassess(_service(learned), assessor, write=False).changes
    assert (change.said, change.category, change.failures) == (OTHER, OTHER, 2)
    assert reassess(_service(learned), assessor, write=True).changes == [change]
    assert reassess(_service(learned), assessor, write=True).changes == []


def test_a_store_made_before_is_given_the_tables_when_it_is_opened(tmp_path: Path) -> None:
    store = open_store(tmp_path / "old.db")
    take_in(store, *worded(2))
    with store.writing():
        for name in ("classifiers", "promotions"):
            store.db.conn.execute(f"DROP TABLE {name}")
        store.db.conn.execute("DELETE FROM _sqlite_migrations WHERE name = 'the_classifiers'")
    store.close()
    store = open_store(tmp_path / "old.db")
    _promote(store, "c1:a", None)
    assert len(promotions(store)) == 1
    assert _is_whole(store)
    store.close()
