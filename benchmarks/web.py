"""
Pages and lists over a big store: one reader, then fifty beside a producer; beside a route that does next to nothing.

`python -m benchmarks.web FILE`, where FILE is a store such as `benchmarks.big_store` makes. The producer writes into it.
"""

import asyncio
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import httpx

from benchmarks.http import serving
from benchmarks.stream import make_events, make_templates

__all__ = ["main"]

_ROUNDS = 15
_READERS, _EVERY_SECONDS, _LASTS_SECONDS = 50, 2.0, 60.0
_PER_SECOND, _BATCH = 300, 100
_REFERENCE = "/healthz"


def main(path: str) -> None:
    """Print every figure."""
    with serving(Path(path)) as address:
        with httpx.Client(base_url=address, timeout=120) as client:
            routes = _routes(client)
            _alone(client, routes)
        asyncio.run(_together(address, list(routes.values())))


def _routes(client: httpx.Client) -> dict[str, str]:
    """Return by what they are the addresses to ask, with ids that the store has."""
    ticket = client.get("/v1/tickets?limit=1").json()["items"][0]
    failure, template = client.get("/v1/failures?limit=1").json()["items"][0]["event_id"], ticket["pattern"]["template"]
    return {
        "reference": _REFERENCE,
        "page: overview": "/",
        "page: tickets": "/tickets",
        "page: tickets, filtered": "/tickets?state=waiting&sort=failures&risk=high",
        "page: tickets, text": "/tickets?text=currency",
        "page: ticket": f"/tickets/{ticket['ticket_id']}",
        "page: failure": f"/failures/{failure}",
        "page: templates": "/templates",
        "page: template": f"/templates/{template}",
        "page: triage": "/triage",
        "page: regression sets": "/regression-sets",
        "page: classifier": "/classifier",
        "page: dead letters": "/dead-letters",
        "list: tickets": "/v1/tickets",
        "list: tickets, by category": f"/v1/tickets?category={ticket['pattern']['category']}",
        "list: ticket": f"/v1/tickets/{ticket['ticket_id']}",
        "list: failures": "/v1/failures",
        "list: failures, by template": f"/v1/failures?template={template}",
        "list: failures, text": "/v1/failures?text=currency",
        "list: patterns": "/v1/patterns",
        "list: templates": "/v1/templates",
        "list: dead letters": "/v1/dead-letters",
    }


def _alone(client: httpx.Client, routes: dict[str, str]) -> None:
    print(f"one client, {_ROUNDS} times each, in turn; milliseconds")
    waits: dict[str, list[float]] = defaultdict(list)
    for _ in range(_ROUNDS):
        for name, path in routes.items():
            began = time.perf_counter()
            answer = client.get(path)
            waits[name].append(time.perf_counter() - began)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
    for name, found in waits.items():
        # the first is apart: what is imported or cached then is so for all who come later
        print(
            f"  {name:32} first {1000 * found[0]:7.0f}   p50 {_at(found[1:], 0.5):7.1f}   p95 {_at(found[1:], 0.95):7.1f}"
        )
    print(f"  all but the reference: p95 {_at([w for n in waits if n != 'reference' for w in waits[n][1:]], 0.95):.0f}")


async def _together(address: str, paths: Sequence[str]) -> None:
    """Have readers ask for a page every so often, beside a producer of 300 events a second."""
    waits: list[float] = []
    ends = time.perf_counter() + _LASTS_SECONDS
    chance = random.Random(17)

    async def read(client: httpx.AsyncClient, late: float) -> None:
        await asyncio.sleep(late)
        while time.perf_counter() < ends:
            began = time.perf_counter()
            answer = await client.get(chance.choice(paths[1:]))
            waits.append(time.perf_counter() - began)
            assert answer.status_code == 200, answer.text[:300]
            await asyncio.sleep(max(0.0, _EVERY_SECONDS - (time.perf_counter() - began)))

    async def produce(client: httpx.AsyncClient) -> int:
        lines = list(make_events(int(_PER_SECOND * _LASTS_SECONDS), make_templates(400), seed=time.time_ns() % 2**31))
        lines = [re.sub(rb'"event_id": ?"', b'"event_id":"web-%d-' % time.time_ns(), line) for line in lines]
        sent = 0
        while sent + _BATCH <= len(lines) and time.perf_counter() < ends:
            began = time.perf_counter()
            body = b"[" + b",".join(lines[sent : sent + _BATCH]) + b"]"
            answer = await client.post("/v1/failures", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 200, answer.text[:300]
            sent += _BATCH
            await asyncio.sleep(max(0.0, _BATCH / _PER_SECOND - (time.perf_counter() - began)))
        return sent

    limits = httpx.Limits(max_connections=_READERS + 1)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        readers = [asyncio.create_task(read(client, n * _EVERY_SECONDS / _READERS)) for n in range(_READERS)]
        sent = await produce(client)
        await asyncio.gather(*readers)
    print(
        f"{_READERS} readers, a page every {_EVERY_SECONDS:.0f} s each, {sent / _LASTS_SECONDS:.0f} events/s taken in beside:"
        f" {len(waits)} pages, p50 {_at(waits, 0.5):.0f}, p95 {_at(waits, 0.95):.0f}, longest {1000 * max(waits):.0f}"
    )


def _at(waits: Sequence[float], share: float) -> float:
    """Return in milliseconds how long the given share took at most."""
    ordered = sorted(waits)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    main(*sys.argv[1:])
