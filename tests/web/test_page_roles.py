"""Which pages' forms a role may send, where tokens are asked for."""

from pathlib import Path

import httpx
import pytest

from feedback.domain.roles import Role
from feedback.service.access import create_token
from feedback.service.bootstrap import open_service
from feedback.service.views import ticket_views
from tests.builders import failures, take_in
from tests.web.serving import asking

_FORMS = (
    "/triage",
    "/failures/e-0/corrections",
    "/dead-letters/retry",
    "/tickets/{tr}/merge",
    "/tickets/{tr}/corrections",
)
_MAY: dict[Role, set[str]] = {
    "reviewer": {_FORMS[0], _FORMS[1], _FORMS[3], _FORMS[4]},
    "evaluator": set(),
    "admin": set(_FORMS),
    "producer": set(),
}


@pytest.mark.parametrize("role", _MAY)
def test_a_form_is_taken_only_from_who_may_do_what_it_asks(tmp_path: Path, role: Role) -> None:
    service = open_service(tmp_path / "feedback.db")
    take_in(service.store, *failures(6))
    revision = next(one["ticket_id"] for one in ticket_views(service, kind="template_revision"))
    _, shown = create_token(service, name="Ada", role=role)
    service.store.close()
    with asking(tmp_path / "feedback.db") as client:
        client.headers["Authorization"] = f"Bearer {shown}"
        client.get("/sign-in")  # gives the cookie that forms are compared with
        answers = {form: _sent(client, form.format(tr=revision)) for form in _FORMS}
    assert {form for form, status in answers.items() if status != 403} == _MAY[role]


def _sent(client: httpx.Client, path: str) -> int:
    return client.post(
        path, data={"csrf": client.cookies["csrf"], "event_id": "e-0", "expected_version": "1"}
    ).status_code
