"""One failure with all that is known of it: the view, and `feedback patterns failure`."""

import json
from pathlib import Path
from typing import Any

import pytest

from feedback.errors import NotFound
from feedback.service.correct import correct
from feedback.service.failures import failure_view
from feedback.service.report import report
from feedback.storage.database import Store, open_store
from tests.builders import (
    ABSENT,
    CATEGORY,
    OTHER_TEMPLATE,
    TEMPLATE,
    Step,
    a_failure,
    a_sample,
    a_service,
    a_template,
    a_training_version,
    failures,
    incoming,
    register,
    table,
    take_in,
    told,
)
from tests.commands import printed, run

_WHOLE = a_failure(training_version="assistant-1", sample_id="sample-1", dataset="sft_en", dataset_version="v0.3.0")
_OLDER = [{"name": TEMPLATE, "version": "1.5.0"}]


def _view(store: Store, event_id: str = "e-1") -> dict[str, Any]:
    return failure_view(a_service(store), event_id)


def test_a_failure_is_shown_as_it_was_received_and_as_it_was_assessed(store: Store) -> None:
    take_in(store, _WHOLE)
    view = _view(store)
    assert view["event"] == _WHOLE
    said = view["assessment"]
    assert (said["event_id"], said["category"], said["probability"]) == ("e-1", CATEGORY, 0.9)
    assert said["alternatives"] == [{"category": "output_format_violation", "probability": 0.1}]
    assert said["evidence"] == [
        {"kind": "rule", "name": "schema.enum", "detail": "'RMB' is not allowed", "where": "response"}
    ]
    assert said["template"] == {"name": TEMPLATE, "version": "2.0.0", "score": 1.0, "method": "reference"}
    assert (said["locus"], said["classifier_version"]) == ("/currency:enum", "c1:told")
    assert view["standing"] == {key: said[key] for key in ("category", "locus", "fingerprint", "template")} | {
        "said_locus": said["locus"],
        "risk_level": None,
    }
    json.dumps(view)


def test_pattern_and_tickets_of_a_failure_are_named(store: Store) -> None:
    take_in(store, *failures(4))
    view = _view(store, "e-0")
    assert [view["pattern_id"]] == [row["pattern_id"] for row in table(store, "patterns")]
    assert sorted(view["ticket_ids"]) == [row["ticket_id"] for row in table(store, "tickets")]
    assert len(view["ticket_ids"]) == 2


def test_a_corrected_failure_stands_as_corrected_beside_what_was_said_first(store: Store) -> None:
    take_in(store, a_failure())
    before = _view(store)
    correct(a_service(store), [("e-1", "insufficient_context")], actor="ana")
    view = _view(store)
    assert view["assessment"] == before["assessment"]
    assert view["standing"]["category"] == "insufficient_context"
    assert view["pattern_id"] != before["pattern_id"]
    (one,) = view["corrections"]
    assert (one["actor"], one["category"], one["said"]) == ("ana", "insufficient_context", CATEGORY)


_REGISTER: Step = lambda store: register(store, a_template(), a_sample(), a_training_version(templates=_OLDER))


@pytest.mark.parametrize("registered_first", [True, False])
def test_all_that_is_registered_shows_on_the_three_levels_whichever_came_first(
    store: Store, *, registered_first: bool
) -> None:
    steps: list[Step] = [_REGISTER, lambda s: take_in(s, _WHOLE)]
    for step in steps if registered_first else reversed(steps):
        step(store)
    levels = _view(store)["levels"]
    assert {name: level["status"] for name, level in levels.items()} == dict.fromkeys(levels, "registered")
    assert levels["template"]["content_hash"] == a_template().content_hash
    assert (levels["template"]["effective_version"], levels["template"]["effective_from"]) == (
        "1.5.0",
        "training_version",
    )
    assert levels["template"]["effective_status"] == "named"
    assert levels["sample"]["template"] == {"name": TEMPLATE, "version": "2.0.0"}
    assert (levels["training"]["dataset_version"], levels["training"]["templates"]) == ("v0.3.0", _OLDER)


def test_what_is_only_named_is_told_apart_from_what_is_registered(store: Store) -> None:
    take_in(store, _WHOLE)
    levels = _view(store)["levels"]
    assert {name: level["status"] for name, level in levels.items()} == dict.fromkeys(levels, "named")
    assert (levels["template"]["effective_version"], levels["template"]["effective_from"]) == ("2.0.0", "reference")
    assert (levels["sample"]["dataset"], levels["sample"]["dataset_version"]) == ("sft_en", "v0.3.0")
    assert levels["training"]["dataset_version"] is None


def test_a_template_told_by_the_sample_or_by_the_text_says_so(store: Store) -> None:
    register(store, a_sample())
    by_text = told(template=(OTHER_TEMPLATE, "1.0.0"))
    take_in(
        store,
        a_failure(template=ABSENT, sample_id="sample-1"),
        a_failure(event_id="text", template=ABSENT, metadata=by_text),
    )
    sample, text = (_view(store, event_id)["levels"]["template"] for event_id in ("e-1", "text"))
    assert (sample["name"], sample["method"], sample["effective_from"]) == (TEMPLATE, "sample", "sample")
    assert (text["name"], text["method"], text["score"]) == (OTHER_TEMPLATE, "text", 0.8)


def test_a_sample_of_two_templates_names_none_unless_the_failure_names_the_dataset(store: Store) -> None:
    register(store, a_sample(), a_sample(dataset="sft_zh", template={"name": OTHER_TEMPLATE, "version": "1.0.0"}))
    take_in(
        store,
        a_failure(template=ABSENT, sample_id="sample-1"),
        a_failure(event_id="zh", template=ABSENT, sample_id="sample-1", dataset="sft_zh"),
    )
    either, chinese = (_view(store, event_id)["levels"]["sample"] for event_id in ("e-1", "zh"))
    assert (either["status"], either["template"], len(either["registrations"])) == ("registered", None, 2)
    assert chinese["template"] == {"name": OTHER_TEMPLATE, "version": "1.0.0"}


def test_a_failure_that_names_nothing_is_unknown_on_every_level(store: Store) -> None:
    take_in(store, a_failure(template=ABSENT))
    view = _view(store)
    assert {level["status"] for level in view["levels"].values()} == {"unknown"}
    assert (view["pattern_id"], view["ticket_ids"]) == (None, [])


def test_a_failure_that_waits_shows_what_came_in_and_what_it_names(store: Store) -> None:
    _REGISTER(store)
    report(a_service(store), incoming(_WHOLE))
    view = _view(store)
    assert view["event"] == _WHOLE
    assert (view["assessment"], view["standing"], view["corrections"]) == (None, None, [])
    template = view["levels"]["template"]
    assert (template["status"], template["version"], template["effective_status"]) == ("registered", "2.0.0", "unknown")
    assert view["levels"]["training"]["status"] == "registered"


def test_a_failure_whose_texts_were_erased_still_shows_its_levels(store: Store) -> None:
    take_in(store, _WHOLE)
    store.db.conn.execute("DELETE FROM payloads")
    view = _view(store)
    assert view["event"] is None
    assert view["assessment"]["evidence"] == []
    assert view["levels"]["template"]["version"] == "2.0.0"


def test_a_failure_that_was_never_taken_in_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no failure 'nobody': it was never taken in here"):
        _view(store, "nobody")


# feedback patterns failure


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with a failure of which everything is registered, one that names nothing, and one that waits."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    _REGISTER(store)
    take_in(store, _WHOLE, a_failure(event_id="bare", template=ABSENT))
    correct(a_service(store), [("e-1", "insufficient_context")], actor="ana")
    report(a_service(store), incoming(a_failure(event_id="waits", template={"name": OTHER_TEMPLATE})))
    store.close()
    return path


def test_the_command_prints_the_view_as_json(db: Path) -> None:
    store = open_store(db)
    assert printed("patterns", "failure", "e-1", "--db", db) == _view(store)
    store.close()


def test_the_command_tells_a_reader_each_level_in_a_line(db: Path) -> None:
    lines = run("patterns", "failure", "e-1", "--db", db).stdout.splitlines()
    assert lines[0] == "e-1"
    assert "  category: insufficient_context, at " in lines[1]
    assert lines[2] == f"  the classifier said {CATEGORY} (0.90), by c1:told"
    assert lines[3] == "    rule schema.enum in response: 'RMB' is not allowed"
    assert lines[4].startswith(f"  ana said insufficient_context, which was {CATEGORY} (")
    assert lines[6].startswith("  template: payment_terms 2.0.0, as the failure names it; registered 2026-04-25")
    assert lines[7:11] == [
        "  effective version: 1.5.0, which its training version was built from; it was never registered",
        "  sample: sample-1, written from payment_terms 2.0.0",
        "  dataset: sft_en, data version: v0.3.0",
        "  training version: assistant-1, trained on data version v0.3.0 from payment_terms 1.5.0",
    ]
    assert '"session_id": "s-1"' in "\n".join(lines[12:])


def test_the_command_says_plainly_what_is_unknown_and_what_waits(db: Path) -> None:
    bare = run("patterns", "failure", "bare", "--db", db).stdout
    for what in ("template", "effective version", "sample", "training version"):
        assert f"\n  {what}: unknown\n" in bare
    assert "\n  dataset: unknown, data version: unknown\n" in bare
    assert "\n  pattern: none; tickets: none\n" in bare
    waits = run("patterns", "failure", "waits", "--db", db).stdout
    assert "\n  not assessed yet: " in waits
    assert "\n  template: other_template in an unknown version, as the failure names it\n" in waits


def test_the_command_says_what_was_erased_what_is_only_named_and_what_is_ambiguous(tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    store = open_store(path)
    register(store, a_sample(), a_sample(dataset="sft_zh", template={"name": OTHER_TEMPLATE, "version": "1.0.0"}))
    take_in(store, _WHOLE | {"sample_id": "s-9"}, a_failure(event_id="both", template=ABSENT, sample_id="sample-1"))
    store.db.conn.execute("DELETE FROM payloads")
    store.close()
    named = run("patterns", "failure", "e-1", "--db", path).stdout
    assert "\n  template: payment_terms 2.0.0, as the failure names it; this version was never registered\n" in named
    assert "\n  effective version: 2.0.0, as the failure names it; it was never registered\n" in named
    assert "\n  sample: s-9, which was never registered\n" in named
    assert "\n  training version: assistant-1, which was never registered\n" in named
    assert named.endswith("\nAs it was received:\n  its content was erased\n")
    both = run("patterns", "failure", "both", "--db", path).stdout
    assert "sample: sample-1, registered for several templates: the failure does not say of which dataset\n" in both


def test_the_command_refuses_a_failure_that_is_not_there(db: Path) -> None:
    assert "no failure 'nobody'" in run("patterns", "failure", "nobody", "--db", db, code=2).stderr
