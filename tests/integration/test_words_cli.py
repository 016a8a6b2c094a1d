"""Words on template and place, on many failures, and the queue, as a user calls them."""

from pathlib import Path

import pytest

from feedback.storage.database import open_store
from tests.builders import CATEGORY, TEMPLATE, failures, take_in, told
from tests.commands import lines_file, printed, run


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Give a store with six assessed failures of one pattern."""
    path = tmp_path / "feedback.db"
    store = open_store(path)
    take_in(store, *failures(6))
    store.close()
    return path


def test_template_and_place_are_said_by_options_and_listed(db: Path) -> None:
    said = printed(
        "corrections", "add", "e-0", "--template", f"{TEMPLATE}@2.1.0", "--locus", "/amount:unit", "--db", db
    )
    assert (said["status"], said["template"], said["locus"]) == (
        "corrected",
        {"name": TEMPLATE, "version": "2.1.0"},
        "/amount:unit",
    )
    assert "not registered" in said["note"]
    assert "none of ours" in run("corrections", "add", "e-0", "--no-template", "--db", db).stdout
    listed = run("corrections", "list", "--db", db).stdout
    assert f"{TEMPLATE}@2.1.0, /amount:unit" in listed
    assert "none of our templates" in listed


def test_nothing_said_or_two_templates_are_bad_usage(db: Path) -> None:
    assert "say what it is" in run("corrections", "add", "e-0", "--db", db, code=2).output
    both = run("corrections", "add", "e-0", "--template", "x", "--no-template", "--db", db, code=2)
    assert "either --template or --no-template" in both.output


def test_a_file_says_template_and_place_too(db: Path, tmp_path: Path) -> None:
    lines = [{"event_id": "e-0", "template": None}, {"event_id": "e-1", "locus": "/amount:unit"}, {"event_id": "e-2"}]
    answer = printed("corrections", "import", lines_file(tmp_path, *lines), "--db", db, code=2)
    assert (answer["corrected"], answer["refused"]) == (2, 1)
    assert "nothing is said" in answer["verdicts"][2]["errors"][0]["message"]


def test_the_queue_shows_what_waits_and_one_answer_serves_all_alike(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    store = open_store(path)
    take_in(store, *failures(3, metadata=told("needs_triage")))
    store.close()
    queue = printed("corrections", "queue", "--db", path)
    assert (queue["failures"], queue["groups"], queue["items"][0]["alike"]) == (3, 1, 3)
    assert "its category could not be told" in run("corrections", "queue", "--db", path).stdout
    first = queue["items"][0]["event_id"]
    assert printed("corrections", "add", first, CATEGORY, "--alike", "--db", path)["corrected"] == 3
    assert printed("corrections", "queue", "--db", path)["failures"] == 0


def test_all_failures_of_a_ticket_are_corrected_together(tmp_path: Path) -> None:
    path = tmp_path / "ticket.db"
    store = open_store(path)
    take_in(store, *failures(6))
    store.close()
    (ticket,) = printed("tickets", "list", "--kind", "template_revision", "--db", path)
    words = ("corrections", "ticket", ticket["ticket_id"])
    assert printed(*words, "--locus", "/amount:unit", "--at", "/currency:enum", "--db", path)["corrected"] == 6
    assert run(*words, "insufficient_context", "--db", path).stdout == "6 corrected, 0 confirmed, 0 unchanged.\n"


def test_all_failures_of_a_pattern_are_corrected_together_with_a_note_on_its_template(db: Path) -> None:
    (pattern,) = printed("patterns", "list", "--db", db)["patterns"]
    words = ("corrections", "pattern", pattern["pattern_id"], "--template", "unknown@1.0.0", "--at", "/currency:enum")
    assert "Note: unknown 1.0.0 is not registered" in run(*words, "--db", db).stdout
    assert "places of its failures" in run(*words, "--db", db, code=2).output
