"""Intake over HTTP: failures a second, accepted and durable, while assessing goes on; beside the same without HTTP."""

import asyncio
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.stream import make_events, make_templates
from feedback.service.bootstrap import open_service
from feedback.service.register import register_templates
from feedback.service.report import Incoming, report

__all__ = ["main", "serving"]

_TEMPLATES = 400
_BATCH = 100


def main(count: int = 30_000) -> None:
    """Print every figure."""
    templates = make_templates(_TEMPLATES)
    lines = list(make_events(count, templates, seed=31))
    bodies = [b"[" + b",".join(lines[n : n + _BATCH]) + b"]" for n in range(0, count, _BATCH)]
    print(
        f"{count:,} events of {sum(map(len, lines)) / count:.0f} bytes in batches of {_BATCH}, {_TEMPLATES} templates"
    )
    with tempfile.TemporaryDirectory() as folder:
        service = open_service(Path(folder) / "bare.db")
        began = time.perf_counter()
        for start in range(0, count, _BATCH):
            batch = lines[start : start + _BATCH]
            report(service, [Incoming("bench", str(start + n), raw) for n, raw in enumerate(batch)])
        print(f"reference: service.report, no HTTP        {count / (time.perf_counter() - began):9,.0f} events/s")
        service.store.close()
        for producers in (1, 4):
            path = Path(folder) / f"served-{producers}.db"
            service = open_service(path)
            register_templates(service, templates)
            service.store.close()
            with serving(path) as address:
                seconds, waits = asyncio.run(_send(address, bodies, producers))
                assessed = _metric(address, "feedback_failures_assessed_total")
                print(
                    f"over HTTP, {producers} producer(s), all durable    {count / seconds:9,.0f} events/s;"
                    f" p50 {1000 * waits[len(waits) // 2]:.0f} ms, p95 {1000 * waits[len(waits) * 95 // 100]:.0f} ms a"
                    f" batch; {assessed:,.0f} assessed meanwhile"
                )
            kept = open_service(path)
            stored = kept.store.rows("SELECT count(*) FROM failures")[0][0]
            assert stored == count, f"{stored} of {count} are in the store"
            kept.store.close()


async def _send(address: str, bodies: Sequence[bytes], producers: int) -> tuple[float, list[float]]:
    """Return the seconds until all was answered, and those of each request, shortest first."""
    waiting, waits = list(reversed(bodies)), []

    async def produce(client: httpx.AsyncClient) -> None:
        while waiting:
            began = time.perf_counter()
            answer = await client.post("/v1/failures", content=waiting.pop())
            waits.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text
            assert answer.json()["accepted"] == _BATCH

    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
        began = time.perf_counter()
        await asyncio.gather(*(produce(client) for _ in range(producers)))
        return time.perf_counter() - began, sorted(waits)


@contextmanager
def serving(path: Path) -> Iterator[str]:
    """Give the address of `feedback serve` in a process of its own, once it is ready."""
    command = [sys.executable, "-m", "feedback", "serve", "--db", str(path), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1].rstrip("/")
        while httpx.get(f"{address}/readyz").status_code != 200:
            time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _metric(address: str, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$", httpx.get(f"{address}/metrics").text, re.MULTILINE)
    assert found is not None
    return float(found[1])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
