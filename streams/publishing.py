"""Publishing from the store: templates, the promoted classifier, and what happened to tickets."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

import structlog

from feedback.service.bootstrap import Service
from feedback.settings import ClassifierSettings
from feedback.storage.classifiers import promotion_mark
from feedback.storage.registry import all_templates, templates_mark
from streams.batches import Reached, nothing, patiently
from streams.codec import Family, Message
from streams.knowledge import Knowledge, classifier_messages, template_messages
from streams.outbox import Outbox, Pending
from streams.sending import Sender
from streams.state import State

if TYPE_CHECKING:
    from feedback.classification.cases import LabelledCase

__all__ = ["Publisher"]

_NEVER = -1
Answer = TypeVar("Answer")
log = structlog.get_logger("feedback.streams")


class _InStore(Protocol):
    def __call__(self, use: Callable[[Service], Answer]) -> Awaitable[Answer]: ...


class Publisher:
    """Sends what is new in the store; what was sent and not noted is sent again."""

    def __init__(
        self,
        in_store: _InStore,
        sender: Sender,
        known: Knowledge,
        outbox: Outbox,
        state: State,
        reached: Reached = nothing,
    ) -> None:
        """Publish beyond what `known` says stands on the topics already."""
        self._in_store = in_store
        self._sender = sender
        self._known = known
        self._outbox = outbox
        self._state = state
        self._reached = reached
        self._mark = _NEVER
        self._promotion = _NEVER
        self._woken = asyncio.Event()

    def look(self) -> None:
        """Have it look soon whether there is something new."""
        self._woken.set()

    async def go_on(self, interval_seconds: float) -> None:
        """Publish whenever woken, and every now and then: others write to the store too."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), interval_seconds)
            self._woken.clear()
            await patiently(self.publish, self._state.blocker("publishing"))

    async def publish(self) -> None:
        """
        Send everything that is new: templates first, then the promoted classifier, then the tickets' facts.

        A worker begins when it finds a classifier, and so has read the templates that were there before.

        Raises:
            BrokersUnreachable, StoreBusy: What was not sent comes with the next call.
        """
        await self._templates()
        await self._classifier()
        await self._tickets()

    async def _templates(self) -> None:
        mark = await self._in_store(lambda service: templates_mark(service.store))
        if mark == self._mark:
            return
        templates = await self._in_store(lambda service: all_templates(service.store))
        messages = template_messages(self._known, templates)
        await self._sender.send(messages)
        for message in messages:
            name = message.key.decode()
            if message.value is None:
                self._known.families.pop(name)
            else:
                self._known.families[name] = Family.model_validate_json(message.value)
        self._mark = mark
        self._state.metrics.templates.set(len(templates))
        if messages:
            self._count(messages)
            log.info("published", templates=len(templates), messages=len(messages))

    async def _classifier(self) -> None:
        mark = await self._in_store(lambda service: promotion_mark(service.store))
        if mark == self._promotion:
            return
        corrections = await self._in_store(_teaching)
        settings = await self._in_store(lambda service: service.settings.classifier)
        version, content = await asyncio.to_thread(_kept, settings, corrections)
        if said := await self._in_store(partial(_made_anew, version)):
            log.warning("made anew", because=said)
        store_id = await self._in_store(lambda service: service.store.store_id)
        messages = classifier_messages(self._known, store_id, version, content)
        await self._sender.send(messages)
        self._known.sent(messages)
        self._promotion = mark
        self._state.learned(version)
        self._count(messages)
        log.info("promoted", classifier=version, messages=len(messages))

    async def _tickets(self) -> None:
        while True:
            pending = await self._in_store(lambda _: self._outbox.pending())
            if not pending.messages:
                return
            await self._sender.send(pending.messages)
            self._reached("published")
            await self._in_store(partial(self._sent, pending))
            self._count(pending.messages)

    def _sent(self, pending: Pending, service: Service) -> None:
        del service
        self._outbox.done(pending)

    def _count(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._state.metrics.published.labels(message.topic).inc()


# What follows brings scikit-learn, which a recorder needs only when it publishes a classifier.


def _teaching(service: Service) -> "list[LabelledCase]":
    from feedback.service.promotion import promoted_teaching  # noqa: PLC0415

    return promoted_teaching(service)


def _made_anew(version: str, service: Service) -> str | None:
    from feedback.service.promotion import made_anew  # noqa: PLC0415

    return made_anew(service, version)


def _kept(settings: ClassifierSettings, corrections: "list[LabelledCase]") -> tuple[str, bytes]:
    from feedback.service.assessor import kept_classifier  # noqa: PLC0415

    return kept_classifier(settings, corrections)
