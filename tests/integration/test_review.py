"""A ticket's way from open to revised, and back when its pattern fails again on the fix."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.cli import main
from feedback.errors import ForbiddenAction, NotFound, VersionConflict
from feedback.service.bootstrap import Service, open_service
from feedback.service.register import register_templates
from feedback.service.review import UNVERIFIED, act
from feedback.service.views import ticket_views
from feedback.storage.maintenance import check_read_models
from tests.builders import TEMPLATE, a_template, failures, take_in

ANNA, BERT = "token:anna", "token:bert"


def _service(path: Path | str = ":memory:", **changes: Any) -> tuple[Service, str, str]:
    """Return a service with one systemic pattern, and the ids of its revision and its set."""
    service = open_service(path)
    take_in(service.store, *failures(4, **changes))
    ids = {view["kind"]: view["ticket_id"] for view in ticket_views(service)}
    return service, ids["template_revision"], ids["regression_set"]


def _state(service: Service, ticket_id: str) -> str:
    return str(next(view["state"] for view in ticket_views(service) if view["ticket_id"] == ticket_id))


def _fix(service: Service, *tickets: str, version: str = "2.1.0") -> str:
    fix = a_template(version=version, notes="currency named in ISO codes", resolves=list(tickets))
    return register_templates(service, [fix])[0].note


def test_a_taken_and_approved_ticket_is_revised_by_the_version_that_resolves_it() -> None:
    service, revision, _ = _service()
    act(service, revision, "take", actor=ANNA)
    assert act(service, revision, "approve", actor=ANNA).state == "approved"
    assert _fix(service, revision) == f"{revision} is revised"
    assert _state(service, revision) == "revised"


def test_a_version_registered_before_the_approval_leaves_the_ticket_and_says_so() -> None:
    service, revision, _ = _service()
    assert _fix(service, revision) == f"{revision} is open and stays so: approve it first"
    assert _state(service, revision) == "open"


def test_a_failure_on_the_fix_brings_the_ticket_back_and_a_late_one_of_before_does_not() -> None:
    service, revision, _ = _service()
    act(service, revision, "take", actor=ANNA)
    act(service, revision, "approve", actor=ANNA)
    _fix(service, revision)
    take_in(service.store, *failures(1, "late", template={"name": TEMPLATE, "version": "2.0.0"}))
    take_in(service.store, *failures(1, "unknown", template={"name": TEMPLATE}))
    assert _state(service, revision) == "revised"
    take_in(service.store, *failures(1, "again", template={"name": TEMPLATE, "version": "2.10.0"}))
    assert _state(service, revision) == "regressed"
    assert check_read_models(service.store) == []


def test_a_high_risk_ticket_needs_two_different_reviewers() -> None:
    service, revision, _ = _service(labels={"risk_level": "high"})
    act(service, revision, "take", actor=ANNA)
    assert act(service, revision, "approve", actor=ANNA).state == "in_review"
    with pytest.raises(ForbiddenAction, match="a second, different reviewer"):
        act(service, revision, "approve", actor=ANNA)
    assert act(service, revision, "approve", actor=BERT).state == "approved"


def test_a_high_risk_ticket_is_not_approved_by_a_name_that_nobody_verified() -> None:
    service, revision, _ = _service(labels={"risk_level": "high"})
    act(service, revision, "take", actor=UNVERIFIED + "anna")
    with pytest.raises(ForbiddenAction, match="two reviewers with a token each"):
        act(service, revision, "approve", actor=UNVERIFIED + "anna")


def test_rejecting_a_revision_leaves_its_set_open_and_more_failures_open_no_second() -> None:
    service, revision, regression_set = _service()
    act(service, revision, "reject", actor=ANNA, reason="wont_fix")
    take_in(service.store, *failures(5, "more"))
    assert {view["ticket_id"]: view["state"] for view in ticket_views(service)} == {
        revision: "rejected",
        regression_set: "open",
    }
    assert act(service, revision, "reopen", actor=ANNA).state == "open"


def test_of_two_who_act_on_the_same_version_the_second_is_refused() -> None:
    service, revision, _ = _service()
    act(service, revision, "take", actor=ANNA, expected_version=1)
    with pytest.raises(VersionConflict, match="is at version 2, not 1"):
        act(service, revision, "reject", actor=BERT, reason="duplicate", expected_version=1)


def test_an_unknown_ticket_is_said_to_be_unknown() -> None:
    service, *_ = _service()
    with pytest.raises(NotFound, match="no ticket 'TR-0'"):
        act(service, "TR-0", "take", actor=ANNA)


def test_the_commands_take_approve_reject_and_reopen(tmp_path: Path) -> None:
    service, revision, regression_set = _service(tmp_path / "a.db")
    run = CliRunner()
    for words in (
        ("take", revision, "--as", "anna"),
        ("approve", revision, "--as", "anna", "--expected-version", "2"),
        ("reject", regression_set, "--reason", "duplicate"),
        ("reopen", regression_set, "--json"),
    ):
        done = run.invoke(main, ["tickets", *words, "--db", str(tmp_path / "a.db")])
        assert done.exit_code == 0, done.output
    assert (_state(service, revision), _state(service, regression_set)) == ("approved", "open")
    refused = run.invoke(main, ["tickets", "approve", revision, "--db", str(tmp_path / "a.db")])
    assert refused.exit_code == 2
    assert f"ticket {revision} is approved" in refused.stderr
