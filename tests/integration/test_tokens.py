"""Tokens and sessions: shown once, kept as hashes, and ended at once."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.errors import IdempotencyMismatch, InvalidInput, NotFound
from feedback.service.access import (
    actor_name,
    any_tokens,
    authenticate,
    close_session,
    create_token,
    open_session,
    revoke_token,
    session_token,
    tokens,
)
from feedback.service.idempotency import remember, remembered
from feedback.storage.database import Store, open_store
from feedback.storage.maintenance import rebuild
from tests.builders import NOW, a_failure, a_service, take_in
from tests.commands import printed, run


def test_a_token_is_known_by_its_text_and_by_nothing_else(store: Store) -> None:
    service = a_service(store)
    made, shown = create_token(service, name="Ada", role="reviewer")
    other, other_shown = create_token(service, name="Ben", role="reviewer")
    found = authenticate(service, shown)
    assert found is not None
    assert (found.actor, found.role) == (f"token:{made.token_id}", "reviewer")
    swapped = shown.replace(made.token_id, other.token_id)
    for wrong in (
        "",
        "fbt",
        f"fbt_{made.token_id}",
        f"fbt_{made.token_id}_",
        shown[:-1],
        shown + "x",
        swapped,
        "x" + shown,
    ):
        assert authenticate(service, wrong) is None
    assert authenticate(service, other_shown) is not None


@given(text=st.text(max_size=80))
def test_no_text_that_was_not_made_here_is_a_token(text: str) -> None:
    store = open_store(":memory:")
    service = a_service(store)
    create_token(service, name="Ada", role="admin")
    assert authenticate(service, text) is None
    store.close()


def test_no_secret_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "feedback.db"
    store = open_store(path)
    service = a_service(store)
    made, shown = create_token(service, name="Ada", role="admin")
    session = open_session(service, made)
    store.close()
    content = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert made.token_id.encode() in content
    assert shown.rpartition("_")[2].encode() not in content
    assert session.encode() not in content


def test_a_token_ends_when_it_expires_or_is_revoked(store: Store) -> None:
    service = a_service(store)
    made, shown = create_token(service, name="Ada", role="admin", lifetime=timedelta(hours=2))
    assert authenticate(a_service(store, now=NOW + timedelta(hours=1, minutes=59)), shown) is not None
    assert authenticate(a_service(store, now=NOW + timedelta(hours=2)), shown) is None
    revoke_token(service, made.token_id)
    assert authenticate(service, shown) is None


def test_a_session_ends_by_time_by_hand_and_with_its_token(store: Store) -> None:
    service = a_service(store)
    made, _ = create_token(service, name="Ada", role="reviewer")
    first, second, third = (open_session(service, made) for _ in range(3))
    found = session_token(service, first)
    assert found is not None
    assert found.token_id == made.token_id
    later = a_service(store, now=NOW + timedelta(hours=service.settings.access.session_hours))
    assert session_token(later, first) is None
    close_session(service, second)
    assert session_token(service, second) is None
    assert session_token(service, third) is not None
    revoke_token(service, made.token_id)
    assert session_token(service, third) is None


def test_when_a_token_was_last_used_is_kept_by_the_hour(store: Store) -> None:
    _, shown = create_token(a_service(store), name="Ada", role="reviewer")
    for minutes in (0, 30, 90):
        authenticate(a_service(store, now=NOW + timedelta(minutes=minutes)), shown)
    (found,) = tokens(a_service(store))
    assert found.last_used_at == (NOW + timedelta(minutes=90)).isoformat(timespec="microseconds")


def test_a_store_with_a_revoked_token_stays_closed(store: Store) -> None:
    service = a_service(store)
    assert not any_tokens(service)
    made, _ = create_token(service, name="Ada", role="admin")
    revoke_token(service, made.token_id)
    assert any_tokens(service)


def test_a_rebuild_leaves_tokens_and_sessions(store: Store) -> None:
    service = a_service(store)
    take_in(store, a_failure())
    made, shown = create_token(service, name="Ada", role="admin")
    session = open_session(service, made)
    rebuild(store)
    assert authenticate(service, shown) is not None
    assert session_token(service, session) is not None


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b"])
def test_a_name_that_cannot_be_shown_is_refused(store: Store, name: str) -> None:
    with pytest.raises(InvalidInput, match="printable"):
        create_token(a_service(store), name=name, role="admin")


def test_revoking_what_is_no_token_says_so(store: Store) -> None:
    with pytest.raises(NotFound, match="tokens list"):
        revoke_token(a_service(store), "0123")


def test_an_actor_is_shown_by_the_token_s_name_or_as_unverified(store: Store) -> None:
    service = a_service(store)
    made, _ = create_token(service, name="Ada", role="reviewer")
    assert actor_name(service, made.actor) == "Ada"
    assert actor_name(service, "unverified:Ada") == "Ada (unverified)"
    assert actor_name(service, "token:gone") == "token:gone"
    assert actor_name(service, "classifier") == "classifier"


def test_the_commands_make_list_and_revoke(tmp_path: Path) -> None:
    db = tmp_path / "feedback.db"
    run("tokens", "create", "--role", "reviewer", "--name", "Ada", "--db", db)
    made = printed("tokens", "create", "--role", "producer", "--name", "prod", "--expires", "90d", "--db", db)
    assert made["token"].startswith(f"fbt_{made['token_id']}_")
    assert [(one["name"], one["role"]) for one in printed("tokens", "list", "--db", db)] == [
        ("Ada", "reviewer"),
        ("prod", "producer"),
    ]
    run("tokens", "revoke", made["token_id"], "--db", db)
    listed = run("tokens", "list", "--db", db).stdout
    assert made["token"] not in listed
    assert (
        "neither hours nor days"
        in run("tokens", "create", "--role", "admin", "--name", "x", "--expires", "soon", "--db", db, code=2).output
    )


def test_a_remembered_answer_is_given_to_the_same_request_of_the_same_caller_only(store: Store) -> None:
    service = a_service(store)
    remember(service, caller="token:a", key="k", request_hash="h", status=200, body="{}")
    found = remembered(service, caller="token:a", key="k", request_hash="h")
    assert found is not None
    assert (found.status, found.body) == (200, "{}")
    assert remembered(service, caller="token:b", key="k", request_hash="h") is None
    with pytest.raises(IdempotencyMismatch, match="another request"):
        remembered(service, caller="token:a", key="k", request_hash="other")


def test_answers_are_forgotten_in_time(store: Store) -> None:
    service = a_service(store)
    remember(service, caller="a", key="k", request_hash="h", status=200, body="{}")
    hours = service.settings.access.idempotency_hours
    later = a_service(store, now=NOW + timedelta(hours=hours, seconds=1))
    remember(later, caller="a", key="other", request_hash="h", status=200, body="{}")
    assert remembered(later, caller="a", key="k", request_hash="h") is None


def test_an_answer_is_as_durable_as_what_it_tells_of(store: Store) -> None:
    service = a_service(store)

    def half_done() -> None:
        with store.writing():
            remember(service, caller="a", key="k", request_hash="h", status=200, body="{}")
            store.db.conn.execute("INSERT INTO tokens (token_id) VALUES ('x')")

    with pytest.raises(sqlite3.IntegrityError):
        half_done()
    assert remembered(service, caller="a", key="k", request_hash="h") is None
