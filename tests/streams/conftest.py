"""What the stream tests share: one real broker a run, with fresh topics for every test."""

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from feedback.service.assessor import trained_classifier
from feedback.settings import Settings, load_settings
from streams.connection import Connection
from streams.topics import create_topics
from tests.streams.broker import Broker, NoBroker, kafka_jars
from tests.streams.kit import Kit

_REQUIRED = "FEEDBACK_REQUIRE_KAFKA"
_NAMED = "FEEDBACK_TEST_BROKER"
_GONE_SECONDS = 30
_LEFT_OUT: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once why the stream tests were left out."""
    for line in _LEFT_OUT:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker | None]:
    """Give the broker of this run; None where another is named in FEEDBACK_TEST_BROKER."""
    if os.environ.get(_NAMED):
        yield None
        return
    try:
        broker = Broker(tmp_path_factory.mktemp("kafka"), kafka_jars())
        broker.prepare()
        broker.start()
    except NoBroker as error:
        if os.environ.get(_REQUIRED):
            raise
        _LEFT_OUT.append(
            f"The stream tests are left out, since there is no Kafka here ({error}): name one in {_NAMED}."
        )
        pytest.skip(_LEFT_OUT[0])
    yield broker
    broker.stop()


@pytest.fixture
def broker(own_broker: Broker | None) -> Broker:
    """Give a broker that the test may stop and start."""
    if own_broker is None:
        pytest.skip(f"the test stops and starts its broker, and the one in {_NAMED} is not ours")
    return own_broker


@pytest.fixture
def kit(own_broker: Broker | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """Give fresh topics and the means to run workers over them; what still runs at the end is killed."""
    brokers = own_broker.brokers if own_broker else os.environ[_NAMED]
    trained_classifier()  # kept once: workers and recorders find it
    monkeypatch.setenv("FEEDBACK_KAFKA_BROKERS", brokers)
    asyncio.run(_fresh_topics(brokers, load_settings()))
    made = Kit(tmp_path, brokers)
    yield made
    made.end()


async def _fresh_topics(brokers: str, settings: Settings) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        present = [name for name in await admin.list_topics() if not name.startswith("__")]
        if present:
            await admin.delete_topics(present)
        deadline = time.monotonic() + _GONE_SECONDS
        while [name for name in await admin.list_topics() if not name.startswith("__")]:
            assert time.monotonic() < deadline, "topics are not deleted"
            await asyncio.sleep(0.05)
    finally:
        await admin.close()
    few = settings.topics.model_copy(update={"partitions": 4})
    connection = Connection.of(settings.kafka, client_id="tests", brokers=brokers)
    deadline = time.monotonic() + _GONE_SECONDS
    while not await create_topics(connection, few):
        assert time.monotonic() < deadline, "topics are not made anew"
        await asyncio.sleep(0.1)
