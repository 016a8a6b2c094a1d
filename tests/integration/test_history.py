"""Who did what with a ticket, when and why: read from the log, told to whoever came too late, and whole without its words."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.cli import main
from feedback.domain.ticket import Action
from feedback.errors import ForbiddenAction, InvalidInput, NotFound, TicketChanged, VersionConflict
from feedback.service.bootstrap import Service
from feedback.service.history import changes_since, history
from feedback.service.register import register_templates
from feedback.service.review import act
from feedback.service.snooze import snooze, wake
from feedback.service.views import ticket_view, ticket_views
from feedback.storage.database import Store, open_store
from feedback.storage.maintenance import check_read_models, rebuild, verify
from tests.builders import NOW, TEMPLATE, a_service, a_template, every_row, facts_of, failures, take_in

ANNA, BERT = "token:anna", "token:bert"


@pytest.fixture
def store() -> Iterator[Store]:
    store = open_store(":memory:")
    take_in(store, *failures(4))
    yield store
    assert check_read_models(store) == []
    rebuild(store)
    assert check_read_models(store) == []


def _id(store: Store, kind: str = "template_revision") -> str:
    return str(next(view["ticket_id"] for view in ticket_views(a_service(store)) if view["kind"] == kind))


def _act(store: Store, ticket_id: str, action: Action, *, actor: str = ANNA, minutes: int = 0, **more: Any) -> None:
    act(a_service(store, now=NOW + timedelta(minutes=minutes)), ticket_id, action, actor=actor, **more)


def _told(service: Service, ticket_id: str) -> list[tuple[int, str, str, str | None, str | None]]:
    return [(one.version, one.actor, one.what, one.why, one.comment) for one in history(service, ticket_id)]


def test_a_history_tells_who_did_what_when_and_why_from_the_opening_to_the_regression(store: Store) -> None:
    ticket, service = _id(store), a_service(store)
    _act(store, ticket, "assign", assignee=BERT, comment="Bert knows the schema")
    _act(store, ticket, "take", actor=BERT, minutes=5)
    _act(store, ticket, "comment", comment="currency: ISO codes", minutes=6)
    _act(store, ticket, "approve", comment="agreed", minutes=7)
    register_templates(service, [a_template(version="2.1.0", resolves=[ticket])])
    take_in(store, *failures(1, "again", template={"name": TEMPLATE, "version": "2.1.0"}))
    opened, *others = _told(service, ticket)
    assert opened[:3] == (1, "machine", f"opened for field_definition_ambiguity in {TEMPLATE}")
    assert opened[3] == facts_of(store, "TicketOpened")[0]["because"]
    assert others == [
        (2, ANNA, f"assigned to {BERT}", None, "Bert knows the schema"),
        (3, BERT, "taken into review", None, None),
        (4, ANNA, "commented", None, "currency: ISO codes"),
        (5, ANNA, "approved", None, "agreed"),
        (6, "machine", "revised", f"{TEMPLATE} 2.1.0 resolves it", None),
        (7, "machine", "regressed", "it failed on version 2.1.0, and 2.1.0 is the fix", None),
    ]
    assert [one.recorded_at[11:16] for one in history(service, ticket)][1:4] == ["12:00", "12:05", "12:06"]
    assert ticket_view(service, ticket)["version"] == 7


def test_every_action_of_a_person_keeps_their_words_beside_it_and_none_in_the_facts(store: Store) -> None:
    ticket, service = _id(store), a_service(store)
    said = [f"because of {n}" for n in range(8)]
    _act(store, ticket, "reject", reason="wont_fix", comment=said[0])
    _act(store, ticket, "reopen", comment=said[1])
    snooze(service, ticket, actor=ANNA, failures=9, comment=said[2])
    wake(service, ticket, actor=ANNA, comment=said[3])
    _act(store, ticket, "take", comment=said[4])
    _act(store, ticket, "assign", comment=said[5])
    _act(store, ticket, "comment", comment=f" {said[6]}\n")
    _act(store, ticket, "approve", comment=said[7])
    assert [one.comment for one in history(service, ticket)][1:] == said
    assert not [data for (data,) in store.rows("SELECT data FROM facts") if "because of" in data]
    assert verify(store) == []


def test_erasing_words_leaves_the_action_and_says_that_something_was_said(store: Store) -> None:
    ticket, service = _id(store), a_service(store)
    _act(store, ticket, "take", comment="my name is Anna")
    _act(store, ticket, "comment", comment="and mine is Bert")
    with store.writing():
        store.db.conn.execute("DELETE FROM payloads WHERE body LIKE '%name is%' OR body LIKE '%mine is%'")
    entries = history(service, ticket)
    assert [(one.what, one.comment, one.erased) for one in entries][1:] == [
        ("taken into review", None, True),
        ("commented", None, True),
    ]
    assert ticket_view(service, ticket)["state"] == "in_review"
    _act(store, ticket, "approve")
    assert history(service, ticket)[-1].what == "approved"


def test_the_second_of_two_who_act_on_a_version_is_told_what_changed_since(store: Store) -> None:
    ticket, service = _id(store), a_service(store)
    _act(store, ticket, "take", expected_version=1)
    _act(store, ticket, "comment", actor=BERT, comment="wait for me", expected_version=2)
    before = every_row(store)
    with pytest.raises(TicketChanged, match="is at version 3, not 1") as refused:
        _act(store, ticket, "approve", comment="fine", expected_version=1)
    assert isinstance(refused.value, VersionConflict)
    assert refused.value.changes == tuple(changes_since(service, ticket, 1))
    assert [(one.version, one.actor, one.comment) for one in refused.value.changes] == [
        (2, ANNA, None),
        (3, BERT, "wait for me"),
    ]
    assert 'token:bert: commented: "wait for me"' in str(refused.value)
    with pytest.raises(TicketChanged):
        snooze(service, ticket, actor=ANNA, failures=3, expected_version=2)
    assert every_row(store) == before


def test_an_outdated_edit_is_a_conflict_even_where_the_state_would_forbid_it(store: Store) -> None:
    ticket = _id(store)
    _act(store, ticket, "reject", reason="duplicate", expected_version=1)
    with pytest.raises(TicketChanged) as refused:
        _act(store, ticket, "take", expected_version=1)
    assert [one.why for one in refused.value.changes] == ["duplicate"]


def test_a_version_that_is_not_reached_yet_is_a_conflict_without_changes(store: Store) -> None:
    ticket = _id(store)
    with pytest.raises(TicketChanged) as refused:
        _act(store, ticket, "take", expected_version=9)
    assert refused.value.changes == ()


def test_what_is_refused_leaves_no_words_behind(store: Store) -> None:
    ticket = _id(store)
    before = every_row(store)
    with pytest.raises(ForbiddenAction):
        _act(store, ticket, "approve", comment="not in review yet")
    with pytest.raises(InvalidInput, match="expected words"):
        _act(store, ticket, "comment", comment="  ")
    with pytest.raises(InvalidInput, match="characters at most"):
        _act(store, ticket, "take", comment="x" * 10_001)
    assert every_row(store) == before


def test_waking_a_ticket_that_sleeps_not_is_no_fact_unless_something_is_said(store: Store) -> None:
    ticket, service = _id(store), a_service(store)
    assert wake(service, ticket, actor=ANNA).version == 1
    assert wake(service, ticket, actor=ANNA, comment="it was never asleep").version == 2
    assert history(service, ticket)[-1].comment == "it was never asleep"


def test_a_comment_leaves_a_snooze_and_an_assignment_ends_it(store: Store) -> None:
    ticket, service = _id(store), a_service(store)
    snooze(service, ticket, actor=ANNA, until=datetime(2026, 5, 1, tzinfo=UTC))
    _act(store, ticket, "comment", comment="waits for the vendor")
    assert ticket_view(service, ticket)["snoozed_until"] is not None
    _act(store, ticket, "assign", assignee=BERT)
    view = ticket_view(service, ticket)
    assert (view["snoozed_until"], view["assignee"]) == (None, BERT)


def test_two_tokens_settle_a_ticket_of_high_risk_and_a_name_does_not() -> None:
    store = open_store(":memory:")
    take_in(store, *failures(4, labels={"risk_level": "high"}))
    ticket = _id(store)
    _act(store, ticket, "take", actor="unverified:carl")
    _act(store, ticket, "approve")
    for actor, needed in (("unverified:carl", "two reviewers with a token each"), (ANNA, "a second, different")):
        with pytest.raises(ForbiddenAction, match=needed):
            _act(store, ticket, "approve", actor=actor)
    _act(store, ticket, "approve", actor=BERT)
    assert [one.what for one in history(a_service(store), ticket)][-2:] == [
        "approved; one more approval is needed",
        "approved",
    ]
    assert ticket_view(a_service(store), ticket)["state"] == "approved"


def test_a_ticket_that_is_not_there_has_no_history(store: Store) -> None:
    with pytest.raises(NotFound, match="no ticket 'TR-none'"):
        history(a_service(store), "TR-none")
    with pytest.raises(NotFound, match="no ticket 'TR-none'"):
        changes_since(a_service(store), "TR-none", 1)


def _run(path: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["tickets", *words, "--db", str(path)])


def test_the_commands_assign_comment_and_history(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    store = open_store(path)
    take_in(store, *failures(4))
    ticket = _id(store)
    for words, printed in (
        (("assign", ticket, "bert", "--as", "anna", "--comment", "his schema"), "assigned to unverified:bert."),
        (("assign", ticket, "token:3f9a", "--as", "anna"), "assigned to token:3f9a."),
        (("assign", ticket, "--nobody", "--as", "anna"), "assigned to nobody."),
        (("comment", ticket, "currency:\nISO codes", "--as", "anna"), "(version 5)."),
        (("reject", ticket, "--reason", "wont_fix", "--comment", "too rare", "--as", "anna"), "is rejected"),
        (("snooze", _id(store, "regression_set"), "--failures", "3", "--comment", "later"), "(version 2)"),
    ):
        done = _run(path, *words)
        assert done.exit_code == 0, done.output
        assert printed in done.output
    shown = _run(path, "history", ticket).output
    assert "unverified:anna: rejected (wont_fix)\n         too rare\n" in shown
    assert "unverified:anna: commented\n         currency:\n         ISO codes\n" in shown
    assert f"History:\n{shown}" in _run(path, "show", ticket).output
    printed_json = json.loads(_run(path, "history", ticket, "--json").output)
    assert printed_json == [asdict(one) for one in history(a_service(store), ticket)]
    late = _run(path, "take", ticket, "--expected-version", "5")
    assert late.exit_code == 2
    assert f"ticket:{ticket} is at version 6, not 5" in late.stderr
    assert '(wont_fix): "too rare"' in late.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("assign", "TR-1"), "name an ASSIGNEE, or --nobody"),
        (("assign", "TR-1", "bert", "--nobody"), "name an ASSIGNEE, or --nobody"),
        (("comment", "TR-1", "text", "--comment", "more"), "say it as TEXT"),
    ],
)
def test_what_the_commands_cannot_mean_is_bad_usage(tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    done = _run(tmp_path / "a.db", *words)
    assert done.exit_code == 2
    assert message in done.stderr
