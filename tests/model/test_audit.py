"""The audit finds labels that are wrong, among the corpus and among what people said."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from feedback.classification.audit import suspects
from feedback.classification.calibration import uncalibrated
from feedback.classification.cases import LabelledCase
from feedback.classification.training import HeldOut
from feedback.cli import main
from feedback.domain.failure import FailureEvent
from feedback.service.correct import correct
from feedback.storage.database import open_store
from tests.builders import ABSENT, a_failure, a_service, take_in

FIELD, FORM, MEMORY, TRIAGE = (
    "field_definition_ambiguity",
    "output_format_violation",
    "multi_turn_state_failure",
    "needs_triage",
)
WORDS = ("harbour", "orchard", "invoice", "timetable", "recipe", "ledger", "permit", "warranty", "menu", "census")


def _like(category: str, word: str, event_id: str, **changes: Any) -> dict[str, Any]:
    """Return a failure that is plainly of this category, about something of its own."""
    rules = {"role": "system", "content": "You are an assistant of the town, and you answer as JSON."}
    last = {"role": "user", "content": f"Answer for the {word}, as JSON."}
    asked = {"messages": [rules, last]}
    before = [{"role": "user", "content": f"My {word} is the second one."}, {"role": "assistant", "content": "Noted."}]
    signs: dict[str, dict[str, Any]] = {
        FIELD: {"signals": {"error": f"'{word}' is not one of ['CNY', 'USD'], at /currency"}},
        FORM: {
            "request": asked,
            "response": {"content": f"Of course, here is the {word}: {{"},
            "signals": {"error": f"JSONDecodeError: Expecting value after the {word}"},
        },
        MEMORY: {
            "request": {"messages": [rules, *before, last]},
            "response": {"content": f"Which {word} do you mean?"},
            "signals": {"comment": f"I told it two turns before which {word}, and it has forgotten that again"},
        },
        TRIAGE: {"request": None, "response": None, "signals": {"rating": 2}},
    }
    made = a_failure(event_id=event_id, session_id=event_id, **({"template": ABSENT} | signs[category] | changes))
    return {name: value for name, value in made.items() if value is not None}


def _cases(batch: str) -> Iterator[tuple[dict[str, Any], str]]:
    for category in (FIELD, FORM, MEMORY, TRIAGE):
        for word in WORDS:
            event_id = f"{batch}-{category}-{word}"
            yield _like(category, word, event_id), category


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Give a folder of three batches in which one label is wrong."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for batch in ("first", "second", "third"):
        lines = [
            {"event": event, "category": FORM if event["event_id"] == f"second-{FIELD}-recipe" else category}
            for event, category in _cases(batch)
        ]
        (folder / f"{batch}.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return folder


def _audit(*words: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["evaluate", "audit", *map(str, words)])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def test_a_planted_wrong_label_is_the_first_that_is_doubted(corpus: Path) -> None:
    said = json.loads(_audit("--corpus", corpus, "--json"))
    first = said["shown"][0]
    assert (first["event_id"], first["batch"]) == (f"second-{FIELD}-recipe", "second")
    assert (first["label"], first["suggested"]) == (FORM, FIELD)
    assert first["margin"] == pytest.approx(first["probability_of_suggested"] - first["probability_of_label"])
    assert said["cases"] == 120
    assert said["suspects"] <= 6
    shown = _audit("--corpus", corpus, "--limit", "1")
    assert f"second-{FIELD}-recipe" in shown
    assert "of 120 labels doubted" in shown


def test_a_persons_wrong_word_is_found_among_corrections(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    store = open_store(path)
    wrong = _like(FIELD, "turbine", "mistaken", template={"name": "rates", "version": "1.0.0"})
    right = _like(FIELD, "kettle", "agreed", template={"name": "kettles", "version": "1.0.0"})
    erased = {name: value for name, value in right.items() if name != "event_id"}
    take_in(store, wrong, right, erased)
    words = [("mistaken", FORM), ("agreed", FIELD)]
    words += [(event, FIELD) for (event,) in store.rows("SELECT event_id FROM failures") if "sha256" in event]
    correct(a_service(store), words, actor="token:anna")
    store.close()
    said = json.loads(_audit("--corpus", corpus, "--with-corrections", "--db", path, "--json"))
    assert (said["cases"], said["corrections"]) == (120, 3)
    found = {one["event_id"]: one for one in said["shown"]}
    assert found["mistaken"]["batch"] == "correction:rates"
    assert found["mistaken"]["suggested"] == FIELD
    assert "agreed" not in found


def test_one_batch_alone_cannot_be_audited(corpus: Path) -> None:
    for name in ("second", "third"):
        (corpus / f"{name}.jsonl").unlink()
    assert "two batches" in _audit("--corpus", corpus, code=2)


def test_a_corpus_too_small_to_learn_from_is_refused(corpus: Path) -> None:
    for name in ("second", "third"):
        line = (corpus / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[-1]
        (corpus / f"{name}.jsonl").write_text(line, encoding="utf-8")
    (corpus / "first.jsonl").unlink()
    assert "cannot be learned from" in _audit("--corpus", corpus, code=2)


def _held_out(labels: list[str], probabilities: list[list[float]]) -> HeldOut:
    event = FailureEvent.model_validate_json(json.dumps(a_failure(event_id=ABSENT)))
    cases = tuple(LabelledCase(event, label, "b") for label in labels)
    return HeldOut(cases, np.log(np.array(probabilities)), uncalibrated((FIELD, FORM, TRIAGE)))


def test_a_label_is_suspect_below_its_own_threshold_where_another_reaches_its_own() -> None:
    out = _held_out(
        [FIELD, FIELD, FIELD, FORM, FORM, TRIAGE],
        [
            [0.90, 0.05, 0.05],
            [0.10, 0.85, 0.05],  # below 0.55 of its own class, above 0.75 of the other
            [0.65, 0.30, 0.05],
            [0.05, 0.90, 0.05],
            [0.30, 0.60, 0.10],  # below its own, and no other class reaches its own
            [0.20, 0.20, 0.60],
        ],
    )
    (one,) = suspects(out)
    assert (one.event_id, one.label, one.suggested) == ("b:2", FIELD, FORM)
    assert one.probability_of_label == pytest.approx(0.10)
    assert one.probability_of_suggested == pytest.approx(0.85)


def test_suspects_come_by_the_width_of_their_margin() -> None:
    rows = [[0.9, 0.05, 0.05]] * 4 + [[0.3, 0.65, 0.05], [0.1, 0.85, 0.05], [0.1, 0.7, 0.2], [0.05, 0.05, 0.9]]
    found = suspects(_held_out([FIELD] * 6 + [FORM, TRIAGE], rows))
    assert [one.event_id for one in found] == ["b:6"]
    found = suspects(_held_out([FIELD] * 6 + [FORM, TRIAGE], [*rows[:6], [0.34, 0.6, 0.06], rows[7]]))
    assert [one.event_id for one in found] == ["b:6", "b:5"]
