"""What webhooks are told is kept beside the log: from where they began, once, and never again by a rebuild."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from feedback.domain.webhooks import Answer
from feedback.errors import InvalidSettings
from feedback.service.review import act
from feedback.service.webhooks import deliveries, delivery_counts, enqueue, ready, settle, take, webhooks_of
from feedback.settings import load_settings
from feedback.storage.database import Store, open_store
from feedback.storage.log import Recorded, read
from feedback.storage.maintenance import rebuild
from streams.codec import ticket_message
from tests.builders import NOW, a_service, failures, take_in
from tests.webhooks import SECRET, Lent, endpoints, happen, hook

_SETTINGS = endpoints("https://example.com/hook", attempts=3, first_wait_seconds=10.0, longest_wait_seconds=100.0)
HOOK = hook(_SETTINGS)
_REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")


@pytest.fixture
def lent(store: Store) -> Lent:
    lent = Lent(store, _SETTINGS)
    lent.begin()
    return lent


def _everything(lent: Lent, answer: Answer | None = None) -> list[str]:
    """Send until nothing is due, and return the types of what was sent."""
    sent: list[str] = []
    while postings := take(lent.service, HOOK, 100):
        for posting in postings:
            settle(lent.service, posting, answer or Answer(200))
        sent += [one.delivery.type for one in postings]
    return sent


def _ticket_facts(store: Store) -> list[Recorded]:
    return [one for one in read(store) if one.fact.type.startswith(("Ticket", "Case"))]


def test_a_new_webhook_is_told_nothing_of_what_was_before(store: Store) -> None:
    take_in(store, *failures(5))
    lent = Lent(store, _SETTINGS)
    assert ready(lent.service, HOOK)
    assert take(lent.service, HOOK, 100) == []
    assert not ready(lent.service, HOOK)
    happen(store, "TR-1")
    assert ready(lent.service, HOOK)
    assert _everything(lent) == ["TicketTaken"]


def test_in_a_store_that_is_empty_a_webhook_begins_before_the_first_fact(lent: Lent) -> None:
    happen(lent.store, "TR-1")
    assert len(take(lent.service, HOOK, 100)) == 1


def test_every_fact_of_tickets_and_their_cases_is_told_as_it_is_on_kafka(lent: Lent) -> None:
    take_in(lent.store, *failures(5))
    (ticket_id,) = lent.store.rows("SELECT ticket_id FROM tickets WHERE kind = 'template_revision'")[0]
    act(a_service(lent.store), ticket_id, "take", actor="unverified:ana", comment="I know this one")
    bodies: list[bytes] = []
    while postings := take(lent.service, HOOK, 1):
        bodies += [one.body for one in postings]
        settle(lent.service, postings[0], Answer(200))
    facts = _ticket_facts(lent.store)
    assert {one.fact.type for one in facts} >= {"TicketOpened", "CaseProposed", "TicketTaken"}
    messages = [ticket_message("tickets", lent.store.store_id, one) for one in facts]
    assert sorted(bodies) == sorted(message.value or b"" for message in messages)
    assert b"I know this one" not in b"".join(bodies)


def test_only_the_types_that_are_wanted_are_told(store: Store) -> None:
    settings = endpoints("https://example.com/", more={"types": ["TicketOpened"]})
    lent = Lent(store, settings)
    lent.begin()
    take_in(store, *failures(5))
    postings = take(lent.service, hook(settings), 100)
    assert {one.delivery.type for one in postings} == {"TicketOpened"}


def test_a_rebuild_tells_nothing_and_leaves_what_was_told(lent: Lent) -> None:
    take_in(lent.store, *failures(5))
    assert _everything(lent)
    before = deliveries(lent.service)
    rebuild(lent.store)
    assert take(lent.service, HOOK, 100) == []
    assert deliveries(lent.service) == before


def test_a_backup_goes_on_where_the_store_was(lent: Lent, tmp_path: Path) -> None:
    happen(lent.store, "TR-1", "TR-2")
    (posting,) = take(lent.service, HOOK, 1)
    settle(lent.service, posting, Answer(200))
    lent.store.backup(tmp_path / "copy.db")
    copy = open_store(tmp_path / "copy.db")
    assert [one.delivery.ticket_id for one in take(a_service(copy, settings=_SETTINGS), HOOK, 100)] == ["TR-2"]
    copy.close()


def test_what_failed_is_due_again_after_its_wait_and_what_follows_waits_for_it(lent: Lent) -> None:
    happen(lent.store, "TR-1", "TR-1", "TR-2")
    for posting in take(lent.service, HOOK, 100):
        settle(
            lent.service, posting, Answer(503, "come back\x00 later") if posting.delivery.position == 1 else Answer(200)
        )
    lent.now = NOW + timedelta(seconds=9.9)
    assert not ready(lent.service, HOOK)
    lent.now = NOW + timedelta(seconds=10)
    (again,) = take(lent.service, HOOK, 100)
    assert (again.delivery.position, again.delivery.attempts) == (1, 2)
    assert again.delivery.last_error == "HTTP 503: come back later"
    settle(lent.service, again, Answer(200))
    (following,) = take(lent.service, HOOK, 100)
    assert following.delivery.position == 2
    assert [(one.position, one.state) for one in deliveries(lent.service)] == [
        (3, "delivered"),
        (2, "waiting"),
        (1, "delivered"),
    ]
    assert deliveries(lent.service)[2].last_error is None


@pytest.mark.parametrize(("asked", "seconds"), [(3.0, 10), (60.0, 60), (1e9, 100)])
def test_a_receiver_may_ask_for_a_longer_wait_within_the_longest(lent: Lent, asked: float, seconds: int) -> None:
    happen(lent.store, "TR-1")
    (posting,) = take(lent.service, HOOK, 100)
    settle(lent.service, posting, Answer(429, "", asked))
    lent.now = NOW + timedelta(seconds=seconds - 1)
    assert take(lent.service, HOOK, 100) == []
    lent.now = NOW + timedelta(seconds=seconds)
    assert len(take(lent.service, HOOK, 100)) == 1


def test_after_the_last_attempt_it_is_given_up_and_what_follows_is_told(lent: Lent) -> None:
    happen(lent.store, "TR-1", "TR-1")
    for _ in range(3):
        (posting,) = take(lent.service, HOOK, 100)
        assert posting.delivery.position == 1
        settle(lent.service, posting, Answer(None, "refused"))
        lent.now += timedelta(seconds=100)
    assert [one.delivery.position for one in take(lent.service, HOOK, 100)] == [2]
    given_up = deliveries(lent.service)[1]
    assert (given_up.state, given_up.attempts, given_up.last_status) == ("given_up", 3, None)
    assert given_up.last_error == "no answer: refused"
    assert delivery_counts(lent.service) == {("w0", "given_up"): 1, ("w0", "waiting"): 1}


def test_what_was_taken_and_never_settled_is_taken_again_with_the_same_id(lent: Lent) -> None:
    happen(lent.store, "TR-1")
    (lost,) = take(lent.service, HOOK, 100)
    lent.now = NOW + timedelta(seconds=_SETTINGS.webhooks.timeout_seconds)
    assert take(lent.service, HOOK, 100) == []
    lent.now += timedelta(minutes=1)
    (again,) = take(lent.service, HOOK, 100)
    assert again.headers["webhook-id"] == lost.headers["webhook-id"]
    assert again.body == lost.body
    assert again.headers["webhook-timestamp"] != lost.headers["webhook-timestamp"]
    settle(lent.service, lost, Answer(503))  # late: another attempt is on its way, which decides
    lent.now += timedelta(seconds=20)
    assert take(lent.service, HOOK, 100) == []
    settle(lent.service, again, Answer(200))
    assert deliveries(lent.service)[0].state == "delivered"


def test_two_processes_never_take_the_same(tmp_path: Path) -> None:
    stores = [open_store(tmp_path / "a.db") for _ in range(2)]
    first, second = (a_service(one, settings=_SETTINGS) for one in stores)
    enqueue(first, HOOK)
    enqueue(second, HOOK)
    happen(stores[0], "TR-1", "TR-2", "TR-3")
    taken = [one.delivery.ticket_id for service in (first, second) for one in take(service, HOOK, 2)]
    assert taken == ["TR-1", "TR-2", "TR-3"]
    for store in stores:
        store.close()


def test_each_webhook_goes_on_its_own(store: Store) -> None:
    settings = endpoints("https://example.com/a", "https://example.com/b")
    lent = Lent(store, settings)
    lent.begin()
    happen(store, "TR-1", "TR-1")
    (stuck,) = take(lent.service, hook(settings, 0), 100)
    settle(lent.service, stuck, Answer(None, "down"))
    for position in (1, 2):
        (posting,) = take(lent.service, hook(settings, 1), 100)
        assert posting.delivery.position == position
        settle(lent.service, posting, Answer(200))


def test_far_more_facts_than_are_read_at_once_are_all_told(lent: Lent) -> None:
    happen(lent.store, *[f"TR-{n}" for n in range(1_201)])
    assert len(_everything(lent)) == 1_201


def test_a_long_stretch_of_other_facts_is_read_once(lent: Lent) -> None:
    take_in(lent.store, *failures(600, template=None))
    assert not _ticket_facts(lent.store)
    assert ready(lent.service, HOOK)
    assert take(lent.service, HOOK, 100) == []
    assert not ready(lent.service, HOOK)


def test_the_log_of_deliveries_forgets_what_ended_long_ago_and_nothing_that_waits(lent: Lent) -> None:
    happen(lent.store, "TR-1", "TR-2")
    delivered, waiting = take(lent.service, HOOK, 100)
    settle(lent.service, delivered, Answer(200))
    settle(lent.service, waiting, Answer(503))
    lent.now = NOW + timedelta(days=31)
    happen(lent.store, "TR-3")
    enqueue(lent.service, HOOK)
    assert [one.ticket_id for one in deliveries(lent.service)] == ["TR-3", "TR-2"]
    assert len(deliveries(lent.service, 1)) == 1


def test_a_receiver_that_changes_its_secret_gets_a_signature_of_each(lent: Lent) -> None:
    other = "whsec_" + "QUJD" * 8
    (webhook,) = webhooks_of(_SETTINGS, {"SECRET": f"{SECRET} {other}"})
    happen(lent.store, "TR-1")
    (posting,) = take(lent.service, webhook, 1)
    first, second = posting.headers["webhook-signature"].split(" ")
    assert first != second
    assert first.startswith("v1,")
    assert second.startswith("v1,")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "needs a secret in SECRET, which is not set"),
        ({"SECRET": "hunter2"}, "SECRET holds no secret: expected whsec_"),
    ],
)
def test_a_webhook_without_its_secret_is_named(environment: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidSettings, match=r"webhooks\.endpoints, w0: ") as refused:
        webhooks_of(_SETTINGS, environment)
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_receiver_tells_by_the_lines_of_the_reference_what_is_genuine(lent: Lent) -> None:
    (code,) = re.findall(r"```python\n(.*?def is_genuine.*?)```", _REFERENCE, re.DOTALL)
    there: dict[str, Any] = {}
    exec(code, there)
    happen(lent.store, "TR-1")
    (posting,) = take(lent.service, hook(_SETTINGS), 1)
    sent_at = lent.now.timestamp()
    assert there["is_genuine"](SECRET, posting.headers, posting.body, sent_at + 299)
    assert not there["is_genuine"](SECRET, posting.headers, posting.body, sent_at + 301)
    assert not there["is_genuine"](SECRET, posting.headers, posting.body + b" ", sent_at)
    assert not there["is_genuine"]("whsec_" + "QUJD" * 8, posting.headers, posting.body, sent_at)
    for name in ("webhook-id", "webhook-timestamp"):
        assert not there["is_genuine"](SECRET, {**posting.headers, name: "1777118401"}, posting.body, sent_at)


def test_nothing_shows_a_key() -> None:
    assert repr(HOOK) == "Webhook('w0')"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "ftp://example.com/"}, "URL scheme should be 'http' or 'https'"),
        ({"url": "file:///etc/passwd"}, "URL scheme should be 'http' or 'https'"),
        ({"url": "https://ana:pw@example.com/"}, "credentials do not belong into a URL"),
        ({"url": "https://ana@example.com/"}, "credentials do not belong into a URL"),
        ({"url": "/hook"}, "webhooks.endpoints.0.url"),
        ({"name": "No Name"}, "webhooks.endpoints.0.name"),
        ({"types": ["FailureReported"]}, "no fact about a ticket: FailureReported; there are TicketOpened, "),
        ({"types": []}, "webhooks.endpoints.0.types"),
        ({"secret": "whsec_x"}, "Extra inputs"),
    ],
)
def test_an_endpoint_that_cannot_be_used_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    keys = {"name": "ops", "url": "https://example.com/", "secret_env": "S", **changes}
    text = "[[webhooks.endpoints]]\n" + "".join(f"{name} = {value!r}\n" for name, value in keys.items())
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSettings) as refused:
        load_settings(tmp_path / "mine.toml")
    assert said in str(refused.value)


def test_two_webhooks_of_one_name_are_refused(tmp_path: Path) -> None:
    once = '[[webhooks.endpoints]]\nname = "ops"\nurl = "https://example.com/"\nsecret_env = "S"\n'
    (tmp_path / "mine.toml").write_text(once + once, encoding="utf-8")
    with pytest.raises(InvalidSettings, match="two webhooks are named ops"):
        load_settings(tmp_path / "mine.toml")
