"""The first batch fails while nine wait behind it: Faust would acknowledge past it, and it would be lost."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from streams.groups import acknowledged
from tests.streams.kit import PATIENCE_SECONDS, ROOT, Kit, until

pytestmark = pytest.mark.kafka

GROUP = "trap"
TOPIC = "failures.online"
SIZE = 50
WAITING = 500
BEFORE = 120


@dataclass
class Trap:
    """A topic with ten batches in one partition, and a group that is new or has acknowledged what stands before."""

    kit: Kit
    seen: Path
    start: int

    def run(self, how: str) -> subprocess.Popen[bytes]:
        settings = self.kit.folder / "trap.toml"
        settings.write_text(
            '[kafka]\nsession_timeout_seconds = 2.0\ncommit_interval_seconds = 0.1\n[logging]\nlevel = "ERROR"\n',
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "tests.streams.trap_worker", how, "--brokers", self.kit.brokers]
        command += ["--group", GROUP, "--topic", TOPIC, "--seen", str(self.seen), "--size", str(SIZE)]
        return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"FEEDBACK_SETTINGS": str(settings)})

    def run_to_its_end(self, how: str) -> int:
        return self.run(how).wait(PATIENCE_SECONDS)

    def run_until_acknowledged(self, how: str, offset: int) -> None:
        process = self.run(how)
        try:
            until(lambda: process.poll() is not None or self.acknowledged() >= offset, "all is acknowledged")
            assert process.poll() is None, "it ended by itself"
        finally:
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0

    def acknowledged(self) -> int:
        return max(asyncio.run(acknowledged(self.kit.connection(), GROUP, [TOPIC])).values(), default=0)

    def offsets(self) -> list[int]:
        return [int(line) for line in self.seen.read_text(encoding="utf-8").split()] if self.seen.exists() else []


@pytest.fixture(params=["fresh group", "group with commits"])
def trap(kit: Kit, request: pytest.FixtureRequest) -> Trap:
    made = Trap(kit, kit.folder / "seen", 0)
    if request.param == "group with commits":
        kit.send([b"before"] * BEFORE, topic=TOPIC)
        made.run_until_acknowledged("work", BEFORE)
        made.seen.unlink()
        made.start = BEFORE
    kit.send([b"waiting"] * WAITING, topic=TOPIC)
    return made


def test_a_fault_ends_the_worker_and_nothing_is_acknowledged_behind_it(trap: Trap) -> None:
    assert trap.run_to_its_end("crash") == 1
    assert trap.acknowledged() == trap.start
    trap.run_until_acknowledged("work", trap.start + WAITING)
    assert set(range(trap.start, trap.start + WAITING)) <= set(trap.offsets())


def test_a_busy_store_is_waited_for_with_the_batch_in_hand(trap: Trap) -> None:
    trap.run_until_acknowledged("busy", trap.start + WAITING)
    assert sorted(set(trap.offsets())) == list(range(trap.start, trap.start + WAITING))


def test_with_the_retry_taken_out_a_busy_store_would_end_the_worker(trap: Trap) -> None:
    assert trap.run_to_its_end("without-retry") == 1
    assert trap.acknowledged() == trap.start


@pytest.mark.parametrize("trap", ["fresh group"], indirect=True)  # with commits Faust waits for ever instead
def test_the_way_of_the_manual_still_loses_the_batch(trap: Trap) -> None:
    """Turns red when Faust no longer acknowledges past a gap: then the guards of `streams.batches` can go."""
    trap.run_until_acknowledged("naive", trap.start + WAITING)
    lost = set(range(trap.start, trap.start + WAITING)) - set(trap.offsets())
    assert lost == set(range(trap.start, trap.start + SIZE))
