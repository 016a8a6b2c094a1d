"""From failures to a proposed revision, and from that to a revised ticket."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback.domain.facts import TicketRevised
from feedback.domain.template_file import template_yaml
from feedback.errors import ForbiddenAction, InvalidInput, NotFound, VersionConflict
from feedback.intake.templates import parse_template
from feedback.service.bootstrap import Service, open_service
from feedback.service.register import register_templates
from feedback.service.review import act
from feedback.service.revising import MOST_FAILURES, propose, register_revision
from feedback.service.views import ticket_views
from feedback.storage import log
from feedback.storage.maintenance import check_read_models
from tests.builders import take_in, told
from tests.commands import printed, run
from tests.revision_cases import CASES, Case, located

ANNA = "token:anna"


def _told(case: Case, number: int) -> dict[str, Any]:
    event = case.failure(event_id=f"e-{number}", session_id=f"s-{number}")
    event["occurred_at"] = f"2026-04-{1 + number // 24:02}T{number % 24:02}:00:00+00:00"
    return event | {"metadata": told(case.category, located(case, event))}


def _service(case: Case, path: Path | str = ":memory:", count: int = 4) -> tuple[Service, str]:
    """Return a service with the template of a case and a systemic pattern of its failure, and the revision's ticket."""
    service = open_service(path)
    register_templates(service, [case.built])
    take_in(service.store, *(_told(case, n) for n in range(count)))
    found = [view["ticket_id"] for view in ticket_views(service, kind="template_revision")]
    return service, found[0]


def _approved(service: Service, ticket_id: str) -> None:
    act(service, ticket_id, "take", actor=ANNA)
    act(service, ticket_id, "approve", actor=ANNA)


@pytest.mark.parametrize("what", CASES)
def test_a_proposal_holds_what_failed_and_registered_it_revises_the_ticket(what: str) -> None:
    case = CASES[what]
    service, ticket_id = _service(case)
    proposal = propose(service, ticket_id)
    assert [text for text in case.holds if text not in proposal.diff] == []
    assert proposal.template is not None
    assert parse_template(proposal.yaml.encode(), "proposal").content_hash == proposal.template.content_hash
    assert (proposal.template.version, proposal.template.resolves) == ("1.1.0", (ticket_id,))
    assert "4 of 4 failures" in proposal.template.notes
    assert max(clue.failures for clue in proposal.clues) == proposal.looked_at == 4
    _approved(service, ticket_id)
    answer = register_revision(service, ticket_id, proposal.yaml, actor=ANNA)
    assert (answer.status, answer.identity) == ("registered", f"{case.template['name']} 1.1.0")
    assert answer.note.startswith(f"{ticket_id} is revised")
    (revised,) = [
        one.fact for one in log.read(service.store, stream=f"ticket:{ticket_id}") if isinstance(one.fact, TicketRevised)
    ]
    assert (revised.actor, revised.version) == (ANNA, "1.1.0")
    assert check_read_models(service.store) == []


@pytest.mark.parametrize("what", CASES)
def test_without_the_value_there_is_no_proposal_and_it_says_what_is_missing(what: str) -> None:
    case = CASES[what].bare
    service, ticket_id = _service(case)
    proposal = propose(service, ticket_id)
    assert (proposal.template, proposal.yaml, proposal.diff) == (None, "", "")
    assert case.lacks in " ".join(proposal.missing)


@pytest.mark.parametrize("what", CASES)
def test_the_same_failures_give_the_same_proposal(what: str) -> None:
    one, other = (_service(CASES[what]) for _ in range(2))
    assert propose(*one) == propose(*other)
    assert propose(*one) == propose(*one)


def _enumeration() -> Case:
    return CASES["a value outside the enumeration"]


def test_a_proposal_starts_from_the_newest_registered_version() -> None:
    service, ticket_id = _service(_enumeration())
    body = _enumeration().built.model_dump() | {"version": "1.10.0", "instruction": "Fill in the whole form."}
    register_templates(service, [type(_enumeration().built).model_validate(body)])
    proposal = propose(service, ticket_id)
    assert (proposal.current_version, proposal.template and proposal.template.version) == ("1.10.0", "1.11.0")
    assert " Fill in the whole form.\n" in proposal.yaml.replace("|\n ", "")


def test_without_a_registered_version_there_is_nothing_to_change() -> None:
    service = open_service(":memory:")
    take_in(service.store, *(_told(_enumeration(), n) for n in range(4)))
    (view,) = ticket_views(service, kind="template_revision")
    proposal = propose(service, view["ticket_id"])
    assert proposal.current_version is None
    assert "No version of parcel_form is registered" in proposal.missing[0]


def test_a_version_that_says_it_already_is_not_proposed_again() -> None:
    service, ticket_id = _service(_enumeration())
    text = propose(service, ticket_id).yaml
    register_templates(service, [parse_template(text.replace(ticket_id, "TR-other").encode(), "same words")])
    assert propose(service, ticket_id).missing[0].startswith("Version 1.1.0 says all that would be proposed.")


def test_a_revised_ticket_has_no_proposal_until_it_comes_back() -> None:
    service, ticket_id = _service(_enumeration())
    _approved(service, ticket_id)
    register_revision(service, ticket_id, propose(service, ticket_id).yaml, actor=ANNA)
    assert "The ticket is revised by version 1.1.0" in propose(service, ticket_id).missing[0]


def test_few_failures_are_read_those_of_rare_places_among_them_and_erased_ones_are_told() -> None:
    case, other = _enumeration(), CASES["a number with its unit"]
    service, ticket_id = _service(case, count=MOST_FAILURES + 5)
    rare = _told(replace(case, event=other.event), 300)
    take_in(service.store, rare)
    with service.store.writing():
        service.store.db.execute(
            "DELETE FROM payloads WHERE payload_id = (SELECT payload_id FROM failures WHERE event_id = 'e-0')"
        )
    proposal = propose(service, ticket_id)
    assert (proposal.looked_at, proposal.erased) == (MOST_FAILURES - 1, 1)
    assert proposal.failures == MOST_FAILURES + 6
    assert "weight_kg" in " ".join(clue.what for clue in proposal.clues)


def test_an_edited_revision_is_registered_as_it_was_edited() -> None:
    service, ticket_id = _service(_enumeration())
    _approved(service, ticket_id)
    edited = propose(service, ticket_id).yaml.replace("how fast it is sent", "[fill in: how fast]")
    answer = register_revision(service, ticket_id, edited, actor=ANNA)
    assert answer.note == f"{ticket_id} is revised; 2 marked places are left to fill in"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name: parcel_form", "name: other", "name: expected parcel_form, found other"),
        ("version: 1.1.0", "version: 1.0.0", "version: expected one after 1.0.0"),
        ("version: 1.1.0", "version: 1.0.0-rc.1", "version: expected one after 1.0.0"),
        ("resolves: [", "resolves: [x", "resolves: expected TR-"),
        ("kind: single_turn", "kind: poem", "kind:"),
        ("version: 1.1.0", "version: [", "cannot be read as YAML"),
    ],
)
def test_what_is_no_revision_of_the_ticket_is_refused_and_nothing_is_registered(
    old: str, new: str, message: str
) -> None:
    service, ticket_id = _service(_enumeration())
    _approved(service, ticket_id)
    head = log.head(service.store)
    text = propose(service, ticket_id).yaml
    assert old in text
    with pytest.raises(InvalidInput, match=message):
        register_revision(service, ticket_id, text.replace(old, new), actor=ANNA)
    assert log.head(service.store) == head


def test_a_ticket_that_is_not_approved_is_not_revised_and_says_what_to_do() -> None:
    service, ticket_id = _service(_enumeration())
    text = propose(service, ticket_id).yaml
    with pytest.raises(ForbiddenAction, match="is open: 'register' needs approved: take it, then approve it"):
        register_revision(service, ticket_id, text, actor=ANNA)
    assert propose(service, ticket_id).current_version == "1.0.0"


def test_a_ticket_that_has_changed_since_is_not_revised() -> None:
    service, ticket_id = _service(_enumeration())
    _approved(service, ticket_id)
    with pytest.raises(VersionConflict, match="at version 3, not 2"):
        register_revision(service, ticket_id, propose(service, ticket_id).yaml, actor=ANNA, expected_version=2)


def test_a_regression_set_and_an_unknown_ticket_have_no_revision() -> None:
    service, _ = _service(_enumeration())
    (view,) = ticket_views(service, kind="regression_set")
    with pytest.raises(NotFound, match="it is a regression set"):
        propose(service, view["ticket_id"])
    with pytest.raises(NotFound, match="shows all"):
        propose(service, "TR-unknown")


def test_the_commands_show_a_proposal_and_register_it_edited(tmp_path: Path) -> None:
    db = tmp_path / "f.db"
    service, ticket_id = _service(_enumeration(), db)
    shown = run("tickets", "revision", ticket_id, "--db", db).stdout
    assert "1.0.0 -> 1.1.0" in shown
    assert 'exactly one of "standard", "express"' in shown
    diff = run("tickets", "revision", ticket_id, "--diff", "--db", db).stdout
    assert diff.startswith("--- parcel_form-1.0.0.yaml\n+++ parcel_form-1.1.0.yaml\n")
    as_json = printed("tickets", "revision", ticket_id, "--db", db)
    assert (as_json["next_version"], as_json["diff"]) == ("1.1.0", diff)
    text = run("tickets", "revision", ticket_id, "--yaml", "--db", db).stdout
    assert text == as_json["yaml"]
    file = tmp_path / "next.yaml"
    file.write_text(text, encoding="utf-8")
    _approved(service, ticket_id)
    answer = printed("tickets", "revise", ticket_id, file, "--as", "anna", "--db", db)
    assert (answer["status"], answer["note"]) == ("registered", f"{ticket_id} is revised")
    assert "The ticket is revised" in run("tickets", "revision", ticket_id, "--diff", "--db", db, code=1).stderr


def test_a_revision_comes_from_standard_input_too(tmp_path: Path) -> None:
    db = tmp_path / "f.db"
    service, ticket_id = _service(_enumeration(), db)
    _approved(service, ticket_id)
    text = propose(service, ticket_id).yaml
    assert "is revised" in run("tickets", "revise", ticket_id, "-", "--db", db, stdin=text.encode()).stdout


def test_the_proposed_file_is_the_one_that_is_kept(tmp_path: Path) -> None:
    db = tmp_path / "f.db"
    service, ticket_id = _service(_enumeration(), db)
    _approved(service, ticket_id)
    text = propose(service, ticket_id).yaml
    register_revision(service, ticket_id, text, actor=ANNA)
    assert run("templates", "show", "parcel_form", "--db", db).stdout == text
    assert template_yaml(parse_template(text.encode(), "kept")) == text


def test_a_ticket_that_came_back_is_proposed_for_by_its_newest_failures() -> None:
    case, other = _enumeration(), CASES["a number with its unit"]
    service, ticket_id = _service(case)
    _approved(service, ticket_id)
    register_revision(service, ticket_id, propose(service, ticket_id).yaml, actor=ANNA)
    for number in range(300, 304):
        event = _told(replace(case, event=other.event), number)
        take_in(service.store, event | {"template": {"name": "parcel_form", "version": "1.1.0"}})
    proposal = propose(service, ticket_id)
    (clue,) = (clue for clue in proposal.clues if "weight_kg" in clue.what)
    assert clue.event_ids[0] == "e-303"
    assert proposal.template is not None
    assert proposal.template.version == "1.2.0"
    added = [line for line in proposal.diff.splitlines() if line.startswith("+  - ")]
    assert [line[:14] for line in added] == ["+  - weight_kg"]
