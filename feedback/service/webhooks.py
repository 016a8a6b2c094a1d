"""Webhooks: which facts about tickets are to be told to whom, when, and what came of it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from feedback.domain.canonical import canonical_json
from feedback.domain.webhooks import Answer, State, read_key, signature, verdict_on
from feedback.errors import InvalidSettings
from feedback.export.cloudevents import CLOUDEVENT, told_event
from feedback.service.bootstrap import Service
from feedback.settings import Settings, WebhookEndpoint
from feedback.storage import deliveries as stored
from feedback.storage import log
from feedback.storage.deliveries import Delivery
from feedback.storage.positions import keep_published, place_of

__all__ = [
    "Delivery",
    "Posting",
    "Webhook",
    "deliveries",
    "delivery_counts",
    "enqueue",
    "ready",
    "settle",
    "take",
    "webhooks_of",
]

_FACTS = 500
_FAR_BEHIND = 1_000
_CLAIM_SPARE_SECONDS = 30
_ERROR_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Webhook:
    """An endpoint of the settings, and the keys that its messages are signed with."""

    endpoint: WebhookEndpoint
    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Tell which it is, and nothing that must not be read in a log."""
        return f"Webhook({self.name!r})"

    @property
    def name(self) -> str:
        """What deliveries are kept by."""
        return self.endpoint.name

    @property
    def outbox(self) -> str:
        """What the place reached is kept by."""
        return f"webhook:{self.endpoint.name}"


@dataclass(frozen=True, slots=True)
class _News:
    """Facts that a webhook is to be told, and the place in the log that is reached with them."""

    facts: tuple[log.Recorded, ...]
    place: int


@dataclass(frozen=True, slots=True)
class Posting:
    """A request that is to be made, once, for a delivery."""

    delivery: Delivery
    headers: Mapping[str, str]
    body: bytes


def webhooks_of(settings: Settings, environment: Mapping[str, str] = os.environ) -> tuple[Webhook, ...]:
    """
    Return the webhooks of the settings, each with the keys that its variable of the environment holds.

    Several secrets, with spaces between them, sign each message several times: so a receiver can change its secret.

    Raises:
        InvalidSettings: A variable is not set, or holds something else.
    """
    return tuple(Webhook(one, _keys(one, environment)) for one in settings.webhooks.endpoints)


def ready(service: Service, webhook: Webhook) -> bool:
    """Tell whether `take` would have anything to do; this only reads."""
    news, now = _news(service, webhook), _stamp(service.clock())
    return news is not None or bool(stored.due_deliveries(service.store, webhook.name, now, 1))


def enqueue(service: Service, webhook: Webhook) -> int:
    """
    Make the facts behind the webhook's place in the log deliveries that are due, and return how many.

    A webhook that has no place yet gets the head of the log: nobody is told what was before. At most 500 at once.
    """
    store, now = service.store, service.clock()
    with store.writing():  # so that nothing is appended meanwhile, and no other process does the same
        news = _news(service, webhook)
        if news is None:
            return 0
        stored.add_deliveries(store, (_delivery(service, webhook, one, now) for one in news.facts))
        keep_published(store, webhook.outbox, news.place)
        stored.forget_deliveries(store, _stamp(now - timedelta(days=service.settings.webhooks.log_days)))
    return len(news.facts)


def take(service: Service, webhook: Webhook, limit: int) -> list[Posting]:
    """
    Return the requests to make to a webhook now, each of another ticket, oldest first; none where nothing is due.

    Each is counted as an attempt before it is made, and is nobody else's until it must have been answered. So where it
    is never settled, since the process ended, it is made again: at least once, and of a ticket in order.
    """
    store, claim_seconds = service.store, service.settings.webhooks.timeout_seconds + _CLAIM_SPARE_SECONDS
    with store.writing():
        enqueue(service, webhook)
        now = service.clock()
        until = _stamp(now + timedelta(seconds=claim_seconds))
        due = stored.due_deliveries(store, webhook.name, _stamp(now), limit)
        claimed = [stored.claim_delivery(store, one, now=_stamp(now), until=until) for one in due]
    facts = {one.position: one for one in log.read_at(store, (one.position for one in claimed))}
    return [_posting(service, webhook, one, facts[one.position], now) for one in claimed]


def settle(service: Service, posting: Posting, answer: Answer) -> State:
    """Keep what came of a request, and return what its delivery now is."""
    delivery, now = posting.delivery, service.clock()
    verdict = verdict_on(answer, delivery.attempts, service.settings.webhooks.policy)
    error = None if verdict.state == "delivered" else _readable(answer)
    with service.store.writing():
        if verdict.state == "waiting":
            until = _stamp(now + timedelta(seconds=verdict.wait_seconds))
            stored.put_off_delivery(service.store, delivery, until=until, status=answer.status, error=error or "")
        else:
            delivered = verdict.state == "delivered"
            stored.end_delivery(
                service.store, delivery, delivered=delivered, now=_stamp(now), status=answer.status, error=error
            )
    return verdict.state


def deliveries(service: Service, limit: int = 100) -> list[Delivery]:
    """Return the log of deliveries, that of the newest fact first, `limit` at most."""
    return stored.latest_deliveries(service.store, limit)


def delivery_counts(service: Service) -> dict[tuple[str, State], int]:
    """Return how many deliveries the log holds, by webhook and state."""
    return stored.count_deliveries(service.store)


def _keys(endpoint: WebhookEndpoint, environment: Mapping[str, str]) -> tuple[bytes, ...]:
    place = f"webhooks.endpoints, {endpoint.name}"
    secrets = environment.get(endpoint.secret_env, "").split()
    if not secrets:
        raise InvalidSettings(place, f"needs a secret in {endpoint.secret_env}, which is not set")
    try:
        return tuple(map(read_key, secrets))
    except ValueError as error:
        raise InvalidSettings(place, f"{endpoint.secret_env} holds no secret: {error}") from error


def _news(service: Service, webhook: Webhook) -> _News | None:
    """Return what is behind the webhook's place in the log, or None where that need not be kept."""
    reached, head = place_of(service.store, webhook.outbox), int(log.head(service.store).partition(":")[0])
    if reached is None:
        return _News((), head)
    found = tuple(log.read(service.store, after=reached, limit=_FACTS, types=webhook.endpoint.types))
    if not found and head - reached < _FAR_BEHIND:
        return None  # to read it once more costs less than a commit
    return _News(found, found[-1].position if len(found) == _FACTS else head)


def _event(service: Service, recorded: log.Recorded) -> dict[str, Any]:
    return told_event(service.store.store_id, recorded.position, recorded.recorded_at, recorded.fact)


def _delivery(service: Service, webhook: Webhook, recorded: log.Recorded, now: datetime) -> Delivery:
    event = _event(service, recorded)
    return Delivery(
        webhook=webhook.name,
        position=recorded.position,
        event_id=event["id"],
        type=recorded.fact.type,
        ticket_id=event["subject"],
        next_attempt_at=_stamp(now),
    )


def _posting(service: Service, webhook: Webhook, delivery: Delivery, recorded: log.Recorded, now: datetime) -> Posting:
    body = canonical_json(_event(service, recorded)).encode()
    timestamp = int(now.timestamp())
    headers = {
        "content-type": CLOUDEVENT,
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, delivery.event_id, timestamp, body) for key in webhook.keys),
    }
    return Posting(delivery, headers, body)


def _readable(answer: Answer) -> str:
    """Return why an attempt failed, as one line that can be shown."""
    said = "".join(one if one.isprintable() else " " for one in answer.said)
    told = "no answer" if answer.status is None else f"HTTP {answer.status}"
    return f"{told}: {' '.join(said.split())}"[:_ERROR_CHARACTERS] if said.strip() else told


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")
