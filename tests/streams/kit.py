"""Running workers as processes over a broker, sending to them, and waiting for what they do."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from feedback.service.bootstrap import Service, open_service
from feedback.settings import load_settings
from feedback.storage.database import Store
from feedback.storage.judging import unjudged
from streams.connection import Connection
from streams.groups import acknowledged
from streams.reading import read_all
from streams.topics import ASSESS_GROUP, ASSESSED, INCOMING, record_group
from tests.builders import a_failure, raw
from tests.streams.broker import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90
Sections = Mapping[str, Mapping[str, Any]]
SETTINGS: Sections = {
    "kafka": {"session_timeout_seconds": 2.0, "commit_interval_seconds": 0.2},
    "topics": {"partitions": 4},
    "worker": {
        "batch_size": 64,
        "batch_wait_seconds": 0.05,
        "publish_interval_seconds": 0.2,
        "judge_quiet_seconds": 2.0,
    },
    "logging": {"format": "json"},
}


@dataclass
class Worker:
    """A worker in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def lines(self) -> list[dict[str, Any]]:
        """Return what it has logged so far."""
        found = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError):
                found.append(json.loads(line))
        return found

    def said(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line.get("event") == event]

    def answer(self, path: str) -> tuple[int, str]:
        """Return status and body of one of its addresses; status 0 while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels; 0 while it is not there."""
        lines = self.answer("/metrics")[1].splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    @property
    def memory_bytes(self) -> int:
        """Resident memory of the process and its children now."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        pages = 0
        for one in (str(pid), *children):
            with suppress(OSError):
                pages += int(Path(f"/proc/{one}/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Kit:
    """One broker, one folder, the workers started over them."""

    folder: Path
    brokers: str
    workers: list[Worker] = field(default_factory=list)

    @property
    def db(self) -> Path:
        return self.folder / "store.db"

    def service(self, path: Path | None = None) -> Service:
        return open_service(path or self.db)

    def connection(self) -> Connection:
        return Connection.of(load_settings().kafka, client_id="tests", brokers=self.brokers)

    def worker(
        self,
        role: str,
        *,
        db: Path | None = None,
        kill: str | None = None,
        script: str = "tests.streams.faulty_worker",
        extra: Sequence[str] = (),
        brokers: str | None = None,
        environment: dict[str, str] | None = None,
        settings: Sections | None = None,
    ) -> Worker:
        """
        Start a worker.

        Args:
            kill: "STEP:N": it kills itself when it passes this step for the Nth time.
            settings: Those that differ from the tests' own, by section.
        """
        number, port = len(self.workers), free_port()
        file_of_settings = self.folder / f"settings-{number}.toml"
        file_of_settings.write_text(_toml(SETTINGS, settings or {}), encoding="utf-8")
        log = self.folder / f"worker-{number}-{role}.log"
        program = [script, "worker"] if script == "feedback" else [script]
        command = [sys.executable, "-m", *program, "--role", role, "--brokers", brokers or self.brokers]
        command += ["--port", str(port)] if role != "all" else []
        command += ["--db", str(db or self.db)] if role != "assess" else []
        command += ["--kill", kill] if kill else []
        env = os.environ | {"FEEDBACK_SETTINGS": str(file_of_settings)} | (environment or {})
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*command, *extra], stdout=file, stderr=file, env=env, cwd=ROOT, stdin=subprocess.DEVNULL
            )
        self.workers.append(Worker(process, port, log))
        return self.workers[-1]

    def send(
        self,
        events: Iterable[Any],
        *,
        topic: str | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        compression: str | None = None,
    ) -> int:
        """Send events to the topics of their channels, or bytes and events to `topic`; return how many."""
        return asyncio.run(self._send(list(events), topic, headers, compression))

    async def _send(
        self,
        events: Sequence[Any],
        topic: str | None,
        headers: Sequence[tuple[str, bytes | None]],
        compression: str | None,
    ) -> int:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.brokers, linger_ms=10, max_request_size=8 * 1024 * 1024, compression_type=compression
        )
        await producer.start()
        try:
            futures = []
            for event in events:
                value = event if isinstance(event, bytes) or event is None else raw(event)
                key, to = b"some-key", topic
                if isinstance(event, dict):
                    key = str(event.get("session_id") or event.get("event_id")).encode()
                    to = topic or f"failures.{event['channel']}"
                futures.append(await producer.send(to, value, key=key, headers=list(headers)))
            await asyncio.gather(*futures)
        finally:
            await producer.stop()
        return len(events)

    def records(self, *topics: str) -> list[ConsumerRecord]:
        """Return every message that the topics hold now."""

        async def read() -> list[ConsumerRecord]:
            return [record async for record in read_all(self.connection(), *topics)]

        return asyncio.run(read())

    def waiting(self, group: str, topics: Sequence[str]) -> int:
        """Return how many messages of the topics the group has not acknowledged."""

        async def count() -> int:
            reached = await acknowledged(self.connection(), group, topics)
            return sum(max(0, end - reached.get(place, 0)) for place, end in (await self._ends(topics)).items())

        return asyncio.run(count())

    async def _ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        from streams.connection import reading  # noqa: PLC0415  beside its one use
        from streams.reading import places_of  # noqa: PLC0415  as above

        places = await places_of(self.connection(), topics)
        async with reading(self.connection()) as consumer:
            return {(at.topic, at.partition): end for at, end in (await consumer.end_offsets(places)).items()}

    def until_consumed(self, store: Store, *, judged: bool = True) -> None:
        """Wait until everything that was sent is assessed, recorded and acknowledged, and judged unless told otherwise."""
        until(lambda: self.waiting(ASSESS_GROUP, INCOMING) == 0, "everything is assessed")
        until(lambda: self.waiting(record_group(store.store_id), [ASSESSED]) == 0, "everything is recorded")
        if judged:
            until(lambda: not unjudged(store), "everything is judged")

    def end(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGKILL)
                worker.process.wait(PATIENCE_SECONDS)


def many(count: int, prefix: str, **changes: Any) -> list[dict[str, Any]]:
    """Return failures of `count` different sessions, a minute apart."""
    begin = datetime(2026, 4, 1, tzinfo=UTC)
    return [
        a_failure(
            event_id=f"{prefix}-{n}",
            session_id=f"{prefix}-session-{n}",
            occurred_at=(begin + timedelta(minutes=n)).isoformat(),
            **changes,
        )
        for n in range(count)
    ]


def alive(worker: Worker) -> bool:
    """Tell whether a worker still runs; fail with its log where it ended."""
    assert worker.process.poll() is None, worker.log.read_text(encoding="utf-8", errors="replace")[-3000:]
    return True


def until(is_so: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; fail, saying what was waited for, when it is not in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.1)


def _toml(*layers: Sections) -> str:
    values: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for section, keys in layer.items():
            values[section] = values.get(section, {}) | dict(keys)
    lines = []
    for section, keys in values.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"
