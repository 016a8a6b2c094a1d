"""What operators ask a worker: /healthz, /readyz and /metrics."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from streams.state import State

__all__ = ["answering"]

log = structlog.get_logger("feedback.streams")


@asynccontextmanager
async def answering(host: str, port: int, state: State) -> AsyncIterator[int]:
    """Answer for the length of the block, and give the port."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "role": state.metrics.role})

    async def readyz(_: web.Request) -> web.Response:
        reasons = state.unready()
        if not reasons:
            return web.json_response({"status": "ready", "role": state.metrics.role})
        problem = {"type": "about:blank", "title": "Not ready", "status": 503, "detail": "; ".join(reasons)}
        return web.Response(status=503, text=json.dumps(problem), content_type="application/problem+json")

    async def shown(_: web.Request) -> web.Response:
        await state.measure()
        return web.Response(body=generate_latest(state.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", shown)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound = int(runner.addresses[0][1])
        log.info("answering", address=f"http://{host}:{bound}", paths="/healthz /readyz /metrics")
        yield bound
    finally:
        await runner.cleanup()
