"""Tokens over HTTP: who is answered once there is one, what each role may, and how people sign in."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from feedback.domain.roles import Role
from feedback.service.access import create_token, revoke_token
from feedback.service.bootstrap import Service, open_service
from feedback.web.access import Gate
from feedback.web.pages.site import PAGES
from tests.builders import a_failure, failures, table, take_in, told
from tests.commands import run
from tests.web.forms import form_token, message
from tests.web.serving import asking

Making = Callable[..., dict[str, str]]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Give the service's own store, with a systemic pattern that has both kinds of tickets."""
    found = open_service(tmp_path / "feedback.db")
    take_in(found.store, *failures(4, metadata=told()))
    yield found
    found.store.close()


@pytest.fixture
def make(service: Service) -> Making:
    """Give what makes a token, and returns the header that shows it."""

    def made(role: Role, name: str = "Ada", lifetime: timedelta | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {create_token(service, name=name, role=role, lifetime=lifetime)[1]}"}

    return made


@pytest.fixture
def client(service: Service, tmp_path: Path) -> Iterator[httpx.Client]:
    del service
    with asking(tmp_path / "feedback.db") as asked:
        yield asked


@pytest.fixture
def visitor(client: httpx.Client) -> httpx.Client:
    """Give a visitor of the pages, who follows redirects as browsers do."""
    client.follow_redirects = True
    client.headers["Accept"] = "text/html"
    return client


def _ticket(client: httpx.Client, kind: str, shown: dict[str, str]) -> dict[str, Any]:
    (found,) = client.get("/v1/tickets", params={"kind": kind}, headers=shown).json()["items"]
    return dict(found)


def _sign_in(visitor: httpx.Client, shown: dict[str, str], to: str = "/keys") -> httpx.Response:
    page = visitor.get("/sign-in", params={"next": to})
    text = shown["Authorization"].removeprefix("Bearer ")
    return visitor.post("/sign-in", data={"csrf": form_token(page), "token": text, "next": to})


@pytest.mark.parametrize("path", ["/v1/tickets", "/v1/failures", "/v1/templates", "/v1/dead-letters/1", "/metrics"])
def test_from_the_first_token_on_a_request_without_one_is_401(client: httpx.Client, make: Making, path: str) -> None:
    assert client.get(path).status_code != 401
    shown = make("admin")
    refused = client.get(path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["type"] == "urn:feedback:problem:TokenNeeded"
    assert client.get(path, headers=shown).status_code != 401


def test_what_watches_the_process_needs_no_token(client: httpx.Client, make: Making) -> None:
    make("admin")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code != 401


@pytest.mark.parametrize("shown", ["Bearer fbt_0_0", "Bearer", "Basic YTpi", "fbt_0_0", ""])
def test_what_is_no_token_is_401(client: httpx.Client, make: Making, shown: str) -> None:
    make("admin")
    assert client.get("/v1/tickets", headers={"Authorization": shown}).status_code == 401


def test_a_token_that_is_revoked_or_has_expired_works_no_more(
    client: httpx.Client, make: Making, service: Service
) -> None:
    shown = make("reviewer")
    expired = make("reviewer", lifetime=timedelta(seconds=-1))
    assert client.get("/v1/tickets", headers=expired).status_code == 401
    assert client.get("/v1/tickets", headers=shown).status_code == 200
    revoke_token(service, shown["Authorization"].split("_")[1])
    assert client.get("/v1/tickets", headers=shown).status_code == 401


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("producer", {"send"}),
        ("reviewer", {"read", "review"}),
        ("evaluator", {"read"}),
        ("admin", {"send", "read", "review", "operate"}),
    ],
)
def test_each_role_may_what_the_reference_says(
    client: httpx.Client, make: Making, role: Role, allowed: set[str]
) -> None:
    shown = make(role)
    asked = {
        "send": client.post("/v1/failures", json=a_failure(event_id="new"), headers=shown),
        "read": client.get("/v1/tickets", headers=shown),
        "review": client.post("/v1/versions", json=[], headers=shown),
        "operate": client.post("/v1/dead-letters/1/retry", headers=shown),
    }
    assert {name for name, answer in asked.items() if answer.status_code != 403} == allowed
    assert client.post("/v1/exposures", json=[], headers=shown).status_code == (200 if "send" in allowed else 403)


def test_revisions_are_for_reviewers_and_regression_sets_for_evaluators(client: httpx.Client, make: Making) -> None:
    reviewer, evaluator, producer = make("reviewer"), make("evaluator", "Eve"), make("producer", "Gateway")
    kinds = ("template_revision", "regression_set")
    revision, cases = (_ticket(client, kind, reviewer)["ticket_id"] for kind in kinds)
    take = {"action": "take", "expected_version": 1}

    def answered(ticket_id: str, shown: dict[str, str], body: dict[str, Any]) -> int:
        return client.post(f"/v1/tickets/{ticket_id}/actions", json=body, headers=shown).status_code

    assert answered(revision, evaluator, take) == 403
    assert answered(cases, reviewer, take) == 403
    assert answered(revision, producer, take) == 403
    assert answered(revision, reviewer, take) == answered(cases, evaluator, take) == 200


def test_facts_name_the_token_that_was_shown(client: httpx.Client, make: Making, service: Service) -> None:
    shown = make("reviewer")
    ticket_id = _ticket(client, "template_revision", shown)["ticket_id"]
    taken = client.post(
        f"/v1/tickets/{ticket_id}/actions", json={"action": "take", "expected_version": 1}, headers=shown
    )
    token_id = shown["Authorization"].split("_")[1]
    assert taken.json()["assignee"] == f"token:{token_id}"
    assert f'"actor":"token:{token_id}"' in table(service.store, "facts")[-1]["data"].replace(" ", "")


def test_two_approvals_of_high_risk_come_from_two_tokens(tmp_path: Path) -> None:
    service = open_service(tmp_path / "feedback.db")
    take_in(service.store, *failures(4, labels={"risk_level": "high"}, metadata=told()))
    ada, ben = (
        {"Authorization": f"Bearer {create_token(service, name=name, role='reviewer')[1]}"} for name in ("Ada", "Ben")
    )
    service.store.close()
    with asking(tmp_path / "feedback.db") as client:
        ticket_id = _ticket(client, "template_revision", ada)["ticket_id"]

        def act(shown: dict[str, str], action: str, version: int) -> httpx.Response:
            body = {"action": action, "expected_version": version}
            return client.post(f"/v1/tickets/{ticket_id}/actions", json=body, headers=shown)

        assert act(ada, "take", 1).status_code == 200
        assert act(ada, "approve", 2).json()["state"] == "in_review"
        assert act(ada, "approve", 3).status_code == 409
        assert act(ben, "approve", 3).json()["state"] == "approved"


def test_with_tokens_the_service_is_answered_under_any_name_but_not_to_pages_of_other_sites(
    client: httpx.Client, make: Making
) -> None:
    elsewhere = {"Host": "feedback.example:8600"}
    assert client.get("/healthz", headers=elsewhere).status_code == 403
    shown = make("reviewer")
    assert client.get("/v1/tickets", headers=elsewhere | shown).status_code == 200
    foreign = elsewhere | shown | {"Origin": "https://evil.example"}
    assert client.get("/v1/tickets", headers=foreign).status_code == 403


def test_a_page_leads_to_signing_in_and_from_there_back(visitor: httpx.Client, make: Making) -> None:
    shown = make("reviewer")
    asked = visitor.get("/tickets", params={"kind": "all", "text": "a b"})
    assert asked.url.path == "/sign-in"
    assert asked.url.params["next"] == "/tickets?kind=all&text=a+b"
    signed_in = _sign_in(visitor, shown, asked.url.params["next"])
    assert (signed_in.url.path, signed_in.url.params["text"]) == ("/tickets", "a b")
    assert message(signed_in) == "You act as Ada now, as a reviewer."
    assert "Sign out" in signed_in.text
    assert 'action="/name"' not in signed_in.text


def test_the_cookie_of_a_session_is_for_no_script_and_no_other_site(visitor: httpx.Client, make: Making) -> None:
    _sign_in(visitor, make("reviewer"))
    (set_,) = [one for one in visitor.get("/keys").request.headers["cookie"].split("; ") if one.startswith("session=")]
    assert len(set_) > len("session=") + 40
    visitor.follow_redirects = False
    page = visitor.get("/sign-in")
    shown = make("evaluator", "Eve")["Authorization"].removeprefix("Bearer ")
    answer = visitor.post("/sign-in", data={"csrf": form_token(page), "token": shown})
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if one.startswith("session=")]
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))


def test_who_signs_out_is_out_and_so_is_whose_token_is_revoked(
    visitor: httpx.Client, make: Making, service: Service
) -> None:
    shown = make("reviewer")
    page = _sign_in(visitor, shown, "/tickets")
    kept = visitor.cookies["session"]
    out = visitor.post("/sign-out", data={"csrf": form_token(page)})
    assert message(out) == "You are signed out."
    assert visitor.get("/tickets").url.path == "/sign-in"
    assert visitor.get("/v1/tickets", headers={"Cookie": f"session={kept}"}).status_code == 401
    _sign_in(visitor, shown)
    assert visitor.get("/tickets").url.path == "/tickets"
    revoke_token(service, shown["Authorization"].split("_")[1])
    assert visitor.get("/tickets").url.path == "/sign-in"


@pytest.mark.parametrize(("role", "said"), [("producer", "is a producer&#39;s"), (None, "no token of this service")])
def test_who_may_read_nothing_cannot_sign_in(visitor: httpx.Client, make: Making, role: Role | None, said: str) -> None:
    shown = make(role or "reviewer")
    refused = _sign_in(visitor, shown if role else {"Authorization": "made up"})
    assert refused.status_code == 403
    assert said in refused.text
    assert "session" not in visitor.cookies


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"])
def test_signing_in_leads_to_no_other_host(visitor: httpx.Client, make: Making, elsewhere: str) -> None:
    assert _sign_in(visitor, make("reviewer"), elsewhere).url.path == "/"


def test_a_form_that_comes_after_the_session_ended_does_nothing_and_says_so(
    visitor: httpx.Client, make: Making
) -> None:
    shown = make("reviewer")
    ticket_id = _ticket(visitor, "template_revision", shown)["ticket_id"]
    page = _sign_in(visitor, shown, f"/tickets/{ticket_id}")
    visitor.cookies.delete("session")
    form = {"csrf": form_token(page), "action": "take", "expected_version": "1"}
    refused = visitor.post(f"/tickets/{ticket_id}/actions", data=form)
    assert refused.status_code == 401
    assert "You are signed out, and nothing was done" in refused.text
    assert _ticket(visitor, "template_revision", shown)["state"] == "open"


def test_the_pages_hold_to_the_roles_too_and_show_names(visitor: httpx.Client, make: Making) -> None:
    shown = make("reviewer")
    make("evaluator", "Eve Adams")
    kinds = ("template_revision", "regression_set")
    revision, cases = (_ticket(visitor, kind, shown)["ticket_id"] for kind in kinds)
    token = form_token(_sign_in(visitor, shown))

    def act(ticket_id: str, action: str, version: int, **more: str) -> httpx.Response:
        form = {"csrf": token, "action": action, "expected_version": str(version)} | more
        return visitor.post(f"/tickets/{ticket_id}/actions", data=form)

    assert "who may not evaluate" in act(cases, "take", 1).text
    assert "<strong>Ada</strong>: taken into review" in act(revision, "take", 1).text
    assert "with Eve Adams</span>" in act(revision, "assign", 2, assignee="Eve Adams").text
    assert "with Zoe (unverified)</span>" in act(revision, "assign", 3, assignee="Zoe").text


def test_a_page_offers_only_what_the_role_may(visitor: httpx.Client, make: Making) -> None:
    shown = make("reviewer")
    kinds = ("template_revision", "regression_set")
    revision, cases = (_ticket(visitor, kind, shown)["ticket_id"] for kind in kinds)
    own, other = _sign_in(visitor, shown, f"/tickets/{revision}"), visitor.get(f"/tickets/{cases}")
    offered = [
        {action for action in ("take", "reject", "snooze", "comment", "assign") if f'value="{action}"' in page.text}
        for page in (own, other)
    ]
    assert offered == [{"take", "reject", "snooze", "comment", "assign"}, {"comment", "assign"}]


def test_every_form_names_the_permission_it_needs() -> None:
    ungated = {
        route.path
        for router in PAGES
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
        if all(one.call.permissions == ("read",) for one in route.dependant.dependencies if isinstance(one.call, Gate))
    }
    assert ungated == {"/name", "/sign-in", "/sign-out"}


def test_with_a_token_the_service_may_listen_for_other_machines(tmp_path: Path, service: Service) -> None:
    create_token(service, name="Ada", role="admin")
    refused = run("serve", "--db", str(tmp_path / "feedback.db"), "--host", "192.0.2.1", code=1)
    assert "cannot listen on 192.0.2.1" in refused.output
